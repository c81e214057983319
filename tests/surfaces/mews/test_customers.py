"""Customers are members: made once per email address, changed field by field, found by every filter, and merged."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import NOW, Clock, served
from guerdon.core.members import EMAIL, Identifier, Profile
from guerdon.core.refusals import IdentifierTaken
from guerdon.engine import people
from guerdon.engine.people import Person
from guerdon.storage import members, tenants
from surfaces.mews.hotels import Connection, Hotel
from surfaces.mews.test_auth import refused
from surfaces.mews.test_batches import WAITING
from surfaces.mews.test_points import till

NOWHERE = str(uuid.UUID(int=7))
KNOWN = "A customer with this email already exists."


def add(mews: Connection, last_name: str, **more: Any) -> dict[str, Any]:
    """A customer that was added, which must work."""
    return mews.done("customers/add", **{"LastName": last_name, "OverwriteExisting": False, **more})


def update(mews: Connection, customer_id: str, **more: Any) -> dict[str, Any]:
    """A customer that was changed, which must work."""
    return mews.done("customers/update", CustomerId=customer_id, **more)


def customers(mews: Connection, count: int = 1000, cursor: str | None = None, **filters: Any) -> list[dict[str, Any]]:
    """One page of customers, with their addresses."""
    extent = {"Customers": True, "Addresses": True}
    limitation = {"Count": count, "Cursor": cursor}
    page = mews.done("customers/getAll", Extent=extent, Limitation=limitation, **filters)
    found: list[dict[str, Any]] = page["Customers"]
    assert page["Cursor"] == (found[-1]["Id"] if found else None)
    return found


async def test_a_customer_reads_back_as_it_was_answered(hotel: Hotel) -> None:
    said = {
        "Title": "Mister", "Sex": "Male", "FirstName": "Ilja", "SecondLastName": "Ruiz", "NationalityCode": "ES",
        "PreferredLanguageCode": "es-ES", "BirthDate": "1979-02-28", "BirthPlace": "Vigo", "BirthCountryCode": "ES",
        "BirthCountrySubdivisionCode": "ES-GA", "Occupation": "Cook", "Email": f"{uuid.uuid4()}@example.com",
        "Phone": "+34 910 000 000", "TaxIdentificationNumber": "X1", "LoyaltyCode": "L-1", "AccountingCode": "A-1",
        "BillingCode": "B-1", "Notes": "Late", "CarRegistrationNumber": "1234 BCD", "DietaryRequirements": "None",
        "ItalianFiscalCode": "F", "ItalianLotteryCode": "L", "ItalianDestinationCode": "D",
        "Classifications": ["Important", "Media"], "Options": ["Invoiceable"],
        "Address": {"Line1": "Rúa 1", "Line2": "2º", "City": "Vigo", "PostalCode": "36201", "CountryCode": "ES",
                    "CountrySubdivisionCode": "ES-GA"},
    }  # fmt: skip
    made = add(hotel.mews, "Ónega", **said)
    assert {name: made[name] for name in said} == said
    assert (made["LastName"], made["IsActive"], made["MergeTargetId"]) == ("Ónega", True, None)
    assert (made["ChainId"], made["HasOtaEmail"]) == (str(hotel.caller.chain_id), False)
    assert made["Number"].isdigit()
    assert customers(hotel.mews, CustomerIds=[made["Id"]]) == [made]
    (shown,) = hotel.mews.done("customers/getAll", CustomerIds=[made["Id"]], Limitation={"Count": 1})["Customers"]
    assert shown == {**made, "Address": None}
    (membership,) = hotel.mews.add(hotel.item(made["Id"], Points=5))
    assert membership["AccountId"] == made["Id"]


async def test_italian_codes_are_wrapped_in_updates(hotel: Hotel) -> None:
    codes = {"ItalianFiscalCode": "RSSMRA79B28H501X", "ItalianLotteryCode": "L1", "ItalianDestinationCode": "0000000"}
    made = add(hotel.mews, "Rossi", **codes)
    changed = update(hotel.mews, made["Id"], ItalianFiscalCode={"Value": "X"}, ItalianLotteryCode={"Value": None})
    new = {**codes, "ItalianFiscalCode": "X", "ItalianLotteryCode": None}
    assert {name: changed[name] for name in codes} == new
    (shown,) = customers(hotel.mews, CustomerIds=[made["Id"]])
    assert {name: shown[name] for name in codes} == new
    for operation, more in (
        ("add", {"LastName": "X", "OverwriteExisting": False}),
        ("update", {"CustomerId": made["Id"]}),
    ):
        answer = hotel.mews.post(f"customers/{operation}", Options=["Invoiceable", "None"], **more)
        refused(answer, 400, "Invalid Options.")
    plain = hotel.mews.post("customers/update", CustomerId=made["Id"], ItalianFiscalCode="plain")
    refused(plain, 400, "Invalid ItalianFiscalCode.")
    assert customers(hotel.mews, CustomerIds=[made["Id"]]) == [shown]


async def test_an_email_address_is_one_customer(hotel: Hotel) -> None:
    email = f"Ada.{uuid.uuid4()}@example.com"
    made = add(hotel.mews, "First", Email=email, FirstName="Ada", Notes="Old", LoyaltyCode="L")
    refused(
        hotel.mews.post("customers/add", LastName="Second", Email=email.upper(), OverwriteExisting=False), 403, KNOWN
    )
    again = add(hotel.mews, "Second", Email=email, Notes="New", OverwriteExisting=True)
    assert again == {**made, "LastName": "Second", "Notes": "New", "UpdatedUtc": again["UpdatedUtc"]}
    assert customers(hotel.mews, Emails=[email.lower()]) == [again]
    assert add(hotel.mews, "Third")["Id"] != add(hotel.mews, "Third")["Id"]


async def test_many_share_a_phone_number(hotel: Hotel) -> None:
    one, two = (add(hotel.mews, name, Phone="+31201234567") for name in ("One", "Two"))
    assert one["Id"] != two["Id"]
    assert one["Phone"] == two["Phone"] == "+31201234567"


async def test_an_update_keeps_what_it_does_not_name(hotel: Hotel) -> None:
    made = add(hotel.mews, "Kept", Email=f"{uuid.uuid4()}@example.com", Notes="N", Classifications=["Media"])
    assert {**update(hotel.mews, made["Id"], Notes=None, Email=None), "UpdatedUtc": made["UpdatedUtc"]} == made
    new = {"Notes": "", "Sex": "Female", "Classifications": [], "Address": {"City": "Gent"}}
    changed = update(hotel.mews, made["Id"], **new)
    assert (changed["Notes"], changed["Sex"], changed["Classifications"]) == ("", "Female", [])
    assert changed["Address"]["City"] == "Gent"
    assert changed["Email"] == made["Email"]


async def test_a_new_email_address_takes_the_place_of_the_old_one(hotel: Hotel) -> None:
    old, new = (f"{uuid.uuid4()}@example.com" for _ in range(2))
    made, other = add(hotel.mews, "Mover", Email=old), add(hotel.mews, "Other", Email=f"o-{new}")
    assert update(hotel.mews, made["Id"], Email=new)["Email"] == new
    assert add(hotel.mews, "Newcomer", Email=old)["Id"] not in (made["Id"], other["Id"])
    answer = hotel.mews.post("customers/update", CustomerId=made["Id"], Email=other["Email"], LastName="Changed")
    refused(answer, 403, KNOWN)
    refused(hotel.mews.post("customers/update", CustomerId=made["Id"], Email="nowhere"), 400, "Invalid Email.")
    assert customers(hotel.mews, CustomerIds=[made["Id"]])[0]["LastName"] == "Mover"
    assert update(hotel.mews, made["Id"], Email=new.upper())["Email"] == new.upper()


async def test_filters_combine(hotel: Hotel) -> None:
    mews = hotel.mews
    one = add(mews, "Abel", FirstName="Zoe", LoyaltyCode="L-1")
    two = add(mews, "Abel", FirstName="Yan", LoyaltyCode="L-1")
    three = add(mews, "Cain", FirstName="Zoe", LoyaltyCode="L-2", Email=f"c{uuid.uuid4()}@example.com")
    assert customers(mews, LastNames=["Abel", "Cain"]) == [three, two, one]
    assert customers(mews, FirstNames=["Zoe"], LastNames=["Abel"]) == [one]
    assert customers(mews, LoyaltyCodes=["L-1"]) == [two, one]
    assert customers(mews, LoyaltyCodes=["L-1", "L-2"], FirstNames=["Zoe"]) == [three, one]
    assert customers(mews, LoyaltyCodes=["L-1"], CustomerIds=[one["Id"], three["Id"]]) == [one]
    assert customers(mews, Emails=[three["Email"], "nobody@example.com"]) == [three]
    assert customers(mews, LastNames=["abel"]) == []
    assert customers(mews, CompanyIds=[NOWHERE]) == []
    assert customers(mews, LastNames=["Abel", "Cain"], ChainIds=[NOWHERE]) == []
    assert customers(mews, LastNames=["Abel", "Cain"], count=2) == [three, two]
    assert customers(mews, LastNames=["Abel", "Cain"], count=2, cursor=two["Id"]) == [one]
    assert customers(mews, LastNames=["Abel", "Cain"], cursor=one["Id"]) == []
    update(mews, one["Id"], LoyaltyCode="L-9")
    assert customers(mews, LoyaltyCodes=["L-1"]) == [two]


async def test_a_member_of_another_surface_is_a_customer(hotel: Hotel) -> None:
    guest = await hotel.guest()
    (shown,) = customers(hotel.mews, CustomerIds=[str(guest.id)])
    assert (shown["LastName"], shown["Number"]) == (guest.number, str(guest.serial))


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"LastName": ""}, "LastName"),
        ({"LastName": None}, "LastName"),
        ({"OverwriteExisting": None}, "OverwriteExisting"),
        ({"OverwriteExisting": "true"}, "OverwriteExisting"),
        ({"Title": "Sir"}, "Title"),
        ({"Sex": "male"}, "Sex"),
        ({"BirthDate": "1979-02-30"}, "BirthDate"),
        ({"BirthDate": 5}, "BirthDate"),
        ({"BirthDate": "2999-01-01"}, "BirthDate"),
        ({"Email": "nowhere"}, "Email"),
        ({"Notes": "x" * 4001}, "Notes"),
        ({"FirstName": "a\0b"}, "FirstName"),
        ({"Classifications": ["Nice"]}, "Classifications"),
        ({"Options": ["Everything"]}, "Options"),
        ({"Address": {"Line1": 5}}, "Line1"),
        ({"CompanyId": NOWHERE}, "CompanyId"),
        ({"ChainId": "x"}, "ChainId"),
    ],
)
async def test_what_cannot_be_is_refused(hotel: Hotel, more: dict[str, Any], name: str) -> None:
    body = {"LastName": "Wrong", "OverwriteExisting": False, "Email": f"{uuid.uuid4()}@example.com", **more}
    refused(hotel.mews.post("customers/add", **body), 400, f"Invalid {name}.")
    assert customers(hotel.mews, LastNames=["Wrong"]) == []


async def test_a_search_goes_by_the_beginning_of_a_name(hotel: Hotel) -> None:
    mews = hotel.mews
    one, two = add(mews, "Öberg", FirstName="Per"), add(mews, "100%_sure\\", FirstName="Öva")

    def found(name: str | None, **more: Any) -> list[str]:
        answer = mews.done("customers/search", Name=name, **more)["Customers"]
        assert all(item["Reservation"] is None for item in answer)
        return [item["Customer"]["Id"] for item in answer]

    assert found("ö") == [two["Id"], one["Id"]]
    assert found(" öB ") == [one["Id"]]
    assert found("100%_") == [two["Id"]]
    assert found("100%_sure\\") == [two["Id"]]
    assert found("1__") == found("%") == found("berg") == []
    assert found(None) == found("  ") == found("ö", ResourceId=NOWHERE) == []


async def test_intervals_see_when_a_customer_was_made_changed_and_merged(hotel: Hotel, dsn: str) -> None:
    clock = Clock(datetime(2026, 7, 3, 12, 0, tzinfo=UTC))
    day = timedelta(days=1)
    with served(dsn, clock) as address:
        mews = Connection(hotel.mews.http, address, hotel.mews.client_token, hotel.mews.access_token)
        created = clock.now
        made, target = add(mews, "Timed"), add(mews, "Timed")
        clock.now = updated = created + day
        update(mews, made["Id"], Notes="x")

        def found(name: str, at: datetime, *states: str) -> list[str]:
            interval: Any = {"StartUtc": at.isoformat(), "EndUtc": (at + day).isoformat()}
            return [c["Id"] for c in customers(mews, **{name: interval}, ActivityStates=states or ["Active"])]

        assert found("CreatedUtc", created) == [target["Id"], made["Id"]]
        assert found("CreatedUtc", created - day) == []
        assert found("UpdatedUtc", created) == [target["Id"]]
        assert found("UpdatedUtc", updated) == [made["Id"]]
        clock.now = merged = updated + day
        merge = {"SourceAccountIds": [made["Id"]], "TargetAccountId": target["Id"], "AccountType": "Customer"}
        assert mews.done("accounts/merge", AccountMergeParameters=[merge]) == {}
        assert found("DeletedUtc", merged, "Deleted") == found("UpdatedUtc", merged, "Deleted") == [made["Id"]]
        assert found("DeletedUtc", updated, "Deleted") == found("UpdatedUtc", merged) == []
        (gone,) = customers(mews, CustomerIds=[made["Id"]], ActivityStates=["Deleted"])
        assert (gone["IsActive"], gone["MergeTargetId"]) == (False, target["Id"])
        assert customers(mews, CustomerIds=[made["Id"]]) == []


async def test_a_portfolio_token_names_chains(portfolio: Hotel) -> None:
    mews, chain_id, second = portfolio.mews, str(portfolio.caller.chain_id), uuid.uuid4()
    async with portfolio.engine.database.connection() as connection:
        await tenants.insert_chain(connection, portfolio.caller.tenant_id, second, "Second chain")
    body = {"LastName": "Port", "OverwriteExisting": False}
    refused(mews.post("customers/add", **body), 400, "Invalid ChainId.")
    made = add(mews, "Port", ChainId=chain_id)
    assert made["ChainId"] == chain_id
    refused(mews.post("customers/update", CustomerId=made["Id"], LastName="x"), 400, "Invalid ChainId.")
    refused(mews.post("customers/getAll", LastNames=["Port"], Limitation={"Count": 1}), 400, "Invalid ChainIds.")
    assert customers(mews, LastNames=["Port"], ChainIds=[chain_id]) == [made]
    assert customers(mews, LastNames=["Port"], ChainIds=[str(second)]) == [{**made, "ChainId": str(second)}]
    refused(mews.post("configuration/get"), 400, "Invalid EnterpriseId.")
    refused(mews.post("configuration/get", EnterpriseId=NOWHERE), 400, "Invalid EnterpriseId.")
    enterprise = mews.done("configuration/get", EnterpriseId=str(second))["Enterprise"]
    assert (enterprise["Id"], enterprise["ChainName"]) == (str(second), "Second chain")


async def test_the_configuration_says_the_chain_and_its_time_zone(hotel: Hotel) -> None:
    enterprise = hotel.mews.done("configuration/get", EnterpriseId=NOWHERE)["Enterprise"]
    assert enterprise["ChainId"] == str(hotel.caller.chain_id)
    assert (enterprise["ChainName"], enterprise["TimeZoneIdentifier"]) == ("Hotel", "UTC")


async def test_merged_accounts_have_one_balance_and_all_memberships(hotel: Hotel) -> None:
    mews = hotel.mews
    target, source, other = [await hotel.guest() for _ in range(3)]
    (kept,) = mews.add(hotel.item(str(target.id), Points=100, IsPrimary=True))
    clash, moved = mews.add(
        hotel.item(str(source.id), Points=40, IsPrimary=True),
        hotel.item(str(other.id), Points=7, LoyaltyProgramId=hotel.program_ids[1]),
    )
    code = till(hotel, "POST", "Authorize", Type="Loyalty", Ref=source.number, SaleId="S", RequestedPoints=30).json()
    merge = {"SourceAccountIds": [str(source.id), str(other.id)], "TargetAccountId": str(target.id)}
    for _ in range(2):  # a client that got no answer asks again
        assert mews.done("accounts/merge", AccountMergeParameters=[merge]) == {}
    found = {m["Id"]: m for m in mews.get_all(AccountIds=[str(target.id)])}
    assert set(found) == {kept["Id"], moved["Id"]}
    assert (found[kept["Id"]]["Points"], found[kept["Id"]]["IsPrimary"]) == (140, True)
    assert (found[moved["Id"]]["Points"], found[moved["Id"]]["AccountId"]) == (7, str(target.id))
    assert mews.get(clash["Id"], "Deleted")["AccountId"] == str(target.id)
    seen = till(hotel, "GET", f"{source.number}/BalanceCheck").json()["Loyalty"]
    assert (seen["PointBalance"], seen["OpenAuthorizations"]) == (140, 30)
    headers = {"Authorization": f"Bearer {hotel.counterpoint_token}"}
    confirm = {"Ref": source.number, "AuthCode": code["AuthCode"]}
    assert mews.http.post(f"{mews.server}/counterpoint/Authorize/Confirm", json=confirm, headers=headers).is_success
    assert mews.get(kept["Id"])["Points"] == 110
    refused(mews.send("add", LoyaltyMemberships=[hotel.item(str(source.id))]), 400, "Invalid AccountId.")


async def test_merges_are_all_done_or_none(hotel: Hotel) -> None:
    one, two, three = await hotel.guests(3)

    def merged(*pairs: tuple[str, str]) -> httpx.Response:
        sent = [{"SourceAccountIds": [source], "TargetAccountId": target} for target, source in pairs]
        return hotel.mews.post("accounts/merge", AccountMergeParameters=sent)

    unknown = "Invalid SourceAccountIds."
    refused(merged((one, two), (one, NOWHERE)), 400, unknown)
    refused(merged((one, two), (NOWHERE, three)), 400, "Invalid TargetAccountId.")
    refused(merged((one, two), (two, three)), 400, "Invalid TargetAccountId.")
    refused(merged((one, two), (three, three)), 403, "The accounts cannot be merged.")
    assert len(customers(hotel.mews, CustomerIds=[one, two, three])) == 3
    assert merged((two, three), (one, two)).status_code == 200
    (left,) = customers(hotel.mews, CustomerIds=[one, two, three])
    assert left["Id"] == one
    gone = customers(hotel.mews, CustomerIds=[two, three], ActivityStates=["Deleted"])
    assert [c["MergeTargetId"] for c in gone] == [one, one]
    for size, status in ((10, 200), (11, 400)):
        pairs = list(zip(await hotel.guests(size), await hotel.guests(size), strict=True))
        assert merged(*pairs).status_code == status


async def test_another_tenants_customers_are_not_there(hotel: Hotel, demo: Connection) -> None:
    made = add(hotel.mews, "Secret", Email=f"{uuid.uuid4()}@example.com")
    assert customers(demo, CustomerIds=[made["Id"]], ActivityStates=["Active", "Deleted"]) == []
    assert customers(demo, Emails=[made["Email"]]) == []
    assert demo.done("customers/search", Name="Secret")["Customers"] == []
    refused(demo.post("customers/update", CustomerId=made["Id"], LastName="x"), 400, "Invalid CustomerId.")
    merge = {"SourceAccountIds": [made["Id"]], "TargetAccountId": NOWHERE}
    refused(demo.post("accounts/merge", AccountMergeParameters=[merge]), 400, "Invalid TargetAccountId.")
    cursor = {"Count": 1, "Cursor": made["Id"]}
    refused(demo.post("customers/getAll", LastNames=["x"], Limitation=cursor), 400, "Invalid Cursor.")


async def test_of_equal_customers_at_the_same_time_one_is_made(hotel: Hotel) -> None:
    body = {**hotel.mews.credentials, "LastName": "Race", "Email": f"{uuid.uuid4()}@example.com"}
    url = f"{hotel.mews.server}/mews/api/connector/v1/customers/add"
    async with httpx.AsyncClient(timeout=60) as http:
        answers = await asyncio.gather(*(http.post(url, json={**body, "OverwriteExisting": n > 3}) for n in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 403}
    assert len(customers(hotel.mews, LastNames=["Race"])) == 1


async def test_who_has_another_address_meanwhile_is_not_overwritten(hotel: Hotel) -> None:
    engine, caller, email = hotel.engine, hotel.caller, f"{uuid.uuid4()}@example.com"
    moved = uuid.UUID(add(hotel.mews, "Moved", Email=email)["Id"])
    person = Person(profile=Profile(last_name="New", email=email))
    async with engine.database.transaction() as connection:
        await members.lock(connection, caller.tenant_id, moved)
        assert await members.release(connection, moved, EMAIL)
        adding = asyncio.create_task(people.add(engine, caller, NOW, person, overwrite=True))
        while not adding.done() and not await connection.fetchval(WAITING):
            continue
    made = await adding
    assert made.id != moved
    assert [each["Id"] for each in customers(hotel.mews, LastNames=["New"])] == [str(made.id)]


async def test_of_two_who_move_to_one_address_one_does(hotel: Hotel) -> None:
    engine, caller, email = hotel.engine, hotel.caller, f"{uuid.uuid4()}@example.com"
    first, second = (uuid.UUID(add(hotel.mews, "Mover")["Id"]) for _ in range(2))
    async with engine.database.transaction() as connection:
        assert await members.claim(connection, caller.tenant_id, first, Identifier(EMAIL, email))
        moving = asyncio.create_task(people.update(engine, caller, NOW, second, Person(profile=Profile(email=email))))
        while not moving.done() and not await connection.fetchval(WAITING):
            continue
    with pytest.raises(IdentifierTaken):
        await moving


async def test_an_address_is_found_in_letters_of_any_language(hotel: Hotel) -> None:
    """Python makes others of some of them small than PostgreSQL does."""
    for name in ("ΟΔΟΣ", "İLKER"):
        made = add(hotel.mews, "Far", Email=f"{uuid.uuid4()}{name}@example.com")
        assert customers(hotel.mews, Emails=[made["Email"]]) == [made]


@pytest.mark.parametrize("count", [0, 1001, None])
def test_a_page_has_one_to_a_thousand(demo: Connection, count: int | None) -> None:
    for operation, more in (
        ("customers/getAll", {"LastNames": ["x"]}),
        ("companies/getAll", {}),
        ("loyaltyPrograms/getAll", {}),
        ("loyaltyTiers/getAll", {"LoyaltyProgramIds": [NOWHERE]}),
    ):
        refused(demo.post(operation, Limitation={"Count": count}, **more), 400, "Invalid Count.")
