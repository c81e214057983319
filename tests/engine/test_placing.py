"""Where members stand, from their earns and orders, on a real database; and tiers that are given by hand."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.core.commands import Adjust, Earn, Reverse
from guerdon.core.memberships import Membership
from guerdon.core.programs import Basis, Qualifying, Tier, Window
from guerdon.core.refusals import MembershipNotFound, TierNotFound
from guerdon.core.tiers import Place
from guerdon.engine import Engine, designing, joining, ordering, placing, posting, reading
from guerdon.engine.joining import Change
from guerdon.engine.ordering import Placing

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
    placed, seen = await placing.seen(engine, now, NOW)
    assert [tier.code for tier in seen if tier.id == placed.tier_id] == [found.tier.code if found.tier else None]


async def test_points_earned_in_a_window_less_what_was_undone(engine: Engine, shop: Shop) -> None:
    await ladder(engine, shop, window=Window.ROLLING, count=10, unit="day")
    membership = (await enrolled(engine, shop)).membership
    common: dict[str, Any] = {"caller": shop.caller, "account_id": membership.account_id, "at": NOW}
    await posting.post(engine, Earn(**common, points=Decimal(100)))
    await posting.post(engine, Earn(**common, points=Decimal(70)))
    assert figures(await stands(engine, shop, membership)) == ["S", 170, None, 0]
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
