"""The connection pool, transactions, and which driver errors are worth another try."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import asyncpg
import msgspec

from guerdon.storage.queries import Connection, load

schema = load("schema")

Result = TypeVar("Result")


class RacedError(Exception):
    """What was just read is no longer so; the same work tried again sees what is."""


CONFLICTS = (
    RacedError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
)
"""Another transaction came first; the same work tried again sees what it did."""

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)
"""The connection went away, or there is nothing to connect to: whether the work was done is not known."""

UNDONE = (asyncpg.PostgresError,)
"""The database refused the statement: apart from what is said above, all of it was undone."""

TRIES = 5


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str, *, size: int = 10) -> Self:
        """Connects.

        Args:
            dsn: a `postgresql://` address.
            size: the most connections to use.
        """
        pool = await asyncpg.create_pool(
            dsn, min_size=1, max_size=size, init=_prepare, reset=_kept, command_timeout=60, server_settings=_SESSION
        )
        return cls(pool)

    async def close(self) -> None:
        """Closes every connection once it is idle, at most after ten seconds."""
        try:
            await asyncio.wait_for(self._pool.close(), 10)
        except TimeoutError:
            self._pool.terminate()

    async def answers(self) -> bool:
        """Whether the database can be reached now."""
        try:
            async with self.connection() as connection:
                return bool(await schema.ping.value(connection))
        except (*LOST, asyncpg.PostgresError):
            return False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection where each statement is its own transaction."""
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in one READ COMMITTED transaction: committed at the end, undone by an exception."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection

    async def retrying(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Runs work in a transaction, again from the start where another transaction came first."""
        for left in reversed(range(TRIES)):
            try:
                async with self.transaction() as connection:
                    return await work(connection)
            except CONFLICTS:
                if not left:
                    raise
        raise AssertionError


_SESSION = {"timezone": "UTC", "application_name": "guerdon", "jit": "off"}


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )


async def _kept(_connection: Any) -> None:
    """Nothing of ours outlives a statement or transaction, so that a connection needs no reset between users."""
