"""Programs and tiers as rows that are made, changed, deleted and found, many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core.catalogue import CatalogueFilter, NewProgram, NewTier, ProgramChange, TierChange
from guerdon.core.programs import Program, Tier
from guerdon.storage import programs, queries
from guerdon.storage.queries import Connection

sql = queries.load("catalogue")


async def insert_programs(
    connection: Connection, tenant_id: UUID, chain_id: UUID, surface: str, new: Sequence[NewProgram], now: datetime
) -> None:
    """Writes programs of a chain; a code that another has is refused by the database."""
    await sql.insert_programs.run(
        connection,
        tenant_id=tenant_id,
        chain_id=chain_id,
        surface=surface,
        ids=[p.id for p in new],
        codes=[p.code for p in new],
        names=[p.name for p in new],
        details=[_json(p.details) for p in new],
        now=now,
    )


async def update_programs(
    connection: Connection, surface: str, changes: Sequence[ProgramChange], now: datetime
) -> None:
    """Writes what is new of programs that this transaction has locked; each is named once."""
    await sql.update_programs.run(
        connection,
        surface=surface,
        ids=[c.id for c in changes],
        names=[c.name for c in changes],
        details=[_json(c.details) for c in changes],
        now=now,
    )


async def lock_programs(
    connection: Connection, tenant_id: UUID, chain_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, Program]:
    """The chain's programs with these ids for changing, deleted ones too."""
    rows = await sql.lock_programs.rows(connection, tenant_id=tenant_id, chain_id=chain_id, ids=list(ids))
    return {row["id"]: programs.program(row) for row in rows}


async def programs_in_use(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """Those of the locked programs that cannot be deleted."""
    return [row["id"] for row in await sql.programs_in_use.rows(connection, ids=list(ids))]


async def delete_programs(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
    """Marks programs with their tiers as deleted; those that are already stay as they were."""
    await sql.delete_programs.run(connection, ids=list(ids), now=now)


async def search_programs(
    connection: Connection, tenant_id: UUID, wanted: CatalogueFilter, *, before: UUID | None, limit: int
) -> list[Program]:
    """A page of programs, newest first, from the one after `before`."""
    rows = await sql.search_programs.rows(
        connection,
        tenant_id=tenant_id,
        codes=wanted.codes,
        created_from=wanted.created[0],
        created_to=wanted.created[1],
        before=before,
        limit=limit,
        **_common(wanted),
    )
    return [programs.program(row) for row in rows]


async def all_programs(connection: Connection, tenant_id: UUID) -> list[Program]:
    """All programs of a tenant that are not deleted, the oldest first."""
    return [programs.program(row) for row in await sql.all_programs.rows(connection, tenant_id=tenant_id)]


async def has_program(connection: Connection, tenant_id: UUID, chain_id: UUID | None, program_id: UUID) -> bool:
    """Whether the chain, or with None any chain of the tenant, ever had this program."""
    return bool(await sql.has_program.value(connection, tenant_id=tenant_id, chain_id=chain_id, id=program_id))


async def insert_tiers(connection: Connection, new: Sequence[NewTier], now: datetime) -> None:
    """Writes tiers of programs that this transaction has shared; a code that another has is refused by the database."""
    await sql.insert_tiers.run(
        connection,
        ids=[t.id for t in new],
        program_ids=[t.program_id for t in new],
        codes=[t.code for t in new],
        names=[t.name for t in new],
        orderings=[t.ordering for t in new],
        now=now,
    )


async def update_tiers(connection: Connection, changes: Sequence[TierChange], now: datetime) -> None:
    """Writes what is new of tiers that this transaction has locked; each is named once, and active afterwards."""
    recoded = [c.id for c in changes if c.code is not None]
    if len(recoded) > 1:  # out of each other's way first: one may take the code that another gives up
        await delete_tiers(connection, recoded, now)
    await sql.update_tiers.run(
        connection,
        ids=[c.id for c in changes],
        names=[c.name for c in changes],
        codes=[c.code for c in changes],
        orderings=[c.ordering for c in changes],
        now=now,
    )


async def lock_tiers(connection: Connection, tenant_id: UUID, chain_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Tier]:
    """The chain's tiers with these ids for changing, deleted ones too."""
    rows = await sql.lock_tiers.rows(connection, tenant_id=tenant_id, chain_id=chain_id, ids=list(ids))
    return {row["id"]: programs.tier(row) for row in rows}


async def tiers_in_use(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """Those of the locked tiers that cannot be deleted."""
    return [row["id"] for row in await sql.tiers_in_use.rows(connection, ids=list(ids))]


async def delete_tiers(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
    """Marks tiers as deleted; those that are already stay as they were."""
    await sql.delete_tiers.run(connection, ids=list(ids), now=now)


async def search_tiers(
    connection: Connection, tenant_id: UUID, wanted: CatalogueFilter, *, before: UUID | None, limit: int
) -> list[Tier]:
    """A page of tiers, newest first, from the one after `before`."""
    rows = await sql.search_tiers.rows(
        connection,
        tenant_id=tenant_id,
        program_ids=wanted.program_ids,
        before=before,
        limit=limit,
        **_common(wanted),
    )
    return [programs.tier(row) for row in rows]


async def has_tier(connection: Connection, tenant_id: UUID, chain_id: UUID | None, tier_id: UUID) -> bool:
    """Whether the chain, or with None any chain of the tenant, ever had this tier."""
    return bool(await sql.has_tier.value(connection, tenant_id=tenant_id, chain_id=chain_id, id=tier_id))


async def has_members(connection: Connection, program_id: UUID) -> bool:
    """Whether anybody is in a program."""
    return bool(await sql.has_members.value(connection, id=program_id))


async def write_program(connection: Connection, program: Program, now: datetime) -> None:
    """Writes all rules of a locked program."""
    await sql.write_program.run(
        connection,
        id=program.id,
        code=program.code,
        name=program.name,
        earning_descriptions=list(program.earning_descriptions),
        redemption_descriptions=list(program.redemption_descriptions),
        points_per_unit=program.points_per_unit,
        allow_negative=program.allow_negative,
        expiry_kind=program.expiry.kind.value,
        expiry_count=program.expiry.count,
        expiry_unit=program.expiry.unit,
        expiry_round=program.expiry.round_to,
        expiry_dates=list(program.expiry.dates) or None,
        time_zone=program.expiry.time_zone,
        return_policy=program.return_policy.value,
        return_grace_days=program.return_grace_days,
        earning_rate=program.earning_rate,
        now=now,
        **programs.tier_rules(program),
    )


async def tier(connection: Connection, tenant_id: UUID, tier_id: UUID, *, locked: bool) -> Tier | None:
    """A tier of the tenant that is not deleted; locked for changing, or not."""
    query = sql.lock_tier if locked else sql.tier
    row = await query.row(connection, tenant_id=tenant_id, id=tier_id)
    return programs.tier(row) if row else None


async def write_tier(connection: Connection, tier: Tier, now: datetime) -> None:
    """Writes a locked tier."""
    named = {name: getattr(tier, name) for name in Tier.__dataclass_fields__}
    await sql.write_tier.run(connection, now=now, **named)


def _json(details: Mapping[str, Any]) -> str:
    return msgspec.json.encode(details).decode()


def _common(wanted: CatalogueFilter) -> dict[str, object]:
    return {
        "chain_ids": list(wanted.chain_ids),
        "ids": wanted.ids,
        "active": wanted.active,
        "deleted": wanted.deleted,
        "updated_from": wanted.updated[0],
        "updated_to": wanted.updated[1],
    }
