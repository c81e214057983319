"""Jobs are done in the server or by `guerdon work`, each by one worker."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.commands import environment
from engine.people import fetch
from engine.test_expiring import lapsing, on, posted
from guerdon.engine import Engine
from guerdon.storage import jobs as queue
from guerdon.storage.jobs import Task
from guerdon.workers import jobs
from guerdon.workers.jobs import Habits
from scanning import heard
from workers.waiting import so

TASKS = 200


@contextmanager
def worker(*command: str, dsn: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that is interrupted at the end, and then ends in order."""
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment(GUERDON_DATABASE_URL=dsn),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        code = process.wait(30)
        assert process.stdout is not None
        with process.stdout as rest:
            for line in rest:
                heard(line)
    assert code == 0


async def test_two_workers_never_do_a_job_twice(alone: Engine) -> None:
    """Neither a task nor a round, also where it takes longer than its interval."""
    async with alone.database.transaction() as connection:
        await queue.ask(connection, [Task("note", str(number)) for number in range(TASKS)])
    script = str(Path(__file__).with_name("twice.py"))
    dsn = alone.database.dsn
    lines: list[str] = []

    def read(process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            heard(line)
            lines.append(line.strip())
            if sum(line.startswith("task") for line in lines) >= TASKS and lines.count("round alone") >= 2:
                return

    with worker(script, dsn, dsn=dsn) as first, worker(script, dsn, dsn=dsn) as second:
        reading = [asyncio.create_task(asyncio.to_thread(read, process)) for process in (first, second)]
        await asyncio.wait(reading, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*reading)
    count = Counter(lines)
    assert "round beside another" not in count
    assert {line: many for line, many in count.items() if line.startswith("task")} == {
        f"task {number}": 1 for number in range(TASKS)
    }


async def test_what_is_due_happens_at_a_server(alone: Engine) -> None:
    """As soon as the work comes round; at the end of the block it has ended."""
    _, accounts = await lapsing(alone, 3)
    on(alone, 2)
    before = asyncio.all_tasks()
    async with jobs.working(alone, Habits(expiry_interval_seconds=1)):

        async def settled() -> bool:
            return await posted(alone, accounts) == [0, 0, 10]

        await so(settled)
    assert asyncio.all_tasks() == before


async def test_a_worker_of_its_own_does_jobs(alone: Engine) -> None:
    """Until it is interrupted."""
    with worker("-m", "guerdon", "work", dsn=alone.database.dsn) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "guerdon is at work\n"

        async def registered() -> bool:
            return bool(await fetch(alone, "SELECT 1 FROM jobs.pgqueuer_schedules WHERE entrypoint = 'expiry'"))

        await so(registered)


async def test_what_has_no_interval_is_left_out(alone: Engine) -> None:
    """The rest of the work comes round all the same."""
    named = [round_.name for round_ in jobs.rounds(alone, Habits(expiry_interval_seconds=0), asyncio.Event())]
    assert "expiry" not in named
    assert "retention" in named
