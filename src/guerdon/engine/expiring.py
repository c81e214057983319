"""Makes what is due happen on every account, a few at a time: at any moment it can be stopped, and go on later."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

import structlog

from guerdon.engine.engine import Engine
from guerdon.engine.settling import settle
from guerdon.storage import ledger
from guerdon.storage.database import LOST, UNDONE
from guerdon.storage.queries import Connection

log = structlog.get_logger()

CHUNK = 200
"""Accounts to a transaction: whoever posts to one of them meanwhile waits for a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Expired:
    """What one step of the run came to: how many accounts were settled, and which could not be."""

    settled: int
    failed: tuple[UUID, ...] = ()


async def due(engine: Engine) -> int:
    """On how many accounts something is due now."""
    async with engine.database.connection() as connection:
        return await ledger.count_due(connection, engine.clock())


async def expire(engine: Engine, chunk: int = CHUNK, at_once: int = 1) -> AsyncGenerator[Expired, None]:
    """Settles accounts until nothing is due, telling after each step what was done.

    Accounts that somebody else is busy with are left to them: whoever touches an account settles it. One that cannot
    be settled is logged and left out, and keeps no other from it.

    Args:
        engine: whose accounts.
        chunk: accounts to a transaction.
        at_once: transactions in a step; each is work for a processor of the database's.
    """
    skipped: list[UUID] = []
    while True:
        found = await asyncio.gather(*[_step(engine, chunk, skipped) for _ in range(at_once)], return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        steps = [each for each in found if isinstance(each, Expired)]
        done = Expired(
            sum(step.settled for step in steps), tuple({account_id for step in steps for account_id in step.failed})
        )
        if not done.settled and not done.failed:
            return
        skipped += done.failed
        yield done


async def _step(engine: Engine, chunk: int, skipped: list[UUID]) -> Expired:
    try:
        return Expired(await _chunk(engine, chunk, skipped))
    except LOST:
        raise
    except UNDONE:
        return await _one_by_one(engine, chunk, skipped)


async def _chunk(engine: Engine, chunk: int, skipped: list[UUID]) -> int:
    async def work(connection: Connection) -> int:
        return await ledger.settle_due(connection, engine.clock(), chunk, skipped)

    return await engine.database.retrying(work)


async def _one_by_one(engine: Engine, chunk: int, skipped: list[UUID]) -> Expired:
    """The accounts of a chunk that the database choked on, each in a transaction of its own."""
    async with engine.database.transaction() as connection:
        ids = await ledger.due(connection, engine.clock(), chunk, skipped)
    failed: list[UUID] = []
    for account_id in ids:
        try:
            await settle(engine, [account_id])
        except LOST:
            raise
        except UNDONE:
            log.exception("an account cannot be settled", account=str(account_id))
            failed.append(account_id)
    return Expired(len(ids) - len(failed), tuple(failed))
