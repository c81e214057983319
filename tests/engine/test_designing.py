"""Programs and tiers with all their rules: what is written comes back, and what members rely on stays."""

from dataclasses import replace
from decimal import Decimal

import pytest

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.core.programs import (
    Basis,
    Downgrade,
    Expiry,
    ExpiryKind,
    Program,
    Qualifying,
    ReturnPolicy,
    Tier,
    Window,
)
from guerdon.core.refusals import CodeTaken, InUse, ProgramNotFound, TierNotFound
from guerdon.engine import Engine, cataloguing, designing

RULES = {
    "earning_descriptions": ("a",),
    "redemption_descriptions": ("b", "c"),
    "points_per_unit": Decimal("12.5"),
    "allow_negative": True,
    "expiry": Expiry(kind=ExpiryKind.FIXED, dates=("03-31",), time_zone="Europe/Copenhagen"),
    "return_policy": ReturnPolicy.PENDING_ONLY,
    "return_grace_days": 7,
    "earning_rate": Decimal("1.5"),
    "qualifying": Qualifying(
        basis=Basis.VISITS,
        window=Window.ROLLING,
        count=3,
        unit="month",
        downgrade=Downgrade.ONE_STEP,
        grace_days=4,
        notice_days=5,
        time_zone="Europe/Copenhagen",
    ),
}


def club(engine: Engine, shop: Shop, code: str = "CLUB") -> Program:
    return replace(shop.program, id=engine.new_id(), code=code)


async def test_all_rules_of_a_program_are_written(engine: Engine, shop: Shop) -> None:
    made = await designing.add_program(engine, shop.caller, NOW, club(engine, shop))
    after = replace(made, code="NEW", name="New", **RULES)  # type: ignore[arg-type]
    assert await designing.change_program(engine, shop.caller, NOW, made, after) == after
    assert await designing.locked_program(engine, shop.caller, made.id) == after


async def test_codes_are_apart(engine: Engine, shop: Shop) -> None:
    made = await designing.add_program(engine, shop.caller, NOW, club(engine, shop))
    with pytest.raises(CodeTaken):
        await designing.add_program(engine, shop.caller, NOW, club(engine, shop))
    with pytest.raises(CodeTaken):
        await designing.change_program(engine, shop.caller, NOW, made, replace(made, code=shop.program.code))


async def test_members_do_not_come_to_lapse_by_inactivity(engine: Engine, shop: Shop) -> None:
    """Points that they have would get another day by a change of the rules."""
    expiry = Expiry(kind=ExpiryKind.INACTIVITY, count=1, unit="year")
    empty = await designing.add_program(engine, shop.caller, NOW, club(engine, shop))
    await designing.change_program(engine, shop.caller, NOW, empty, replace(empty, expiry=expiry))
    await enrolled(engine, shop)
    with pytest.raises(InUse):
        await designing.change_program(engine, shop.caller, NOW, shop.program, replace(shop.program, expiry=expiry))


async def test_a_step_of_a_ladder(engine: Engine, shop: Shop) -> None:
    new = Tier(engine.new_id(), shop.program.id, "GOLD", "Gold", "d", "u", "image", Decimal("1.5"), None, 2)
    assert await designing.add_tier(engine, shop.caller, NOW, new) == new
    after = replace(new, code="G", min_lifetime=Decimal(2), by_hand=True, ordering=1)
    assert await designing.change_tier(engine, shop.caller, NOW, after) == after
    assert await designing.tier(engine, shop.caller, new.id, locked=True) == after
    other = replace(new, id=engine.new_id())
    await designing.add_tier(engine, shop.caller, NOW, other)
    with pytest.raises(CodeTaken):
        await designing.change_tier(engine, shop.caller, NOW, replace(after, code="GOLD"))
    await cataloguing.delete_tiers(engine, shop.caller, NOW, [new.id])
    with pytest.raises(TierNotFound):
        await designing.tier(engine, shop.caller, new.id)


async def test_what_another_merchant_has_is_not_there(engine: Engine, shop: Shop) -> None:
    stranger = replace(shop.caller, tenant_id=engine.new_id())
    with pytest.raises(ProgramNotFound):
        await designing.locked_program(engine, stranger, shop.program.id)
    tier = Tier(engine.new_id(), shop.program.id, "T", "T", None, None, None, Decimal(0), None, 1)
    with pytest.raises(ProgramNotFound):
        await designing.add_tier(engine, stranger, NOW, tier)
