"""The engine: the database, the clock, and the batchers that many requests share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self, TypeVar
from uuid import UUID

import uuid_utils.compat

from guerdon.core.callers import Caller
from guerdon.core.commands import Command, Named, Posting
from guerdon.core.refusals import Refusal
from guerdon.core.statements import Statement
from guerdon.engine.batching import Batcher
from guerdon.engine.keeping import Histories
from guerdon.engine.writing import Writer
from guerdon.storage import members, memberships, statements
from guerdon.storage.database import Database
from guerdon.storage.members import HoldQuestion, Owned, Question, Resolved
from guerdon.storage.memberships import AccountQuestion
from guerdon.storage.queries import Connection
from guerdon.storage.statements import StatementQuestion

Asked = TypeVar("Asked")
Told = TypeVar("Told")

STATEMENTS_AT_ONCE = 2
STATEMENTS_IN_A_BATCH = 16
"""A statement may have thousands of rows: few together, so that nobody waits long for somebody else's."""


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
        owners: whose a hold is, many at a time.
        statements: statements of account, some at a time.
        operator: what is stored of the token of whoever runs the server; None where there is none.
        hashing: slow password hashes, two at a time so that requests go on.
        admitted: callers whose credentials were good a moment ago.
        asking: tokens that are being looked up.
        ending: credentials and tenants that are being let in no more, and until when nobody of them is remembered.
        histories: what surfaces wrote of long statements.
    """

    database: Database
    clock: Callable[[], datetime]
    posts: Batcher[Command | Named, Posting | Refusal]
    finds: Batcher[Question, Resolved | None]
    accounts: Batcher[AccountQuestion, UUID | None]
    owners: Batcher[HoldQuestion, Owned]
    statements: Batcher[StatementQuestion, Statement | None]
    hashing: ThreadPoolExecutor
    operator: bytes | None = None
    admitted: dict[bytes, tuple[float, Caller]] = field(default_factory=dict)
    asking: "dict[bytes, asyncio.Task[Caller | None]]" = field(default_factory=dict)
    ending: dict[UUID, float] = field(default_factory=dict)
    histories: Histories = field(default_factory=Histories)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        dsn: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        connections: int = 10,
        operator: bytes | None = None,
    ) -> AsyncIterator[Self]:
        """An engine on a migrated database, until the end of the block.

        Args:
            dsn: a `postgresql://` address.
            clock: where the time comes from.
            connections: the most database connections to use.
            operator: as the attribute.
        """
        database = await Database.open(dsn, size=connections)

        def reading(
            read: Callable[[Connection, Sequence[Asked]], Awaitable[Sequence[Told]]],
        ) -> Callable[[list[Asked]], Awaitable[Sequence[Told]]]:
            async def answered(questions: list[Asked]) -> Sequence[Told]:
                async with database.batches() as connection:
                    return await read(connection, questions)

            return answered

        hashing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hashing")
        try:
            yield cls(
                database=database,
                clock=clock,
                posts=Batcher(Writer(database, clock).write),
                finds=Batcher(reading(members.resolve)),
                accounts=Batcher(reading(memberships.accounts_of)),
                owners=Batcher(reading(members.owners)),
                statements=Batcher(
                    reading(statements.statements), at_once=STATEMENTS_AT_ONCE, most=STATEMENTS_IN_A_BATCH
                ),
                hashing=hashing,
                operator=operator,
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
