"""Founds the tenant that a merchant tries things in: its programs with their tiers, rules and rewards, and nobody."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.rewards import Pool, RewardFilter
from guerdon.core.rules.versions import VersionState
from guerdon.engine.engine import Engine
from guerdon.storage import catalogue, pools, programs, rewards, rule_sets, tenants
from guerdon.storage.queries import Connection
from guerdon.storage.rule_sets import InState

ALL = 2**31 - 1
TEST_CODES = [f"TEST-{number:03}" for number in range(1, 101)]
"""Of a pool: the merchant's own are worth something."""


async def founded(engine: Engine, connection: Connection, caller: Caller, now: datetime) -> UUID:
    """The tenant to try things in, made with copies of what there is where there is none yet; within a transaction."""
    live_id = caller.tenant_id
    found, is_new = await tenants.sandbox(connection, live_id, engine.new_id(), now)
    if not is_new:
        return found
    chains = {chain_id: engine.new_id() for chain_id in sorted(await tenants.chains_of(connection, live_id))}
    for copy_id in chains.values():
        await tenants.insert_chain(connection, found, copy_id, "Test")
    default = await programs.default(connection, live_id)
    for program in await catalogue.all_programs(connection, live_id):
        copy = replace(program, id=engine.new_id(), chain_id=chains[program.chain_id])
        is_default = default is not None and default.id == program.id
        await tenants.insert_program(connection, found, copy, is_default=is_default, now=now)
        ladder = await programs.tiers_of(connection, [program.id])
        tiers = {tier.id: engine.new_id() for tier in ladder}
        for tier in ladder:
            await tenants.insert_tier(connection, replace(tier, id=tiers[tier.id], program_id=copy.id))
        await _rules(connection, caller, found, (program.id, copy.id), now)
        await _rewards(engine, connection, live_id, found, (program.id, copy.id), tiers, now)
    return found


async def _rules(
    connection: Connection, caller: Caller, tenant_id: UUID, program_ids: tuple[UUID, UUID], now: datetime
) -> None:
    """The version that is live, and those that will be, as versions 1, 2, 3 ..."""
    program_id, copy_id = program_ids
    live = await rule_sets.live(connection, program_id, now)
    ahead = InState(VersionState.SCHEDULED, None, now)
    planned = await rule_sets.of_program(connection, caller.tenant_id, program_id, ahead, before=ALL, limit=ALL)
    within = replace(caller, tenant_id=tenant_id)
    for version in ([live] if live else []) + planned[::-1]:
        number = await rule_sets.insert_next(connection, within, copy_id, version.text, version.note, now)
        await rule_sets.update(connection, replace(version, program_id=copy_id, version=number), now)


async def _rewards(
    engine: Engine,
    connection: Connection,
    live_id: UUID,
    tenant_id: UUID,
    program_ids: tuple[UUID, UUID],
    tiers: Mapping[UUID, UUID],
    now: datetime,
) -> None:
    """All of them; one that hands out codes has a pool of its own, with codes that are worth nothing."""
    program_id, copy_id = program_ids
    wanted = RewardFilter(program_ids=[program_id])
    for reward in reversed(await rewards.page(connection, live_id, wanted, before=None, limit=ALL)):
        copy = replace(
            reward,
            id=engine.new_id(),
            program_id=copy_id,
            tier_ids=None
            if reward.tier_ids is None
            else tuple(tiers[each] for each in reward.tier_ids if each in tiers),
            tier_costs={tiers[each]: cost for each, cost in reward.tier_costs.items() if each in tiers},
        )
        if reward.pool_id is not None:
            (pool,) = await pools.page(connection, live_id, pool_id=reward.pool_id)
            made = Pool(engine.new_id(), pool.name, now)
            await pools.insert(connection, tenant_id, made)
            copy = replace(copy, pool_id=made.id, stock_left=await pools.add(connection, made.id, TEST_CODES, now))
        await rewards.insert(connection, tenant_id, copy, now)
