"""Versions of rules: drafts change, what is scheduled can be taken back, what was live never changes."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from conftest import NOW
from core.rules.baskets import BASE, rule
from engine.buying import Store, open_store
from engine.merchants import tier
from guerdon.core.catalogue import TierChange
from guerdon.core.refusals import InUse, ProgramNotFound, RuleSetNotDraft, RuleSetNotFound, RuleSetUnfit
from guerdon.core.rules.readings import RulesInvalid
from guerdon.engine import Engine, cataloguing, designing, ruling
from guerdon.storage import rule_sets, tenants
from guerdon.storage.rule_sets import text_of

HOUR = timedelta(hours=1)


@pytest.fixture
async def store(engine: Engine) -> Store:
    """A store without rules yet."""
    return await open_store(engine)


async def test_the_life_of_a_version(store: Store) -> None:
    """Draft, scheduled, a draft again, live by time, and past when another one is."""
    caller, program_id = store.shop.caller, store.shop.program.id
    assert (await ruling.draft(store.engine, store.drafting(BASE))).state == "draft"
    changed = await ruling.change(store.engine, store.drafting(rule("a", per_visit={"points": 1})), 1)
    assert changed.version.rules.rules[0].id == "a"

    async def publish(version: int, hours: int) -> str:
        return (await ruling.publish(store.engine, caller, program_id, version, NOW + hours * HOUR, NOW)).state

    async def state(hours: int) -> str:
        return (await ruling.get(store.engine, caller, program_id, 1, NOW + hours * HOUR)).state

    assert await publish(1, 1) == "scheduled"
    with pytest.raises(RuleSetNotDraft):
        await ruling.change(store.engine, store.drafting(BASE), 1)
    assert (await ruling.withdraw(store.engine, caller, program_id, 1, NOW)).state == "draft"
    assert await publish(1, 3) == "scheduled"
    assert await publish(1, 1) == "scheduled"
    assert [await state(hours) for hours in (0, 1, 2)] == ["scheduled", "live", "live"]
    await ruling.draft(store.engine, store.drafting(BASE))
    assert await publish(2, 2) == "scheduled"
    assert [await state(hours) for hours in (1, 2)] == ["live", "past"]
    later = NOW + 2 * HOUR
    for refused in (
        ruling.withdraw(store.engine, caller, program_id, 1, later),
        ruling.publish(store.engine, caller, program_id, 2, None, later),
        ruling.change(store.engine, store.drafting(BASE, at=later), 2),
    ):
        with pytest.raises(RuleSetNotDraft):
            await refused
    shown = await ruling.page(store.engine, caller, program_id, later, before=9, limit=9)
    assert [(each.version.version, each.state) for each in shown] == [(2, "live"), (1, "past")]


async def test_now_is_the_earliest(store: Store) -> None:
    """Nothing that has happened is reckoned anew."""
    await ruling.draft(store.engine, store.drafting(BASE))
    shown = await ruling.publish(store.engine, store.shop.caller, store.shop.program.id, 1, NOW - HOUR, NOW)
    assert (shown.state, shown.version.live_from) == ("live", NOW)


async def test_versions_have_numbers_of_their_own(store: Store) -> None:
    made = await asyncio.gather(*(ruling.draft(store.engine, store.drafting(BASE)) for _ in range(8)))
    assert sorted(each.version.version for each in made) == list(range(1, 9))


async def test_what_is_not_there_or_no_rule_set(store: Store, engine: Engine) -> None:
    caller, program_id = store.shop.caller, store.shop.program.id
    stranger = await open_store(engine)
    await ruling.draft(engine, store.drafting(BASE))
    with pytest.raises(RulesInvalid):
        await ruling.draft(engine, store.drafting({"id": "x"}))
    with pytest.raises(RuleSetNotFound):
        await ruling.change(engine, store.drafting(BASE), 2)
    with pytest.raises(RuleSetNotFound):
        await ruling.get(engine, stranger.shop.caller, program_id, 1, NOW)
    with pytest.raises(RuleSetNotFound):
        await ruling.publish(engine, stranger.shop.caller, program_id, 1, None, NOW)
    with pytest.raises(ProgramNotFound):
        await ruling.page(engine, caller, uuid.uuid4(), NOW, before=9, limit=9)
    with pytest.raises(ProgramNotFound):
        await ruling.draft(
            engine,
            stranger.drafting(BASE).__class__(caller=caller, at=NOW, program_id=uuid.uuid4(), tree={"rules": []}),
        )


async def test_what_cannot_be_met_does_not_go_live(store: Store) -> None:
    """A draft may name a tier that is yet to come, but goes live only once it has.

    While rules that are live or scheduled name it, it is neither deleted nor called otherwise.
    Contradictions that were taken are still read, and go live no more.
    """
    caller, program_id = store.shop.caller, store.shop.program.id
    await ruling.draft(store.engine, store.drafting(rule("a", when={"tiers": ["gold"]}, per_visit={"points": 1})))
    with pytest.raises(RuleSetUnfit) as unfit:
        await ruling.publish(store.engine, caller, program_id, 1, NOW + HOUR, NOW)
    assert unfit.value.problems == ("/rules/0/when/tiers\tgold is no tier of the program",)
    assert (await ruling.get(store.engine, caller, program_id, 1, NOW)).state == "draft"
    gold = replace(tier(program_id), code="gold")
    await store.engine.database.retrying(lambda connection: tenants.insert_tier(connection, gold))
    assert (await ruling.publish(store.engine, caller, program_id, 1, NOW + HOUR, NOW)).state == "scheduled"

    chained = replace(caller, chain_id=store.shop.program.chain_id)
    renaming = TierChange(id=gold.id, code="Gold")
    for at in (NOW, NOW + HOUR):
        for refused in (
            cataloguing.delete_tiers(store.engine, chained, at, [gold.id]),
            cataloguing.update_tiers(store.engine, chained, at, [renaming]),
            designing.change_tier(store.engine, caller, at, replace(gold, code="Gold")),
        ):
            with pytest.raises(InUse) as used:
                await refused
            assert (used.value.id, used.value.by) == (gold.id, "rule set 1")
    await designing.change_tier(store.engine, caller, NOW, replace(gold, name="Gold"))

    await ruling.draft(store.engine, store.drafting(BASE))
    old = text_of({"events": {"walk": {"fields": {"km": {"type": "number", "min": 2, "max": 1}}}}, "rules": []})
    async with store.engine.database.transaction() as connection:
        version = await rule_sets.by_version(connection, caller.tenant_id, program_id, 2)
        assert version is not None
        await rule_sets.update(connection, replace(version, text=old), NOW)
    with pytest.raises(RuleSetUnfit):
        await ruling.publish(store.engine, caller, program_id, 2, None, NOW)
    assert (await ruling.get(store.engine, caller, program_id, 2, NOW)).version.rules.events

    await ruling.withdraw(store.engine, caller, program_id, 1, NOW)
    await cataloguing.delete_tiers(store.engine, chained, NOW, [gold.id])
