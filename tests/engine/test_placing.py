"""Where members stand, from their earns and orders, on a real database; and tiers that are given by hand."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Shop, open_shop
from core.rules.baskets import BASE, rule
from core.rules.baskets import order as basket
from engine.buying import D, given, open_store
from engine.people import enrolled, fetch
from guerdon.core.commands import Adjust, Earn, Reverse
from guerdon.core.memberships import Membership
from guerdon.core.programs import Basis, Qualifying, Tier, Window
from guerdon.core.refusals import MembershipNotFound, Refusal, TierNotFound
from guerdon.core.rewards import Basket, Reward, RewardKind
from guerdon.core.tiers import Place
from guerdon.engine import (
    Engine,
    designing,
    joining,
    merging,
    ordering,
    placing,
    posting,
    previewing,
    reading,
    redeeming,
    rewarding,
)
from guerdon.engine.joining import Change
from guerdon.engine.ordering import Placing
from guerdon.engine.previewing import Preview
from guerdon.storage import memberships
from storage.racing import WAITING

DAY = timedelta(days=1)


async def ladder(engine: Engine, shop: Shop, **rules: Any) -> list[Tier]:
    """Base, and silver from 100; by the rules."""
    after = replace(shop.program, qualifying=Qualifying(**rules), earning_rate=Decimal(0))
    await designing.change_program(engine, shop.caller, NOW, shop.program, after)
    steps = (("B", 0), ("S", 100))
    return [
        await designing.add_tier(
            engine, shop.caller, NOW,
            Tier(engine.new_id(), shop.program.id, code, code, None, None, None, Decimal(least), None, 1),
        )
        for code, least in steps
    ]  # fmt: skip


async def stands(engine: Engine, shop: Shop, membership: Membership, after: timedelta = DAY) -> Place:
    now = await reading.membership(engine, shop.caller, membership.id)
    return await placing.standing(engine, now, NOW + after)


def figures(found: Place) -> list[object]:
    return [found.tier.code if found.tier else None, found.counted, found.missing, found.keeping]


async def test_points_over_a_lifetime_are_those_of_the_account(engine: Engine, shop: Shop) -> None:
    """However they came in: the ladder that every surface shows is one."""
    await ladder(engine, shop)
    membership = (await enrolled(engine, shop)).membership
    common: dict[str, Any] = {"caller": shop.caller, "account_id": membership.account_id, "at": NOW}
    await posting.post(engine, Earn(**common, points=Decimal(90)))
    await posting.post(engine, Adjust(**common, points=Decimal(20)))
    now = await reading.membership(engine, shop.caller, membership.id)
    found = await stands(engine, shop, membership)
    assert found.counted == now.balance.lifetime
    seen = await placing.seen(engine, now, NOW)
    assert [seen and seen.code, found.tier and found.tier.code] == ["S", "S"]


async def test_points_earned_in_a_window_less_what_was_undone(engine: Engine, shop: Shop) -> None:
    await ladder(engine, shop, window=Window.ROLLING, count=10, unit="day")
    membership = (await enrolled(engine, shop)).membership
    common: dict[str, Any] = {"caller": shop.caller, "account_id": membership.account_id, "at": NOW}
    await posting.post(engine, Earn(**common, points=Decimal(100)))
    await posting.post(engine, Earn(**common, points=Decimal(70)))
    assert figures(await stands(engine, shop, membership)) == ["S", 170, None, 100]
    await posting.post(engine, Reverse(**common, version=1, points=Decimal(90)))
    found = await stands(engine, shop, membership)
    assert figures(found) == ["B", 80, 20, None]
    assert figures(await stands(engine, shop, membership, 11 * DAY)) == ["B", 0, 100, None]


async def order(engine: Engine, shop: Shop, membership: Membership, amount: str, after: timedelta) -> str:
    reference = uuid.uuid4().hex
    ask = Placing(
        caller=shop.caller, at=NOW + after, reference=reference, membership=membership, amount=Decimal(amount)
    )
    await ordering.place(engine, ask)
    return reference


async def test_spend_is_of_orders_that_still_count(engine: Engine, shop: Shop) -> None:
    await ladder(engine, shop, basis=Basis.SPEND, window=Window.CALENDAR, unit="year")
    membership = (await enrolled(engine, shop)).membership
    await order(engine, shop, membership, "60.50", timedelta())
    back = await order(engine, shop, membership, "50", timedelta())
    assert figures(await stands(engine, shop, membership)) == ["S", Decimal("110.50"), None, 100]
    await ordering.cancel(engine, shop.caller, back, NOW)
    assert figures(await stands(engine, shop, membership)) == ["B", Decimal("60.50"), Decimal("39.50"), None]


@pytest.mark.parametrize("rules", [{"basis": Basis.SPEND}, {"window": Window.ROLLING, "count": 10, "unit": "day"}])
async def test_one_tier_for_rules_prices_and_surfaces(engine: Engine, rules: dict[str, Any]) -> None:
    """Where lifetime points say another one than the program's rules, all that asks for the tier is told the latter."""
    gold_only = rule("gold", per_visit={"points": 7}, when={"tiers": ["S"]})
    store = await open_store(engine)
    caller, shop, buyer = store.shop.caller, store.shop, await store.member()
    base, silver = await ladder(engine, shop, **rules)
    await store.publish(gold_only, {**BASE, "give": {"per_spend": {"points": D("0.5")}}}, at=NOW - 30 * DAY)
    prices = {"tier_costs": {silver.id: D(1)}, "cost": D(9), "code": "mug", "title": "Mug", "kind": RewardKind.CUSTOM}
    await rewarding.add(engine, caller, NOW, Reward(id=engine.new_id(), program_id=shop.program.id, **prices))  # type: ignore[arg-type]
    if "basis" in rules:
        for price in (60, 50):
            assert given(await store.buy(buyer, price)).keys() == {"base"}, "its own order does not count for it"
    else:
        common: dict[str, Any] = {"caller": caller, "account_id": buyer.account_id, "points": D(100)}
        await posting.post(engine, Earn(**common, at=NOW - 20 * DAY, key="long ago"))
        assert given(await store.buy(buyer, 2)) == {"base": 1}
        await posting.post(engine, Earn(**common, at=NOW - 2 * DAY, key="of late"))
        assert given(await store.buy(buyer, 2, at=NOW - 3 * DAY)) == {"base": 1}, "it was told of late"
    at = NOW + DAY
    bought = await store.buy(buyer, 2, at=at)
    assert (bought.tier, given(bought)) == ("S", {"gold": 7, "base": 1})
    now = await reading.membership(engine, caller, buyer.id)
    ask = Preview(caller=caller, program_id=shop.program.id, occasion=basket(2, at=at), membership=now)
    assert (await previewing.preview(engine, ask)).reckoning.points == 8
    ((reward, _),) = await redeeming.offers(engine, now, Basket(), session=None, at=at)
    assert reward.cost == 1
    assert await placing.seen(engine, now, at) == (await placing.standing(engine, now, at)).tier == silver
    assert await placing.all_seen(engine, [now], at) == [silver.id]
    assert base.id != silver.id


async def test_a_merged_member_stands_where_both_have_come(engine: Engine, shop: Shop) -> None:
    """What was done before the merge counts, and no longer when it is taken apart."""
    await ladder(engine, shop, basis=Basis.SPEND)
    one, two = [(await enrolled(engine, shop)).membership for _ in range(2)]
    for membership in (one, two):
        await order(engine, shop, membership, "60", timedelta())
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member_id, from_id=two.member_id)
    assert figures(await stands(engine, shop, one)) == ["S", 120, None, None]
    await merging.unmerge(engine, shop.caller, made.id)
    assert figures(await stands(engine, shop, one)) == ["B", 60, 40, None]


async def test_a_visit_is_a_day(engine: Engine, shop: Shop) -> None:
    await ladder(engine, shop, basis=Basis.VISITS)
    membership = (await enrolled(engine, shop)).membership
    for after in (timedelta(), timedelta(hours=1), DAY):
        await order(engine, shop, membership, "1", after)
    assert (await stands(engine, shop, membership, 2 * DAY)).counted == 2


async def test_a_tier_is_given_until_a_day_and_taken_back(engine: Engine, shop: Shop) -> None:
    base, silver = await ladder(engine, shop)
    membership = (await enrolled(engine, shop)).membership

    async def code(after: timedelta = DAY) -> str | None:
        tier = (await stands(engine, shop, membership, after)).tier
        return tier.code if tier else None

    await placing.grant(engine, shop.caller, NOW, membership.id, silver.id, NOW + 2 * DAY)
    assert [await code(), await code(2 * DAY)] == ["S", "B"]
    change = Change(membership_id=membership.id, tier_id=base.id)
    (changed,) = await joining.update(engine, shop.caller, NOW, [change])
    assert (changed.tier_id, changed.tier_until) == (base.id, None)
    await placing.grant(engine, shop.caller, NOW, membership.id, silver.id, None)
    assert await code(999 * DAY) == "S"
    await placing.grant(engine, shop.caller, NOW, membership.id, None, NOW + DAY)
    assert await code() == "B"
    with pytest.raises(TierNotFound):
        await placing.grant(engine, shop.caller, NOW, membership.id, uuid.uuid4(), None)
    stranger = replace(shop.caller, tenant_id=uuid.uuid4())
    with pytest.raises(MembershipNotFound):
        await placing.grant(engine, stranger, NOW, membership.id, silver.id, None)


@pytest.mark.parametrize("refusal", [TierNotFound, MembershipNotFound])
async def test_a_tier_is_not_given_to_one_that_went_elsewhere_meanwhile(alone: Engine, refusal: type[Refusal]) -> None:
    """To another program, or altogether, just before its membership is locked."""
    shop = await open_shop(alone)
    _, silver = await ladder(alone, shop)
    other = replace(shop.program, id=alone.new_id(), code="Q")
    await designing.add_program(alone, shop.caller, NOW, other)
    membership = (await enrolled(alone, shop)).membership
    async with alone.database.transaction() as connection:
        await memberships.lock(connection, shop.caller.tenant_id, membership.chain_id, [membership.id])
        giving = asyncio.create_task(placing.grant(alone, shop.caller, NOW, membership.id, silver.id, None))
        while not giving.done() and not (await fetch(alone, WAITING))[0][0]:
            continue
        if refusal is MembershipNotFound:
            await memberships.delete(connection, [membership.id], NOW)
        else:
            await memberships.update(connection, [replace(membership, program_id=other.id)], NOW)
            await memberships.move_accounts(connection, [membership.id])
    with pytest.raises(refusal):
        await giving
