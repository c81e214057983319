"""Makes copies of a tenant at a worker, and keeps them for a while, in parts, to be fetched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.exports import PART_BYTES, Export
from guerdon.core.refusals import FileNotFound
from guerdon.engine import porting
from guerdon.engine.engine import Engine
from guerdon.engine.porting import UnusableCopyError
from guerdon.storage import exports, jobs
from guerdon.storage.jobs import Task

EXPORT = "export"
"""The job that makes a copy."""

KEPT = timedelta(days=1)
"""A copy, once it is made."""


async def create(engine: Engine, caller: Caller) -> Export:
    """A copy of the caller's tenant, to be made."""
    export_id = engine.new_id()
    async with engine.database.transaction() as connection:
        await exports.insert(connection, caller, export_id, engine.clock())
        await jobs.ask(connection, [Task(EXPORT, str(export_id))])
        (made,) = await exports.page(connection, caller.tenant_id, export_id=export_id)
    return made


async def one(engine: Engine, caller: Caller, export_id: UUID) -> Export:
    """A copy.

    Raises:
        FileNotFound: the tenant has no such one.
    """
    async with engine.database.connection() as connection:
        for found in await exports.page(connection, caller.tenant_id, export_id=export_id):
            return found
    raise FileNotFound(export_id)


async def page(
    engine: Engine, caller: Caller, *, state: str | None = None, before: UUID | None, limit: int
) -> list[Export]:
    """Copies of the tenant (in a state, where one is named), from the newest on."""
    async with engine.database.connection() as connection:
        return await exports.page(connection, caller.tenant_id, state=state, before=before, limit=limit)


async def part(engine: Engine, caller: Caller, export_id: UUID, number: int) -> bytes:
    """A part of a copy that is whole.

    Raises:
        FileNotFound: there is no such part, or not yet, or no longer.
    """
    async with engine.database.connection() as connection:
        content = await exports.part(connection, caller.tenant_id, export_id, number)
    if content is None:
        raise FileNotFound(f"{export_id}/parts/{number}")
    return content


async def waiting(engine: Engine) -> list[Task]:
    """Copies that nobody has finished."""
    async with engine.database.connection() as connection:
        return [Task(EXPORT, str(export_id)) for export_id in await exports.waiting(connection)]


async def carry_out(engine: Engine, export_id: UUID, stop: asyncio.Event) -> None:
    """Makes a copy, unless it is told to stop: then it is begun anew later."""
    async with engine.database.transaction() as connection:
        tenant_id = await exports.start(connection, export_id)
    if tenant_id is None:
        return
    count, problem = 0, None
    try:
        with TemporaryDirectory(prefix="guerdon-export-") as folder:
            path = Path(folder) / "tenant.jsonl.gz"
            async with aclosing(porting.write(engine, tenant_id, path)) as steps:
                async for count in steps:
                    if stop.is_set():
                        return
                    async with engine.database.connection() as connection:
                        await exports.progress(connection, export_id, count)
            async with engine.database.transaction() as connection:
                number = 0
                async for content in _parts(path):
                    number += 1
                    await exports.keep_part(connection, export_id, number, content)
                await exports.finish(connection, export_id, count, None, engine.clock())
    except UnusableCopyError as error:
        problem = str(error)
    if problem is not None:
        async with engine.database.transaction() as connection:
            await exports.finish(connection, export_id, count, problem, engine.clock())


async def _parts(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as whole:
        while content := await asyncio.to_thread(whole.read, PART_BYTES):
            yield content


async def forget(engine: Engine) -> None:
    """Keeps copies no longer that were made long ago."""
    async with engine.database.transaction() as connection:
        await exports.forget(connection, engine.clock() - KEPT)
