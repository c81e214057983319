"""Rule sets as rows, by program and version."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from uuid import UUID

import msgspec

from guerdon.core.callers import Caller
from guerdon.core.rules import readings
from guerdon.core.rules.versions import Version, VersionState
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("rule_sets")

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def text_of(tree: object) -> str:
    """Plain JSON values as the text that is kept."""
    return _ENCODER.encode(tree).decode()


def tree_of(text: str | bytes) -> object:
    """The plain JSON values of a text, numbers with every digit.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, InvalidOperation, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from None


async def lock_program(connection: Connection, tenant_id: UUID, program_id: UUID) -> bool:
    """Locks a program against other changes of its rule sets; False where the tenant has none with this id."""
    found = await sql.lock_program.value(connection, tenant_id=tenant_id, program_id=program_id)
    return found is not None


async def insert_next(
    connection: Connection, caller: Caller, program_id: UUID, text: str, note: str | None, now: datetime
) -> int:
    """Writes a draft under the next version of a program that is locked."""
    version: int = await sql.insert_next.value(
        connection,
        tenant_id=caller.tenant_id,
        actor=caller.credential_id,
        program_id=program_id,
        rules=text,
        note=note,
        now=now,
    )
    return version


async def lock(connection: Connection, tenant_id: UUID, program_id: UUID, version: int) -> Version | None:
    """A version, locked."""
    row = await sql.lock_set.row(connection, tenant_id=tenant_id, program_id=program_id, version=version)
    return _version(row) if row else None


async def by_version(connection: Connection, tenant_id: UUID, program_id: UUID, version: int) -> Version | None:
    """A version."""
    row = await sql.by_version.row(connection, tenant_id=tenant_id, program_id=program_id, version=version)
    return _version(row) if row else None


class InState(NamedTuple):
    """A state to be in at a moment, at which a version is live."""

    state: VersionState
    live: int | None
    at: datetime


async def of_program(
    connection: Connection,
    tenant_id: UUID,
    program_id: UUID,
    wanted: InState | None = None,
    *,
    before: int,
    limit: int,
) -> list[Version]:
    """Versions of a program below one, the newest first; those in a state where one is named."""
    state, live, at = wanted or (None, None, None)
    rows = await sql.of_program.rows(
        connection,
        tenant_id=tenant_id,
        program_id=program_id,
        state=state,
        live=live,
        at=at,
        before=before,
        limit=limit,
    )
    return [_version(row) for row in rows]


async def update(connection: Connection, version: Version, now: datetime) -> None:
    """Writes a version that is locked."""
    await sql.update_set.run(
        connection,
        program_id=version.program_id,
        version=version.version,
        rules=version.text,
        note=version.note,
        live_from=version.live_from,
        now=now,
    )


async def live(connection: Connection, program_id: UUID, at: datetime) -> Version | None:
    """The version that is live in a program at a moment."""
    row = await sql.live.row(connection, program_id=program_id, at=at)
    return _version(row) if row else None


async def in_force(connection: Connection, program_ids: Collection[UUID], at: datetime) -> list[Version]:
    """The versions that are live in some programs at a moment, and those that are going to be."""
    return [_version(row) for row in await sql.in_force.rows(connection, program_ids=list(program_ids), at=at)]


def _version(row: Row) -> Version:
    return Version(
        program_id=row["program_id"],
        version=row["version"],
        rules=readings.read(tree_of(row["rules"]), is_kept=True),
        text=row["rules"],
        note=row["note"],
        live_from=row["live_from"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


class Found(NamedTuple):
    """A program, whose it is, and how they are called."""

    program_id: UUID
    tenant_id: UUID
    name: str
    slug: str


async def find_programs(connection: Connection, name: str, slug: str | None) -> list[Found]:
    """Programs with an id or a code, in a tenant or in any; two at most."""
    rows = await sql.find_programs.rows(connection, name=name, slug=slug)
    return [Found(*row) for row in rows]
