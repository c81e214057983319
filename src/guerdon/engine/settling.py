"""Makes what is due on accounts happen before anybody looks: what is read is right at every moment."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from guerdon.core.memberships import Membership
from guerdon.engine.engine import Engine
from guerdon.storage import ledger
from guerdon.storage.queries import Connection

Found = TypeVar("Found")


async def settle(engine: Engine, account_ids: Sequence[UUID]) -> None:
    """Lets points lapse, holds end and pending earns become earns, up to now."""

    async def work(connection: Connection) -> None:
        await ledger.settle(connection, account_ids, engine.clock())

    await engine.database.retrying(work)


async def settled(
    engine: Engine, read: Callable[[], Awaitable[Found]], memberships: Callable[[Found], Iterable[Membership]]
) -> Found:
    """Reads, and reads again where an account of what was found had something due.

    Args:
        engine: the engine.
        read: reads anew each time it is called.
        memberships: those in what was read.
    """
    found = await read()
    now = engine.clock()
    late = [m.account_id for m in memberships(found) if m.balance.due_at is not None and m.balance.due_at <= now]
    if not late:
        return found
    await settle(engine, late)
    return await read()
