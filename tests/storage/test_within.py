"""A transaction in the place of the database: what is asked of it sees what it wrote, and goes with it."""

import pytest

from conftest import Shop
from guerdon.engine import Engine
from guerdon.storage import tenants
from guerdon.storage.queries import Connection
from guerdon.storage.within import Within


async def test_whatever_is_asked_is_part_of_the_transaction(engine: Engine, shop: Shop) -> None:
    """Each way to a connection leads to it; what it wrote goes with it."""
    tenant_id, chain_id = shop.caller.tenant_id, engine.new_id()

    async def known(connection: Connection) -> bool:
        return chain_id in await tenants.chains_of(connection, tenant_id)

    async def undone() -> None:
        async with engine.database.transaction() as outer:
            inside = Within(outer)
            await tenants.insert_chain(outer, tenant_id, chain_id, "New")
            assert await inside.retrying(known)
            for way in (inside.connection, inside.batches, inside.transaction, inside.snapshot, inside.searching):
                async with way() as connection:
                    assert await known(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert not await engine.database.retrying(known)
