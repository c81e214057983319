"""Pools of codes as rows: a code is handed out to one redemption, and never again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guerdon.core.rewards import Pool, PoolCode, PoolCodeFilter
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("pools")


async def insert(connection: Connection, tenant_id: UUID, pool: Pool) -> None:
    """An empty pool, under a name that no other of the tenant has."""
    await sql.insert_pool.run(connection, id=pool.id, tenant_id=tenant_id, name=pool.name, now=pool.created_at)


async def named(connection: Connection, tenant_id: UUID, name: str) -> UUID | None:
    """The pool of this name."""
    found: UUID | None = await sql.named.value(connection, tenant_id=tenant_id, name=name)
    return found


async def page(
    connection: Connection, tenant_id: UUID, *, pool_id: UUID | None = None, before: UUID | None = None, limit: int = 1
) -> list[Pool]:
    """A page of the tenant's pools, the newest first, from below `before`; or the one with this id."""
    rows = await sql.pools.rows(connection, tenant_id=tenant_id, id=pool_id, before=before, limit=limit)
    return [Pool(row["id"], row["name"], row["created_at"], row["number"], row["free"]) for row in rows]


async def lock(connection: Connection, tenant_id: UUID, pool_id: UUID) -> bool:
    """Locks a pool of the tenant for changing; False where there is none."""
    return bool(await sql.lock_pool.value(connection, tenant_id=tenant_id, id=pool_id))


async def add(connection: Connection, pool_id: UUID, codes: Sequence[str], now: datetime) -> int:
    """Adds codes to a locked pool; how many it did not have yet."""
    added: int = await sql.add_codes.value(connection, pool_id=pool_id, codes=list(dict.fromkeys(codes)), now=now)
    return added


async def codes(
    connection: Connection, pool_id: UUID, wanted: PoolCodeFilter, *, after: str | None, limit: int
) -> list[PoolCode]:
    """Codes of a pool in their own order, from after one."""
    found = await sql.codes.rows(
        connection, pool_id=pool_id, code=wanted.code, is_free=wanted.is_free, after=after, limit=limit
    )
    return [PoolCode(*row) for row in found]


async def withdraw(connection: Connection, pool_id: UUID, codes: Sequence[str]) -> int:
    """Takes those of some codes out of a locked pool that nobody was given; how many."""
    withdrawn: int = await sql.withdraw_codes.value(connection, pool_id=pool_id, codes=list(codes))
    return withdrawn


async def delete(connection: Connection, pool_id: UUID) -> bool:
    """Deletes a locked pool that no reward has; False, with the pool emptied, where codes of it were given out."""
    await sql.empty_pool.run(connection, pool_id=pool_id)
    return bool(await sql.delete_pool.value(connection, pool_id=pool_id))


async def taken(connection: Connection, redemption_ids: Sequence[UUID]) -> set[UUID]:
    """Which of some redemptions have had a code."""
    return {row["redemption_id"] for row in await sql.taken.rows(connection, redemption_ids=list(redemption_ids))}


async def take(connection: Connection, pool_id: UUID, redemption_id: UUID, now: datetime) -> str | None:
    """Hands out a code of a pool; None where there is none left."""
    code: str | None = await sql.take_code.value(connection, pool_id=pool_id, redemption_id=redemption_id, now=now)
    return code
