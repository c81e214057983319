"""Does what is on the queue of jobs, for as long as it is not told to stop: a database that goes away is waited for."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from guerdon.engine.engine import Engine
from guerdon.storage import jobs
from guerdon.storage.database import LOST, UNDONE
from guerdon.storage.jobs import Round, Task, Work

__all__ = ["Round", "Task", "Work", "ask", "forget", "run"]

log = structlog.get_logger()

AGAIN_SECONDS = 5.0
"""Until a database that went away is asked for again."""

KEPT = timedelta(days=7)
"""For how long what became of a job is kept."""


async def run(engine: Engine, rounds: Sequence[Round], tasks: Mapping[str, Work], stop: asyncio.Event) -> None:
    """Does jobs until it is told to stop; see `storage.jobs.run`."""
    while not stop.is_set():
        try:
            await jobs.run(engine.database.dsn, rounds, tasks, stop)
        except (*LOST, *UNDONE) as error:
            log.warning("lost the database at a job", error=repr(error), again_in_seconds=AGAIN_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)


async def ask(engine: Engine, tasks: Sequence[Task]) -> None:
    """Asks for tasks; those that wait or are being done are asked for already."""
    async with engine.database.connection() as connection:
        await jobs.ask(connection, tasks)


async def forget(engine: Engine) -> None:
    """Forgets what became of jobs long ago."""
    async with engine.database.connection() as connection:
        await jobs.forget(connection, engine.clock() - KEPT)
