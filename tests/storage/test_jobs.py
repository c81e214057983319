"""The queue of jobs: its tables are the library's, tasks are asked for once, and what fails is tried again."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

from guerdon.core.refusals import Overloaded
from guerdon.engine import Engine
from guerdon.storage import jobs
from guerdon.storage.jobs import Task, cron


async def test_the_tables_are_those_that_the_library_installs(dsn: str) -> None:
    """A newer one that wants others is noticed here, and gets a migration."""
    connection = await asyncpg.connect(dsn)
    try:
        plan = await jobs.library(connection).plan_upgrade()
    finally:
        await connection.close()
    assert list(plan.statements) == []


@pytest.mark.parametrize(
    ("seconds", "table"),
    [
        (1, "* * * * * */1"),
        (45, "* * * * * */45"),
        (60, "*/1 * * * *"),
        (90, "*/2 * * * *"),
        (3_600, "0 */1 * * *"),
        (86_400, "0 0 * * *"),
    ],
)
def test_an_interval_is_a_time_table(seconds: int, table: str) -> None:
    """To the second below a minute, then to the minute, then to the hour."""
    assert cron(seconds) == table


async def test_a_task_that_is_asked_for_again_is_the_same_one(alone: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails is told in the log and done again; one that is cut off at the end is there for the next worker."""
    monkeypatch.setattr(jobs, "AGAIN", timedelta(0))
    monkeypatch.setattr(jobs, "STOP_SECONDS", 0.1)
    stop, begun = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def fails_once(key: str) -> None:
        done.append(key)
        if done.count(key) == 1:
            raise OSError("the receiver is away") if key == "a" else Overloaded(1)
        if key == "b":
            begun.set()
            await asyncio.Event().wait()

    for key in ("a", "a", "b"):
        async with alone.database.transaction() as connection:
            await jobs.ask(connection, [Task("send", key)])
    with capture_logs() as logs:
        running = asyncio.create_task(jobs.run(alone.database.dsn, [], {"send": fails_once}, stop))
        await asyncio.wait_for(begun.wait(), 30)
        stop.set()
        await running
    assert sorted(done) == ["a", "a", "b", "b"]
    told = {log["event"]: log["log_level"] for log in logs if log.get("job") == "send"}
    assert told == {"a job failed": "error", "the database is away or short of something at a job": "warning"}
    async with alone.database.connection() as connection:
        left = await connection.fetch("SELECT dedupe_key, status FROM jobs.pgqueuer")
    assert [tuple(row) for row in left] == [("send:b", "queued")]
