"""Imports of files as rows: kept in parts, staged, checked against what is there, and written chunk by chunk."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from guerdon.core.imports import Import, UnusableFileError
from guerdon.core.refusals import Overloaded
from guerdon.core.rules.occasions import Occasion
from guerdon.storage import orders, queries
from guerdon.storage.database import RETRY_AFTER_SECONDS
from guerdon.storage.queries import Connection, Query, Row

sql = queries.load("imports")

LOOK_SECONDS = 0.5
"""Between looks whether another process is done with an import."""


class _Stage(NamedTuple):
    """Where rows of a kind are put down, and what is asked of them there."""

    table: str
    clear: Query
    statistics: Query
    doubt: Query
    acquit: Query
    keep_bad: Query
    counts: Query
    staged: Query


@cache
def _stages() -> dict[str, _Stage]:
    return {
        "members": _Stage(
            "import_members", sql.clear_members, sql.statistics_members, sql.doubt_members, sql.acquit_members,
            sql.keep_bad_members, sql.count_members, sql.staged_members,
        ),
        "balances": _Stage(
            "import_balances", sql.clear_balances, sql.statistics_balances, sql.doubt_balances, sql.acquit_balances,
            sql.keep_bad_balances, sql.count_balances, sql.staged_balances,
        ),
        "orders": _Stage(
            "import_orders", sql.clear_orders, sql.statistics_orders, sql.doubt_orders, sql.acquit_orders,
            sql.keep_bad_orders, sql.count_orders, sql.staged_orders,
        ),
    }  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Bought:
    """A row of orders that are to earn."""

    row: int
    order_id: UUID
    reference: str
    occasion: Occasion
    membership_id: UUID
    account_id: UUID


class Progress(NamedTuple):
    """How many rows of an import are written, and how large its file is."""

    written: int
    parts: int
    size_bytes: int


@asynccontextmanager
async def alone(dsn: str, import_id: UUID) -> AsyncIterator[None]:
    """Keeps other processes off an import during the block; waits for one that is at it."""
    connection = await asyncpg.connect(
        dsn, timeout=5, server_settings={"timezone": "UTC", "application_name": "guerdon import"}
    )
    try:
        while not await sql.only.value(connection, id=import_id):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(LOOK_SECONDS)
        try:
            yield
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await sql.leave.run(connection, id=import_id)
    finally:
        connection.terminate()


async def begin(
    connection: Connection, given: Mapping[str, object], *, import_id: UUID, digest: bytes, now: datetime
) -> Import:
    """The import of a file: a new one, or the one that was begun."""
    return _import(await sql.begin.one(connection, id=import_id, digest=digest, now=now, **given))


async def insert(connection: Connection, given: Mapping[str, object], *, import_id: UUID, now: datetime) -> Import:
    """An import whose file comes in parts."""
    return _import(await sql.insert.one(connection, id=import_id, now=now, **given))


async def adopt(connection: Connection, import_id: UUID, digest: bytes) -> Import | UUID:
    """The import of a file that is whole now; or the other one that it was imported with.

    Raises:
        UnusableFileError: it is another file than the one of which rows are written.
    """
    if other := await sql.other.value(connection, id=import_id, digest=digest):
        found: UUID = other
        return found
    row = await sql.adopt.row(connection, id=import_id, digest=digest)
    if row is None:
        raise UnusableFileError("rows of the file that it had before are written: import that one, or begin anew")
    return _import(row)


async def ask_anew(connection: Connection, import_id: UUID, *, namespace: str, earns: bool) -> None:
    """A file of the command line is asked for with these options, unless rows of it are written."""
    await sql.ask_anew.run(connection, id=import_id, namespace=namespace, earns=earns)


async def by_id(connection: Connection, import_id: UUID) -> Import:
    """An import that is there."""
    return _import(await sql.by_id.one(connection, id=import_id))


async def find(connection: Connection, tenant_id: UUID, import_id: UUID) -> Import | None:
    """An import of the tenant."""
    row = await sql.find.row(connection, id=import_id, tenant_id=tenant_id)
    return _import(row) if row else None


async def lock(connection: Connection, tenant_id: UUID, import_id: UUID) -> Import | None:
    """An import of the tenant, locked."""
    row = await sql.lock.row(connection, id=import_id, tenant_id=tenant_id)
    return _import(row) if row else None


async def page(
    connection: Connection, tenant_id: UUID, before: UUID | None, limit: int, *, state: str | None = None
) -> list[Import]:
    """Imports of a tenant, from the newest on; those in a state where one is named."""
    rows = await sql.page.rows(connection, tenant_id=tenant_id, state=state, before=before, limit=limit)
    return [_import(row) for row in rows]


async def progress(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """How far imports are."""
    rows = await sql.progress.rows(connection, ids=list(ids))
    return {row["id"]: Progress(row["written"], row["parts"], row["bytes"]) for row in rows}


async def put_part(connection: Connection, import_id: UUID, number: int, content: bytes) -> None:
    """Keeps a part of a file; the last one under a number counts."""
    await sql.put_part.run(connection, id=import_id, number=number, content=content)


async def part(connection: Connection, import_id: UUID, number: int) -> bytes | None:
    """A part of a file."""
    content: bytes | None = await sql.part.value(connection, id=import_id, number=number)
    return content


async def drop_parts(connection: Connection, import_id: UUID) -> None:
    """Keeps the file no longer."""
    await sql.drop_parts.run(connection, id=import_id)


async def queue(connection: Connection, import_id: UUID, *, is_trial: bool, skips_bad: bool) -> None:
    """Somebody is to check it and, unless it is a trial, write it."""
    await sql.queue.run(connection, id=import_id, is_trial=is_trial, skips_bad=skips_bad)


async def waiting(connection: Connection) -> list[UUID]:
    """Imports that somebody asked for and nobody has finished."""
    return [row["id"] for row in await sql.waiting.rows(connection)]


async def fail(connection: Connection, made: Import, problem: str, now: datetime) -> None:
    """It cannot be done as it is; its file is kept for another try."""
    await sql.fail.run(connection, id=made.id, problem=problem, now=now)
    await clear(connection, made)


async def forget(connection: Connection, *, files_before: datetime, errors_before: datetime, now: datetime) -> None:
    """Forgets files that nobody has come back to, and what was wrong with rows long ago."""
    for row in await sql.forget_files.rows(connection, before=files_before, now=now):
        await drop_parts(connection, row["id"])
    for row in await sql.left_behind.rows(connection, before=files_before):
        await clear(connection, _import(row))
    await sql.forget_errors.run(connection, before=errors_before)


async def chunks(connection: Connection, import_id: UUID) -> set[int]:
    """Those that are written."""
    return {row["chunk"] for row in await sql.chunks.rows(connection, id=import_id)}


async def clear(connection: Connection, made: Import) -> None:
    """Nothing of the file is staged any more."""
    await _stages()[made.kind].clear.patient.run(connection, id=made.id)


async def staging(connection: Connection, made: Import) -> None:
    """The file is read anew; in a transaction, which waits until nobody puts down rows that were read before."""
    await sql.sole.run(connection, id=made.id)
    await sql.staging.run(connection, id=made.id)
    await clear(connection, made)


@asynccontextmanager
async def sharing(connection: Connection, made: Import) -> AsyncIterator[None]:
    """Says during the block that rows are being put down."""
    await sql.share.run(connection, id=made.id)
    try:
        yield
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await sql.unshare.run(connection, id=made.id)


async def stage(connection: Connection, made: Import, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Puts rows down as they were read."""
    assert isinstance(connection, asyncpg.pool.PoolConnectionProxy)  # noqa: S101 - what has COPY
    await connection.copy_records_to_table(
        _stages()[made.kind].table, records=rows, columns=columns, timeout=queries.PATIENT_SECONDS
    )


async def statistics(connection: Connection, made: Import) -> None:
    """What is staged is known to the planner; in a transaction."""
    await sql.rough.run(connection)
    await _stages()[made.kind].statistics.patient.run(connection)


async def repeats(connection: Connection, made: Import) -> bool:
    """Whether rows of members share an id or an address; as `collides` it only reads, so both can be asked at once."""
    await sql.roomy.run(connection)
    for question in (sql.repeated_ids, sql.repeated_emails):
        if await question.patient.value(connection, id=made.id):
            return True
    return False


async def collides(connection: Connection, made: Import) -> tuple[bool, list[str]]:
    """Whether rows of members share a phone number or have names that are taken; and public numbers to draw again."""
    await sql.roomy.run(connection)
    told = {"id": made.id, "tenant_id": made.tenant_id}
    numbers = [row["number"] for row in await sql.doubtful_numbers.patient.rows(connection, **told)]
    if await sql.repeated_phones.patient.value(connection, id=made.id):
        return True, numbers
    return await sql.taken_names.patient.value(connection, namespace=made.namespace, **told), numbers


async def draw_again(connection: Connection, made: Import, numbers: list[str]) -> None:
    """Gives rows other public numbers than these, until none is taken or given twice."""
    while numbers:
        drawn = [row["number"] for row in await sql.other_numbers.patient.rows(connection, id=made.id, numbers=numbers)]
        told = {"id": made.id, "tenant_id": made.tenant_id, "numbers": drawn}
        numbers = [row["number"] for row in await sql.doubtful_of.patient.rows(connection, **told)]


async def doubt(connection: Connection, made: Import) -> None:
    """Finds the rows that cannot be written because of others."""
    await sql.roomy.run(connection)
    told = {"id": made.id, "tenant_id": made.tenant_id, "program_id": made.program_id, "namespace": made.namespace}
    await _stages()[made.kind].doubt.patient.run(connection, **told)


async def doubt_again(connection: Connection, made: Import) -> None:
    """Finds and keeps what has become wrong since."""
    await doubt(connection, made)
    await _stages()[made.kind].keep_bad.patient.run(connection, id=made.id)


async def checked(connection: Connection, made: Import) -> Import:
    """Keeps what is wrong with each row; the import, which knows how many there are."""
    await sql.forget_bad.run(connection, id=made.id, chunk_rows=made.chunk_rows)
    await _stages()[made.kind].acquit.patient.run(connection, id=made.id)
    await _stages()[made.kind].keep_bad.patient.run(connection, id=made.id)
    counts = await _stages()[made.kind].counts.patient.one(connection, id=made.id)
    return _import(await sql.checked.one(connection, id=made.id, rows=counts["rows"], bad=counts["bad"]))


async def errors(connection: Connection, import_id: UUID, after: int, limit: int) -> list[tuple[int, str]]:
    """Bad rows by their numbers, counted from 1 without the head, with what is wrong; from behind one on."""
    rows = await sql.errors.rows(connection, id=import_id, after=after, limit=limit)
    return [(row["row"], row["error"]) for row in rows]


async def writing(connection: Connection, made: Import) -> Import:
    """The file is to be written; serials for its members are taken, once. One that is done stays so."""
    serials = made.rows if made.kind == "members" else 0
    row = await sql.writing.row(connection, id=made.id, serials=serials)
    return _import(row) if row else await by_id(connection, made.id)


async def claim(connection: Connection, made: Import, chunk: int) -> bool:
    """Whether a chunk is ours to write, in this transaction.

    Raises:
        Overloaded: it is not staged any more, as the database has crashed: the file is to be read again.
    """
    if not await sql.claim_chunk.value(connection, id=made.id, chunk=chunk):
        return False
    if not await _stages()[made.kind].staged.value(connection, id=made.id, chunk=chunk):
        raise Overloaded(RETRY_AFTER_SECONDS)
    await sql.hurry.run(connection)
    return True


async def write_members(connection: Connection, made: Import, chunk: int, now: datetime) -> int:
    """Writes the members of a chunk with all that is theirs, in a transaction of their own; how many."""
    await sql.roomy.run(connection)
    await sql.trust.run(connection)
    await sql.hush.run(connection)
    count: int = await sql.write_members.patient.value(
        connection,
        id=made.id,
        chunk=chunk,
        tenant_id=made.tenant_id,
        program_id=made.program_id,
        serial_before=made.serial_before,
        namespace=made.namespace,
        actor=made.actor,
        now=now,
    )
    return count


async def balances(connection: Connection, made: Import, chunk: int) -> list[Opening]:
    """The rows of a chunk that are to be earned."""
    rows = await sql.balances_of_chunk.rows(connection, id=made.id, chunk=chunk)
    return [Opening(**{**dict(row), "points": Decimal(row["points"])}) for row in rows]


async def write_orders(connection: Connection, made: Import, chunk: int, now: datetime) -> int:
    """Writes the orders of a chunk, as orders of before; how many."""
    named = {"id": made.id, "chunk": chunk, "tenant_id": made.tenant_id, "program_id": made.program_id, "now": now}
    count: int = await sql.write_orders.patient.value(connection, **named)
    return count


async def bought(connection: Connection, made: Import, chunk: int) -> list[Bought]:
    """The orders of a chunk that are to earn, in the order of the file."""
    rows = await sql.orders_of_chunk.rows(connection, id=made.id, chunk=chunk)
    return [Bought(**{**dict(row), "occasion": orders.occasion_of(row["occasion"])}) for row in rows]


async def written(connection: Connection, import_id: UUID, chunk: int, count: int) -> None:
    """How many of a chunk's rows are written."""
    await sql.written.run(connection, id=import_id, chunk=chunk, written=count)


async def refuse(connection: Connection, import_id: UUID, row: int, error: str) -> None:
    """A row that the ledger said no to."""
    await sql.refuse.run(connection, id=import_id, row=row, error=error)


async def written_in_all(connection: Connection, import_id: UUID) -> int:
    """How many rows of an import are written."""
    count: int = await sql.written_in_all.value(connection, id=import_id)
    return count


async def finish(connection: Connection, made: Import, bad: int, now: datetime) -> None:
    """All that can be written is; the file is kept no longer."""
    await sql.finish.run(connection, id=made.id, bad=bad, now=now)
    await drop_parts(connection, made.id)


def _import(row: Row) -> Import:
    return Import(**{name: row[name] for name in Import.__dataclass_fields__})
