"""The disk runs full under load: what cannot be written is refused, and once there is room again it goes on."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from torture import disks, postgres
from torture.postgres import Postgres, session
from torture.rounds import LONG, Tally, guests, loading, serving, settle

BEFORE, AFTER = 100, 50
"""Commands that are settled before the fault, so that it meets some, and after it, so that it is over."""

ENOUGH = 20
"""Refusals, to be sure that the fault is there."""

MOST_SEGMENTS = 50


async def use_up_the_log(dsn: str) -> None:
    """Begins segment after segment of the write-ahead log until the server has died of it."""
    try:
        async with session(dsn) as connection:
            for number in range(MOST_SEGMENTS):
                await connection.execute(f"SELECT pg_logical_emit_message(true, 't', '{number}')")
                await connection.execute("SELECT pg_switch_wal()")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return
    raise AssertionError("the log went on without room")


def run_full(database: Postgres, disk: disks.Disk, place: Path, tally: Tally, rounds: int) -> None:
    """Every other time so full that the server cannot even write its log, which is the end of it."""
    dsn = database.database()
    tally.notes.append(f"on {disk.kind}")
    with serving(place, GUERDON_DATABASE_URL=dsn) as server:
        asked = guests(server.base_url)
        for number in range(rounds):
            with loading("disk", [server.base_url], asked) as load:
                load.goes_on(BEFORE)
                disk.fill(database)
                if number % 2 == 0:
                    asyncio.run(use_up_the_log(dsn))
                load.is_refused(ENOUGH)
                disk.free(database)
                database.start()
                load.goes_on(AFTER)
            settle(load.stop(), server.base_url, dsn, tally)


def test_disk_full(place: Path, tally: Tally) -> None:
    """Once."""
    with disks.disk(place, mounted=True) as disk, postgres.running(disk.path / "data", *disks.SETTINGS) as database:
        run_full(database, disk, place, tally, 1)


@pytest.mark.torture
def test_disk_full_many_times(place: Path, tally: Tally) -> None:
    """The long form."""
    with disks.disk(place, mounted=True) as disk, postgres.running(disk.path / "data", *disks.SETTINGS) as database:
        run_full(database, disk, place, tally, LONG)


@pytest.mark.torture
def test_files_full(place: Path, tally: Tally) -> None:
    """As where nothing may be mounted."""
    with disks.disk(place, mounted=False) as disk, postgres.running(disk.path / "data", *disks.SETTINGS) as database:
        run_full(database, disk, place, tally, 2)
