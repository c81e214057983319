"""Tenants and what belongs to their set-up, as rows; ids, slugs and names that are taken are refused."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from guerdon.core.programs import Chain, ChannelLink, Program, Tier
from guerdon.core.tenants import Tenant
from guerdon.storage import queries
from guerdon.storage.programs import tier_rules
from guerdon.storage.queries import Connection

sql = queries.load("tenants")


async def insert(connection: Connection, tenant_id: UUID, slug: str, name: str, now: datetime) -> bool:
    """A tenant, under a slug that no other has; False where it is there already, and then nothing is changed."""
    return bool(await sql.insert_tenant.value(connection, id=tenant_id, slug=slug, name=name, now=now))


async def exists(connection: Connection, tenant_id: UUID) -> bool:
    """Whether the tenant has been founded."""
    return bool(await sql.exists.value(connection, id=tenant_id))


async def page(
    connection: Connection,
    *,
    tenant_id: UUID | None = None,
    slug: str | None = None,
    before: UUID | None = None,
    limit: int = 1,
) -> list[Tenant]:
    """Tenants that are not there to try things in, the highest id first; or the one with this id, or slug."""
    rows = await sql.page.rows(connection, id=tenant_id, slug=slug, before=before, limit=limit)
    return [Tenant(**dict(row)) for row in rows]


async def lock(connection: Connection, tenant_id: UUID) -> None:
    """Lets nobody else change a tenant before the transaction ends; members are still made."""
    await sql.lock_tenant.value(connection, id=tenant_id)


async def update(connection: Connection, changed: Tenant) -> frozenset[UUID]:
    """Writes a tenant; returns its id and that of the one beside it to try things in."""
    await sql.update_tenant.run(connection, id=changed.id, slug=changed.slug, name=changed.name)
    rows = await sql.suspend.rows(connection, id=changed.id, suspended_at=changed.suspended_at)
    return frozenset(row["id"] for row in rows)


async def by_slug(connection: Connection, slug: str) -> UUID | None:
    """The tenant that has a slug."""
    found: UUID | None = await sql.by_slug.value(connection, slug=slug)
    return found


async def is_sandbox(connection: Connection, tenant_id: UUID) -> bool:
    """Whether the tenant is one to try things in."""
    return bool(await sql.is_sandbox.value(connection, id=tenant_id))


async def sandbox(connection: Connection, live_id: UUID, new_id: UUID, now: datetime) -> tuple[UUID, bool]:
    """The tenant to try things in beside a tenant, under the new id where there was none; and whether it is new."""
    made = await sql.insert_sandbox.value(connection, id=new_id, live_id=live_id, now=now)
    found: UUID = made or await sql.sandbox.value(connection, live_id=live_id)
    return found, bool(made)


async def insert_chain(connection: Connection, tenant_id: UUID, chain_id: UUID, name: str) -> None:
    """A chain of the tenant."""
    await sql.insert_chain.run(connection, id=chain_id, tenant_id=tenant_id, name=name)


async def chains_of(connection: Connection, tenant_id: UUID) -> frozenset[UUID]:
    """The ids of the tenant's chains."""
    return frozenset(row["id"] for row in await sql.chains_of.rows(connection, tenant_id=tenant_id))


async def chains(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> list[Chain]:
    """The tenant's chains with these ids, by id."""
    rows = await sql.chains.rows(connection, tenant_id=tenant_id, ids=list(ids))
    return [Chain(row["id"], row["name"], row["time_zone"]) for row in rows]


async def insert_program(
    connection: Connection, tenant_id: UUID, program: Program, *, is_default: bool, now: datetime
) -> None:
    """A program of the tenant; at most one is the default."""
    await sql.insert_program.run(
        connection,
        id=program.id,
        tenant_id=tenant_id,
        chain_id=program.chain_id,
        code=program.code,
        name=program.name,
        is_default=is_default,
        earning_descriptions=list(program.earning_descriptions),
        redemption_descriptions=list(program.redemption_descriptions),
        points_per_unit=program.points_per_unit,
        allow_negative=program.allow_negative,
        time_zone=program.expiry.time_zone,
        expiry_kind=program.expiry.kind.value,
        expiry_count=program.expiry.count,
        expiry_unit=program.expiry.unit,
        expiry_round=program.expiry.round_to,
        expiry_dates=list(program.expiry.dates) or None,
        return_policy=program.return_policy.value,
        return_grace_days=program.return_grace_days,
        details=msgspec.json.encode(program.details).decode(),
        earning_rate=program.earning_rate,
        now=now,
        **tier_rules(program),
    )


async def insert_tier(connection: Connection, tier: Tier) -> None:
    """A step of a program's ladder."""
    await sql.insert_tier.run(connection, **{name: getattr(tier, name) for name in Tier.__dataclass_fields__})


async def insert_link(connection: Connection, tenant_id: UUID, link: ChannelLink, *, is_active: bool) -> None:
    """A channel link of the tenant."""
    await sql.insert_link.run(
        connection,
        id=link.id,
        tenant_id=tenant_id,
        program_id=link.program_id,
        is_active=is_active,
        shows_tiers=link.shows_tiers,
        store_url=link.store_url,
    )
