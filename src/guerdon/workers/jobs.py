"""All jobs of a worker: what comes round at which interval, and what may be asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from guerdon.engine import Engine, queueing
from guerdon.engine.queueing import Round, Work
from guerdon.workers import expiry

RETENTION_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a worker does jobs.

    Attributes:
        expiry_interval_seconds: between looks for what is due; 0: never.
    """

    expiry_interval_seconds: int = 60


def rounds(engine: Engine, habits: Habits, stop: asyncio.Event) -> list[Round]:
    """What comes round."""
    due = Round("expiry", habits.expiry_interval_seconds, partial(expiry.settle, engine, stop))
    found = [Round("retention", RETENTION_SECONDS, partial(queueing.forget, engine))]
    return [due, *found] if due.seconds else found


def tasks(_engine: Engine, _habits: Habits, _stop: asyncio.Event) -> dict[str, Work]:
    """What may be asked for."""
    return {}


async def work(engine: Engine, habits: Habits, stop: asyncio.Event) -> None:
    """Does jobs until it is told to stop."""
    await queueing.run(engine, rounds(engine, habits, stop), tasks(engine, habits, stop), stop)


@asynccontextmanager
async def working(engine: Engine, habits: Habits) -> AsyncIterator[None]:
    """Does jobs in the background during the block."""
    stop = asyncio.Event()
    job = asyncio.create_task(work(engine, habits, stop))
    try:
        yield
    finally:
        stop.set()
        await job
