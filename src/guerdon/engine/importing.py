"""Reads files of members and balances in: all of it is checked first, and what is written is written once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.catalogue import CatalogueFilter
from guerdon.core.commands import Command, Earn
from guerdon.core.imports import CHUNK_ROWS, COLUMNS, Import, UnusableFileError
from guerdon.core.programs import Program
from guerdon.core.refusals import ProgramNotFound, Refusal
from guerdon.engine import finding, sifting, tables
from guerdon.engine.engine import Engine
from guerdon.storage import catalogue, imports, ledger, programs, tenants
from guerdon.storage.queries import Connection

__all__ = ["Import", "Plan", "Prepared", "Step", "UnusableFileError", "bad_rows", "prepare", "write"]

AT_ONCE = 2
"""Chunks that are written at the same time: as many as a small server has cores."""

COMMANDS = 500
"""Earns in a call of the ledger."""

SURFACE = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be read in.

    Attributes:
        slug: of the tenant.
        kind: members or balances.
        path: the file.
        program: the code of the program; None is the default one.
        namespace: what the column `id` is called among the names of a member.
    """

    slug: str
    kind: str
    path: Path
    program: str | None = None
    namespace: str = "external"


class Step(NamedTuple):
    """How far something is: what, and of how many rows."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that has been read and checked: nothing of it is written, unless that was begun before.

    Attributes:
        written: the chunks that are, by an import of the same file that was cut off.
    """

    made: Import
    plan: Plan
    written: frozenset[int]

    @property
    def chunks(self) -> list[int]:
        """Those that are still to be written."""
        return [chunk for chunk in range(-(-self.made.rows // CHUNK_ROWS)) if chunk not in self.written]


async def prepare(engine: Engine, plan: Plan) -> AsyncGenerator[Step | Prepared, None]:
    """Reads and checks a file, telling how many rows were read; the last that it tells is what came of it.

    A file that was imported before, to its end, is told as it was then and not read again.

    Raises:
        TenantUnknown: no tenant has the slug.
        ProgramNotFound: the tenant has no such program, or no default one.
        UnusableFileError: the file cannot be read, breaks off, or has columns that there are not.
    """
    digest = await asyncio.to_thread(tables.digest, plan.path)
    async with engine.database.transaction() as connection:
        tenant_id = await finding.tenant(connection, plan.slug)
        program = await _program(connection, tenant_id, plan.program)
        made = await imports.begin(
            connection,
            import_id=engine.new_id(),
            tenant_id=tenant_id,
            kind=plan.kind,
            program_id=program.id,
            digest=digest,
            actor=engine.new_id(),
            now=engine.clock(),
        )
    if made.state == "done":
        yield Prepared(made, plan, frozenset(range(-(-made.rows // CHUNK_ROWS))))
        return
    async with aclosing(_staged(engine, plan, made)) as steps:
        async for step in steps:
            yield step
    async with engine.database.transaction() as connection:
        rows, bad = await imports.check(connection, made, plan.namespace)
        written = await imports.chunks(connection, made.id)
        made = await imports.checked(connection, made, rows, bad)
    yield Prepared(made, plan, frozenset(written))


async def _program(connection: Connection, tenant_id: UUID, code: str | None) -> Program:
    if code is None:
        found = await programs.default(connection, tenant_id)
    else:
        wanted = CatalogueFilter(chain_ids=list(await tenants.chains_of(connection, tenant_id)), codes=[code])
        found = next(iter(await catalogue.search_programs(connection, tenant_id, wanted, before=None, limit=1)), None)
    if found is None:
        raise ProgramNotFound(code or "default")
    return found


async def _staged(engine: Engine, plan: Plan, made: Import) -> AsyncGenerator[Step, None]:
    sieve = sifting.Sieve(made.id, engine.clock(), plan.namespace)
    lines = tables.rows(plan.path, COLUMNS[plan.kind])
    staged: Iterator[sifting.Staged] = sieve.members(lines) if plan.kind == "members" else sieve.balances(lines)
    columns = sifting.MEMBER_COLUMNS if plan.kind == "members" else sifting.BALANCE_COLUMNS
    async with engine.database.connection() as connection:
        await imports.clear(connection, made)
        read = 0
        batch = await asyncio.to_thread(_next, staged)
        while batch:
            # The next rows are read while these are put down.
            ahead = asyncio.create_task(asyncio.to_thread(_next, staged))
            try:
                await imports.stage(connection, made, columns, batch)
            finally:
                following = await ahead
            read += len(batch)
            yield Step(read, read)
            batch = following


def _next(staged: Iterator[sifting.Staged]) -> list[sifting.Staged]:
    return list(islice(staged, tables.BATCH_ROWS))


async def bad_rows(engine: Engine, prepared: Prepared) -> AsyncIterator[tuple[int, str]]:
    """Rows that are not written, by their numbers, with what is wrong."""
    async with engine.database.connection() as connection:
        async for found in imports.errors(connection, prepared.made):
            yield found


async def write(engine: Engine, prepared: Prepared) -> AsyncGenerator[Step, None]:
    """Writes the good rows, chunk by chunk, telling after each how far it is; at any moment it can be stopped."""
    made = prepared.made
    left = iter(prepared.chunks)
    total = made.rows - made.bad
    running: set[asyncio.Task[None]] = set()
    yield Step(await _written(engine, made), total)
    try:
        while True:
            for chunk in islice(left, AT_ONCE - len(running)):
                running.add(asyncio.create_task(_chunk(engine, prepared, chunk)))
            if not running:
                break
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            yield Step(await _written(engine, made), total)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    async with engine.database.transaction() as connection:
        count = await imports.written_in_all(connection, made.id)
        await imports.finish(connection, made.id, made.rows - count, engine.clock())
    async with engine.database.connection() as connection:
        await imports.clear(connection, made)


async def _written(engine: Engine, made: Import) -> int:
    async with engine.database.connection() as connection:
        return await imports.written_in_all(connection, made.id)


async def _chunk(engine: Engine, prepared: Prepared, chunk: int) -> None:
    """Writes a chunk in one transaction, unless somebody has or is about to."""
    made, now = prepared.made, engine.clock()
    async with engine.database.transaction() as connection:
        if not await imports.claim(connection, made.id, chunk):
            return
        if made.kind == "members":
            count = await imports.write_members(connection, made, chunk, prepared.plan.namespace, now)
        else:
            count = await _earned(engine, connection, made, chunk)
        await imports.written(connection, made.id, chunk, count)


async def _earned(engine: Engine, connection: Connection, made: Import, chunk: int) -> int:
    """Earns the balances of a chunk, in the order of the file; how many the ledger said yes to."""
    caller = Caller(made.tenant_id, SURFACE, made.actor)
    openings = await imports.balances(connection, made, chunk)
    count = 0
    for begin in range(0, len(openings), COMMANDS):
        some = openings[begin : begin + COMMANDS]
        commands: list[Command] = [
            Earn(
                caller=caller,
                account_id=opening.account_id,
                at=opening.earned_at,
                points=opening.points,
                expires_at=opening.expires_at,
                reason=opening.reason or "Opening balance",
                reference=opening.reference,
            )
            for opening in some
        ]
        answers = await ledger.post(connection, commands, engine.clock())
        for opening, answer in zip(some, answers, strict=True):
            if isinstance(answer, Refusal):
                await imports.refuse(connection, made.id, opening.row, answer.code.replace("_", " "))
            else:
                count += 1
    return count
