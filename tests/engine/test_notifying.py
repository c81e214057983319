"""Everything that happens to a member is an event once, in order, whatever order transactions are committed in."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW, Shop, cloned, open_shop
from engine.catalogues import Catalogue, open_catalogue
from engine.merchants import open_merchant
from engine.people import fetch
from guerdon.core.commands import Adjust, Capture, Earn, Hold, Void
from guerdon.core.memberships import Membership
from guerdon.core.rewards import RedemptionState as State
from guerdon.core.webhooks import EVENTS
from guerdon.engine import (
    Engine,
    erasing,
    fulfilling,
    joining,
    notifying,
    ordering,
    placing,
    posting,
    redeeming,
    returning,
    subscribing,
)
from guerdon.engine.fulfilling import Redeeming
from guerdon.engine.joining import Change
from guerdon.engine.merging import merge
from guerdon.engine.returning import Returning
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
    """Made, changed, merged, erased: without anything that says who they are."""
    shop = await open_shop(alone)
    kinds = ["member.created", "member.changed", "member.merged", "member.erased", "membership.ended", "points.earned"]
    endpoint = await subscribing.create(alone, shop.caller, URL, events=kinds)
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
    assert of_ada[:2] == [(1, "member.created"), (3, "points.earned")]
    assert of_ben == [(3, "member.merged", str(who[ada]))]
    turn(alone, day(3))
    await erasing.erase(alone, shop.caller.tenant_id, who[ada])
    await notifying.collect(alone)
    told = await events(alone, endpoint.id)
    last = {e["data"]["member_id"]: e["type"] for e in told if e["type"] not in ("membership.ended", "member.changed")}
    assert last == {str(member_id): "member.erased" for member_id in who.values()}
    assert [e["data"]["account_id"] for e in told if e["type"] == "membership.ended"] == [str(ada)]
    assert "Ada" not in json.dumps(told, default=str)


async def test_that_somebody_is_erased_is_told_last(alone: Engine) -> None:
    """After what happened before it and was not told yet: whoever deletes what is kept of the member is done then."""
    shop = await open_shop(alone)
    endpoint = await subscribing.create(alone, shop.caller, URL)
    turn(alone, day(1))
    ada = await account_in(alone, shop, "Ada")
    (row,) = await fetch(alone, "SELECT member_id FROM memberships WHERE account_id = $1", ada)
    await notifying.collect(alone)
    await posting.post(alone, earn(shop, ada, alone))
    await erasing.erase(alone, shop.caller.tenant_id, row["member_id"])
    await notifying.collect(alone)
    assert await notifying.collect(alone) == 0
    told = [e["type"] for e in await events(alone, endpoint.id)]
    assert told[-3:] == ["points.earned", "membership.ended", "member.erased"]


async def test_memberships_are_events(alone: Engine) -> None:
    """Made, changed, ended; one that moves past another in one call does not end."""
    merchant = await open_merchant(alone)
    kinds = ["membership.created", "membership.changed", "membership.ended"]
    endpoint = await subscribing.create(alone, merchant.caller, URL, events=kinds)
    member = await merchant.member()
    made = await merchant.add(merchant.item(member, "A"), merchant.item(member, "B"))
    turn(alone, NOW + DAY)
    places = zip(made, ("C", "A"), strict=True)
    moves = [Change(membership_id=each.id, program_id=merchant.programs[code]) for each, code in places]
    await joining.update(alone, merchant.caller, alone.clock(), moves)
    turn(alone, NOW + 2 * DAY)
    await placing.grant(alone, merchant.caller, alone.clock(), made[1].id, merchant.tiers["A"], None)
    turn(alone, NOW + 3 * DAY)
    await joining.delete(alone, merchant.caller, alone.clock(), [made[0].id])
    await notifying.collect(alone)
    told = [(e["type"], e["data"]["membership_id"]) for e in await events(alone, endpoint.id)]
    ids = [str(each.id) for each in made]
    expected = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 1), (2, 0)]
    assert sorted(told) == sorted((kinds[kind], ids[number]) for kind, number in expected)
    assert told.index((kinds[1], ids[0])) < told.index((kinds[2], ids[0]))


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


async def told_now(engine: Engine, endpoint_id: UUID, before: int = 0) -> list[tuple[str, Any]]:
    """What is new for an endpoint, by kind and what it is about; twice looked, it is told once."""
    await notifying.collect(engine)
    assert await notifying.collect(engine) == 0
    about = ("reference", "redemption_id", "hold_id", "version")
    return [
        (e["type"], next((e["data"][name] for name in about if e["data"].get(name) is not None), None))
        for e in (await events(engine, endpoint_id))[before:]
    ]


async def holds_are_told(alone: Engine, shop: Catalogue, buyer: Membership, endpoint_id: UUID) -> int:
    """Placed, captured, voided, expired; one from before the endpoint is not."""
    common: dict[str, Any] = {"caller": shop.shop.caller, "account_id": buyer.account_id, "at": alone.clock()}
    ids = [alone.new_id() for _ in range(3)]
    ends: list[dict[str, Any]] = [{}, {}, {"expires_at": alone.clock() + timedelta(minutes=5)}]
    for name, hold_id, end in zip("abc", ids, ends, strict=True):
        await posting.post(alone, Hold(**common, hold_id=hold_id, points=Decimal(5), reference=name, **end))
    await posting.post(alone, Capture(**common, hold_id=ids[0], points=Decimal(5), reference="a"))
    told = await told_now(alone, endpoint_id)
    assert sorted(told[:3]) == [("hold.placed", "a"), ("hold.placed", "b"), ("hold.placed", "c")]
    assert told[3:] == [("points.captured", "a"), ("hold.captured", "a")]
    turn(alone, alone.clock() + timedelta(minutes=6))
    await posting.post(alone, Void(**{**common, "at": alone.clock()}, hold_id=ids[1]))
    ended = await told_now(alone, endpoint_id, len(told))
    assert ended == [("hold.expired", "c"), ("hold.voided", "b")]
    return len(told) + len(ended)


async def redemptions_are_told(
    alone: Engine, shop: Catalogue, buyer: Membership, endpoint_id: UUID, before: int
) -> int:
    """Each step once: one that is cancelled, and one that nobody used in time."""
    caller, ticket = shop.shop.caller, await shop.add("t", 10, valid_days=1)
    had = Redeeming(caller=caller, at=alone.clock(), membership=buyer, reward=ticket, until=State.ISSUED)
    redemption_id = await fulfilling.redeem(alone, had)
    begun = ["hold.placed", "points.captured", "hold.captured", "redemption.reserved", "redemption.issued"]
    kept = await told_now(alone, endpoint_id, before)
    assert [kind for kind, _ in kept] == begun
    assert [about for kind, about in kept if kind.startswith("redemption.")] == [str(redemption_id)] * 2
    await fulfilling.cancel(alone, caller, alone.clock(), redemption_id)
    turn(alone, alone.clock() + timedelta(minutes=1))
    late = await fulfilling.redeem(alone, replace(had, at=alone.clock()))
    turn(alone, alone.clock() + DAY)
    assert [await redeeming.expire(alone) for _ in range(2)] == [1, 0]
    assert (await fulfilling.redemption(alone, caller, late)).redemption.state is State.EXPIRED
    ended = [kind for kind, _ in await told_now(alone, endpoint_id, before + len(kept))]
    assert ended == ["points.reversed", "redemption.cancelled", *begun, "redemption.expired"]
    return before + len(kept) + len(ended)


async def test_holds_redemptions_and_orders_are_told_in_the_order_of_what_happened(alone: Engine) -> None:
    """With the entries that they led to, once each; of one moment, a hold comes before its capture."""
    shop = await open_catalogue(alone)
    buyer = await shop.buyer(100)
    early = Hold(
        caller=shop.shop.caller, account_id=buyer.account_id, at=NOW, hold_id=alone.new_id(), points=Decimal(1)
    )
    await posting.post(alone, early)
    turn(alone, NOW + DAY)
    kinds = [kind for kind in EVENTS if not kind.startswith("member")]
    endpoint = await subscribing.create(alone, shop.shop.caller, URL, events=kinds)
    captures = await subscribing.create(alone, shop.shop.caller, URL, events=["points.captured"])
    before = await holds_are_told(alone, shop, buyer, endpoint.id)
    before = await redemptions_are_told(alone, shop, buyer, endpoint.id, before)
    at = alone.clock()
    bought = await ordering.place(alone, shop.order(buyer, "t", amount="20", at=at, reference="o-1"))
    back: dict[str, Any] = {"reference": "r-1", "fingerprint": b"", "returned_at": at, "amount": Decimal(5)}
    await returning.give_back(alone, Returning(caller=shop.shop.caller, at=at, order_id=bought.id, **back))
    turn(alone, at + DAY)
    await ordering.cancel(alone, shop.shop.caller, "o-1", alone.clock())
    assert [kind for kind, _ in await told_now(alone, endpoint.id, before)] == [
        *("hold.placed", "points.captured", "points.earned", "points.reversed", "hold.captured"),
        *("redemption.fulfilled", "order.placed", "order.returned"),
        *("points.reversed", "points.reversed", "redemption.cancelled", "order.cancelled"),
    ]
    sequences = [e["sequence"] for e in await events(alone, endpoint.id)]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert len(await events(alone, captures.id)) == 4
    assert await fetch(alone, "SELECT 1 FROM webhook_happenings") == []
    assert await fetch(alone, "SELECT 1 FROM webhook_holds WHERE is_open") == []
