"""Rewards that a merchant makes and changes: what does not fit is not written."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW
from engine.catalogues import Catalogue, open_catalogue
from guerdon.core.programs import Tier
from guerdon.core.refusals import CodeTaken, InUse, PoolNotFound, ProgramNotFound, RewardNotFound, TierNotFound
from guerdon.core.rewards import Reward, RewardFilter, RewardKind
from guerdon.engine import Engine, cataloguing, designing, rewarding


@pytest.fixture
async def shop(engine: Engine) -> Catalogue:
    return await open_catalogue(engine)


def mug(shop: Catalogue, **facts: Any) -> Reward:
    said = {"code": "mug", "title": "Mug", "kind": RewardKind.CUSTOM, "cost": Decimal("12.50"), **facts}
    return Reward(id=shop.engine.new_id(), program_id=shop.shop.program.id, **said)


async def made(shop: Catalogue, **facts: Any) -> Reward:
    return await rewarding.add(shop.engine, shop.shop.caller, NOW, mug(shop, **facts))


async def test_a_reward_comes_back_as_it_was_said(shop: Catalogue) -> None:
    caller = shop.shop.caller
    step = Tier(shop.engine.new_id(), shop.shop.program.id, "G", "G", None, None, None, Decimal(1), None, 1)
    tier = await designing.add_tier(shop.engine, caller, NOW, step)
    first = await made(shop)
    facts: dict[str, Any] = {
        "tier_ids": (tier.id,), "tier_costs": {tier.id: Decimal("0.10")}, "valid_days": 3, "stock_left": 2,
        "title": "T", "kind": RewardKind.DISCOUNT_AMOUNT, "value": Decimal("1.5"), "is_active": False, "code": "c",
    }  # fmt: skip
    after = await rewarding.change(shop.engine, caller, first, replace(first, **facts))
    assert await rewarding.reward(shop.engine, caller, first.id, locked=True) == after == replace(first, **facts)
    for wanted in (RewardFilter(), RewardFilter(is_active=False, kinds=[RewardKind.DISCOUNT_AMOUNT])):
        assert await rewarding.page(shop.engine, caller, wanted, before=None, limit=9) == [after]
    assert await rewarding.page(shop.engine, caller, RewardFilter(is_active=True), before=None, limit=9) == []
    assert await rewarding.page(shop.engine, caller, RewardFilter(), before=first.id, limit=9) == []

    chained = replace(caller, chain_id=shop.shop.program.chain_id)
    again = await rewarding.change(shop.engine, caller, after, replace(after, is_active=True))
    with pytest.raises(InUse):
        await cataloguing.delete_tiers(shop.engine, chained, NOW, [tier.id])
    await rewarding.change(shop.engine, caller, again, after)
    await cataloguing.delete_tiers(shop.engine, chained, NOW, [tier.id])


async def test_what_does_not_fit_is_not_written(shop: Catalogue) -> None:
    caller, nothing = shop.shop.caller, shop.engine.new_id()
    first = await made(shop)
    cinema = await shop.pool("a")
    await made(shop, code="ticket", kind=RewardKind.VOUCHER_CODE, pool_id=cinema.id)
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({}, CodeTaken),
        ({"code": "b", "tier_ids": (nothing,)}, TierNotFound),
        ({"code": "b", "tier_costs": {nothing: Decimal(1)}}, TierNotFound),
        ({"code": "b", "pool_id": nothing}, PoolNotFound),
        ({"code": "b", "pool_id": cinema.id}, InUse),
    ]
    for facts, refusal in cases:
        with pytest.raises(refusal):
            await made(shop, **facts)
    with pytest.raises(CodeTaken):
        await rewarding.change(shop.engine, caller, first, replace(first, code="ticket"))
    stranger = replace(caller, tenant_id=nothing)
    with pytest.raises(ProgramNotFound):
        await rewarding.add(shop.engine, stranger, NOW, mug(shop, code="b"))
    with pytest.raises(RewardNotFound):
        await rewarding.reward(shop.engine, stranger, first.id)
    assert len(await rewarding.page(shop.engine, caller, RewardFilter(), before=None, limit=9)) == 2
