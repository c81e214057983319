"""The queue of jobs: rounds at an interval, and tasks that are asked for; each is done by one worker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job, Schedule
from pgqueuer.domain.settings import DBSettings

from guerdon.core.refusals import OutcomeUnknown, Overloaded
from guerdon.storage.queries import Connection, load

log = structlog.get_logger()
sql = load("jobs")

STOP_SECONDS = 10.0
"""For jobs to come to an end by themselves once they were told to."""

GONE_SECONDS = 30
"""A worker that gave no sign for so long is gone, and its jobs are somebody else's."""

AGAIN = timedelta(seconds=10)
"""Until a task that failed is tried again."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Round:
    """Work that comes round at an interval, at every worker together: one of them does it.

    Attributes:
        name: of the work.
        seconds: the interval; one that no clock strikes is rounded to minutes or hours.
        work: does it, and ends soon after it was told to stop.
    """

    name: str
    seconds: int
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """Work that is asked for: until it is done, a task that was asked for again under its key is the same one."""

    name: str
    key: str


Work = Callable[[str], Awaitable[None]]
"""Does a task; given its key."""


def cron(seconds: int) -> str:
    """An interval as a time table, with seconds in the sixth place."""
    if seconds < _MINUTE:
        return f"* * * * * */{seconds}"
    if seconds < _HOUR:
        return f"*/{round(seconds / _MINUTE)} * * * *"
    return f"0 */{round(seconds / _HOUR)} * * *" if seconds < _DAY else "0 0 * * *"


async def ask(connection: Connection, tasks: Sequence[Task]) -> None:
    """Asks for tasks, in the transaction of the connection; those that wait or are being done are asked for already."""
    if tasks:
        # The library's own way sends JSON in words that connections of ours would put into JSON once more.
        await sql.ask.run(connection, names=[task.name for task in tasks], keys=[task.key for task in tasks])


async def forget(connection: Connection, before: datetime) -> None:
    """Forgets what became of jobs before a moment."""
    await sql.forget_told.run(connection, before=before)


async def run(dsn: str, rounds: Sequence[Round], tasks: Mapping[str, Work], stop: asyncio.Event) -> None:
    """Does jobs until it is told to stop.

    Args:
        dsn: of the database; the worker has one connection of its own.
        rounds: what comes round.
        tasks: what may be asked for, by name.
        stop: ends it, once the jobs that are being done have ended.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: the database is away.
    """
    connection = await asyncpg.connect(
        dsn, timeout=5, command_timeout=60, server_settings={"timezone": "UTC", "application_name": "guerdon jobs"}
    )
    try:
        queries = library(connection)
        worker = PgQueuer(queries.driver, queries=queries)
        for round_ in rounds:
            _schedule(worker.sm, round_)
        for name, work in tasks.items():
            worker.entrypoint(name)(_task(name, work))
        await _until(worker, stop)
    finally:
        await _closed(connection)


def library(connection: "asyncpg.Connection[asyncpg.Record]") -> Queries:
    """The library's queries on its tables, which are in a schema of their own."""
    names = DBSettings(db_schema="jobs")
    return Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(names),
        qbq=QueryQueueBuilder(names),
        qbs=QuerySchedulerBuilder(names),
    )


def _schedule(scheduler: SchedulerManager, round_: Round) -> None:
    async def done(_: Schedule) -> None:
        try:
            await round_.work()
        except (Overloaded, OutcomeUnknown) as error:
            log.warning("the database is away or short of something at a job", job=round_.name, error=repr(error))
        except Exception as error:
            log.exception("a job failed", job=round_.name, error=repr(error))

    # An interval that was another before is forgotten.
    scheduler.schedule(round_.name, cron(round_.seconds), clean_old=True)(done)


def _task(name: str, work: Work) -> Callable[[Job], Awaitable[None]]:
    async def done(job: Job) -> None:
        try:
            await work((job.payload or b"").decode())
        except asyncio.CancelledError as error:
            raise RetryRequested(timedelta(0)) from error
        except (Overloaded, OutcomeUnknown) as error:
            log.warning("the database is away or short of something at a job", job=name, error=repr(error))
            raise RetryRequested(AGAIN) from error
        except Exception as error:
            log.exception("a job failed", job=name, error=repr(error), again_in_seconds=AGAIN.total_seconds())
            raise RetryRequested(AGAIN) from error

    return done


async def _until(worker: PgQueuer, stop: asyncio.Event) -> None:
    """Runs a worker until it is to stop; what has not ended soon after is cancelled, and is somebody else's then."""
    running = asyncio.create_task(worker.run(heartbeat_timeout=timedelta(seconds=GONE_SECONDS)))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
        worker.shutdown.set()
        await asyncio.wait([running], timeout=STOP_SECONDS)
    finally:
        stopping.cancel()
        running.cancel()
        await asyncio.wait([running, stopping])
    if not running.cancelled():
        running.result()


async def _closed(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        await connection.close(timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
