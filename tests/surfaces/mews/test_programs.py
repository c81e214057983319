"""Programs and tiers: made, changed and deleted all of a call or none of it, found by every filter, in their chains."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import Clock, served
from guerdon.storage import tenants
from surfaces.mews.hotels import Connection, Hotel
from surfaces.mews.test_auth import refused

NOWHERE = str(uuid.UUID(int=7))
TAKEN = "The code already belongs to another loyalty program or tier."
IN_USE = "The loyalty program is in use: it has active memberships, or is the one that members join by themselves."


def item(code: str, **more: Any) -> dict[str, Any]:
    """A program to add."""
    return {"Name": f"Club {code}", "Code": code, "Type": "Hotel", "Subscription": "Free", **more}


def add_programs(mews: Connection, *codes: str, **body: Any) -> list[dict[str, Any]]:
    """Programs that were added, which must work."""
    made: list[dict[str, Any]] = mews.done("loyaltyPrograms/add", LoyaltyPrograms=[item(c) for c in codes], **body)[
        "LoyaltyPrograms"
    ]
    return made


def programs(mews: Connection, count: int = 1000, cursor: str | None = None, **filters: Any) -> list[dict[str, Any]]:
    """One page of programs."""
    page = mews.done("loyaltyPrograms/getAll", Limitation={"Count": count, "Cursor": cursor}, **filters)
    found: list[dict[str, Any]] = page["LoyaltyPrograms"]
    assert page["Cursor"] == (found[-1]["Id"] if found else None)
    return found


def add_tiers(mews: Connection, program_id: str, *codes: str, **body: Any) -> list[dict[str, Any]]:
    """Tiers that were added, which must work."""
    new = [{"LoyaltyProgramId": program_id, "Name": f"Tier {c}", "Code": c, "Ordering": n} for n, c in enumerate(codes)]
    made: list[dict[str, Any]] = mews.done("loyaltyTiers/add", LoyaltyTiers=new, **body)["LoyaltyTiers"]
    return made


def tiers(mews: Connection, *program_ids: str, cursor: str | None = None, **filters: Any) -> list[dict[str, Any]]:
    """One page of tiers."""
    limitation = {"Count": 1000, "Cursor": cursor}
    page = mews.done("loyaltyTiers/getAll", LoyaltyProgramIds=program_ids, Limitation=limitation, **filters)
    found: list[dict[str, Any]] = page["LoyaltyTiers"]
    assert page["Cursor"] == (found[-1]["Id"] if found else None)
    return found


async def test_a_thousand_programs_and_tiers_live_and_die_in_one_call_each(hotel: Hotel) -> None:
    codes = [f"P-{n}" for n in range(1000)]
    made = add_programs(hotel.mews, *codes)
    assert [program["Code"] for program in made] == codes
    assert programs(hotel.mews, Codes=codes) == made[::-1]
    changed = hotel.mews.done(
        "loyaltyPrograms/update",
        LoyaltyProgramUpdates=[{"LoyaltyProgramId": p["Id"], "Name": {"Value": f"{p['Name']}!"}} for p in made],
    )["LoyaltyPrograms"]
    assert changed == [{**p, "Name": f"{p['Name']}!"} for p in made]
    steps = add_tiers(hotel.mews, made[0]["Id"], *codes)
    assert [tier["Ordering"] for tier in steps] == list(range(1000))
    assert tiers(hotel.mews, made[0]["Id"]) == steps[::-1]
    assert hotel.mews.done("loyaltyTiers/delete", LoyaltyTierIds=[t["Id"] for t in steps[:-1]]) == {}
    assert tiers(hotel.mews, made[0]["Id"]) == steps[-1:]
    assert hotel.mews.done("loyaltyPrograms/delete", LoyaltyProgramIds=[p["Id"] for p in made]) == {}
    assert programs(hotel.mews, Codes=codes) == []
    assert tiers(hotel.mews, made[0]["Id"]) == []
    assert tiers(hotel.mews, made[0]["Id"], ActivityStates=["Deleted"]) == steps[::-1]


async def test_one_bad_item_refuses_the_batch(hotel: Hotel) -> None:
    before = programs(hotel.mews)
    for bad, status, message in (
        (item("A"), 403, TAKEN),
        (item("N-1"), 403, TAKEN),
        (item("X", Name=""), 400, "Invalid Name."),
        (item("X", Name="x" * 101), 400, "Invalid Name."),
        (item(""), 400, "Invalid Code."),
        (item("x" * 51), 400, "Invalid Code."),
        (item("X", Type="hotel"), 400, "Invalid Type."),
        (item("X", Subscription=None), 400, "Invalid Subscription."),
    ):
        refused(hotel.mews.post("loyaltyPrograms/add", LoyaltyPrograms=[item("N-1"), bad]), status, message)
    assert programs(hotel.mews) == before
    own, other = hotel.program_ids
    good = {"LoyaltyProgramId": own, "Name": "N", "Code": "N", "Ordering": 1}
    steps = tiers(hotel.mews, own, other)
    for change, status, message in (
        ({"Code": "T"}, 403, TAKEN),
        ({}, 403, TAKEN),
        ({"Code": "M", "LoyaltyProgramId": NOWHERE}, 400, "Invalid LoyaltyProgramId."),
        ({"Code": "M", "Ordering": 2**31}, 400, "Invalid Ordering."),
        ({"Code": "M", "Ordering": None}, 400, "Invalid Ordering."),
        ({"Code": "M", "Name": "x" * 51}, 400, "Invalid Name."),
    ):
        refused(hotel.mews.post("loyaltyTiers/add", LoyaltyTiers=[good, {**good, **change}]), status, message)
    assert tiers(hotel.mews, own, other) == steps


async def test_what_an_update_does_not_name_is_kept(hotel: Hotel) -> None:
    (program,) = add_programs(hotel.mews, "K")

    def update(**wrapped: Any) -> dict[str, Any]:
        sent = {"LoyaltyProgramId": program["Id"], **wrapped}
        answer = hotel.mews.done("loyaltyPrograms/update", LoyaltyProgramUpdates=[sent])
        made: dict[str, Any] = answer["LoyaltyPrograms"][0]
        return made

    assert update() == update(Name=None, Type=None, Subscription=None) == program
    assert update(Type={"Value": "Unknown"}) == {**program, "Type": "Unknown"}
    assert update(Subscription={"Value": "Paid"}) == {**program, "Type": "Unknown", "Subscription": "Paid"}
    twice = [
        {"LoyaltyProgramId": program["Id"], "Name": {"Value": "First"}},
        {"LoyaltyProgramId": program["Id"], "Type": {"Value": "SoftBrand"}},
    ]
    last = {**program, "Name": "First", "Type": "SoftBrand", "Subscription": "Paid"}
    assert hotel.mews.done("loyaltyPrograms/update", LoyaltyProgramUpdates=twice)["LoyaltyPrograms"] == [last, last]
    for name in ("Name", "Type", "Subscription"):
        for wrapper in ({}, {"Value": None}, {"Value": ""}, {"Value": 5}):
            sent = {"LoyaltyProgramId": program["Id"], name: wrapper}
            answer = hotel.mews.post("loyaltyPrograms/update", LoyaltyProgramUpdates=[sent])
            refused(answer, 400, f"Invalid {name}.")
    (tier,) = add_tiers(hotel.mews, program["Id"], "T")
    for name in ("Name", "Code", "Ordering"):
        for wrapper in ({}, {"Value": None}, {"Value": ""}):
            sent = {"LoyaltyTierId": tier["Id"], name: wrapper}
            refused(hotel.mews.post("loyaltyTiers/update", LoyaltyTierUpdates=[sent]), 400, f"Invalid {name}.")
    kept = {"LoyaltyTierId": tier["Id"], "Name": None}
    assert hotel.mews.done("loyaltyTiers/update", LoyaltyTierUpdates=[kept])["LoyaltyTiers"] == [tier]


async def test_codes_of_tiers_change_places_in_one_batch(hotel: Hotel) -> None:
    program_id = hotel.program_ids[0]
    first, second = add_tiers(hotel.mews, program_id, "ONE", "TWO")
    swap = [
        {"LoyaltyTierId": first["Id"], "Code": {"Value": "TWO"}},
        {"LoyaltyTierId": second["Id"], "Code": {"Value": "ONE"}},
    ]
    answer = hotel.mews.done("loyaltyTiers/update", LoyaltyTierUpdates=swap)["LoyaltyTiers"]
    assert answer == [{**first, "Code": "TWO"}, {**second, "Code": "ONE"}]
    refused(
        hotel.mews.post("loyaltyTiers/update", LoyaltyTierUpdates=[swap[1] | {"Code": {"Value": "TWO"}}]), 403, TAKEN
    )
    hotel.mews.done("loyaltyTiers/delete", LoyaltyTierIds=[first["Id"]])
    refused(hotel.mews.post("loyaltyTiers/update", LoyaltyTierUpdates=swap[:1]), 400, "Invalid LoyaltyTierId.")
    assert add_tiers(hotel.mews, program_id, "TWO")[0]["Id"] != first["Id"]


async def test_what_is_in_use_stays(hotel: Hotel) -> None:
    (program,) = add_programs(hotel.mews, "USED")
    (tier,) = add_tiers(hotel.mews, program["Id"], "T")
    guest = (await hotel.guests(1))[0]
    (member,) = hotel.mews.add(hotel.item(guest, LoyaltyProgramId=program["Id"], LoyaltyTierId=tier["Id"]))
    tier_used = "The loyalty tier is in use: memberships, rewards or rules have it."
    refused(hotel.mews.post("loyaltyPrograms/delete", LoyaltyProgramIds=[program["Id"]]), 403, IN_USE)
    refused(hotel.mews.post("loyaltyPrograms/delete", LoyaltyProgramIds=[hotel.program_ids[0]]), 403, IN_USE)
    refused(hotel.mews.post("loyaltyTiers/delete", LoyaltyTierIds=[tier["Id"]]), 403, tier_used)
    hotel.mews.delete(member["Id"])
    hotel.mews.done("loyaltyTiers/delete", LoyaltyTierIds=[tier["Id"]])
    hotel.mews.done("loyaltyPrograms/delete", LoyaltyProgramIds=[program["Id"]])
    again = hotel.item(guest, LoyaltyProgramId=program["Id"])
    refused(hotel.mews.send("add", LoyaltyMemberships=[again]), 400, "Invalid LoyaltyProgramId.")
    deleted = hotel.item(guest, LoyaltyTierId=tier["Id"])
    refused(hotel.mews.send("add", LoyaltyMemberships=[deleted]), 400, "Invalid LoyaltyTierId.")
    change = {"LoyaltyProgramId": program["Id"], "Name": {"Value": "x"}}
    refused(hotel.mews.post("loyaltyPrograms/update", LoyaltyProgramUpdates=[change]), 400, "Invalid LoyaltyProgramId.")
    new = {"LoyaltyProgramId": program["Id"], "Name": "N", "Code": "N", "Ordering": 1}
    refused(hotel.mews.post("loyaltyTiers/add", LoyaltyTiers=[new]), 400, "Invalid LoyaltyProgramId.")
    assert add_programs(hotel.mews, "USED")[0]["Id"] != program["Id"]


async def test_points_do_not_lead_to_a_tier_that_is_given_by_hand(hotel: Hotel) -> None:
    """Else everybody would stand on the first tier that a hotel adds, on surfaces that show who stands where."""
    made = add_tiers(hotel.mews, hotel.program_ids[0], "GIVEN")
    async with hotel.engine.database.connection() as connection:
        row = await connection.fetchrow("SELECT by_hand FROM tiers WHERE id = $1", uuid.UUID(made[0]["Id"]))
    assert row is not None
    assert row["by_hand"]


async def test_filters_combine(hotel: Hotel) -> None:
    mews = hotel.mews
    one, two, three = add_programs(mews, "F-1", "F-2", "F-3")
    ids = [p["Id"] for p in (one, two, three)]
    assert programs(mews, LoyaltyProgramIds=ids) == [three, two, one]
    assert programs(mews, LoyaltyProgramIds=ids, Codes=["F-2", "F-9"]) == [two]
    assert programs(mews, LoyaltyProgramIds=ids, ChainIds=[one["ChainId"], NOWHERE]) == [three, two, one]
    assert programs(mews, ChainIds=[NOWHERE]) == []
    assert programs(mews, LoyaltyProgramIds=ids, count=2) == [three, two]
    assert programs(mews, LoyaltyProgramIds=ids, count=2, cursor=two["Id"]) == [one]
    assert programs(mews, LoyaltyProgramIds=ids, cursor=one["Id"]) == []
    mews.done("loyaltyPrograms/delete", LoyaltyProgramIds=[two["Id"]])
    assert programs(mews, LoyaltyProgramIds=ids) == [three, one]
    assert programs(mews, LoyaltyProgramIds=ids, ActivityStates=["Deleted"]) == [two]
    assert programs(mews, LoyaltyProgramIds=ids, ActivityStates=["Active", "Deleted"]) == [three, two, one]
    assert programs(mews, LoyaltyProgramIds=ids, cursor=two["Id"]) == [one]
    a, b = add_tiers(mews, one["Id"], "A", "B")
    (c,) = add_tiers(mews, three["Id"], "C")
    assert tiers(mews, one["Id"], three["Id"]) == [c, b, a]
    assert tiers(mews, one["Id"], LoyaltyTierIds=[a["Id"], c["Id"]]) == [a]
    assert tiers(mews, one["Id"], ChainIds=[NOWHERE]) == []
    assert tiers(mews, one["Id"], three["Id"], cursor=b["Id"]) == [a]


async def test_intervals_hold_their_start_and_not_their_end(hotel: Hotel, dsn: str) -> None:
    clock = Clock(datetime(2026, 7, 3, 12, 0, tzinfo=UTC))
    day, tick = timedelta(days=1), timedelta(microseconds=1)
    with served(dsn, clock) as address:
        mews = Connection(hotel.mews.http, address, hotel.mews.client_token, hotel.mews.access_token)
        created = clock.now
        (program,) = add_programs(mews, "TIME")
        (tier,) = add_tiers(mews, program["Id"], "T")
        clock.now = updated = created + day
        mews.done(
            "loyaltyPrograms/update",
            LoyaltyProgramUpdates=[{"LoyaltyProgramId": program["Id"], "Name": {"Value": "Anew"}}],
        )
        mews.done("loyaltyTiers/update", LoyaltyTierUpdates=[{"LoyaltyTierId": tier["Id"], "Name": {"Value": "Anew"}}])

        def between(start: datetime, end: datetime) -> Any:
            return {"StartUtc": start.isoformat(), "EndUtc": end.isoformat()}

        for name, at in (("CreatedUtc", created), ("UpdatedUtc", updated)):
            for start, end, found in ((at, at + day, 1), (at - day, at, 0), (at, at, 1), (at + tick, at + day, 0)):
                assert len(programs(mews, Codes=["TIME"], **{name: between(start, end)})) == found
                if name == "UpdatedUtc":
                    assert len(tiers(mews, program["Id"], UpdatedUtc=between(start, end))) == found
        clock.now = deleted = updated + day
        mews.done("loyaltyPrograms/delete", LoyaltyProgramIds=[program["Id"]])
        just: dict[str, Any] = {"UpdatedUtc": between(deleted, deleted), "ActivityStates": ["Deleted"]}
        assert [p["Id"] for p in programs(mews, Codes=["TIME"], **just)] == [program["Id"]]
        assert tiers(mews, program["Id"], **just) == [{**tier, "Name": "Anew"}]


async def test_a_portfolio_token_names_the_chain_or_may_not(portfolio: Hotel) -> None:
    mews, chain_id, second = portfolio.mews, str(portfolio.caller.chain_id), uuid.uuid4()
    async with portfolio.engine.database.connection() as connection:
        await tenants.insert_chain(connection, portfolio.caller.tenant_id, second, "Second chain")
    refused(mews.post("loyaltyPrograms/add", LoyaltyPrograms=[item("P")]), 400, "Invalid ChainId.")
    refused(mews.post("loyaltyPrograms/add", LoyaltyPrograms=[item("P")], ChainId=NOWHERE), 400, "Invalid ChainId.")
    (one,) = add_programs(mews, "P", ChainId=chain_id)
    (two,) = add_programs(mews, "P", ChainId=str(second))
    assert (one["ChainId"], two["ChainId"]) == (chain_id, str(second))
    assert programs(mews, Codes=["P"]) == [two, one]
    assert programs(mews, Codes=["P"], ChainIds=[chain_id]) == [one]
    change = [{"LoyaltyProgramId": two["Id"], "Name": {"Value": "Other"}}]
    body = {"LoyaltyProgramUpdates": change}
    refused(mews.post("loyaltyPrograms/update", ChainId=chain_id, **body), 400, "Invalid LoyaltyProgramId.")
    assert mews.done("loyaltyPrograms/update", ChainId=str(second), **body)["LoyaltyPrograms"][0]["Name"] == "Other"
    (tier,) = add_tiers(mews, one["Id"], "T", ChainId=chain_id)
    new = [{"LoyaltyProgramId": two["Id"], "Name": "N", "Code": "N", "Ordering": 1}]
    refused(mews.post("loyaltyTiers/add", ChainId=chain_id, LoyaltyTiers=new), 400, "Invalid LoyaltyProgramId.")
    assert tiers(mews, one["Id"], two["Id"]) == [tier]
    not_permitted = "The operation is not permitted for this AccessToken."
    for operation, sent in (
        ("loyaltyPrograms/delete", {"LoyaltyProgramIds": [one["Id"]]}),
        ("loyaltyTiers/update", {"LoyaltyTierUpdates": [{"LoyaltyTierId": tier["Id"]}]}),
        ("loyaltyTiers/delete", {"LoyaltyTierIds": [tier["Id"]]}),
    ):
        refused(mews.post(operation, ChainId=chain_id, **sent), 401, not_permitted)


async def test_another_tenants_programs_and_tiers_are_invalid(hotel: Hotel, portfolio: Hotel, demo: Connection) -> None:
    program_id, tier_id = hotel.program_ids[0], hotel.tier_ids[0]
    assert programs(demo, LoyaltyProgramIds=[program_id], ActivityStates=["Active", "Deleted"]) == []
    assert tiers(demo, program_id) == []
    for operation, sent, message in (
        ("loyaltyPrograms/getAll", {"Limitation": {"Count": 1, "Cursor": program_id}}, "Invalid Cursor."),
        (
            "loyaltyPrograms/update",
            {"LoyaltyProgramUpdates": [{"LoyaltyProgramId": program_id}]},
            "Invalid LoyaltyProgramId.",
        ),
        ("loyaltyPrograms/delete", {"LoyaltyProgramIds": [program_id]}, "Invalid LoyaltyProgramIds."),
        ("loyaltyTiers/update", {"LoyaltyTierUpdates": [{"LoyaltyTierId": tier_id}]}, "Invalid LoyaltyTierId."),
        ("loyaltyTiers/delete", {"LoyaltyTierIds": [tier_id]}, "Invalid LoyaltyTierIds."),
    ):
        refused(demo.post(operation, **sent), 400, message)


async def together(mews: Connection, calls: list[tuple[str, dict[str, Any]]]) -> list[httpx.Response]:
    """The answers to calls that are sent at the same time."""
    async with httpx.AsyncClient(timeout=60) as http:
        base = f"{mews.server}/mews/api/connector/v1/"
        sent = [http.post(base + operation, json={**mews.credentials, **body}) for operation, body in calls]
        return await asyncio.gather(*sent)


async def test_of_equal_codes_at_the_same_time_one_is_taken(hotel: Hotel) -> None:
    calls = [("loyaltyPrograms/add", {"LoyaltyPrograms": [item("RACE")]})] * 6
    answers = await together(hotel.mews, calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 5
    assert len(programs(hotel.mews, Codes=["RACE"])) == 1


@pytest.mark.parametrize("turn", range(4))
async def test_a_program_is_deleted_or_joined_and_never_both(hotel: Hotel, turn: int) -> None:
    (program,) = add_programs(hotel.mews, f"D-{turn}")
    guests = await hotel.guests(4)
    joins = [
        ("loyaltyMemberships/add", {"LoyaltyMemberships": [hotel.item(g, LoyaltyProgramId=program["Id"])]})
        for g in guests
    ]
    delete = ("loyaltyPrograms/delete", {"LoyaltyProgramIds": [program["Id"]]})
    answers = await together(hotel.mews, [*joins[:turn], delete, *joins[turn:]])
    is_gone = programs(hotel.mews, Codes=[program["Code"]]) == []
    joined = hotel.mews.get_all(LoyaltyProgramIds=[program["Id"]])
    assert {answer.status_code for answer in answers} <= {200, 400, 403}
    assert not (is_gone and joined)
    assert is_gone == (answers[turn].status_code == 200)
