"""Everything that happens to a member is an event once, in order, whatever order transactions are committed in."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from conftest import Shop, cloned, open_shop
from engine.people import fetch
from guerdon.core.commands import Adjust, Earn
from guerdon.engine import Engine, notifying, posting, subscribing
from guerdon.engine.merging import merge
from guerdon.storage import ledger
from lives import DAY, account_in, day, lived, turn

URL = "https://shop.example.com/hooks"


@pytest.fixture
async def running(cluster: str, template: str) -> AsyncIterator[Engine]:
    """An engine on a database of its own, whose clock is the real one."""
    copy = cloned(cluster, template)
    address = await asyncio.to_thread(copy.__enter__)
    try:
        async with Engine.running(address, connections=20) as engine:
            yield engine
    finally:
        await asyncio.to_thread(copy.__exit__, None, None, None)


async def events(engine: Engine, endpoint_id: UUID) -> list[Any]:
    """The bodies of what goes to an endpoint, in the order of its members' numbers."""
    rows = await fetch(
        engine,
        "SELECT e.body FROM webhook_events e JOIN webhook_deliveries d ON d.event_id = e.id"
        " WHERE d.endpoint_id = $1 ORDER BY e.member_id, e.sequence",
        endpoint_id,
    )
    return [json.loads(row["body"], parse_float=Decimal) for row in rows]


def earn(shop: Shop, account_id: UUID, engine: Engine, points: int = 1) -> Earn:
    return Earn(caller=shop.caller, account_id=account_id, at=engine.clock(), points=Decimal(points))


async def test_a_life_is_told_in_order(alone: Engine) -> None:
    """Every entry of every account is an event once; a member's numbers begin at 1 and leave none out."""
    shop = await open_shop(alone)
    other = await subscribing.create(alone, shop.caller, URL)
    life = await lived(alone)
    turn(alone, day(12))
    assert await notifying.collect(alone) == 0, "of the other shop"
    endpoint = await subscribing.create(alone, life.shop.caller, URL)
    few = await subscribing.create(alone, life.shop.caller, URL, events=["points.adjusted"])
    for _ in range(3):
        await posting.post(alone, earn(life.shop, life.full, alone, points=3))
    await posting.post(
        alone, Adjust(caller=life.shop.caller, account_id=life.full, at=alone.clock(), points=Decimal(-2))
    )
    assert await notifying.collect(alone) == 4
    assert await notifying.collect(alone) == 0
    told = await events(alone, endpoint.id)
    entries = await fetch(alone, "SELECT * FROM entries WHERE account_id = $1 ORDER BY version DESC LIMIT 4", life.full)
    assert [e["data"]["version"] for e in told] == [e["version"] for e in reversed(entries)]
    assert [e["data"]["points"] for e in told] == [3, 3, 3, -2]
    assert [e["type"] for e in told] == ["points.earned"] * 3 + ["points.adjusted"]
    assert [e["sequence"] for e in told] == [1, 2, 3, 4]
    assert [e["sequence"] for e in await events(alone, few.id)] == [4]
    assert await events(alone, other.id) == []


async def test_members_are_events(alone: Engine) -> None:
    """Made, changed, merged: without anything that says who they are."""
    shop = await open_shop(alone)
    endpoint = await subscribing.create(alone, shop.caller, URL)
    turn(alone, day(1))
    ada, ben = await account_in(alone, shop, "Ada"), await account_in(alone, shop, "Ben")
    rows = await fetch(alone, "SELECT account_id, member_id FROM memberships WHERE account_id = ANY ($1)", [ada, ben])
    who = {row["account_id"]: row["member_id"] for row in rows}
    await fetch(alone, "UPDATE members SET created_at = $2 WHERE id = ANY ($1)", list(who.values()), alone.clock())
    await posting.post(alone, earn(shop, ada, alone))
    assert await notifying.collect(alone) == 3
    turn(alone, day(2))
    await merge(alone, shop.caller, into_id=who[ada], from_id=who[ben])
    await notifying.collect(alone)
    told = await events(alone, endpoint.id)
    of_ada = [(e["sequence"], e["type"]) for e in told if e["data"]["member_id"] == str(who[ada])]
    of_ben = [(e["sequence"], e["type"], e["data"].get("merged_into")) for e in told if "merged_into" in e["data"]]
    assert of_ada[:2] == [(1, "member.created"), (2, "points.earned")]
    assert of_ben == [(2, "member.merged", str(who[ada]))]
    assert "Ada" not in json.dumps(told, default=str)


async def test_what_is_committed_late_is_not_left_out(running: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction wrote first and stays open while others come, go and are told; then it is told itself."""
    monkeypatch.setattr(notifying, "SKEW", timedelta(milliseconds=50))
    shop = await open_shop(running)
    slow, fast = await account_in(running, shop, "Slow"), await account_in(running, shop, "Fast")
    endpoint = await subscribing.create(running, shop.caller, URL, events=["points.earned"])
    async with running.database.transaction() as connection:
        await ledger.post(connection, [earn(shop, slow, running)], running.clock())
        for _ in range(3):
            await posting.post(running, earn(shop, fast, running))
            assert await notifying.collect(running) == 1
            await asyncio.sleep(0.1)  # longer than the clocks may be apart
    assert await notifying.collect(running) == 1
    told = await events(running, endpoint.id)
    assert sorted(UUID(e["data"]["account_id"]) for e in told) == sorted([slow, fast, fast, fast])
    assert await notifying.collect(running) == 0


async def test_nothing_is_left_out_or_twice_in_any_order(running: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of all lengths on a few accounts, looked at all the while by two lookers at once."""
    monkeypatch.setattr(notifying, "SKEW", timedelta(milliseconds=50))
    shop = await open_shop(running)
    accounts = [await account_in(running, shop, f"M{number}") for number in range(24)]
    endpoint = await subscribing.create(running, shop.caller, URL, events=["points.earned"])
    chance = random.Random(14)  # noqa: S311 - no secret
    is_over = asyncio.Event()

    async def writer() -> None:
        for _ in range(12):
            async with running.database.transaction() as connection:
                for account_id in sorted(chance.sample(accounts, 2)):
                    await ledger.post(connection, [earn(shop, account_id, running)], running.clock())
                await asyncio.sleep(chance.random() * 0.02)

    async def looker() -> None:
        while not is_over.is_set():
            await notifying.collect(running)

    lookers = [asyncio.create_task(looker()) for _ in range(2)]
    await asyncio.gather(*(writer() for _ in range(6)))
    is_over.set()
    await asyncio.gather(*lookers)
    await notifying.collect(running)
    told = await events(running, endpoint.id)
    versions = sorted((e["data"]["account_id"], e["data"]["version"]) for e in told)
    rows = await fetch(running, "SELECT account_id, version FROM entries WHERE account_id = ANY ($1)", accounts)
    assert versions == sorted((str(row["account_id"]), row["version"]) for row in rows)
    assert len(versions) == 144
    for before, after in pairwise(told):
        if before["data"]["account_id"] == after["data"]["account_id"]:
            assert after["data"]["version"] == before["data"]["version"] + 1


async def test_who_does_not_listen_costs_nothing(alone: Engine) -> None:
    """Nothing is written where no endpoint is; what happened while one was off is not sent later."""
    shop = await open_shop(alone)
    account = await account_in(alone, shop, "Ada")
    await posting.post(alone, earn(shop, account, alone))
    assert await notifying.collect(alone) == 0
    assert await fetch(alone, "SELECT 1 FROM webhook_cursors") == []
    endpoint = await subscribing.create(alone, shop.caller, URL, events=["points.earned"])
    for turned_on in (False, True):
        turn(alone, alone.clock() + DAY)
        await subscribing.change(alone, shop.caller, endpoint.id, subscribing.Change(is_active=turned_on))
        turn(alone, alone.clock() + DAY)
        await posting.post(alone, earn(shop, account, alone))
        await notifying.collect(alone)
    assert [e["data"]["version"] for e in await events(alone, endpoint.id)] == [3]


async def test_what_is_kept_for_a_while_only(alone: Engine) -> None:
    """Deliveries that wait are kept for as long as they do."""
    shop = await open_shop(alone)
    account = await account_in(alone, shop, "Ada")
    await subscribing.create(alone, shop.caller, URL, events=["points.earned"])
    await posting.post(alone, earn(shop, account, alone))
    await posting.post(alone, earn(shop, account, alone))
    await notifying.collect(alone)
    async with alone.database.connection() as connection:
        await connection.execute("UPDATE webhook_deliveries SET state = 'dead' WHERE sequence = 2")
    turn(alone, day(31))
    await notifying.forget(alone)
    assert [row["state"] for row in await fetch(alone, "SELECT state FROM webhook_deliveries")] == ["waiting"]
    assert len(await fetch(alone, "SELECT 1 FROM webhook_events")) == 1
