"""The connection pool, transactions, and what a driver's error says about the work: undone, unknown, worth a try."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self, TypeVar, cast

import asyncpg
import msgspec
import structlog

from guerdon.core.refusals import OutcomeUnknown, Overloaded, Refusal
from guerdon.storage.queries import Connection, load

log = structlog.get_logger()
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
"""The connection went away or did not answer in time: whether the work was done is not known."""

SHORT = (
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.PostgresSystemError,
)
"""The database had no room, time or lock for the statement, and undid it: another one would fare no better now."""

UNDONE = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""What is left of the errors once `connection` has told the others: the statement was refused, and undone whole."""

TRIES = 5

RETRY_AFTER_SECONDS = 1

CONNECTIONS_FOR_BATCHES = 4
"""As many as are in flight together most of the time."""

FEWEST_APART = 8
"""With fewer connections than these, all are alike, and none is kept for batches."""

CONNECT_SECONDS = 5
"""The longest to wait for a connection, be it a new one or one that others use."""


class _Sessions:
    """Connections that are alike. Those that nobody uses wait at hand: a turn of the pool's costs more than a query."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._free: list[Any] = []
        self._wanted = 0

    async def take(self) -> Any:
        """A connection for one user."""
        while self._free:
            connection = self._free.pop()
            if _is_alive(connection):
                return connection
            await self._pool.release(connection)
        self._wanted += 1
        try:
            return await self._pool.acquire(timeout=CONNECT_SECONDS)
        finally:
            self._wanted -= 1

    async def give(self, connection: Any, *, is_sound: bool) -> None:
        """Takes one back; to the pool, where others wait or where something went wrong with it."""
        if self._wanted or not is_sound:
            await self._pool.release(connection)
        else:
            self._free.append(connection)

    async def close(self) -> None:
        """Closes every connection once it is idle, at most after ten seconds."""
        try:
            async with asyncio.timeout(10):
                while self._free:
                    await self._pool.release(self._free.pop())
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def _is_alive(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it has ended, and the pool took note
        return False


async def _opened(dsn: str, size: int, settings: dict[str, str]) -> _Sessions:
    # No least size: the pool would try by itself, and log each failure in full, while the database is away.
    pool = await asyncpg.create_pool(
        dsn, min_size=0, init_size=1, max_size=size, init=_prepare, reset=_kept, timeout=CONNECT_SECONDS,
        command_timeout=60, server_settings=settings,
    )  # fmt: skip
    return _Sessions(pool)


class Database:
    """The connections to one PostgreSQL database; `dsn` is its address."""

    def __init__(self, dsn: str, sessions: _Sessions, batches: _Sessions) -> None:
        self.dsn = dsn
        self._sessions = sessions
        self._batches = batches
        self._gone_since: float | None = None

    @classmethod
    async def open(cls, dsn: str, *, size: int = 10) -> Self:
        """Connects.

        Args:
            dsn: a `postgresql://` address.
            size: the most connections to use.
        """
        if size < FEWEST_APART:
            sessions = await _opened(dsn, size, _SESSION)
            return cls(dsn, sessions, sessions)
        return cls(
            dsn,
            await _opened(dsn, size - CONNECTIONS_FOR_BATCHES, _SESSION),
            await _opened(dsn, CONNECTIONS_FOR_BATCHES, _BATCHES),
        )

    async def close(self) -> None:
        """Closes every connection once it is idle, at most after ten seconds."""
        for sessions in {self._sessions, self._batches}:
            await sessions.close()

    async def answers(self) -> bool:
        """Whether the database can be reached now."""
        try:
            async with self.connection() as connection:
                return bool(await schema.ping.value(connection))
        except (Refusal, *UNDONE):
            return False

    @property
    def gone_seconds(self) -> float:
        """For how long no connection could be had; 0 when the last try got one."""
        return 0.0 if self._gone_since is None else time.monotonic() - self._gone_since

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection where each statement is its own transaction: for reading, and what may well be done again.

        Raises:
            Overloaded: no connection can be had, it was lost, or the database has no room, time or lock.
        """
        return _Lease(self, self._sessions)

    def batches(self) -> AbstractAsyncContextManager[Connection]:
        """Like `connection`, for the few statements that are asked for again and again, with many answers at a time.

        They are planned once in a session, for batches of any size: planning for each of them costs more than it does.
        """
        return _Lease(self, self._batches)

    def postings(self) -> AbstractAsyncContextManager[Connection]:
        """Like `batches`, for what must be done once.

        Raises:
            Overloaded: no connection can be had, or the database has no room, time or lock: nothing was done.
            OutcomeUnknown: the connection was lost: it was done, or not.
        """
        lease = _Lease(self, self._batches)
        lease.may_be_done = True
        return lease

    async def taken(self, sessions: _Sessions) -> Any:
        """A connection.

        Raises:
            Overloaded: none can be had.
        """
        try:
            connection = await sessions.take()
        except (*LOST, asyncpg.PostgresError) as error:
            self._missed(error)
            raise Overloaded(RETRY_AFTER_SECONDS) from error
        if self._gone_since is not None:
            self._had(self._gone_since)
        return connection

    def _missed(self, error: Exception) -> None:
        if self._gone_since is None:
            self._gone_since = time.monotonic()
            log.warning("no connection to the database", error=repr(error))

    def _had(self, gone_since: float) -> None:
        log.warning("connected to the database again", seconds=round(time.monotonic() - gone_since, 1))
        self._gone_since = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in one READ COMMITTED transaction: committed at the end, undone by an exception.

        Raises:
            Overloaded: no connection can be had, it was lost before the end, or the database has no room, time or lock:
                nothing was done.
            OutcomeUnknown: it was lost at the end: all was done, or nothing.
        """
        lease = _Lease(self, self._sessions)
        async with lease as connection, connection.transaction():
            yield connection
            lease.may_be_done = True

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection in one transaction that writes nothing and whose statements all see the same rows.

        Raises:
            Overloaded: as for `connection`.
        """
        async with (
            self.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[Connection]:
        """Like `snapshot`, for questions with many filters that are off: each is planned for those that are on.

        Raises:
            Overloaded: as for `connection`.
        """
        async with self.snapshot() as connection:
            await schema.plan_anew.run(connection)
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


class _Lease:
    """One turn of a connection, with the driver's errors told in our words.

    Attributes:
        may_be_done: whether what was asked for may have been done, and must not be again, when the connection is lost.
    """

    __slots__ = ("_connection", "_database", "_sessions", "may_be_done")

    def __init__(self, database: Database, sessions: _Sessions) -> None:
        self._database = database
        self._sessions = sessions
        self.may_be_done = False

    async def __aenter__(self) -> Connection:
        self._connection: Any = await self._database.taken(self._sessions)
        return cast(Connection, self._connection)

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        await self._sessions.give(self._connection, is_sound=error is None)
        if isinstance(error, (*LOST, asyncpg.PostgresError)):
            refusal = _told(error)
            if isinstance(refusal, OutcomeUnknown) and not self.may_be_done:
                refusal = Overloaded(RETRY_AFTER_SECONDS)
            if refusal is not None:
                raise refusal from error


_SESSION = {"timezone": "UTC", "application_name": "guerdon", "jit": "off", "lock_timeout": "5s"}

# A plan is kept that was made while the tables were small: without sequential scans it stays good when they grow.
_BATCHES = {**_SESSION, "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


def _told(error: Exception) -> Refusal | None:
    """What an error means to those who asked, where it is the database's state and not the work that is at fault."""
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        return None  # a value that the driver cannot send
    # Whatever a session dies of, it may have committed before.
    if isinstance(error, LOST) or getattr(error, "severity_en", None) in {"FATAL", "PANIC"}:
        log.warning("lost the database at work", error=repr(error))
        return OutcomeUnknown()
    if isinstance(error, SHORT):
        log.warning("the database is short of something", error=repr(error))
        return Overloaded(RETRY_AFTER_SECONDS)
    return None


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )


async def _kept(_connection: Any) -> None:
    """Nothing of ours outlives a statement or transaction, so that a connection needs no reset between users."""
