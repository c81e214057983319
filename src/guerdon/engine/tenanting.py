"""Makes, finds, renames and suspends tenants, for whoever runs the server."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from guerdon.core.programs import Program
from guerdon.core.refusals import CodeTaken, TenantNotFound
from guerdon.core.tenants import Tenant
from guerdon.engine import admitting
from guerdon.engine.engine import Engine
from guerdon.storage import tenants
from guerdon.storage.queries import Connection


async def tenant(engine: Engine, tenant_id: UUID, *, locked: bool = False) -> Tenant:
    """A tenant; locked, nobody else changes it before the transaction ends.

    Raises:
        TenantNotFound: there is none, or it is one to try things in.
    """
    async with engine.database.connection() as connection:
        if locked:
            await tenants.lock(connection, tenant_id)
        found = await tenants.page(connection, tenant_id=tenant_id)
    if not found:
        raise TenantNotFound(tenant_id)
    return found[0]


async def page(engine: Engine, *, slug: str | None, before: UUID | None, limit: int) -> list[Tenant]:
    """Tenants, by id from the highest, from below the id `before`; the one with a slug where that is given."""
    async with engine.database.connection() as connection:
        return await tenants.page(connection, slug=slug, before=before, limit=limit)


async def add(engine: Engine, new: Tenant, program: Callable[[UUID], Program]) -> Tenant:
    """Adds a tenant with the program that members join where nothing names one.

    Args:
        engine: the engine.
        new: the tenant.
        program: makes the program in a chain.

    Raises:
        CodeTaken: another tenant has the slug.
    """

    async def work(connection: Connection) -> Tenant:
        await _apart(connection, new)
        chain_id = engine.new_id()
        await tenants.insert(connection, new.id, new.slug, new.name, new.created_at)
        await tenants.insert_chain(connection, new.id, chain_id, new.name)
        await tenants.insert_program(connection, new.id, program(chain_id), is_default=True, now=new.created_at)
        return new

    return await engine.database.retrying(work)


async def change(engine: Engine, before: Tenant, at: datetime, *, slug: str, name: str, is_active: bool) -> Tenant:
    """Writes a locked tenant anew. One that is not active lets nobody in: here at once, elsewhere seconds later.

    Raises:
        CodeTaken: another tenant has the slug.
    """
    after = replace(before, slug=slug, name=name, suspended_at=None if is_active else before.suspended_at or at)

    async def work(connection: Connection) -> Tenant:
        await _apart(connection, after)
        changed = await tenants.update(connection, after)
        if after.suspended_at is not None:
            admitting.forget(engine, changed)
        return after

    return await engine.database.retrying(work)


async def _apart(connection: Connection, tenant: Tenant) -> None:
    if await tenants.by_slug(connection, tenant.slug) not in (None, tenant.id):
        raise CodeTaken(tenant.slug)
