"""The four operations, one by one: recorded calls, filters, primaries, both names of the number, deletion."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import Clock, served
from surfaces.mews.hotels import Connection, Hotel
from surfaces.mews.test_auth import refused

SECOND_ONE = "The account already has an active membership in this loyalty program."


async def test_an_added_membership_reads_back_as_it_was_answered(hotel: Hotel) -> None:
    guest = str((await hotel.guest()).id)
    (added,) = hotel.mews.add(
        hotel.item(
            guest,
            IsPrimary=True,
            State="Pending",
            ProviderMembershipId="hc-000381",
            MembershipNumber="HC 4410 2277",
            Points=2**31 - 1,
            ExpirationDate="2028-03-31T02:00:00+02:00",
            Url="https://club.example/m/hc-000381?é=1",
            LoyaltyTierId=hotel.tier_ids[0],
        )
    )
    integration = {"Discriminator": "Integration", "EnterpriseProfile": None}
    assert added == {
        "Id": added["Id"],
        "ChainId": str(hotel.caller.chain_id),
        "AccountId": guest,
        "LoyaltyProgramId": hotel.program_ids[0],
        "State": "Pending",
        "IsPrimary": True,
        "ProviderMembershipId": "hc-000381",
        "MembershipNumber": "HC 4410 2277",
        "Code": "HC 4410 2277",
        "Points": 2**31 - 1,
        "ExpirationDate": "2028-03-31T00:00:00Z",
        "Url": "https://club.example/m/hc-000381?é=1",
        "LoyaltyTierId": hotel.tier_ids[0],
        "CreatorProfile": integration,
        "UpdaterProfile": integration,
    }
    assert hotel.mews.get(added["Id"]) == added


async def test_longest_texts_are_stored_and_longer_ones_refused(hotel: Hotel) -> None:
    guest = str((await hotel.guest()).id)
    url = "https://club.example/" + "m" * 2027
    item = hotel.item(guest, MembershipNumber="ñ" * 255, ProviderMembershipId="😀" * 100, Url=url)
    (added,) = hotel.mews.add(item)
    assert (added["Code"], added["ProviderMembershipId"], added["Url"]) == ("ñ" * 255, "😀" * 100, url)
    for name, text in (
        ("MembershipNumber", "x" * 256),
        ("Code", "x" * 256),
        ("ProviderMembershipId", "x" * 101),
        ("Url", url + "m"),
    ):
        update = {"LoyaltyMembershipId": added["Id"], name: {"Value": text}}
        refused(hotel.mews.send("update", LoyaltyMembershipUpdates=[update]), 400, f"Invalid {name}.")
        refused(hotel.mews.send("add", LoyaltyMemberships=[{**item, name: text}]), 400, f"Invalid {name}.")
    assert hotel.mews.get(added["Id"]) == added


async def test_one_primary_per_account_and_the_last_one_wins(hotel: Hotel) -> None:
    first_program, second_program = hotel.program_ids
    mews = hotel.mews
    guest, bystander = await hotel.guests(2)

    def primaries() -> dict[str, bool]:
        return {m["Id"]: m["IsPrimary"] for m in mews.get_all(AccountIds=[guest])}

    (other,) = mews.add(hotel.item(bystander, IsPrimary=True))
    (first,) = mews.add(hotel.item(guest, IsPrimary=True))
    (second,) = mews.add(hotel.item(guest, IsPrimary=True, LoyaltyProgramId=second_program))
    assert primaries() == {first["Id"]: False, second["Id"]: True}
    set_primary = [{"LoyaltyMembershipId": m["Id"], "IsPrimary": {"Value": True}} for m in (second, first)]
    answered = mews.update(*set_primary)
    assert [m["IsPrimary"] for m in answered] == [False, True]
    assert primaries() == {first["Id"]: True, second["Id"]: False}
    mews.update({"LoyaltyMembershipId": first["Id"], "IsPrimary": {"Value": False}})
    assert primaries() == {first["Id"]: False, second["Id"]: False}
    mews.update(*set_primary[:1])
    mews.delete(second["Id"])
    assert primaries() == {first["Id"]: False}
    assert mews.get(second["Id"], "Deleted")["IsPrimary"] is False
    assert mews.get(other["Id"])["IsPrimary"] is True
    guest = bystander
    mews.delete(other["Id"])
    both = [hotel.item(guest, IsPrimary=True, LoyaltyProgramId=p) for p in (first_program, second_program)]
    assert [m["IsPrimary"] for m in mews.add(*both)] == [False, True]


async def test_a_second_active_membership_in_a_program_is_refused(hotel: Hotel) -> None:
    guest = str((await hotel.guest()).id)
    mews, item = hotel.mews, hotel.item(guest)
    refused(mews.send("add", LoyaltyMemberships=[item, item]), 403, SECOND_ONE)
    assert mews.get_all() == []
    (first,) = mews.add(item)
    refused(mews.send("add", LoyaltyMemberships=[item]), 403, SECOND_ONE)
    (other,) = mews.add({**item, "LoyaltyProgramId": hotel.program_ids[1]})
    move = {"LoyaltyMembershipId": other["Id"], "LoyaltyProgramId": {"Value": hotel.program_ids[0]}}
    refused(mews.send("update", LoyaltyMembershipUpdates=[move]), 403, SECOND_ONE)
    mews.delete(first["Id"])
    assert mews.update(move)[0]["LoyaltyProgramId"] == hotel.program_ids[0]
    refused(mews.send("add", LoyaltyMemberships=[item]), 403, SECOND_ONE)


async def test_a_membership_moves_only_with_a_tier_of_its_new_program(hotel: Hotel) -> None:
    guest = str((await hotel.guest()).id)
    foreign = hotel.item(guest, LoyaltyTierId=hotel.tier_ids[1])
    refused(hotel.mews.send("add", LoyaltyMemberships=[foreign]), 400, "Invalid LoyaltyTierId.")
    (added,) = hotel.mews.add(hotel.item(guest, LoyaltyTierId=hotel.tier_ids[0]))
    move = {"LoyaltyMembershipId": added["Id"], "LoyaltyProgramId": {"Value": hotel.program_ids[1]}}
    refused(hotel.mews.send("update", LoyaltyMembershipUpdates=[move]), 400, "Invalid LoyaltyTierId.")
    assert hotel.mews.get(added["Id"]) == added
    (moved,) = hotel.mews.update({**move, "LoyaltyTierId": {"Value": hotel.tier_ids[1]}})
    assert moved == {**added, "LoyaltyProgramId": hotel.program_ids[1], "LoyaltyTierId": hotel.tier_ids[1]}


@pytest.mark.parametrize(
    ("moves", "first_in", "second_in"),
    [
        ([("second", "C"), ("first", "B")], "B", "C"),
        ([("first", "C"), ("second", "A")], "C", "A"),
        ([("first", "C"), ("second", "A"), ("first", "B")], "B", "A"),
    ],
)
async def test_memberships_move_past_each_other_in_one_batch(
    hotel: Hotel, moves: list[tuple[str, str]], first_in: str, second_in: str
) -> None:
    guest = str((await hotel.guest()).id)
    programs = dict(zip("AB", hotel.program_ids, strict=True))
    programs["C"] = str(await hotel.program_of(hotel.caller.chain_id or uuid.uuid4()))
    first, second = hotel.mews.add(*(hotel.item(guest, LoyaltyProgramId=programs[p], IsPrimary=True) for p in "AB"))
    ids = {"first": first["Id"], "second": second["Id"]}
    hotel.mews.update(
        *({"LoyaltyMembershipId": ids[who], "LoyaltyProgramId": {"Value": programs[to]}} for who, to in moves)
    )
    assert hotel.mews.get_all() == [
        {**second, "LoyaltyProgramId": programs[second_in]},
        {**first, "LoyaltyProgramId": programs[first_in]},
    ]


@pytest.mark.parametrize("write", ["Code", "MembershipNumber"])
@pytest.mark.parametrize("read", ["Codes", "MembershipNumbers"])
async def test_either_name_of_the_number_writes_and_finds_it(hotel: Hotel, write: str, read: str) -> None:
    guests = await hotel.guests(2)
    added, _ = hotel.mews.add(*(hotel.item(g, **{write: f"N-{i}"}) for i, g in enumerate(guests)))
    assert (added["Code"], added["MembershipNumber"]) == ("N-0", "N-0")

    def found(*numbers: str) -> list[dict[str, Any]]:
        filters: dict[str, Any] = {read: numbers}
        return hotel.mews.get_all(**filters)

    assert found("N-0", "N-9") == [added]
    (changed,) = hotel.mews.update({"LoyaltyMembershipId": added["Id"], write: {"Value": "M-0"}})
    assert (changed["Code"], changed["MembershipNumber"]) == ("M-0", "M-0")
    assert found("N-0") == []
    assert found("M-0") == [changed]
    assert hotel.mews.get_all(Codes=["M-0", "X"], MembershipNumbers=["N-1", "M-0"]) == [changed]
    assert hotel.mews.get_all(Codes=["M-0"], MembershipNumbers=["N-1"]) == []
    (cleared,) = hotel.mews.update({"LoyaltyMembershipId": added["Id"], write: {"Value": None}})
    assert (cleared["Code"], cleared["MembershipNumber"]) == (None, None)


async def test_filters_combine_and_their_values_are_alternatives(hotel: Hotel) -> None:
    guests = await hotel.guests(3)
    states = ("Pending", "Enrolled", "Declined")
    added = hotel.mews.add(
        *(
            hotel.item(guest, State=state, ProviderMembershipId=f"p-{index}")
            for index, (guest, state) in enumerate(zip(guests, states, strict=True))
        )
    )
    first, second, third = added
    get_all = hotel.mews.get_all
    assert get_all() == [third, second, first]
    assert get_all(MembershipStates=["Declined", "Pending"]) == [third, first]
    assert get_all(MembershipStates=[]) == [third, second, first]
    assert get_all(ProviderMembershipIds=["p-1", "p-2"]) == [third, second]
    assert get_all(ProviderMembershipIds=["p-1", "p-2"], MembershipStates=["Enrolled"]) == [second]
    assert get_all(AccountIds=[guests[0], str(uuid.uuid4())]) == [first]
    assert get_all(AccountIds=[guests[0]], LoyaltyMembershipIds=[second["Id"]]) == []
    assert get_all(LoyaltyProgramIds=list(hotel.program_ids)) == [third, second, first]
    assert get_all(LoyaltyProgramIds=[hotel.program_ids[1]]) == []
    assert get_all(ChainIds=[first["ChainId"]], LoyaltyMembershipIds=[m["Id"].upper() for m in added[:2]]) == [
        second,
        first,
    ]
    assert get_all(ChainIds=[str(uuid.uuid4())]) == []


def _z(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def test_intervals_hold_their_start_and_not_their_end(hotel: Hotel, dsn: str) -> None:
    clock = Clock(datetime(2026, 7, 2, 12, 0, 0, 250_000, tzinfo=UTC))
    day = timedelta(days=1)
    with served(dsn, clock) as address:
        mews = Connection(hotel.mews.http, address, hotel.mews.client_token, hotel.mews.access_token)
        created = clock.now
        (added,) = mews.add(hotel.item(str((await hotel.guest()).id)))
        clock.now = updated = created + day
        mews.update({"LoyaltyMembershipId": added["Id"], "State": {"Value": "Canceled"}})

        def found(name: str, start: datetime, end: datetime) -> bool:
            filters: dict[str, Any] = {name: {"StartUtc": _z(start), "EndUtc": _z(end)}}
            return bool(mews.get_all(**filters))

        tick = timedelta(microseconds=1)
        for name, at in (("CreatedUtc", created), ("UpdatedUtc", updated)):
            assert found(name, at, at + day)
            assert not found(name, at - day, at)
            assert found(name, at - day, at + tick)
            assert not found(name, at + tick, at + day)
            assert found(name, at, at)
            assert not found(name, at + tick, at + tick)
            assert not found(name, at - tick, at - tick)
        clock.now = deleted = updated + day
        mews.delete(added["Id"])
        wanted = {"StartUtc": _z(deleted), "EndUtc": _z(deleted + day)}
        (gone,) = mews.get_all(UpdatedUtc=wanted, ActivityStates=["Deleted"])
        clock.now = deleted + 2 * day
        mews.delete(added["Id"])
        assert mews.get_all(UpdatedUtc=wanted, ActivityStates=["Deleted"]) == [gone]
        assert not found("UpdatedUtc", deleted, deleted + day)


async def test_deleted_memberships_stay_readable_and_cannot_be_changed(hotel: Hotel) -> None:
    guests = await hotel.guests(2)
    gone, kept = hotel.mews.add(*(hotel.item(guest, Points=5) for guest in guests))
    hotel.mews.delete(gone["Id"], gone["Id"])
    hotel.mews.delete(gone["Id"])
    assert hotel.mews.get_all() == [kept]
    assert hotel.mews.get_all(ActivityStates=["Deleted"]) == [gone]
    assert hotel.mews.get_all(ActivityStates=["Active", "Deleted"]) == [kept, gone]
    change = {"LoyaltyMembershipId": gone["Id"], "Points": {"Value": 6}}
    refused(hotel.mews.send("update", LoyaltyMembershipUpdates=[change]), 400, "Invalid LoyaltyMembershipId.")
    (again,) = hotel.mews.add(hotel.item(guests[0]))
    assert (again["AccountId"], again["Points"]) == (gone["AccountId"], None)
    assert again["Id"] != gone["Id"]


async def test_a_client_that_wants_no_body_gets_none_where_there_is_nothing_to_say(hotel: Hotel) -> None:
    (added,) = hotel.mews.add(hotel.item(str((await hotel.guest()).id)))
    prefer = {"Prefer": "return=minimal"}
    url = f"{hotel.mews.server}/mews/api/connector/v1/loyaltyMemberships/"

    def send_minimal(action: str, **body: Any) -> httpx.Response:
        return hotel.mews.http.post(url + action, json={**hotel.mews.credentials, **body}, headers=prefer)

    full = send_minimal("getAll", Limitation={"Count": 1})
    assert (full.status_code, full.json()["Cursor"]) == (200, added["Id"])
    for empty in (
        send_minimal("getAll", Limitation={"Count": 1, "Cursor": added["Id"]}),
        send_minimal("delete", LoyaltyMembershipIds=[added["Id"]]),
    ):
        assert (empty.status_code, empty.content, empty.headers.get("Content-Type")) == (204, b"", None)
        assert uuid.UUID(empty.headers["Request-Id"])
    refused(send_minimal("getAll"), 400, "Invalid Limitation.")
