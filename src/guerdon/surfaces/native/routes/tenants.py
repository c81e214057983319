"""Tenants of the native API, for whoever runs the server."""

from functools import partial
from typing import Any
from uuid import UUID

from msgspec import UNSET

from guerdon.engine import Engine, keying, tenanting
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, keys, or_kept, pages
from guerdon.surfaces.native.mapping import tenants as words
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    QUERY_PROBLEMS,
    READ,
    READ_ONE,
    UNKEYED,
    asked,
    written,
    written_anew,
)
from guerdon.surfaces.native.wire import OPERATOR
from guerdon.surfaces.native.wire import tenants as wire
from guerdon.surfaces.native.wire.keys import MadeApiKey
from guerdon.web.operations import Answer, Call, Operation


async def list_tenants(engine: Engine, call: Call[None]) -> wire.Tenants:
    """List tenants."""
    query = asked(call, wire.TenantsQuery)
    before = pages.after_cursor(query.cursor, "tenants", UUID)
    slug = None if query.slug is UNSET else query.slug
    found = await tenanting.page(engine, slug=slug, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "tenants", lambda tenant: tenant.id)
    return wire.Tenants([words.from_tenant(tenant) for tenant in page], cursor)


@written_anew
async def create_tenant(engine: Engine, call: Call[wire.NewTenant]) -> Done:
    """Make a tenant with its first program and the first key to it, whose secret is in this answer and nowhere else."""
    new = words.to_tenant(call, engine.new_id())
    made = await tenanting.add(engine, new, partial(words.to_first_program, call.body, program_id=engine.new_id()))
    key, secret = await keying.grant(engine, words.to_first_key(call, made.id))
    return Done("tenant", made.id, words.made(made, keys.made(key, secret)), tenant_id=made.id)


async def get_tenant(engine: Engine, call: Call[None]) -> Answer:
    """Read a tenant."""
    return mapping.tagged(call, words.from_tenant(await tenanting.tenant(engine, words.tenant_of(call))))


@written
async def update_tenant(engine: Engine, call: Call[wire.TenantChange]) -> Done:
    """Change what a tenant is called, suspend it, or let its callers in again."""
    known = await tenanting.tenant(engine, words.tenant_of(call), locked=True)
    before, body = words.from_tenant(known), call.body
    mapping.expected(call, before)
    slug, name = or_kept(body.slug, known.slug), or_kept(body.name, known.name)
    is_active = or_kept(body.is_active, before.is_active)
    after = await tenanting.change(engine, known, call.at, slug=slug, name=name, is_active=is_active)
    return Done("tenant", known.id, words.from_tenant(after), before)


@written_anew
async def create_tenant_key(engine: Engine, call: Call[wire.NewTenantKey]) -> Done:
    """Make another key to everything of a tenant, where all others are lost; its secret is in this answer only."""
    await tenanting.tenant(engine, words.tenant_of(call))
    key, secret = await keying.grant(engine, words.to_key(call))
    return Done("api_key", key.id, keys.made(key, secret))


def _operates(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "scope": OPERATOR, "tag": "Tenants"}


OPERATIONS = (
    Operation(
        name="listTenants",
        paths=("/tenants",),
        handle=list_tenants,
        query=wire.TenantsQuery,
        answer=wire.Tenants,
        problems=QUERY_PROBLEMS,
        **_operates(READ),
    ),
    Operation(
        name="createTenant",
        paths=("/tenants",),
        handle=create_tenant,
        body=wire.NewTenant,
        answer=wire.MadeTenant,
        **_operates(UNKEYED),
    ),
    Operation(
        name="getTenant",
        paths=("/tenants/{tenant_id}",),
        handle=get_tenant,
        answer=wire.Tenant,
        **_operates(READ_ONE),
    ),
    Operation(
        name="updateTenant",
        paths=("/tenants/{tenant_id}",),
        handle=update_tenant,
        body=wire.TenantChange,
        answer=wire.Tenant,
        **_operates(CHANGE),
    ),
    Operation(
        name="createTenantKey",
        paths=("/tenants/{tenant_id}/api-keys",),
        handle=create_tenant_key,
        body=wire.NewTenantKey,
        answer=MadeApiKey,
        **_operates(UNKEYED),
    ),
)
