"""What a server can be told: how often a token may call, and to refuse what the vendor's schema does not define."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from conftest import NOW, Clock, served
from guerdon.serve import configured
from guerdon.settings import Settings
from surfaces.mews.hotels import Connection, Hotel
from surfaces.mews.test_auth import refused

ONE = {"Limitation": {"Count": 1}}
GET_ALL = "loyaltyMemberships/getAll"


@contextmanager
def told(dsn: str, hotel: Hotel, clock: Clock, **settings: str) -> Iterator[Connection]:
    """The hotel's connection to a server with settings."""
    with served(dsn, clock, configured(Settings.read(settings))) as address:
        yield replace(hotel.mews, server=address)


async def test_two_hundred_requests_in_thirty_seconds_and_then_a_wait(hotel: Hotel, portfolio: Hotel, dsn: str) -> None:
    """Counted from the first request of a burst, for each token by itself, whatever the requests are."""
    clock = Clock(NOW)
    with told(dsn, hotel, clock) as mews:
        other = replace(portfolio.mews, server=mews.server)
        assert mews.post(GET_ALL, **ONE).status_code == 200
        clock.now += timedelta(seconds=10)
        assert {mews.post(GET_ALL).status_code for _ in range(199)} == {400}
        too_many = mews.post("configuration/get")
        refused(too_many, 429, "Too many requests.")
        assert too_many.headers["Retry-After"] == "20"
        assert other.post(GET_ALL, **ONE).status_code == 200
        clock.now += timedelta(seconds=19.5)
        assert mews.post(GET_ALL, **ONE).headers["Retry-After"] == "1"
        clock.now += timedelta(seconds=0.5)
        assert mews.post(GET_ALL, **ONE).status_code == 200


async def test_the_rate_is_a_setting(hotel: Hotel, dsn: str) -> None:
    """And so is whether there is one."""
    with told(dsn, hotel, Clock(NOW), GUERDON_RATE_LIMITS="mews=2/7") as mews:
        answers = [mews.post(GET_ALL, **ONE) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["Retry-After"] == "7"
    with told(dsn, hotel, Clock(NOW), GUERDON_RATE_LIMITS="off") as mews:
        assert {mews.post(GET_ALL, **ONE).status_code for _ in range(201)} == {200}


async def test_wrong_tokens_use_up_nobodys_share(hotel: Hotel, dsn: str) -> None:
    with told(dsn, hotel, Clock(NOW), GUERDON_RATE_LIMITS="mews=1/30") as mews:
        wrong = replace(mews, access_token="wrong")
        assert {wrong.post(GET_ALL, **ONE).status_code for _ in range(3)} == {401}
        assert mews.post(GET_ALL, **ONE).status_code == 200


async def test_strict_refuses_what_the_schema_does_not_define(hotel: Hotel, dsn: str) -> None:
    """At any depth; the two languages are documented, and are let through."""
    guest = (await hotel.guests(1))[0]
    with told(dsn, hotel, Clock(NOW), GUERDON_SWITCHES="mews.strict") as mews:
        refused(mews.post(GET_ALL, EnterpriseIds=[], **ONE), 400, "Invalid EnterpriseIds.")
        refused(mews.post(GET_ALL, Limitation={"Count": 1, "Page": 2}), 400, "Invalid Page.")
        item = hotel.item(guest, Description="x")
        refused(mews.post("loyaltyMemberships/add", LoyaltyMemberships=[item]), 400, "Invalid Description.")
        assert mews.post(GET_ALL, LanguageCode="nl-NL", CultureCode="nl-NL", **ONE).status_code == 200
        assert mews.get_all() == []
    assert hotel.mews.post(GET_ALL, EnterpriseIds=[], **ONE).status_code == 200


async def test_a_lenient_server_assumes_a_limitation(hotel: Hotel, dsn: str) -> None:
    """The newest hundred, of whatever is read; what is there must still be a good one."""
    guests = await hotel.guests(101)
    made = hotel.mews.add(*(hotel.item(guest) for guest in guests))
    with told(dsn, hotel, Clock(NOW), GUERDON_SWITCHES="mews.lenient") as mews:
        page = mews.done(GET_ALL)
        assert page["LoyaltyMemberships"] == made[:0:-1]
        assert page["Cursor"] == made[1]["Id"]
        for name in ("loyaltyPrograms", "companies"):
            assert mews.post(f"{name}/getAll").status_code == 200
        tiers = mews.done("loyaltyTiers/getAll", LoyaltyProgramIds=[page["LoyaltyMemberships"][0]["LoyaltyProgramId"]])
        assert set(tiers) == {"LoyaltyTiers", "Cursor"}
        assert len(mews.done("customers/getAll", CustomerIds=guests[:2])["Customers"]) == 2
        refused(mews.post(GET_ALL, Limitation={}), 400, "Invalid Count.")


async def test_deleted_records_come_along_where_a_server_is_told_so(hotel: Hotel, dsn: str) -> None:
    guests = await hotel.guests(2)
    gone, kept = hotel.mews.add(*(hotel.item(guest) for guest in guests))
    hotel.mews.delete(gone["Id"])
    with told(dsn, hotel, Clock(NOW), GUERDON_SWITCHES="mews.deleted_too") as mews:
        assert mews.get_all() == [kept, gone]
        assert mews.get_all(ActivityStates=["Active"]) == [kept]
    assert hotel.mews.get_all() == [kept]
