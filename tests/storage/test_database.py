"""Connections and transactions: committed whole or undone whole, and tried again where another one came first."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from guerdon.storage.database import TRIES, Database, RacedError
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
