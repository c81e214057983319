"""Pools of codes of the native API."""

from uuid import UUID

from guerdon.core.refusals import PoolNotFound
from guerdon.core.rewards import Pool
from guerdon.engine import Engine, pooling
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import pools as words
from guerdon.surfaces.native.routes.told import (
    CREATE,
    DELETE,
    PAGE_PROBLEMS,
    QUERY_PROBLEMS,
    READ,
    READ_ONE,
    WRITE,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import pools as wire
from guerdon.web.operations import Answer, Call, Operation


async def list_pools(engine: Engine, call: Call[None]) -> wire.Pools:
    """List pools, newest first."""
    query = asked(call, wire.PoolsQuery)
    before = pages.after_cursor(query.cursor, "pools", UUID)
    found = await pooling.page(engine, call.caller, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "pools", lambda pool: pool.id)
    return wire.Pools([words.from_pool(pool) for pool in page], cursor)


async def get_pool(engine: Engine, call: Call[None]) -> Answer:
    """Read how many codes a pool has, and how many are free."""
    found = await pooling.pool(engine, call.caller, mapping.id_of(call, "pool_id", PoolNotFound))
    return mapping.tagged(call, words.from_pool(found))


@written
async def create_pool(engine: Engine, call: Call[wire.NewPool]) -> Done:
    """Make an empty pool."""
    made = await pooling.add(engine, call.caller, Pool(engine.new_id(), call.body.name, call.at))
    return Done("pool", made.id, words.from_pool(made))


@written
async def delete_pool(engine: Engine, call: Call[None]) -> Done:
    """Delete a pool that no reward has and of which no code was ever given out."""
    pool_id = mapping.id_of(call, "pool_id", PoolNotFound)
    before = words.from_pool(await pooling.pool(engine, call.caller, pool_id, locked=True))
    mapping.expected(call, before)
    await pooling.delete(engine, call.caller, pool_id)
    return Done("pool", pool_id, None, before)


async def list_codes(engine: Engine, call: Call[None]) -> wire.PoolCodes:
    """List the codes of a pool, and whom they were given to."""
    query = asked(call, wire.PoolCodesQuery)
    pool_id = mapping.id_of(call, "pool_id", PoolNotFound)
    after = pages.after_cursor(query.cursor, "codes", words.code_after)
    wanted = words.to_filter(query)
    found = await pooling.codes_page(engine, call.caller, pool_id, wanted, after=after, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "codes", lambda each: each.code)
    return wire.PoolCodes([words.from_code(each) for each in page], cursor)


@written
async def add_codes(engine: Engine, call: Call[wire.Codes]) -> Done:
    """Put codes into a pool: there are as many more of its reward."""
    pool_id = mapping.id_of(call, "pool_id", PoolNotFound)
    added = await pooling.fill(engine, call.caller, call.at, pool_id, call.body.codes)
    pool = words.from_pool(await pooling.pool(engine, call.caller, pool_id))
    return Done("pool", pool_id, wire.Filled(added, pool))


@written
async def withdraw_codes(engine: Engine, call: Call[wire.Codes]) -> Done:
    """Take codes out of a pool that nobody was given: there are as many fewer of its reward."""
    pool_id = mapping.id_of(call, "pool_id", PoolNotFound)
    withdrawn = await pooling.withdraw(engine, call.caller, pool_id, call.body.codes)
    pool = words.from_pool(await pooling.pool(engine, call.caller, pool_id))
    return Done("pool", pool_id, wire.Withdrawn(withdrawn, pool))


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
        **whole(administers(CREATE)),
    ),
    Operation(
        name="getPool",
        paths=("/pools/{pool_id}",),
        handle=get_pool,
        answer=wire.Pool,
        tag="Pools",
        **whole(READ_ONE),
    ),
    Operation(
        name="deletePool",
        paths=("/pools/{pool_id}",),
        handle=delete_pool,
        tag="Pools",
        **whole(administers(DELETE)),
    ),
    Operation(
        name="listCodes",
        paths=("/pools/{pool_id}/codes",),
        handle=list_codes,
        query=wire.PoolCodesQuery,
        answer=wire.PoolCodes,
        tag="Pools",
        problems=PAGE_PROBLEMS,
        **whole(administers(READ)),
    ),
    Operation(
        name="addCodes",
        paths=("/pools/{pool_id}/codes",),
        handle=add_codes,
        body=wire.Codes,
        answer=wire.Filled,
        tag="Pools",
        **whole(administers(WRITE)),
    ),
    Operation(
        name="withdrawCodes",
        paths=("/pools/{pool_id}/withdraw",),
        handle=withdraw_codes,
        body=wire.Codes,
        answer=wire.Withdrawn,
        tag="Pools",
        **whole(administers(WRITE)),
    ),
)
