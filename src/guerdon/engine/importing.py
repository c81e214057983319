"""Reads files of members, balances and orders in: all is checked first, and what is written is written once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.catalogue import CatalogueFilter
from guerdon.core.commands import Command, Earn
from guerdon.core.imports import COLUMNS, Import, UnusableFileError
from guerdon.core.programs import Program
from guerdon.core.refusals import ProgramNotFound, Refusal
from guerdon.engine import finding, ordering, staging, tables
from guerdon.engine.engine import Engine
from guerdon.engine.ordering import Placing
from guerdon.storage import catalogue, earnings, imports, ledger, memberships, programs, tenants
from guerdon.storage.queries import Connection
from guerdon.storage.within import Within

__all__ = [
    "AlreadyImportedError",
    "Import",
    "Plan",
    "Prepared",
    "Step",
    "UnusableFileError",
    "bad_rows",
    "prepare",
    "write",
]

AT_ONCE = 2
"""Chunks that are written at the same time: as many as a small server has cores."""

COMMANDS = 500
"""Earns in a call of the ledger."""

BAD_ROWS = 1_000
"""To read together."""

SURFACE = "import"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be read in.

    Attributes:
        slug: of the tenant.
        kind: members, balances or orders.
        path: the file.
        program: the code of the program; None is the default one.
        namespace: what the column `id` is called among the names of a member.
        earns: orders earn by the rules; without it they are history, and what they earned is in the balances.
        made: the import of a file that came in parts, which knows all but the path by itself.
    """

    path: Path
    slug: str = ""
    kind: str = ""
    program: str | None = None
    namespace: str = "external"
    earns: bool = False
    made: Import | None = None


class AlreadyImportedError(Exception):
    """A file is another import's, by this id."""


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
        return [chunk for chunk in range(self.made.chunks) if chunk not in self.written]


async def prepare(engine: Engine, plan: Plan) -> AsyncGenerator[Step | Prepared, None]:
    """Reads and checks a file, telling how many rows were read; the last that it tells is what came of it.

    A file that was imported before, to its end, is told as it was then and not read again.

    Raises:
        TenantUnknown: no tenant has the slug.
        ProgramNotFound: the tenant has no such program, or no default one.
        UnusableFileError: the file cannot be read, breaks off, or has columns that there are not.
        AlreadyImportedError: a file that came in parts came before.
    """
    digest = await asyncio.to_thread(tables.digest, plan.path)
    async with engine.database.transaction() as connection:
        made = await _begun(engine, connection, plan, digest)
    async with imports.alone(engine.database.dsn, made.id):
        async with engine.database.transaction() as connection:
            if plan.made is None:
                await imports.ask_anew(connection, made.id, namespace=plan.namespace, earns=plan.earns)
            made = await imports.by_id(connection, made.id)
        if made.state == "done":
            yield Prepared(made, plan, frozenset(range(made.chunks)))
            return
        async with aclosing(staging.stage(engine.database, made, plan.path, engine.clock())) as steps:
            async for read in steps:
                yield Step(read, read)
        yield await _checked(engine, plan, made)


async def _begun(engine: Engine, connection: Connection, plan: Plan, digest: bytes) -> Import:
    if plan.made is not None:
        found = await imports.adopt(connection, plan.made.id, digest)
        if isinstance(found, UUID):
            raise AlreadyImportedError(str(found))
        return found
    tenant_id = await finding.tenant(connection, plan.slug)
    program = await _program(connection, tenant_id, plan.program)
    given = {
        "tenant_id": tenant_id,
        "kind": plan.kind,
        "program_id": program.id,
        "namespace": plan.namespace,
        "earns": plan.earns,
        "actor": engine.new_id(),
    }
    return await imports.begin(connection, given, import_id=engine.new_id(), digest=digest, now=engine.clock())


async def _program(connection: Connection, tenant_id: UUID, code: str | None) -> Program:
    if code is None:
        found = await programs.default(connection, tenant_id)
    else:
        wanted = CatalogueFilter(chain_ids=list(await tenants.chains_of(connection, tenant_id)), codes=[code])
        found = next(iter(await catalogue.search_programs(connection, tenant_id, wanted, before=None, limit=1)), None)
    if found is None:
        raise ProgramNotFound(code or "default")
    return found


async def _checked(engine: Engine, plan: Plan, made: Import) -> Prepared:
    """Looks for rows that cannot be written because of others."""
    async with engine.database.transaction() as connection:
        await imports.statistics(connection, made)
    is_doubtful, numbers = True, list[str]()
    if made.kind == "members":
        repeats, (collides, numbers) = await asyncio.gather(
            _asked(engine, made, imports.repeats), _asked(engine, made, imports.collides)
        )
        is_doubtful = repeats or collides
    async with engine.database.transaction() as connection:
        if is_doubtful:
            await imports.doubt(connection, made)
        await imports.draw_again(connection, made, numbers)
        made = await imports.checked(connection, made)
        written = await imports.chunks(connection, made.id)
    return Prepared(made, plan, frozenset(written))


async def _asked(engine: Engine, made: Import, question: Callable[[Connection, Import], Awaitable[Answer]]) -> Answer:
    async with engine.database.snapshot() as connection:
        return await question(connection, made)


async def bad_rows(engine: Engine, made: Import) -> AsyncIterator[tuple[int, str]]:
    """Rows that are not written, by their numbers, with what is wrong."""
    after = 0
    async with engine.database.connection() as connection:
        while rows := await imports.errors(connection, made.id, after, BAD_ROWS):
            for found in rows:
                yield found
            after = rows[-1][0]


async def bad_lines(engine: Engine, prepared: Prepared) -> AsyncIterator[tuple[int, str, Sequence[str | None]]]:
    """Likewise, with what stands in each, by the columns of its kind: in none, where it cannot be read.

    Raises:
        UnusableFileError: the file is gone, or is another one by now.
    """
    columns = COLUMNS[prepared.made.kind]
    lines, empty = enumerate(tables.rows(prepared.plan.path, columns), 1), [None] * len(columns)
    async for row, error in bad_rows(engine, prepared.made):
        given = next((line for number, line in lines if number == row), empty)
        yield row, error, empty if isinstance(given, tables.Broken) else given


async def write(engine: Engine, prepared: Prepared) -> AsyncGenerator[Step, None]:
    """Writes the good rows, chunk by chunk, telling after each how far it is; at any moment it can be stopped."""
    left = iter(prepared.chunks)
    total = prepared.made.rows - prepared.made.bad
    async with imports.alone(engine.database.dsn, prepared.made.id):
        async with engine.database.transaction() as connection:
            made = await imports.writing(connection, prepared.made)
        yield Step(await _written(engine, made), total)
        if made.state == "done":
            return
        async with aclosing(_chunks(engine, made, left)) as steps:
            async for _ in steps:
                yield Step(await _written(engine, made), total)
        async with engine.database.transaction() as connection:
            count = await imports.written_in_all(connection, made.id)
            await imports.finish(connection, made, made.rows - count, engine.clock())
            await imports.clear(connection, made)


async def _chunks(engine: Engine, made: Import, left: Iterator[int]) -> AsyncGenerator[None, None]:
    """Writes chunks, telling when some are: several at a time, but orders that earn in the order of the file."""
    at_once = 1 if made.earns else AT_ONCE
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            for chunk in islice(left, at_once - len(running)):
                running.add(asyncio.create_task(_chunk(engine, made, chunk)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _written(engine: Engine, made: Import) -> int:
    async with engine.database.connection() as connection:
        return await imports.written_in_all(connection, made.id)


async def _chunk(engine: Engine, made: Import, chunk: int) -> None:
    """Writes a chunk in one transaction, unless that was done before."""
    tries = count(1)

    async def work(connection: Connection) -> None:
        now = engine.clock()
        if next(tries) > 1 and made.kind == "members":
            # Somebody else got a name since all was checked.
            await imports.doubt_again(connection, made)
        if not await imports.claim(connection, made, chunk):
            return
        if made.kind == "members":
            await _keep_program(connection, made)
            done = await imports.write_members(connection, made, chunk, now)
        elif made.kind == "balances":
            done = await _earned(engine, connection, made, chunk)
        elif made.earns:
            done = await _bought(engine, connection, made, chunk)
        else:
            done = await imports.write_orders(connection, made, chunk, now)
        await imports.written(connection, made.id, chunk, done)

    await engine.database.retrying(work)


async def _keep_program(connection: Connection, made: Import) -> None:
    """Keeps the program that members of a file join from being deleted before the transaction ends."""
    if made.program_id not in await programs.share(connection, made.tenant_id, [made.program_id]):
        raise UnusableFileError("its program was deleted")


async def _bought(engine: Engine, connection: Connection, made: Import, chunk: int) -> int:
    """Places the orders of a chunk, in the order of the file, as if they had been told of; how many earned or could."""
    caller = Caller(made.tenant_id, SURFACE, made.actor)
    inside = replace(engine, database=Within(connection))
    asked = await imports.bought(connection, made, chunk)
    # As every order does: in the order of their ids, so that nobody waits in a circle.
    await earnings.lock_accounts(connection, sorted({each.account_id for each in asked}))
    count = 0
    for each in asked:
        membership = await memberships.by_id(connection, made.tenant_id, each.membership_id)
        if membership is None:
            await imports.refuse(connection, made.id, each.row, "the member is not in the program")
            continue
        placing = Placing(
            caller=caller,
            at=engine.clock(),
            reference=each.reference,
            membership=membership,
            amount=each.occasion.paid,
            occasion=each.occasion,
            id=each.order_id,
        )
        try:
            async with connection.transaction():
                await ordering.place(inside, placing)
        except Refusal as refusal:
            await imports.refuse(connection, made.id, each.row, refusal.code.replace("_", " "))
        else:
            count += 1
    return count


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
