"""The engine: the database, the clock, and the batchers that many requests share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import uuid_utils.compat

from guerdon.core.callers import Caller
from guerdon.core.commands import Command, Posting
from guerdon.core.refusals import Refusal
from guerdon.engine.batching import Batcher
from guerdon.engine.writing import Writer
from guerdon.storage import members, memberships
from guerdon.storage.database import Database
from guerdon.storage.members import Question, Resolved
from guerdon.storage.memberships import AccountQuestion


def utc_now() -> datetime:
    """The clock of a real server."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Everything a question needs to be answered.

    Attributes:
        database: the pool.
        clock: the only place that the time comes from; tests set it.
        posts: the one way postings are written.
        finds: who answers to an identifier, many at a time.
        accounts: which account a membership has, many at a time.
        hashing: slow password hashes, two at a time so that requests go on.
        admitted: callers whose credentials were good a moment ago.
    """

    database: Database
    clock: Callable[[], datetime]
    posts: Batcher[Command, Posting | Refusal]
    finds: Batcher[Question, Resolved | None]
    accounts: Batcher[AccountQuestion, UUID | None]
    hashing: ThreadPoolExecutor
    admitted: dict[bytes, tuple[float, Caller]] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def running(
        cls, dsn: str, *, clock: Callable[[], datetime] = utc_now, connections: int = 10
    ) -> AsyncIterator[Self]:
        """An engine on a migrated database, until the end of the block.

        Args:
            dsn: a `postgresql://` address.
            clock: where the time comes from.
            connections: the most database connections to use.
        """
        database = await Database.open(dsn, size=connections)

        async def find(questions: list[Question]) -> list[Resolved | None]:
            async with database.connection() as connection:
                return await members.resolve(connection, questions)

        async def locate(questions: list[AccountQuestion]) -> list[UUID | None]:
            async with database.connection() as connection:
                return await memberships.accounts_of(connection, questions)

        hashing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hashing")
        try:
            yield cls(
                database=database,
                clock=clock,
                posts=Batcher(Writer(database, clock).write),
                finds=Batcher(find),
                accounts=Batcher(locate),
                hashing=hashing,
            )
        finally:
            hashing.shutdown(wait=False, cancel_futures=True)
            await asyncio.shield(database.close())

    def new_id(self) -> UUID:
        """A UUIDv7: in one process, each is greater than the one before."""
        return uuid_utils.compat.uuid7()

    async def ready(self) -> bool:
        """Whether the database answers."""
        return await self.database.answers()
