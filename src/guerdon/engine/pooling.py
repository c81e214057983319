"""Makes pools of codes, puts codes in and takes them out again, and finds them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.refusals import CodeTaken, InUse, PoolNotFound
from guerdon.core.rewards import Pool, PoolCode, PoolCodeFilter
from guerdon.engine.engine import Engine
from guerdon.storage import pools, rewards
from guerdon.storage.queries import Connection


async def pool(engine: Engine, caller: Caller, pool_id: UUID, *, locked: bool = False) -> Pool:
    """A pool with what is in it; locked, nobody puts codes into it before the transaction ends.

    Raises:
        PoolNotFound: the tenant has no such pool.
    """
    async with engine.database.connection() as connection:
        if locked:
            await _locked(connection, caller, pool_id)
        found = await pools.page(connection, caller.tenant_id, pool_id=pool_id)
    if not found:
        raise PoolNotFound(pool_id)
    return found[0]


async def page(engine: Engine, caller: Caller, *, before: UUID | None, limit: int) -> list[Pool]:
    """Pools, the newest first, from below `before`."""
    async with engine.database.connection() as connection:
        return await pools.page(connection, caller.tenant_id, before=before, limit=limit)


async def codes_page(
    engine: Engine, caller: Caller, pool_id: UUID, wanted: PoolCodeFilter, *, after: str | None, limit: int
) -> list[PoolCode]:
    """Codes of a pool in their own order, from after one.

    Raises:
        PoolNotFound: the tenant has no such pool.
    """
    await pool(engine, caller, pool_id)
    async with engine.database.searching() as connection:
        return await pools.codes(connection, pool_id, wanted, after=after, limit=limit)


async def add(engine: Engine, caller: Caller, new: Pool) -> Pool:
    """Adds an empty pool.

    Raises:
        CodeTaken: another pool has the name.
    """

    async def work(connection: Connection) -> Pool:
        if await pools.named(connection, caller.tenant_id, new.name):
            raise CodeTaken(new.name)
        await pools.insert(connection, caller.tenant_id, new)
        return new

    return await engine.database.retrying(work)


async def fill(engine: Engine, caller: Caller, at: datetime, pool_id: UUID, codes: Sequence[str]) -> int:
    """Puts codes into a pool; how many it did not have yet. There are as many more of its reward.

    Raises:
        PoolNotFound: the tenant has no such pool.
    """

    async def work(connection: Connection) -> int:
        await _locked(connection, caller, pool_id)
        added = await pools.add(connection, pool_id, codes, at)
        owner = await rewards.of_pool(connection, pool_id)
        if owner is not None:
            await rewards.add_stock(connection, {owner.id: added})
        return added

    return await engine.database.retrying(work)


async def withdraw(engine: Engine, caller: Caller, pool_id: UUID, codes: Sequence[str]) -> int:
    """Takes codes out of a pool that nobody was given; how many. There are as many fewer of its reward.

    A code that the pool does not have, or that somebody was given, is left as it is.

    Raises:
        PoolNotFound: the tenant has no such pool.
        InUse: too few would be left for those who have reserved the reward.
    """

    async def work(connection: Connection) -> int:
        await _locked(connection, caller, pool_id)
        owner = await rewards.of_pool(connection, pool_id)
        withdrawn = await pools.withdraw(connection, pool_id, codes)
        if owner is not None:
            if withdrawn > (owner.stock_left or 0):
                raise InUse(pool_id, f"those who have reserved the reward {owner.code}")
            await rewards.add_stock(connection, {owner.id: -withdrawn})
        return withdrawn

    return await engine.database.retrying(work)


async def delete(engine: Engine, caller: Caller, pool_id: UUID) -> None:
    """Deletes a pool of which no code was ever given to anybody, and its codes.

    Raises:
        PoolNotFound: the tenant has no such pool.
        InUse: a reward has the pool, or redemptions have had codes of it.
    """

    async def work(connection: Connection) -> None:
        await _locked(connection, caller, pool_id)
        owner = await rewards.of_pool(connection, pool_id)
        if owner is not None:
            raise InUse(pool_id, f"the reward {owner.code}")
        if not await pools.delete(connection, pool_id):
            raise InUse(pool_id, "redemptions that were given its codes")

    await engine.database.retrying(work)


async def _locked(connection: Connection, caller: Caller, pool_id: UUID) -> None:
    if not await pools.lock(connection, caller.tenant_id, pool_id):
        raise PoolNotFound(pool_id)
