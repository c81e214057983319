"""Too few connections, too many requests: what cannot be done is refused clearly, and nothing by halves."""

import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from guerdon.engine.batching import MOST_IN_A_BATCH, MOST_WAITING
from torture.asking import Command, Connection
from torture.loading import Guest, Journal, Load, new_name
from torture.postgres import MOST_CONNECTIONS, Postgres, session, until
from torture.rounds import LONG, Tally, guests, loading, serving, settle

BEFORE, AFTER = 100, 50
"""Commands that are settled before the fault, so that it meets some, and after it, so that it is over."""

ENOUGH = 20
"""Refusals, to be sure that the fault is there."""

WAITS_FOR_A_LOCK = (
    "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'guerdon' AND wait_event_type = 'Lock')"
)


async def lock(dsn: str, load: Load, *, until_refused: bool) -> None:
    """Locks all accounts until the server waits for one, or until it has waited for so long that it refuses."""
    async with session(dsn) as connection, session(dsn) as other, connection.transaction():
        await connection.execute("SELECT FROM accounts FOR UPDATE")
        await until(other, WAITS_FOR_A_LOCK)
        if until_refused:
            await asyncio.to_thread(load.is_refused, ENOUGH)


async def take_all_connections(dsn: str, load: Load) -> None:
    """Ends the server's sessions and takes their places until it has refused some."""
    held: list[asyncpg.Connection[asyncpg.Record]] = []
    try:
        while len(held) < MOST_CONNECTIONS:
            try:
                held.append(await asyncpg.connect(dsn))
            except asyncpg.TooManyConnectionsError:
                await held[0].execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE starts_with(application_name, 'guerdon')"
                )
        await asyncio.to_thread(load.is_refused, ENOUGH)
    finally:
        for connection in held:
            await connection.close()


def run_out_of_connections(database: Postgres, place: Path, tally: Tally, *rounds: int) -> None:
    """Rounds with one connection, then with two, and others hold what the server needs."""
    dsn = database.database()
    for connections, count in enumerate(rounds, 1):
        with serving(place, GUERDON_DATABASE_URL=dsn, GUERDON_DATABASE_CONNECTIONS=str(connections)) as server:
            asked = guests(server.base_url)
            for number in range(count):
                with loading("connections", [server.base_url], asked) as load:
                    load.goes_on(BEFORE)
                    if number % 2 == 0:
                        asyncio.run(take_all_connections(dsn, load))
                    else:
                        asyncio.run(lock(dsn, load, until_refused=number % 4 == 3))
                    load.goes_on(AFTER)
                settle(load.stop(), server.base_url, dsn, tally)


def test_connections_used_up(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """Once each way."""
    run_out_of_connections(cluster_of_ours, place, tally, 2)


@pytest.mark.torture
def test_connections_used_up_many_times(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """The long form."""
    run_out_of_connections(cluster_of_ours, place, tally, LONG - LONG // 2, LONG // 2)


# --- more requests than the queue takes


async def burst(dsn: str, base_url: str, guest: Guest, journal: Journal) -> float:
    """More earns at once than may wait, while nothing can be written; returns the seconds until the last answer."""
    name, refused = new_name("burst"), asyncio.Event()
    body = {"CustomerNumber": guest.number, "Points": 1}
    commands = [
        Command(
            key=f"{name}.{n}", surface="counterpoint", path="/Loyalty/Earn", body={**body, "Reference": f"{name}.{n}"}
        )
        for n in range(MOST_WAITING + 2 * MOST_IN_A_BATCH)
    ]
    journal.commands += commands

    async def ask(command: Command, connection: Connection) -> None:
        answer = await connection.ask(command)
        connection.close()
        journal.count(answer.status)
        if answer.is_settled:
            command.answer = answer
        else:
            assert answer.status == 503, answer
            assert answer.headers["retry-after"] == "1"
            refused.set()

    connections = [Connection(base_url) for _ in commands]
    for connection in connections:
        await connection.open()
    async with session(dsn) as holding, asyncio.TaskGroup() as group:
        locked = holding.transaction()
        await locked.start()
        await holding.execute("SELECT FROM accounts FOR UPDATE")
        for command, connection in zip(commands, connections, strict=True):
            group.create_task(ask(command, connection))
        await refused.wait()
        await locked.rollback()
        began = time.monotonic()
    return time.monotonic() - began


def overload(database: Postgres, place: Path, tally: Tally, rounds: int) -> None:
    """What is refused was not begun; what waits is answered after no more than a full queue takes."""
    dsn = database.database()
    with more_open_files(), serving(place, GUERDON_DATABASE_URL=dsn) as server:
        (guest,) = guests(server.base_url, 1)
        slowest = float("inf")
        for _ in range(rounds):
            journal = Journal()
            seconds = asyncio.run(burst(dsn, server.base_url, guest, journal))
            slowest = min(slowest, journal.settled / seconds)
            assert journal.refused
            asyncio.run(none_is_begun(dsn, journal))
            settle(journal, server.base_url, dsn, tally)
    bound = (MOST_WAITING + MOST_IN_A_BATCH) / slowest
    tally.notes.append(f"at least {slowest:.0f} posts/s, so that a queue of {MOST_WAITING} takes {bound:.1f} s at most")


async def none_is_begun(dsn: str, journal: Journal) -> None:
    """A 503 says that nothing was done."""
    keys = [f"{command.surface}:{command.key}" for command in journal.commands if command.answer is None]
    async with session(dsn) as connection:
        assert not await connection.fetchval("SELECT count(*) FROM ledger_keys WHERE key = ANY ($1)", keys)


@contextmanager
def more_open_files() -> Iterator[None]:
    """As many as a queue that runs over takes, for us and for the server that we start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_WAITING + 2 * MOST_IN_A_BATCH + 200
    if soft < wanted <= hard or hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    elif soft < wanted:
        pytest.skip(f"the queue takes {MOST_WAITING} requests, and only {hard} files may be open here")
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_many_requests(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """Once."""
    overload(cluster_of_ours, place, tally, 1)


@pytest.mark.torture
def test_too_many_requests_many_times(cluster_of_ours: Postgres, place: Path, tally: Tally) -> None:
    """The long form."""
    overload(cluster_of_ours, place, tally, LONG)
