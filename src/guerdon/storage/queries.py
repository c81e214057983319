"""Loads the named queries from the SQL files beside it, ready to be run on a connection."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter

SQL = Path(__file__).parent / "sql"

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
else:  # the driver's own classes cannot be subscripted at run time
    Connection = asyncpg.Connection

Row = asyncpg.Record

AT_A_TIME = 1_000
"""Rows of a long answer."""

PATIENT_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Query:
    """One named query: its text, the names of its parameters in order, and its time where it has one of its own."""

    text: str
    parameters: tuple[str, ...]
    seconds: float | None = None

    @property
    def patient(self) -> Self:
        """The same for tables of any size: it may take long, and nobody is waiting."""
        return replace(self, seconds=PATIENT_SECONDS)

    async def rows(self, connection: Connection, **values: object) -> list[Row]:
        """All rows."""
        return await connection.fetch(self.text, *[values[name] for name in self.parameters], timeout=self.seconds)

    async def row(self, connection: Connection, **values: object) -> Row | None:
        """The first row, or None."""
        return await connection.fetchrow(self.text, *[values[name] for name in self.parameters], timeout=self.seconds)

    async def one(self, connection: Connection, **values: object) -> Row:
        """The one row that must be there.

        Raises:
            LookupError: it is not.
        """
        row = await self.row(connection, **values)
        if row is None:
            raise LookupError(self.text)
        return row

    async def value(self, connection: Connection, **values: object) -> Any:
        """The first column of the first row, or None."""
        return await connection.fetchval(self.text, *[values[name] for name in self.parameters], timeout=self.seconds)

    async def each(self, connection: Connection, **values: object) -> AsyncIterator[Row]:
        """All rows, some at a time, however many there are; in a transaction."""
        async for row in connection.cursor(self.text, *[values[name] for name in self.parameters], prefetch=AT_A_TIME):
            yield row

    async def run(self, connection: Connection, **values: object) -> None:
        """Nothing back."""
        await connection.execute(self.text, *[values[name] for name in self.parameters], timeout=self.seconds)


class Queries:
    """The queries of one file, as attributes; it is read when the first of them is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _queries(self) -> dict[str, Query]:
        adapter = AsyncPGAdapter()  # type: ignore[no-untyped-call]
        path = SQL / "queries" / f"{self._name}.sql"
        loaded = aiosql.from_path(path, lambda: adapter, mandatory_parameters=False)
        return {
            query: Query(getattr(loaded, query).sql, tuple(adapter.var_sorted[query]))
            for query in loaded.available_queries
            if not query.endswith("_cursor")  # a twin of each query that returns rows, for other drivers
        }

    def __getattr__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(name) from None


def load(name: str) -> Queries:
    """The queries of `sql/queries/<name>.sql`."""
    return Queries(name)
