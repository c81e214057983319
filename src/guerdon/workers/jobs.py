"""All jobs of a worker: what comes round at which interval, and what may be asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import structlog

from guerdon.core.refusals import OutcomeUnknown, Overloaded
from guerdon.engine import Engine, exporting, notifying, queueing, uploading, watching
from guerdon.engine.queueing import Round, Work
from guerdon.workers import expiry, files, webhooks
from guerdon.workers.sending import Networks, Sender

log = structlog.get_logger()

TIERS_SECONDS = 10
RETENTION_SECONDS = 3_600
FILES_SECONDS = 30
"""Between looks for imports and exports that were cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a worker does jobs.

    Attributes:
        expiry_interval_seconds: between looks for what is due; 0: never.
        webhook_interval_seconds: between looks for what is to be sent to webhooks; 0: never.
        webhook_networks: besides public addresses, where webhooks may be.
    """

    expiry_interval_seconds: int = 60
    webhook_interval_seconds: int = 2
    webhook_networks: Networks = ()


def rounds(engine: Engine, habits: Habits, stop: asyncio.Event) -> list[Round]:
    """What comes round."""
    found = [
        Round("expiry", habits.expiry_interval_seconds, partial(expiry.settle, engine, stop)),
        Round("webhooks", habits.webhook_interval_seconds, partial(webhooks.collect, engine)),
        Round("tiers", TIERS_SECONDS, partial(look, engine)),
        Round("files", FILES_SECONDS, partial(files.resume, engine)),
        Round("retention", RETENTION_SECONDS, partial(forget, engine)),
    ]
    return [each for each in found if each.seconds]


async def look(engine: Engine) -> None:
    """Notices who has come to stand on another tier."""
    if told := await watching.look(engine):
        log.info("told of tiers", events=told)


async def forget(engine: Engine) -> None:
    """Forgets what is kept for a while only."""
    await queueing.forget(engine)
    await notifying.forget(engine)
    await uploading.forget(engine)
    await exporting.forget(engine)


async def work(engine: Engine, habits: Habits, stop: asyncio.Event) -> None:
    """Does jobs until it is told to stop."""
    with suppress(Overloaded, OutcomeUnknown):  # the database is away: the first look begins, then
        await watching.begin(engine)
    async with Sender.open(habits.webhook_networks, engine.clock) as sender:
        tasks: dict[str, Work] = {
            webhooks.DELIVER: partial(webhooks.deliver, engine, sender, stop),
            uploading.IMPORT: partial(files.import_file, engine, stop),
            exporting.EXPORT: partial(files.export, engine, stop),
        }
        await queueing.run(engine, rounds(engine, habits, stop), tasks, stop)


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
