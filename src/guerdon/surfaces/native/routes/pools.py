"""Pools of codes of the native API."""

from uuid import UUID

from guerdon.core.refusals import PoolNotFound
from guerdon.core.rewards import Pool
from guerdon.engine import Engine, rewarding
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import pools as words
from guerdon.surfaces.native.routes.told import (
    QUERY_PROBLEMS,
    READ,
    READ_PROBLEMS,
    WRITE,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import pools as wire
from guerdon.web.operations import Call, Operation


async def list_pools(engine: Engine, call: Call[None]) -> wire.Pools:
    """List pools, newest first."""
    query = asked(call, wire.PoolsQuery)
    before = pages.after_cursor(query.cursor, "pools", UUID)
    found = await rewarding.pools_page(engine, call.caller, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "pools", lambda pool: pool.id)
    return wire.Pools([words.from_pool(pool) for pool in page], cursor)


async def get_pool(engine: Engine, call: Call[None]) -> wire.Pool:
    """Read how many codes a pool has, and how many are free."""
    return words.from_pool(await rewarding.pool(engine, call.caller, mapping.id_of(call, "pool_id", PoolNotFound)))


@written
async def create_pool(engine: Engine, call: Call[wire.NewPool]) -> Done:
    """Make an empty pool."""
    made = await rewarding.add_pool(engine, call.caller, Pool(engine.new_id(), call.body.name, call.at))
    return Done("pool", made.id, words.from_pool(made))


@written
async def add_codes(engine: Engine, call: Call[wire.NewCodes]) -> Done:
    """Put codes into a pool: there are as many more of its reward."""
    pool_id = mapping.id_of(call, "pool_id", PoolNotFound)
    added = await rewarding.fill(engine, call.caller, call.at, pool_id, words.to_codes(call.body))
    pool = words.from_pool(await rewarding.pool(engine, call.caller, pool_id))
    return Done("pool", pool_id, wire.Filled(added, pool))


OPERATIONS = (
    Operation(
        name="listPools",
        paths=("/pools",),
        handle=list_pools,
        query=wire.PoolsQuery,
        answer=wire.Pools,
        tag="Pools",
        problems=QUERY_PROBLEMS,
        **whole(READ),
    ),
    Operation(
        name="createPool",
        paths=("/pools",),
        handle=create_pool,
        body=wire.NewPool,
        answer=wire.Pool,
        tag="Pools",
        **whole(administers(WRITE)),
    ),
    Operation(
        name="getPool",
        paths=("/pools/{pool_id}",),
        handle=get_pool,
        answer=wire.Pool,
        tag="Pools",
        problems=READ_PROBLEMS,
        **whole(READ),
    ),
    Operation(
        name="addCodes",
        paths=("/pools/{pool_id}/codes",),
        handle=add_codes,
        body=wire.NewCodes,
        answer=wire.Filled,
        tag="Pools",
        **whole(administers(WRITE)),
    ),
)
