"""Connections and transactions: committed whole or undone whole, and tried again where another one came first."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import asyncpg
import pytest

from cutting import wired
from guerdon.core.refusals import OutcomeUnknown, Overloaded
from guerdon.storage.database import FEWEST_APART, TRIES, Database, RacedError
from guerdon.storage.queries import Connection


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A pool of two."""
    opened = await Database.open(dsn, size=2)
    yield opened
    await opened.close()


@pytest.fixture
async def table(database: Database) -> AsyncIterator[str]:
    """A table of this test's own."""
    name = f"t_{uuid.uuid4().hex}"
    async with database.connection() as connection:
        await connection.execute(f"CREATE TABLE {name} (id int PRIMARY KEY)")
        yield name
        await connection.execute(f"DROP TABLE {name}")


async def count(database: Database, table: str) -> int:
    """How many rows there are."""
    async with database.connection() as connection:
        found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own name
        return found


async def test_sessions_are_set_up(database: Database) -> None:
    """Times in UTC, JSON as plain values; each connection has a name that an operator can find."""
    async with database.connection() as connection:
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert await connection.fetchval("SHOW application_name") == "guerdon"
        value = {"name": "Mira", "list": [1, None, True]}
        assert await connection.fetchval("SELECT $1::jsonb", value) == value


async def test_a_transaction_is_undone_by_an_exception(database: Database, table: str) -> None:
    """Whole."""

    async def fails() -> None:
        async with database.transaction() as connection:
            await connection.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608
            raise LookupError

    with pytest.raises(LookupError):
        await fails()
    assert await count(database, table) == 0
    async with database.transaction() as connection:
        await connection.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608
    assert await count(database, table) == 1


@pytest.mark.parametrize(
    "error", [RacedError("x"), asyncpg.DeadlockDetectedError("x"), asyncpg.SerializationError("x")]
)
async def test_conflicts_are_tried_again(database: Database, table: str, error: Exception) -> None:
    """From the start: what the first tries did is undone."""
    tries: list[int] = []

    async def work(connection: Connection) -> str:
        tries.append(len(tries))
        await connection.execute(f"INSERT INTO {table} VALUES ({len(tries)})")  # noqa: S608
        if len(tries) < TRIES:
            raise error
        return "done"

    assert await database.retrying(work) == "done"
    assert len(tries) == TRIES
    assert await count(database, table) == 1


async def test_a_conflict_that_stays_is_told(database: Database) -> None:
    """There is an end to trying."""
    tries: list[int] = []

    async def work(_: Connection) -> None:
        tries.append(1)
        raise RacedError

    with pytest.raises(RacedError):
        await database.retrying(work)
    assert len(tries) == TRIES


async def test_other_errors_are_not_tried_again(database: Database) -> None:
    """They would only fail once more."""
    tries: list[int] = []

    async def work(connection: Connection) -> Any:
        tries.append(1)
        return await connection.fetchval("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.retrying(work)
    assert tries == [1]


async def test_two_that_insert_the_same_are_sorted_out(database: Database, table: str) -> None:
    """The second sees what the first did."""

    async def work(connection: Connection) -> bool:
        if await connection.fetchval(f"SELECT true FROM {table} WHERE id = 1"):  # noqa: S608
            return False
        await connection.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608
        return True

    done = await asyncio.gather(*(database.retrying(work) for _ in range(8)))
    assert done.count(True) == 1


async def test_whether_it_answers(dsn: str) -> None:
    """A pool that is closed does not."""
    database = await Database.open(dsn, size=1)
    assert await database.answers()
    await database.close()
    assert not await database.answers()


BACKEND = "SELECT pg_backend_pid()"


@pytest.mark.parametrize("apart", [False, True])
async def test_sessions_for_batches(dsn: str, *, apart: bool) -> None:
    """Are apart, with plans that are kept, where there are enough connections; with few, all are alike."""
    database = await Database.open(dsn, size=FEWEST_APART if apart else FEWEST_APART - 1)
    async with database.batches() as connection:
        shown = [await connection.fetchval(f"SHOW {name}") for name in ("plan_cache_mode", "enable_seqscan")]
        assert await connection.fetchval("SELECT $1::jsonb", [1]) == [1]
    async with database.connection() as connection:
        plain = [await connection.fetchval(f"SHOW {name}") for name in ("plan_cache_mode", "enable_seqscan")]
    assert plain == ["auto", "on"]
    assert shown == (["force_generic_plan", "off"] if apart else plain)
    await database.close()


async def test_a_connection_is_used_again(database: Database) -> None:
    """By the next user, also after a statement that failed; several users at a time have one each."""
    async with database.connection() as connection:
        first = await connection.fetchval(BACKEND)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with database.connection() as connection:
            await connection.fetchval("SELECT 1 / 0")
    async with database.connection() as one, database.connection() as other:
        assert first in {await one.fetchval(BACKEND), await other.fetchval(BACKEND)}
        assert await one.fetchval(BACKEND) != await other.fetchval(BACKEND)


async def test_users_take_turns(dsn: str) -> None:
    """Where there are more of them than connections: whoever waits is next."""
    database = await Database.open(dsn, size=1)

    async def use() -> int:
        async with database.connection() as connection:
            backend: int = await connection.fetchval(BACKEND)
            return backend

    for _ in range(3):
        assert len(set(await asyncio.gather(*(use() for _ in range(20))))) == 1
    await database.close()


@pytest.mark.parametrize("idle", [False, True])
async def test_a_connection_that_has_ended_is_replaced(dsn: str, *, idle: bool) -> None:
    """In use or between two uses: whoever comes next does not see that there was another before."""
    database = await Database.open(dsn, size=1)
    killer = await asyncpg.connect(dsn)
    for _ in range(2):
        with suppress(Overloaded):
            async with database.connection() as connection:
                ended = await connection.fetchval(BACKEND)
                if not idle:
                    await killer.execute("SELECT pg_terminate_backend($1, 10000)", ended)
                    await connection.fetchval("SELECT 1")
        if idle:
            await killer.execute("SELECT pg_terminate_backend($1, 10000)", ended)
            with suppress(Overloaded):  # where it has not heard of its end yet
                async with database.connection() as connection:
                    await connection.fetchval("SELECT 1")
        async with database.connection() as connection:
            assert await connection.fetchval(BACKEND) != ended
    await killer.close()
    await database.close()


async def test_what_a_lost_connection_says_of_the_work(dsn: str, table: str) -> None:
    """Only who was at the end of a transaction, or posted in one statement, does not know whether it was done."""

    async def writes(connection: Connection) -> None:
        await connection.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608

    async with wired(dsn) as (address, wire):
        database = await Database.open(address, size=1)

        async def lost(turn: AbstractAsyncContextManager[Connection], after: int) -> type[BaseException] | None:
            async with database.connection() as connection:
                await connection.fetchval(BACKEND)
            try:
                async with turn as connection:
                    wire.arm(after=after)
                    await writes(connection)
            except (OutcomeUnknown, Overloaded) as refusal:
                return type(refusal)
            return None

        assert await lost(database.transaction(), 0) is Overloaded
        assert await count(database, table) == 0
        assert await lost(database.transaction(), 1) is OutcomeUnknown
        assert await count(database, table) == 1
        assert await lost(database.postings(), 0) is OutcomeUnknown
        assert await lost(database.connection(), 0) is Overloaded
        await database.close()
