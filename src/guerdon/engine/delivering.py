"""Lets what waits for an endpoint be sent, one after another for each member, and notes what came of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from guerdon.core.webhooks import PATIENCE, Attempt, pause
from guerdon.engine.engine import Engine
from guerdon.storage import outbox
from guerdon.storage.outbox import Lease, Waiting

__all__ = ["Waiting", "deliver", "due"]

AT_ONCE = 8
"""Requests to one endpoint."""

LEASE = timedelta(seconds=60)
"""Longer than any attempt; renewed with each."""

Send = Callable[[Waiting], Awaitable[Attempt]]
"""Tries to deliver something once; never raises."""


async def due(engine: Engine) -> list[UUID]:
    """Endpoints for which something waits that can be sent now."""
    async with engine.database.connection() as connection:
        return await outbox.due_endpoints(connection, engine.clock())


async def deliver(engine: Engine, send: Send, endpoint_id: UUID, stop: asyncio.Event) -> None:
    """Sends what waits for an endpoint until nothing is due, or it is told to stop."""
    lease = engine.new_id()
    stopping: asyncio.Task[object] = asyncio.create_task(stop.wait())
    running: set[asyncio.Task[object]] = set()
    try:
        while not stop.is_set():
            if free := AT_ONCE - len(running):
                running |= {
                    asyncio.create_task(_member(engine, send, claimed))
                    for claimed in await _claim(engine, endpoint_id, lease, free)
                }
            if not running:
                return
            done, _ = await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            running -= done
            for task in done - {stopping}:
                task.result()
    finally:
        for task in (*running, stopping):
            task.cancel()
        await asyncio.gather(*running, stopping, return_exceptions=True)
        async with engine.database.connection() as connection:
            await outbox.release(connection, endpoint_id, lease)


async def _claim(engine: Engine, endpoint_id: UUID, lease: UUID, limit: int) -> list[Lease]:
    now = engine.clock()
    async with engine.database.connection() as connection:
        return await outbox.claim(connection, endpoint_id, lease, now=now, until=now + LEASE, limit=limit)


async def _member(engine: Engine, send: Send, lease: Lease) -> None:
    """Sends what waits of one member, in order, until one is not taken."""
    while True:
        async with engine.database.connection() as connection:
            waiting = await outbox.head(connection, lease)
        if waiting is None:
            async with engine.database.transaction() as connection:
                return await outbox.finish(connection, lease)
        if not await _noted(engine, lease, waiting, await send(waiting)):
            return None


async def _noted(engine: Engine, lease: Lease, waiting: Waiting, attempt: Attempt) -> bool:
    """Notes what came of an attempt; whether the next of the member may be sent now.

    What is given up makes room for what comes after it.
    """
    now = engine.clock()
    state = "delivered"
    if not attempt.is_taken:
        state = "dead" if now - (waiting.first_tried_at or now) >= PATIENCE else "waiting"
    wait = pause(waiting.attempts + 1, random.random()) if state == "waiting" else timedelta(0)  # noqa: S311
    async with engine.database.connection() as connection:
        is_ours = await outbox.note(
            connection,
            lease,
            waiting.event_id,
            attempt,
            state=state,
            now=now,
            due_at=now + wait,
            until=None if wait else now + LEASE,
        )
    return is_ours and not wait
