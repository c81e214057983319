"""Takes files in parts, and imports them at a worker: checked first, and written where that was asked for."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from uuid import UUID

import structlog

from guerdon.core.callers import Caller
from guerdon.core.imports import Import, UnusableFileError
from guerdon.core.refusals import FileNotFound, ImportRefused, OutcomeUnknown, Overloaded
from guerdon.engine import importing
from guerdon.engine.engine import Engine
from guerdon.engine.importing import AlreadyImportedError, Plan, Prepared, Step
from guerdon.storage import imports, jobs, programs
from guerdon.storage.imports import Progress
from guerdon.storage.jobs import Task
from guerdon.storage.queries import Connection

log = structlog.get_logger()

IMPORT = "import"
"""The job that imports a file."""

MOST_PARTS = 1_000
"""Of a file; each is as large as a request may be."""

MOST_ROWS = 20_000_000
"""Of a file, which may be compressed very well."""

OPEN = frozenset({"uploading", "checked", "failed"})
"""States of an import that nobody is at."""

KEPT_FILES = timedelta(days=7)
KEPT_ERRORS = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that is to come.

    Attributes:
        kind: members, balances or orders.
        format: csv, jsonl or parquet, the first two also with `.gz`.
        program_id: None is the tenant's default one.
        namespace: what the column `id` is called among the names of a member.
        earns: orders earn by the rules.
    """

    caller: Caller
    kind: str
    format: str
    program_id: UUID | None
    namespace: str
    earns: bool


class Shown(NamedTuple):
    """An import, and how far it is."""

    made: Import
    progress: Progress


async def create(engine: Engine, ask: Upload) -> Shown:
    """An import whose file comes in parts.

    Raises:
        ProgramNotFound: the tenant has no such program, or no default one.
    """
    tenant_id = ask.caller.tenant_id
    async with engine.database.transaction() as connection:
        program = await programs.chosen(connection, tenant_id, ask.program_id)
        given = {
            "tenant_id": tenant_id,
            "kind": ask.kind,
            "program_id": program.id,
            "surface": ask.caller.surface,
            "format": ask.format,
            "namespace": ask.namespace,
            "earns": ask.earns,
            "actor": ask.caller.credential_id,
        }
        made = await imports.insert(connection, given, import_id=engine.new_id(), now=engine.clock())
    return Shown(made, Progress(0, 0, 0))


async def put(engine: Engine, caller: Caller, import_id: UUID, number: int, content: bytes) -> None:
    """Keeps a part of a file; once more, it is the last one that counts.

    Raises:
        FileNotFound: the tenant has no such import.
        ImportRefused: it is being imported, or was; or there is nothing in the part.
    """
    if not content or not 1 <= number <= MOST_PARTS:
        raise ImportRefused(f"A file has parts 1 to {MOST_PARTS}, each with something in it")
    async with engine.database.transaction() as connection:
        await _open(connection, caller, import_id)
        await imports.put_part(connection, import_id, number, content)


async def run(engine: Engine, caller: Caller, import_id: UUID, *, is_trial: bool, skips_bad: bool) -> Shown:
    """Has a file checked and, unless it is a trial, written where no row is bad or bad ones are skipped.

    Raises:
        FileNotFound: the tenant has no such import.
        ImportRefused: it is being imported, or was; or parts are missing.
    """
    async with engine.database.transaction() as connection:
        await _open(connection, caller, import_id)
        there = (await imports.progress(connection, [import_id]))[import_id].parts
        if not there or await imports.part(connection, import_id, there) is None:
            raise ImportRefused("The parts of the file are not 1, 2, 3 ... without gaps")
        await imports.queue(connection, import_id, is_trial=is_trial, skips_bad=skips_bad)
        await jobs.ask(connection, [Task(IMPORT, str(import_id))])
        return await _shown(connection, caller, import_id)


async def _open(connection: Connection, caller: Caller, import_id: UUID) -> Import:
    made = await imports.lock(connection, caller.tenant_id, import_id)
    if made is None:
        raise FileNotFound(import_id)
    if made.state not in OPEN or made.format is None:
        raise ImportRefused(f"The import is {made.state}")
    return made


async def one(engine: Engine, caller: Caller, import_id: UUID) -> Shown:
    """An import.

    Raises:
        FileNotFound: the tenant has no such one.
    """
    async with engine.database.transaction() as connection:
        return await _shown(connection, caller, import_id)


async def _shown(connection: Connection, caller: Caller, import_id: UUID) -> Shown:
    made = await imports.find(connection, caller.tenant_id, import_id)
    if made is None:
        raise FileNotFound(import_id)
    return Shown(made, (await imports.progress(connection, [import_id]))[import_id])


async def page(
    engine: Engine, caller: Caller, *, state: str | None = None, before: UUID | None, limit: int
) -> list[Shown]:
    """Imports (in a state, where one is named), those by the command line too, from the newest on."""
    async with engine.database.snapshot() as connection:
        found = await imports.page(connection, caller.tenant_id, before, limit, state=state)
        far = await imports.progress(connection, [made.id for made in found])
        return [Shown(made, far[made.id]) for made in found]


async def bad_rows(engine: Engine, caller: Caller, import_id: UUID, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Rows that are not written, by their numbers, with what is wrong; from behind one on.

    Raises:
        FileNotFound: the tenant has no such import.
    """
    async with engine.database.snapshot() as connection:
        if await imports.find(connection, caller.tenant_id, import_id) is None:
            raise FileNotFound(import_id)
        return await imports.errors(connection, import_id, after, limit)


async def waiting(engine: Engine) -> list[Task]:
    """Imports that somebody asked for and nobody has finished."""
    async with engine.database.connection() as connection:
        return [Task(IMPORT, str(import_id)) for import_id in await imports.waiting(connection)]


async def carry_out(engine: Engine, import_id: UUID, stop: asyncio.Event) -> None:
    """Imports a file that came in parts, unless it is told to stop: then it is gone on with later."""
    async with engine.database.connection() as connection:
        made = await imports.by_id(connection, import_id)
    if made.state in OPEN or made.state == "done" or made.format is None:
        return
    problem = None
    try:
        with TemporaryDirectory(prefix="guerdon-import-") as folder:
            path = Path(folder) / f"import.{made.format}"
            await _assembled(engine, import_id, path)
            await _imported(engine, Plan(path=path, made=made), stop)
    except AlreadyImportedError as error:
        problem = f"the same file is that of import {error}: where it is not done, run that one"
    except UnusableFileError as error:
        problem = str(error)
    except (Overloaded, OutcomeUnknown):
        raise
    except Exception:
        log.exception("an import has failed", id=str(import_id))
        problem = "a fault of ours; the server's log has it"
    if problem is not None:
        async with engine.database.transaction() as connection:
            await imports.fail(connection, made, problem, engine.clock())


async def _assembled(engine: Engine, import_id: UUID, path: Path) -> None:
    async with engine.database.connection() as connection:
        with path.open("wb") as whole:
            number = 1
            while (content := await imports.part(connection, import_id, number)) is not None:
                await asyncio.to_thread(whole.write, content)
                number += 1


async def _imported(engine: Engine, plan: Plan, stop: asyncio.Event) -> None:
    prepared = None
    async with aclosing(importing.prepare(engine, plan)) as steps:
        async for step in steps:
            if stop.is_set():
                return
            if isinstance(step, Step) and step.done > MOST_ROWS:
                raise UnusableFileError(f"it has more than {MOST_ROWS:,} rows")
            prepared = step
    if not isinstance(prepared, Prepared) or prepared.made.state == "checked":
        return
    async with aclosing(importing.write(engine, prepared)) as steps_:
        async for _ in steps_:
            if stop.is_set():
                return


async def forget(engine: Engine) -> None:
    """Forgets files that nobody has come back to, and what was wrong with rows long ago."""
    now = engine.clock()
    async with engine.database.transaction() as connection:
        await imports.forget(connection, files_before=now - KEPT_FILES, errors_before=now - KEPT_ERRORS, now=now)
