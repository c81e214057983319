"""Makes and changes rewards, and finds them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.refusals import CodeTaken, InUse, PoolNotFound, ProgramNotFound, RewardNotFound, TierNotFound
from guerdon.core.rewards import Reward, RewardFilter
from guerdon.engine.engine import Engine
from guerdon.storage import pools, programs, rewards
from guerdon.storage.queries import Connection


async def reward(engine: Engine, caller: Caller, reward_id: UUID, *, locked: bool = False) -> Reward:
    """A reward; locked, nobody else changes or reserves it before the transaction ends.

    Raises:
        RewardNotFound: the tenant has no such reward.
    """
    async with engine.database.connection() as connection:
        found = await rewards.by_id(connection, caller.tenant_id, reward_id, locked=locked)
    if found is None or not caller.may(found.program_id):
        raise RewardNotFound(reward_id)
    return found


async def page(
    engine: Engine, caller: Caller, wanted: RewardFilter, *, before: UUID | None, limit: int
) -> list[Reward]:
    """Rewards by id, the highest first, from below `before`."""
    async with engine.database.searching() as connection:
        wanted = replace(wanted, program_ids=caller.seen(wanted.program_ids))
        return await rewards.page(connection, caller.tenant_id, wanted, before=before, limit=limit)


async def add(engine: Engine, caller: Caller, at: datetime, new: Reward) -> Reward:
    """Adds a reward to a program.

    Raises:
        ProgramNotFound, PoolNotFound, TierNotFound: it names what the tenant, or the program, does not have.
        CodeTaken: another reward of the program has the code.
        InUse: another reward has the pool.
    """

    async def work(connection: Connection) -> Reward:
        if not caller.may(new.program_id):
            raise ProgramNotFound(new.program_id)
        await programs.kept(connection, caller.tenant_id, new.program_id)
        made = await _fitted(connection, caller, new)
        await rewards.insert(connection, caller.tenant_id, made, at)
        return made

    return await engine.database.retrying(work)


async def change(engine: Engine, caller: Caller, before: Reward, after: Reward) -> Reward:
    """Writes a locked reward anew.

    Raises:
        PoolNotFound, TierNotFound, CodeTaken, InUse: as for `add`.
        InUse: more of it are reserved than its new pool has codes.
    """

    async def work(connection: Connection) -> Reward:
        made = await _fitted(connection, caller, after) if _moves(before, after) else after
        await rewards.update(connection, made)
        return made

    return await engine.database.retrying(work)


def _moves(before: Reward, after: Reward) -> bool:
    """Whether anything is named anew that must be there, or must not be there twice."""
    names = ("code", "tier_ids", "tier_costs", "pool_id")
    return any(getattr(before, name) != getattr(after, name) for name in names)


async def _fitted(connection: Connection, caller: Caller, new: Reward) -> Reward:
    """A reward that fits into its program; of one that hands out codes there are as many as there are codes."""
    twin = await rewards.by_code(connection, new.program_id, new.code)
    if twin is not None and twin.id != new.id:
        raise CodeTaken(new.code)
    ladder = {tier.id for tier in await programs.held_tiers(connection, new.program_id)}
    for tier_id in (*(new.tier_ids or ()), *new.tier_costs):
        if tier_id not in ladder:
            raise TierNotFound(tier_id)
    if new.pool_id is None:
        return new
    if not await pools.lock(connection, caller.tenant_id, new.pool_id):
        raise PoolNotFound(new.pool_id)
    other = await rewards.of_pool(connection, new.pool_id)
    if other is not None:
        if other.id != new.id:
            raise InUse(new.pool_id, f"the reward {other.code}")
        return new
    (pool,) = await pools.page(connection, caller.tenant_id, pool_id=new.pool_id)
    left = pool.free - await rewards.reserved(connection, new.id)
    if left < 0:
        raise InUse(new.id, "reservations that the pool has too few codes for")
    return replace(new, stock_left=left)
