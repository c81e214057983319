"""A worker whose tasks and rounds are written down line by line: `python twice.py ADDRESS`, until it is interrupted."""

import asyncio
import signal
import sys

import asyncpg

from guerdon.storage import jobs
from guerdon.storage.jobs import Round

SLOW = "SELECT pg_try_advisory_lock(4711) AS alone, pg_sleep(1.2)"
"""Longer than the interval."""


async def main(dsn: str) -> None:
    """Does tasks and one round."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    connection = await asyncpg.connect(dsn)

    async def note(key: str) -> None:
        sys.stdout.write(f"task {key}\n")
        sys.stdout.flush()

    async def look() -> None:
        row = await connection.fetchrow(SLOW)
        alone = row is not None and row["alone"]
        await connection.execute("SELECT pg_advisory_unlock_all()")
        sys.stdout.write(f"round {'alone' if alone else 'beside another'}\n")
        sys.stdout.flush()

    await jobs.run(dsn, [Round("look", 1, look)], {"note": note}, stop)
    await connection.close()


asyncio.run(main(sys.argv[1]))
