"""A database as it is seen from inside of one transaction: whatever is asked of it is a part of that."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from guerdon.storage.database import Database, Result, schema
from guerdon.storage.queries import Connection


class Within(Database):
    """A transaction in the place of the database: nothing is committed before it, and nothing is tried again alone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """The transaction's connection."""
        return nullcontext(self._connection)

    def batches(self) -> AbstractAsyncContextManager[Connection]:
        """The same."""
        return nullcontext(self._connection)

    def postings(self) -> AbstractAsyncContextManager[Connection]:
        """The same."""
        return nullcontext(self._connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """The same."""
        yield self._connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """The same: it sees what the transaction has written."""
        yield self._connection

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[Connection]:
        """The same, from here on with a plan for each statement."""
        await schema.plan_anew.run(self._connection)
        yield self._connection

    async def retrying(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Runs the work; where another transaction came first, all of this one is tried again."""
        return await work(self._connection)
