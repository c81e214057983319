"""The tenant to try things in has what the live one has, but for its people and what is worth anything."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from conftest import NOW
from core.rules.baskets import rule
from engine.buying import open_store
from engine.catalogues import Catalogue
from engine.merchants import tier
from engine.test_keying import granted, let_in
from guerdon.core.rewards import Pool, RewardFilter, RewardKind
from guerdon.engine import Engine, pooling, reading, rewarding, ruling
from guerdon.storage import pools, tenants


async def test_what_is_tried_has_the_rules_and_rewards_of_the_live_one(engine: Engine) -> None:
    """Those that are live or will be, tiers and codes its own; a draft and a pool's codes stay where they are."""
    store = await open_store(engine)
    live, program_id, step = store.shop.caller, store.shop.program.id, replace(tier(store.shop.program.id), code="G")
    pool = Pool(engine.new_id(), "Vouchers", NOW)
    async with engine.database.transaction() as connection:
        await tenants.insert_tier(connection, step)
        await pools.insert(connection, live.tenant_id, pool)
        await pools.add(connection, pool.id, ["SECRET"], NOW)
    catalogue = Catalogue(engine, store.shop)
    await catalogue.add("CUP", tier_ids=(step.id,), tier_costs={step.id: Decimal(5)})
    await catalogue.add("VOUCHER", pool_id=pool.id, kind=RewardKind.VOUCHER_CODE, value=None, stock_left=1)
    for version, moment in ((1, NOW), (2, NOW), (3, NOW + timedelta(minutes=1)), (4, None)):
        await ruling.draft(engine, store.drafting(rule(f"r{version}", per_visit={"points": version})))
        if moment is not None:
            await ruling.publish(engine, live, program_id, version, moment, NOW)

    _, secret = await granted(engine, store.shop, is_test=True)
    inside = await let_in(engine, secret)
    assert inside
    program = await reading.default_program(engine, inside)
    (own,) = await reading.tiers(engine, program.id)
    shown = await ruling.page(engine, inside, program.id, NOW, before=9, limit=9)
    assert [(each.version.version, each.state, each.version.rules.rules[0].id) for each in shown] == [
        (2, "scheduled", "r3"),
        (1, "live", "r2"),
    ]
    voucher, cup = await rewarding.page(engine, inside, RewardFilter(), before=None, limit=9)
    assert (cup.code, cup.program_id, cup.tier_ids) == ("CUP", program.id, (own.id,))
    assert dict(cup.tier_costs) == {own.id: Decimal(5)}
    assert (voucher.code, voucher.stock_left, voucher.pool_id == pool.id) == ("VOUCHER", 100, False)
    left = await pooling.pool(engine, live, pool.id)
    assert (left.id, left.number, left.free) == (pool.id, 1, 1)
