"""Imports of files as rows: staged, checked against what is there, and written chunk by chunk."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from guerdon.core.imports import Import
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("imports")

STAGES = {"members": "import_members", "balances": "import_balances"}
ERRORS_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Opening:
    """A row of balances that is to be earned."""

    row: int
    account_id: UUID
    points: Decimal
    earned_at: datetime
    expires_at: datetime | None
    reason: str | None
    reference: str | None


async def begin(
    connection: Connection,
    *,
    import_id: UUID,
    tenant_id: UUID,
    kind: str,
    program_id: UUID,
    digest: bytes,
    actor: UUID,
    now: datetime,
) -> Import:
    """The import of a file: a new one, or the one that was begun."""
    row = await sql.begin.one(
        connection, id=import_id, tenant_id=tenant_id, kind=kind, program_id=program_id, digest=digest, actor=actor,
        now=now,
    )  # fmt: skip
    return Import(**{name: row[name] for name in Import.__dataclass_fields__})


async def chunks(connection: Connection, import_id: UUID) -> set[int]:
    """Those that are written."""
    return {row["chunk"] for row in await sql.chunks.rows(connection, id=import_id)}


async def clear(connection: Connection, made: Import) -> None:
    """Nothing of the file is staged any more."""
    await (sql.clear_members if made.kind == "members" else sql.clear_balances).run(connection, id=made.id)


async def stage(connection: Connection, made: Import, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Puts rows down as they were read."""
    assert isinstance(connection, asyncpg.pool.PoolConnectionProxy)  # noqa: S101 - what has COPY
    await connection.copy_records_to_table(STAGES[made.kind], records=rows, columns=columns)


async def check(connection: Connection, made: Import, namespace: str) -> tuple[int, int]:
    """Finds rows that cannot be written because of others; how many rows there are, and how many are bad."""
    if made.kind == "members":
        await sql.statistics_of_members.run(connection)
        await sql.doubt_members.run(connection, id=made.id, tenant_id=made.tenant_id, namespace=namespace)
        while await sql.other_numbers.value(connection, id=made.id, tenant_id=made.tenant_id):
            pass
        counts = await sql.count_members.one(connection, id=made.id)
    else:
        await sql.statistics_of_balances.run(connection)
        await sql.doubt_balances.run(connection, id=made.id, tenant_id=made.tenant_id, program_id=made.program_id)
        counts = await sql.count_balances.one(connection, id=made.id)
    return counts["rows"], counts["bad"]


async def errors(connection: Connection, made: Import) -> AsyncIterator[tuple[int, str]]:
    """Bad rows by their numbers, counted from 1 without the head, with what is wrong."""
    query = sql.errors_of_members if made.kind == "members" else sql.errors_of_balances
    after = 0
    while rows := await query.rows(connection, id=made.id, after=after, limit=ERRORS_PAGE):
        for row in rows:
            yield row["row"], row["error"]
        after = rows[-1]["row"]


async def checked(connection: Connection, made: Import, rows: int, bad: int) -> Import:
    """The file is known; serials for its members are taken, once."""
    await sql.checked.run(connection, id=made.id, rows=rows, bad=bad, serials=rows if made.kind == "members" else 0)
    row = await sql.by_id.one(connection, id=made.id)
    return Import(**{name: row[name] for name in Import.__dataclass_fields__})


async def claim(connection: Connection, import_id: UUID, chunk: int) -> bool:
    """Whether a chunk is ours to write, in this transaction."""
    return bool(await sql.claim_chunk.value(connection, id=import_id, chunk=chunk))


async def write_members(connection: Connection, made: Import, chunk: int, namespace: str, now: datetime) -> int:
    """Writes the members of a chunk with all that is theirs, in a transaction of their own; how many."""
    await sql.trust.run(connection)
    count: int = await sql.write_members.value(
        connection,
        id=made.id,
        chunk=chunk,
        tenant_id=made.tenant_id,
        program_id=made.program_id,
        serial_before=made.serial_before,
        namespace=namespace,
        actor=made.actor,
        now=now,
    )
    return count


async def balances(connection: Connection, made: Import, chunk: int) -> list[Opening]:
    """The rows of a chunk that are to be earned."""
    rows = await sql.balances_of_chunk.rows(connection, id=made.id, chunk=chunk)
    return [Opening(**{**dict(row), "points": Decimal(row["points"])}) for row in rows]


async def written(connection: Connection, import_id: UUID, chunk: int, count: int) -> None:
    """How many of a chunk's rows are written."""
    await sql.written.run(connection, id=import_id, chunk=chunk, written=count)


async def refuse(connection: Connection, import_id: UUID, row: int, error: str) -> None:
    """A row that the ledger said no to."""
    await sql.refuse_balance.run(connection, id=import_id, row=row, error=error)


async def written_in_all(connection: Connection, import_id: UUID) -> int:
    """How many rows of an import are written."""
    count: int = await sql.written_in_all.value(connection, id=import_id)
    return count


async def finish(connection: Connection, import_id: UUID, bad: int, now: datetime) -> None:
    """All that can be written is."""
    await sql.finish.run(connection, id=import_id, bad=bad, now=now)
