"""A job says where members stand, moves and notices once each, and always what is derived for whoever asks."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import NOW, Shop, cloned, open_shop
from core.rules.baskets import line
from engine.buying import Store
from engine.people import enrolled, fetch
from engine.test_notifying import URL, events
from engine.test_placing import ladder, order
from guerdon.core.commands import Adjust, Earn, Reverse
from guerdon.core.memberships import Membership
from guerdon.core.programs import Basis, Window
from guerdon.core.refusals import MembershipNotFound
from guerdon.engine import (
    Engine,
    designing,
    merging,
    notifying,
    ordering,
    placing,
    porting,
    posting,
    reading,
    subscribing,
    watching,
)
from lives import DAY, turn


async def looked(engine: Engine, shop: Shop, *several: Membership) -> list[str | None]:
    """What the job says of members, which is what is derived for whoever asks; a second look says nothing."""
    await watching.look(engine)
    assert await watching.look(engine) == 0
    rows = await fetch(engine, "SELECT membership_id, tier FROM standings")
    said = {row["membership_id"]: row["tier"] for row in rows}
    for each in several:
        now = await reading.membership(engine, shop.caller, each.id)
        tier = (await placing.standing(engine, now, engine.clock())).tier
        assert each.id not in said or said[each.id] == (tier.code if tier else None)
    return [said.get(each.id) for each in several]


async def told(engine: Engine, endpoint_id: Any) -> list[tuple[str, Any, Any]]:
    """The events of tiers so far, with the tier before and after."""
    await notifying.collect(engine)
    found = [e for e in await events(engine, endpoint_id) if e["type"].startswith("tier.")]
    return [(e["type"], e["data"].get("from_tier"), e["data"]["tier"]) for e in found]


async def test_moves_and_notices_are_told_once(alone: Engine) -> None:
    """Up by what was done, down by time alone, with notice before; a grant, and rules that change, are noticed too."""
    shop = await open_shop(alone)
    rules: dict[str, Any] = {"basis": Basis.SPEND, "window": Window.ROLLING, "count": 10, "unit": "day"}
    base, silver = await ladder(alone, shop, **rules, notice_days=3)
    ana, ben = [(await enrolled(alone, shop)).membership for _ in range(2)]
    endpoint = await subscribing.create(alone, shop.caller, URL)
    assert await looked(alone, shop, ana, ben) == ["B", "B"]
    turn(alone, NOW + DAY)
    back = await order(alone, shop, ana, "60", DAY)
    assert await looked(alone, shop, ana) == ["B"]
    await order(alone, shop, ana, "50", DAY)
    assert await looked(alone, shop, ana, ben) == ["S", "B"]
    await ordering.cancel(alone, shop.caller, back, alone.clock())
    assert await looked(alone, shop, ana) == ["B"]
    turn(alone, NOW + 2 * DAY)
    await order(alone, shop, ana, "70", 2 * DAY)
    moves: list[tuple[str, Any, Any]] = [
        ("tier.changed", "B", "S"),
        ("tier.changed", "S", "B"),
        ("tier.changed", "B", "S"),
    ]
    assert await looked(alone, shop, ana) == ["S"]
    assert await told(alone, endpoint.id) == moves
    for days, code in ((8, "S"), (9, "S"), (10, "S"), (12, "B"), (13, "B")):
        turn(alone, NOW + days * DAY)
        assert await looked(alone, shop, ana) == [code]
    moves += [("tier.notice", None, "S"), ("tier.changed", "S", "B")]
    assert await told(alone, endpoint.id) == moves
    await placing.grant(alone, shop.caller, alone.clock(), ben.id, silver.id, alone.clock() + DAY)
    assert await looked(alone, shop, ben) == ["S"]
    turn(alone, alone.clock() + DAY)
    assert await looked(alone, shop, ben) == ["B"]
    lower = replace(base, name="Nothing", min_lifetime=Decimal(1))
    await designing.change_tier(alone, shop.caller, alone.clock(), lower)
    assert await looked(alone, shop, ben) == [None]
    of_ben = [
        row["move"]
        for row in await fetch(alone, "SELECT * FROM tier_moves WHERE membership_id = $1 ORDER BY id", ben.id)
    ]
    assert of_ben == ["up", "down", "down"]
    first = await watching.moves(alone, shop.caller, ben.id, before=None, limit=2)
    rest = await watching.moves(alone, shop.caller, ben.id, before=first[-1].id, limit=2)
    told_of = [(each.move, each.from_code, each.to_code) for each in (*first, *rest)]
    assert told_of == [("down", "B", None), ("down", "S", "B"), ("up", "B", "S")]
    with pytest.raises(MembershipNotFound):
        await watching.moves(alone, (await open_shop(alone)).caller, ben.id, before=None, limit=2)
    assert len(await told(alone, endpoint.id)) == 5 + 4


async def test_what_comes_back_is_noticed_where_nothing_was_earned(alone: Engine) -> None:
    """Of whom the member went up in."""
    store = Store(alone, await open_shop(alone))
    await ladder(alone, store.shop, basis=Basis.SPEND)
    ana, ben = await store.member(), await store.member()
    assert await looked(alone, store.shop, ana, ben) == ["B", "B"]
    turn(alone, NOW + DAY)
    bought = await store.buy(ana, 150, at=NOW + DAY)
    await merging.merge(alone, store.shop.caller, into_id=ben.member_id, from_id=ana.member_id)
    assert await looked(alone, store.shop, ben) == ["S"]
    turn(alone, NOW + 2 * DAY)
    assert await looked(alone, store.shop, ben) == ["S"]
    turn(alone, NOW + 3 * DAY)
    await store.give_back(bought, returned_at=NOW + DAY)
    assert await looked(alone, store.shop, ben) == ["B"]


async def test_what_comes_back_in_part_no_longer_counts_as_spent(alone: Engine) -> None:
    """By units and by an amount; nothing was earned, so that no entry tells of it."""
    store = Store(alone, await open_shop(alone))
    await ladder(alone, store.shop, basis=Basis.SPEND)
    ana, ben = await store.member(), await store.member()
    bought = [await store.buy(each, line(120, "cup", 3), 50) for each in (ana, ben)]
    assert await looked(alone, store.shop, ana, ben) == ["S", "S"]
    await store.give_back(bought[0], units={"cup": Decimal(1)})
    await store.give_back(bought[1], amount=Decimal("310.01"))
    assert await looked(alone, store.shop, ana, ben) == ["S", "B"]
    counted = []
    for each in (ana, ben):
        now = await reading.membership(alone, store.shop.caller, each.id)
        counted.append((await placing.standing(alone, now, alone.clock())).counted)
    assert counted == [Decimal(290), Decimal("99.99")]


async def test_what_was_before_the_first_look_is_nobodys_news(alone: Engine) -> None:
    """But what comes after it is, of a member that nothing was said of."""
    shop = await open_shop(alone)
    await ladder(alone, shop)
    ana = (await enrolled(alone, shop)).membership
    common: dict[str, Any] = {"caller": shop.caller, "account_id": ana.account_id, "points": Decimal(60)}
    await posting.post(alone, Earn(**common, at=NOW))
    await posting.post(alone, Earn(**common, at=NOW))
    turn(alone, NOW + DAY)
    assert await looked(alone, shop, ana) == [None]
    turn(alone, NOW + 2 * DAY)
    await posting.post(alone, Earn(**common, at=alone.clock()))
    turn(alone, alone.clock() + timedelta(minutes=1))
    assert await looked(alone, shop, ana) == ["S"]
    assert await fetch(alone, "SELECT 1 FROM tier_moves") == []


async def test_a_member_of_whom_nothing_was_said_moves_by_whatever_came_since(alone: Engine) -> None:
    """Points that are no earn lead up a ladder of lifetime points too; what was undone again does not."""
    shop = await open_shop(alone)
    await ladder(alone, shop)
    ana, ben, cem = [(await enrolled(alone, shop)).membership for _ in range(3)]
    them: list[dict[str, Any]] = [{"caller": shop.caller, "account_id": each.account_id} for each in (ana, ben, cem)]
    turn(alone, NOW + DAY)
    assert await looked(alone, shop, ana, ben, cem) == [None, None, None]
    turn(alone, NOW + 2 * DAY)
    at = alone.clock()
    await posting.post(alone, Adjust(**them[0], points=Decimal(120), at=at))
    await posting.post(alone, Earn(**them[1], points=Decimal(150), at=at))
    await posting.post(alone, Reverse(**them[1], version=1, points=Decimal(60), at=at))
    await posting.post(alone, Earn(**them[2], points=Decimal(250), at=at))
    await posting.post(alone, Earn(**them[2], points=Decimal(50), at=at))
    await posting.post(alone, Reverse(**them[2], version=2, at=at))
    turn(alone, alone.clock() + timedelta(minutes=1))
    assert await looked(alone, shop, ana, ben, cem) == ["S", None, "S"]
    moved = await fetch(alone, "SELECT membership_id, move FROM tier_moves ORDER BY membership_id")
    assert [tuple(row) for row in moved] == sorted((each.id, "up") for each in (ana, cem))


async def test_of_tiers_that_ask_the_same_everybody_means_one(alone: Engine) -> None:
    shop = await open_shop(alone)
    _, silver = await ladder(alone, shop)
    for code, number in (("Z", 3), ("Y", 3), ("A", 2)):
        more = replace(silver, id=alone.new_id(), code=code, name=code, ordering=number)
        await designing.add_tier(alone, shop.caller, NOW, more)
    assert await looked(alone, shop) == []
    ana = (await enrolled(alone, shop)).membership
    for points, day in ((150, 1), (1, 2)):
        at = alone.clock()
        await posting.post(alone, Earn(caller=shop.caller, account_id=ana.account_id, at=at, points=Decimal(points)))
        turn(alone, NOW + day * DAY)
        assert await looked(alone, shop, ana) == ["Y"]


async def test_newcomers(alone: Engine) -> None:
    """Where they stand is written down at the next look; only what lifted them off the ground is told."""
    shop = await open_shop(alone)
    base, silver = await ladder(alone, shop)
    assert await looked(alone, shop) == []
    turn(alone, NOW + DAY)
    ana, ben, cem = [(await enrolled(alone, shop)).membership for _ in range(3)]
    await posting.post(
        alone, Earn(caller=shop.caller, account_id=ben.account_id, points=Decimal(150), at=alone.clock())
    )
    await placing.grant(alone, shop.caller, alone.clock(), cem.id, silver.id, None)
    turn(alone, alone.clock() + timedelta(minutes=1))
    assert await looked(alone, shop, ana, ben, cem) == [base.code, "S", "S"]
    moved = await fetch(alone, "SELECT membership_id, move FROM tier_moves ORDER BY membership_id")
    assert [tuple(row) for row in moved] == sorted((each.id, "up") for each in (ben, cem))


async def test_a_copy_knows_what_was_said(alone: Engine, cluster: str, template: str, tmp_path: Path) -> None:
    """A notice that was given is not given again, and who goes down by time alone is noticed there too."""
    shop = await open_shop(alone)
    rules: dict[str, Any] = {"basis": Basis.SPEND, "window": Window.ROLLING, "count": 10, "unit": "day"}
    await ladder(alone, shop, **rules, notice_days=3)
    ana = (await enrolled(alone, shop)).membership
    endpoint = await subscribing.create(alone, shop.caller, URL)
    await watching.begin(alone)
    await order(alone, shop, ana, "100", timedelta())
    for days in (0, 8):
        turn(alone, NOW + days * DAY)
        assert await looked(alone, shop, ana) == ["S"]
    assert await told(alone, endpoint.id) == [("tier.changed", "B", "S"), ("tier.notice", None, "S")]
    async for _ in porting.write(alone, shop.caller.tenant_id, tmp_path / "copy.jsonl.gz"):
        pass
    copy = cloned(cluster, template)
    dsn = await asyncio.to_thread(copy.__enter__)
    try:
        async with Engine.running(dsn, clock=alone.clock) as other:
            turn(other, NOW + 9 * DAY)
            await watching.begin(other)
            async for _ in porting.read(other, tmp_path / "copy.jsonl.gz"):
                pass
            await placing.grant(other, shop.caller, other.clock(), ana.id, None, None)
            assert await looked(other, shop, ana) == ["S"]
            turn(other, NOW + 12 * DAY)
            assert await looked(other, shop, ana) == ["B"]
            assert await told(other, endpoint.id) == [("tier.changed", "S", "B")]
    finally:
        await asyncio.to_thread(copy.__exit__, None, None, None)
