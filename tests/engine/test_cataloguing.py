"""Programs and tiers are made, changed and deleted all of a call or none of it, and only in the caller's chain."""

import uuid
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from conftest import NOW
from engine.merchants import Merchant, open_merchant
from guerdon.core.catalogue import CatalogueFilter, NewProgram, NewTier, ProgramChange, TierChange
from guerdon.core.members import Profile
from guerdon.core.programs import Qualifying
from guerdon.core.refusals import CodeTaken, CursorNotFound, InUse, ProgramNotFound, TierNotFound
from guerdon.core.tiers import Deed, granted, place
from guerdon.engine import Engine, cataloguing, enrolling, reading
from guerdon.engine.enrolling import Enrolment


@pytest.fixture
async def merchant(engine: Engine) -> Merchant:
    """A merchant of this test's own."""
    return await open_merchant(engine)


def program(code: str) -> NewProgram:
    """A program to add."""
    return NewProgram(id=uuid.uuid4(), code=code, name=f"Program {code}", details={})


def step(program_id: UUID, code: str) -> NewTier:
    """A tier to add."""
    return NewTier(id=uuid.uuid4(), program_id=program_id, code=code, name=code, ordering=1)


async def codes(merchant: Merchant) -> list[str]:
    """Those of the chain's active programs."""
    assert merchant.caller.chain_id
    wanted = CatalogueFilter(chain_ids=[merchant.caller.chain_id])
    found = await cataloguing.programs_page(merchant.engine, merchant.caller, wanted, cursor=None, limit=99)
    return sorted(each.code for each in found)


async def test_a_code_is_one_programs_of_the_chain(merchant: Merchant) -> None:
    """Of another chain's as well; once its program is deleted, it is free."""
    engine, caller = merchant.engine, merchant.caller
    for new in ([program("D"), program("A")], [program("D"), program("D")]):
        with pytest.raises(CodeTaken) as refused:
            await cataloguing.add_programs(engine, caller, NOW, new)
        assert refused.value.taken == new[1].code
    assert await codes(merchant) == ["A", "B", "C"]
    (made,) = await cataloguing.add_programs(engine, merchant.elsewhere, NOW, [program("A")])
    assert made.chain_id == merchant.elsewhere.chain_id
    await cataloguing.delete_programs(engine, caller, NOW, [merchant.programs["B"]])
    assert await codes(merchant) == ["A", "C"]
    await cataloguing.add_programs(engine, caller, NOW, [program("B")])


async def test_another_chains_programs_and_tiers_are_not_there(merchant: Merchant) -> None:
    """Neither to change nor to delete nor to add to, nor as a cursor."""
    engine, caller, x, tier = merchant.engine, merchant.caller, merchant.programs["X"], merchant.tiers["X"]
    with pytest.raises(ProgramNotFound):
        await cataloguing.update_programs(engine, caller, NOW, [ProgramChange(id=x)])
    with pytest.raises(ProgramNotFound):
        await cataloguing.delete_programs(engine, caller, NOW, [merchant.programs["B"], x])
    with pytest.raises(ProgramNotFound):
        await cataloguing.add_tiers(engine, caller, NOW, [step(x, "N")])
    with pytest.raises(TierNotFound):
        await cataloguing.update_tiers(engine, caller, NOW, [TierChange(id=tier, name="N")])
    with pytest.raises(TierNotFound):
        await cataloguing.delete_tiers(engine, caller, NOW, [merchant.tiers["B"], tier])
    wanted = CatalogueFilter(chain_ids=[])
    with pytest.raises(CursorNotFound):
        await cataloguing.programs_page(engine, caller, wanted, cursor=x, limit=1)
    with pytest.raises(CursorNotFound):
        await cataloguing.tiers_page(engine, caller, wanted, cursor=tier, limit=1)
    assert await codes(merchant) == ["A", "B", "C"]
    assert len(await reading.tiers(engine, merchant.programs["B"])) == 1


async def test_what_is_used_is_not_deleted(merchant: Merchant) -> None:
    """A default program, one with members, a tier that somebody stands on: all of the call is refused."""
    engine, caller = merchant.engine, merchant.caller
    await merchant.add(merchant.item(await merchant.member(), "B", tier_id=merchant.tiers["B"]))
    for code in "AB":
        with pytest.raises(InUse) as refused:
            await cataloguing.delete_programs(engine, caller, NOW, [merchant.programs["C"], merchant.programs[code]])
        assert refused.value.id == merchant.programs[code]
    with pytest.raises(InUse):
        await cataloguing.delete_tiers(engine, caller, NOW, [merchant.tiers["C"], merchant.tiers["B"]])
    assert await codes(merchant) == ["A", "B", "C"]
    assert len(await reading.tiers(engine, merchant.programs["C"])) == 1


async def test_nobody_joins_a_deleted_program(merchant: Merchant) -> None:
    """Nor stands on a deleted tier; its members of before have none."""
    engine, caller, c = merchant.engine, merchant.caller, merchant.programs["C"]
    member = await merchant.member()
    await cataloguing.delete_tiers(engine, caller, NOW, [merchant.tiers["B"]])
    with pytest.raises(TierNotFound):
        await merchant.add(merchant.item(member, "B", tier_id=merchant.tiers["B"]))
    await cataloguing.delete_programs(engine, caller, NOW, [c, c])
    with pytest.raises(ProgramNotFound):
        await merchant.add(merchant.item(member, "C"))
    ask = Enrolment(caller=caller, at=NOW, profile=Profile(), namespace="test", program_id=c)
    with pytest.raises(ProgramNotFound):
        await enrolling.enrol(engine, ask)
    await cataloguing.delete_programs(engine, caller, NOW, [c])


async def test_a_tier_that_is_given_is_not_come_to_by_points(merchant: Merchant) -> None:
    """It stands on the ladder for those alone who have it."""
    (given,) = await cataloguing.add_tiers(merchant.engine, merchant.caller, NOW, [step(merchant.programs["A"], "G")])
    ladder = await reading.tiers(merchant.engine, merchant.programs["A"])
    assert {tier.code for tier in ladder} == {"T", "G"}
    deeds = [Deed(NOW, Decimal(10**6))]
    found = place(Qualifying(), ladder, deeds, NOW)
    assert found.tier
    assert found.tier.code == "T"
    by_hand = next(tier for tier in ladder if tier.id == given.id)
    assert granted(found, by_hand, None, NOW, ladder).tier == by_hand
    assert place(Qualifying(), [by_hand], deeds, NOW).tier is None


async def test_one_call_may_change_a_thing_twice(merchant: Merchant) -> None:
    """One after another: the last word counts."""
    engine, caller, b = merchant.engine, merchant.caller, merchant.programs["B"]
    changes = [ProgramChange(id=b, name="One", details={"k": 1}), ProgramChange(id=b, details={"l": 2})]
    one, two = await cataloguing.update_programs(engine, caller, NOW, changes)
    assert one == two == replace(one, name="One", details={caller.surface: {"k": 1, "l": 2}})
    tier = merchant.tiers["B"]
    steps = [TierChange(id=tier, code="N", ordering=3), TierChange(id=tier, code="M", name="Em")]
    first, last = await cataloguing.update_tiers(engine, caller, NOW, steps)
    assert first == last
    assert (last.code, last.name, last.ordering) == ("M", "Em", 3)
