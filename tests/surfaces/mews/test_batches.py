"""A thousand at once, all or none; pages from the newest to the empty one; and several writers at a time."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from conftest import NOW
from guerdon.engine import Engine, joining
from guerdon.engine.joining import Change
from guerdon.storage import memberships
from guerdon.storage.memberships import NewMembership
from surfaces.mews.hotels import Connection, Hotel, open_hotel
from surfaces.mews.test_auth import refused

MOST = 1000
NOWHERE = str(uuid.UUID(int=7))
BOTH = ("Active", "Deleted")


@pytest.fixture(scope="module")
async def crowd(engine: Engine, http: httpx.Client, server: str) -> tuple[Hotel, list[str]]:
    """A hotel chain with a thousand guests."""
    hotel = await open_hotel(engine, http, server)
    return hotel, await hotel.guests(MOST)


def spoiled(items: Sequence[dict[str, Any]], at: int, bad: dict[str, Any]) -> list[dict[str, Any]]:
    """The items with one of them made bad."""
    return [{**item, **bad} if index == at else item for index, item in enumerate(items)]


async def test_a_thousand_live_and_die_in_one_call_each_or_not_at_all(crowd: tuple[Hotel, list[str]]) -> None:
    hotel, guests = crowd
    mews = hotel.mews
    items = [hotel.item(guest, Points=index, IsPrimary=True) for index, guest in enumerate(guests)]
    for at, bad, status, message in (
        (999, {"AccountId": NOWHERE}, 400, "Invalid AccountId."),
        (999, {"LoyaltyProgramId": NOWHERE}, 400, "Invalid LoyaltyProgramId."),
        (500, {"LoyaltyTierId": hotel.tier_ids[1]}, 400, "Invalid LoyaltyTierId."),
        (999, {"Points": 2**31}, 400, "Invalid Points."),
        (999, {"AccountId": guests[0]}, 403, "The account already has an active membership in this loyalty program."),
    ):
        refused(mews.send("add", LoyaltyMemberships=spoiled(items, at, bad)), status, message)
    assert mews.get_all(ActivityStates=BOTH) == []

    answer = mews.ask("add", LoyaltyMemberships=items)
    added = answer["LoyaltyMemberships"]
    assert [(m["AccountId"], m["Points"]) for m in added] == [(guest, i) for i, guest in enumerate(guests)]
    assert answer["Cursor"] == added[-1]["Id"]
    assert mews.get_all() == added[::-1]

    changes = [{"LoyaltyMembershipId": m["Id"], "Points": {"Value": m["Points"] + 1}} for m in reversed(added)]
    for at, change, message in (
        (999, {"LoyaltyMembershipId": NOWHERE}, "Invalid LoyaltyMembershipId."),
        (0, {"LoyaltyTierId": {"Value": NOWHERE}}, "Invalid LoyaltyTierId."),
        (999, {"LoyaltyProgramId": {"Value": NOWHERE}}, "Invalid LoyaltyProgramId."),
        (999, {"State": {"Value": "enrolled"}}, "Invalid State."),
    ):
        refused(mews.send("update", LoyaltyMembershipUpdates=spoiled(changes, at, change)), 400, message)
    assert mews.get_all() == added[::-1]
    wanted = [{**m, "Points": m["Points"] + 1} for m in reversed(added)]
    assert mews.update(*changes) == wanted
    assert mews.get_all() == wanted

    ids = [m["Id"] for m in added]
    refused(mews.send("delete", LoyaltyMembershipIds=[*ids[:-1], NOWHERE]), 400, "Invalid LoyaltyMembershipIds.")
    assert mews.get_all() == wanted
    mews.delete(*ids)
    assert mews.get_all() == []
    assert mews.get_all(ActivityStates=["Deleted"], LoyaltyMembershipIds=ids) == [
        {**m, "IsPrimary": False} for m in wanted
    ]


async def test_a_crawl_goes_from_the_newest_to_an_empty_page(hotel: Hotel) -> None:
    added = hotel.mews.add(*(hotel.item(guest) for guest in await hotel.guests(7)))
    added += hotel.mews.add(*(hotel.item(guest) for guest in await hotel.guests(3)))
    pages: list[list[dict[str, Any]]] = []
    cursor = None
    while not pages or pages[-1]:
        pages.append(hotel.mews.get_all(count=4, cursor=cursor))
        cursor = pages[-1][-1]["Id"] if pages[-1] else cursor
    assert [len(page) for page in pages] == [4, 4, 2, 0]
    assert [m for page in pages for m in page] == added[::-1]


async def test_a_cursor_outlives_its_item_and_ignores_the_filters(hotel: Hotel) -> None:
    oldest, older, newer, newest = hotel.mews.add(*(hotel.item(guest) for guest in await hotel.guests(4)))
    assert hotel.mews.get_all(count=2) == [newest, newer]
    hotel.mews.delete(newer["Id"], older["Id"])
    assert hotel.mews.get_all(count=2, cursor=newer["Id"]) == [oldest]
    assert hotel.mews.get_all(count=2, cursor=newer["Id"], ActivityStates=["Deleted"]) == [older]
    assert hotel.mews.get_all(cursor=newest["Id"], AccountIds=[oldest["AccountId"]]) == [oldest]
    hotel.mews.update({"LoyaltyMembershipId": oldest["Id"], "State": {"Value": "Canceled"}})
    assert [m["Id"] for m in hotel.mews.get_all()] == [newest["Id"], oldest["Id"]]


async def test_one_batch_may_change_a_membership_twice(hotel: Hotel) -> None:
    first, second = hotel.mews.add(*(hotel.item(guest, Points=1) for guest in await hotel.guests(2)))
    changes = [
        {"LoyaltyMembershipId": first["Id"], "Points": {"Value": 50}, "Url": {"Value": "https://club.example/1"}},
        {"LoyaltyMembershipId": second["Id"], "Points": {"Value": 2}},
        {"LoyaltyMembershipId": first["Id"], "Points": {"Value": 3}},
    ]
    answer = hotel.mews.update(*changes)
    last = {**first, "Points": 3, "Url": "https://club.example/1"}
    assert answer == [last, {**second, "Points": 2}, last]


async def together(mews: Connection, action: str, bodies: Sequence[dict[str, Any]]) -> list[httpx.Response]:
    """The answers to calls that are sent at the same time."""
    async with httpx.AsyncClient(timeout=60) as http:
        url = f"{mews.server}/mews/api/connector/v1/loyaltyMemberships/{action}"
        return await asyncio.gather(*(http.post(url, json={**mews.credentials, **body}) for body in bodies))


async def test_of_equal_adds_at_the_same_time_one_is_done(hotel: Hotel) -> None:
    guests = await hotel.guests(20)
    items = [hotel.item(guest, Points=5) for guest in guests]
    bodies = [{"LoyaltyMemberships": items[:: 1 if turn % 2 else -1]} for turn in range(8)]
    answers = await together(hotel.mews, "add", bodies)
    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 7
    assert len(hotel.mews.get_all(ActivityStates=BOTH)) == 20


async def test_one_primary_is_left_of_many_set_at_the_same_time(hotel: Hotel) -> None:
    guests = await hotel.guests(5)
    kept = hotel.mews.add(*(hotel.item(guest, IsPrimary=True) for guest in guests))
    moves = [{"LoyaltyMembershipId": m["Id"], "IsPrimary": {"Value": True}} for m in kept]
    for _ in range(5):
        adds = [hotel.item(guest, IsPrimary=True, LoyaltyProgramId=hotel.program_ids[1]) for guest in guests]
        added, updated = await asyncio.gather(
            together(hotel.mews, "add", [{"LoyaltyMemberships": adds}]),
            together(hotel.mews, "update", [{"LoyaltyMembershipUpdates": moves[::step]} for step in (1, -1)]),
        )
        assert [answer.status_code for answer in added + updated] == [200, 200, 200]
        primaries = [m["AccountId"] for m in hotel.mews.get_all() if m["IsPrimary"]]
        assert sorted(primaries) == sorted(guests)
        hotel.mews.delete(*(m["Id"] for m in added[0].json()["LoyaltyMemberships"]))


WAITING = """
SELECT EXISTS (
    SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE a.datname = current_database() AND NOT l.granted
)
"""


async def test_an_update_sees_the_primary_of_an_add_that_it_had_to_wait_for(hotel: Hotel) -> None:
    engine, caller = hotel.engine, hotel.caller
    guest = await hotel.guest()
    (kept,) = hotel.mews.add(hotel.item(str(guest.id)))
    second = NewMembership(
        id=engine.new_id(),
        account_id=engine.new_id(),
        member_id=guest.id,
        program_id=uuid.UUID(hotel.program_ids[1]),
        is_primary=True,
    )
    async with engine.database.transaction() as connection:
        await memberships.lock_members(connection, caller.tenant_id, [guest.id])
        await memberships.insert(connection, caller.tenant_id, [second], NOW)
        change = Change(membership_id=uuid.UUID(kept["Id"]), is_primary=True)
        update = asyncio.create_task(joining.update(engine, caller, NOW, [change]))
        while not update.done() and not await connection.fetchval(WAITING):
            continue
    (changed,) = await update
    assert changed.is_primary
    assert [(m["Id"], m["IsPrimary"]) for m in hotel.mews.get_all()] == [(str(second.id), False), (kept["Id"], True)]


async def test_whole_batches_at_the_same_time_leave_one_of_them(hotel: Hotel) -> None:
    added = hotel.mews.add(*(hotel.item(guest) for guest in await hotel.guests(40)))

    def batch(value: int) -> list[dict[str, Any]]:
        items = [{"LoyaltyMembershipId": m["Id"], "Points": {"Value": value}} for m in added]
        return items[:: 1 if value % 2 else -1]

    answers = await together(hotel.mews, "update", [{"LoyaltyMembershipUpdates": batch(v)} for v in range(10)])
    assert {answer.status_code for answer in answers} == {200}
    assert all(len({m["Points"] for m in answer.json()["LoyaltyMemberships"]}) == 1 for answer in answers)
    assert len({m["Points"] for m in hotel.mews.get_all()}) == 1
