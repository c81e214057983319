"""A tenant and its set-up as rows: a tenant that is there already stays, and nothing is given to two."""

import uuid
from dataclasses import replace

import asyncpg
import pytest

from conftest import NOW, Shop
from guerdon.engine import Engine
from guerdon.storage import programs, tenants


async def test_a_tenant_that_is_there_stays(engine: Engine, shop: Shop) -> None:
    """As it is; its slug is given to no other."""
    tenant_id = shop.caller.tenant_id
    async with engine.database.connection() as connection:
        assert await tenants.exists(connection, tenant_id)
        assert not await tenants.exists(connection, uuid.uuid4())
        assert not await tenants.insert(connection, tenant_id, uuid.uuid4().hex, "Another name", NOW)
        with pytest.raises(asyncpg.UniqueViolationError):
            await tenants.insert(connection, uuid.uuid4(), tenant_id.hex, "Another name", NOW)


async def test_a_program_is_written_once(engine: Engine, shop: Shop) -> None:
    """Under its id, and under its code in the chain; and a tenant has one default."""
    tenant_id, program = shop.caller.tenant_id, shop.program
    same_code = replace(program, id=uuid.uuid4())
    async with engine.database.connection() as connection:
        for other, is_default in (
            (replace(program, code="Q"), False),
            (same_code, False),
            (replace(same_code, code="Q"), True),
        ):
            with pytest.raises(asyncpg.UniqueViolationError):
                await tenants.insert_program(connection, tenant_id, other, is_default=is_default, now=NOW)
        assert await programs.default(connection, tenant_id) == program
        await tenants.insert_program(connection, tenant_id, replace(same_code, code="Q"), is_default=False, now=NOW)


async def test_a_tenants_chains(engine: Engine, shop: Shop) -> None:
    """Its own, and nobody else's."""
    second = uuid.uuid4()
    async with engine.database.connection() as connection:
        await tenants.insert_chain(connection, shop.caller.tenant_id, second, "Second")
        assert await tenants.chains_of(connection, shop.caller.tenant_id) == {shop.program.chain_id, second}
        assert await tenants.chains_of(connection, uuid.uuid4()) == frozenset()
