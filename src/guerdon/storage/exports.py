"""Exports as rows, with the parts of each copy."""

from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.exports import Export
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("exports")


async def insert(connection: Connection, caller: Caller, export_id: UUID, now: datetime) -> None:
    """A copy that is to be made."""
    await sql.insert.run(connection, id=export_id, tenant_id=caller.tenant_id, actor=caller.credential_id, now=now)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    export_id: UUID | None = None,
    state: str | None = None,
    before: UUID | None = None,
    limit: int = 1,
) -> list[Export]:
    """Exports of a tenant from the newest on, those in a state where one is named; or one."""
    rows = await sql.page.rows(connection, tenant_id=tenant_id, id=export_id, state=state, before=before, limit=limit)
    return [Export(**{name: row[name] for name in Export.__dataclass_fields__}) for row in rows]


async def part(connection: Connection, tenant_id: UUID, export_id: UUID, number: int) -> bytes | None:
    """A part of a copy that is whole."""
    content: bytes | None = await sql.part.value(connection, tenant_id=tenant_id, id=export_id, number=number)
    return content


async def waiting(connection: Connection) -> list[UUID]:
    """Exports that nobody has finished."""
    return [row["id"] for row in await sql.waiting.rows(connection)]


async def start(connection: Connection, export_id: UUID) -> UUID | None:
    """The tenant of an export that is to be made, from the beginning; None where it is made."""
    tenant_id: UUID | None = await sql.start.value(connection, id=export_id)
    return tenant_id


async def progress(connection: Connection, export_id: UUID, rows: int) -> None:
    """How many rows it has so far."""
    await sql.progress.run(connection, id=export_id, rows=rows)


async def keep_part(connection: Connection, export_id: UUID, number: int, content: bytes) -> None:
    """Keeps a part."""
    await sql.keep_part.run(connection, id=export_id, number=number, content=content)


async def finish(connection: Connection, export_id: UUID, rows: int, problem: str | None, now: datetime) -> None:
    """It is whole, or cannot be made."""
    state = "failed" if problem else "done"
    await sql.finish.run(connection, id=export_id, state=state, rows=rows, problem=problem, now=now)


async def forget(connection: Connection, before: datetime) -> None:
    """Keeps copies no longer that were made before a moment."""
    await sql.forget.run(connection, before=before)
