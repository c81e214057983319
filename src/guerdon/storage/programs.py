"""Programs, tiers, channel links and profiles as rows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guerdon.core.programs import (
    Basis,
    ChannelLink,
    ChannelProfile,
    Downgrade,
    Expiry,
    ExpiryKind,
    Program,
    Qualifying,
    ReturnPolicy,
    Tier,
    Window,
)
from guerdon.core.refusals import ProgramNotFound
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("programs")


async def by_ids(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Program]:
    """The tenant's programs with these ids, deleted ones too."""
    rows = await sql.by_ids.rows(connection, tenant_id=tenant_id, ids=list(ids))
    return {row["id"]: program(row) for row in rows}


async def present(connection: Connection, tenant_id: UUID, program_id: UUID) -> Program:
    """A program that is not deleted.

    Raises:
        ProgramNotFound: the tenant has none, or it is deleted.
    """
    found = (await by_ids(connection, tenant_id, [program_id])).get(program_id)
    if found is None or found.deleted_at is not None:
        raise ProgramNotFound(program_id)
    return found


async def of_membership(connection: Connection, program_id: UUID) -> Program:
    """The program that a membership names."""
    return program(await sql.of_membership.one(connection, id=program_id))


async def kept(connection: Connection, tenant_id: UUID, program_id: UUID) -> Program:
    """A program that cannot be deleted before the transaction ends.

    Raises:
        ProgramNotFound: the tenant has none, or it is deleted.
    """
    shared = await share(connection, tenant_id, [program_id])
    if program_id not in shared:
        raise ProgramNotFound(program_id)
    return (await by_ids(connection, tenant_id, [program_id]))[program_id]


async def chosen(connection: Connection, tenant_id: UUID, program_id: UUID | None) -> Program:
    """The program that is named, as for `kept`; where none is, the one that members join then.

    Raises:
        ProgramNotFound: the tenant has no such program, it is deleted, or there is no default one.
    """
    if program_id is not None:
        return await kept(connection, tenant_id, program_id)
    found = await default(connection, tenant_id)
    if found is None:
        raise ProgramNotFound("default")
    return found


async def share(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The chains of those that are not deleted; none of them can be before the transaction ends."""
    rows = await sql.share.rows(connection, tenant_id=tenant_id, ids=list(ids))
    return {row["id"]: row["chain_id"] for row in rows}


async def share_tiers(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The programs of those tiers that are not deleted; none of them can be before the transaction ends."""
    rows = await sql.share_tiers.rows(connection, ids=list(ids))
    return {row["id"]: row["program_id"] for row in rows}


async def default(connection: Connection, tenant_id: UUID) -> Program | None:
    """The program that members join where nothing names one."""
    row = await sql.default.row(connection, tenant_id=tenant_id)
    return program(row) if row else None


async def tiers_of(connection: Connection, program_ids: Sequence[UUID]) -> list[Tier]:
    """The ladders of these programs, lowest step first."""
    rows = await sql.tiers_of.rows(connection, program_ids=list(program_ids))
    return [tier(row) for row in rows]


async def held_tiers(connection: Connection, program_id: UUID) -> list[Tier]:
    """The ladder of a program, of which nothing is changed or deleted before the transaction ends."""
    return [tier(row) for row in await sql.held_tiers.rows(connection, program_id=program_id)]


async def link(connection: Connection, tenant_id: UUID, link_id: str) -> ChannelLink | None:
    """An active channel link of the tenant."""
    row = await sql.link.row(connection, tenant_id=tenant_id, id=link_id)
    return ChannelLink(**dict(row)) if row else None


async def link_anywhere(connection: Connection, link_id: str) -> tuple[UUID, ChannelLink] | None:
    """An active channel link with its tenant, for those who show no credentials."""
    row = await sql.link_anywhere.row(connection, id=link_id)
    if row is None:
        return None
    return row["tenant_id"], ChannelLink(**{name: row[name] for name in ChannelLink.__dataclass_fields__})


async def profile(connection: Connection, tenant_id: UUID, profile_id: str) -> ChannelProfile | None:
    """A vendor's profile of the tenant."""
    row = await sql.profile.row(connection, tenant_id=tenant_id, id=profile_id)
    return ChannelProfile(**dict(row)) if row else None


async def profiles_of(connection: Connection, tenant_id: UUID, account: str) -> list[ChannelProfile]:
    """The profiles in an account of the tenant at a vendor."""
    rows = await sql.profiles_of.rows(connection, tenant_id=tenant_id, account=account)
    return [ChannelProfile(**dict(row)) for row in rows]


async def keep_profile(connection: Connection, tenant_id: UUID, profile: ChannelProfile, now: datetime) -> None:
    """Writes a profile; one that is there keeps its program."""
    named = {name: getattr(profile, name) for name in ChannelProfile.__dataclass_fields__}
    await sql.keep_profile.run(connection, tenant_id=tenant_id, now=now, **named)


def tier(row: Row) -> Tier:
    """A tier from a row of its table."""
    return Tier(**{name: row[name] for name in Tier.__dataclass_fields__})


def program(row: Row) -> Program:
    """A program from a row of its table."""
    return Program(
        id=row["id"],
        chain_id=row["chain_id"],
        code=row["code"],
        name=row["name"],
        earning_descriptions=tuple(row["earning_descriptions"]),
        redemption_descriptions=tuple(row["redemption_descriptions"]),
        points_per_unit=row["points_per_unit"],
        allow_negative=row["allow_negative"],
        expiry=Expiry(
            kind=ExpiryKind(row["expiry_kind"]),
            count=row["expiry_count"],
            unit=row["expiry_unit"],
            round_to=row["expiry_round"],
            dates=tuple(row["expiry_dates"] or ()),
            time_zone=row["time_zone"],
        ),
        return_policy=ReturnPolicy(row["return_policy"]),
        return_grace_days=row["return_grace_days"],
        details=row["details"],
        deleted_at=row["deleted_at"],
        earning_rate=row["earning_rate"],
        qualifying=Qualifying(
            basis=Basis(row["tier_basis"]),
            window=Window(row["tier_window"]),
            count=row["tier_count"],
            unit=row["tier_unit"],
            downgrade=Downgrade(row["tier_downgrade"]),
            grace_days=row["tier_grace_days"],
            notice_days=row["tier_notice_days"],
            time_zone=row["time_zone"],
        ),
    )


def tier_rules(program: Program) -> dict[str, object]:
    """How members come up a program's ladder, as columns."""
    rules = program.qualifying
    return {
        "tier_basis": rules.basis.value,
        "tier_window": rules.window.value,
        "tier_count": rules.count,
        "tier_unit": rules.unit,
        "tier_downgrade": rules.downgrade.value,
        "tier_grace_days": rules.grace_days,
        "tier_notice_days": rules.notice_days,
    }
