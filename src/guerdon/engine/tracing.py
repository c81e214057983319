"""What an account's points are made of: lots, what paid for what, what lapses next, and what is still pending."""

from collections.abc import Iterable
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import PendingState
from guerdon.core.lots import Lapse, Lot, Place, Trace
from guerdon.core.memberships import Membership
from guerdon.core.refusals import EntryNotFound, PendingNotFound
from guerdon.core.statements import PendingEarn
from guerdon.engine import reading
from guerdon.engine.engine import Engine
from guerdon.engine.settling import settle
from guerdon.storage import lots, pending


async def lots_of(
    engine: Engine, caller: Caller, membership_id: UUID, *, open_only: bool, limit: int, after: Place | None = None
) -> list[Lot]:
    """A membership's lots: the open ones first, those that lapse soonest first; then the others, newest first.

    Where `after` is given, those that come after the place.

    Raises:
        MembershipNotFound: the caller's tenant has no such membership, or it is deleted.
    """
    account_id = (await reading.membership(engine, caller, membership_id)).account_id
    async with engine.database.connection() as connection:
        return await lots.of_account(connection, account_id, open_only=open_only, limit=limit, after=after)


async def next_lapses(engine: Engine, memberships: Iterable[Membership]) -> dict[UUID, Lapse]:
    """What lapses next, by account; nothing for an account where nothing does."""
    accounts = [membership.account_id for membership in memberships if membership.balance.due_at is not None]
    if not accounts:
        return {}
    async with engine.database.connection() as connection:
        return await lots.next_lapses(connection, accounts, engine.clock())


async def coming_lapses(engine: Engine, account_id: UUID) -> list[Lapse]:
    """Everything of an account that lapses if it is not spent, soonest first; a hundred moments at most."""
    async with engine.database.connection() as connection:
        return await lots.coming_lapses(connection, account_id, engine.clock())


async def trace(engine: Engine, caller: Caller, membership_id: UUID, version: int) -> Trace:
    """An entry, what paid for it, and what became of the points that it brought.

    Raises:
        MembershipNotFound: as for `lots_of`.
        EntryNotFound: the account has no such entry.
    """
    account_id = (await reading.membership(engine, caller, membership_id)).account_id
    async with engine.database.connection() as connection:
        found = await lots.trace(connection, account_id, version)
    if found is None:
        raise EntryNotFound(version)
    return found


async def pending_of(
    engine: Engine, caller: Caller, membership_id: UUID, *, state: str | None, limit: int, before: UUID | None = None
) -> list[PendingEarn]:
    """A membership's pending earns, newest first, from below the id `before`.

    Raises:
        MembershipNotFound: as for `lots_of`.
    """
    account_id = (await reading.membership(engine, caller, membership_id)).account_id
    async with engine.database.connection() as connection:
        return await pending.of_account(connection, account_id, state=state, limit=limit, before=before)


async def pending_earn(engine: Engine, caller: Caller, pending_id: UUID) -> PendingEarn:
    """One pending earn.

    Raises:
        PendingNotFound: the caller's tenant has no such pending earn.
    """
    found = await _pending(engine, caller, pending_id)
    if found.state == PendingState.OPEN and found.activates_at is not None and found.activates_at <= engine.clock():
        await settle(engine, [found.account_id])
        return await _pending(engine, caller, pending_id)
    return found


async def _pending(engine: Engine, caller: Caller, pending_id: UUID) -> PendingEarn:
    async with engine.database.connection() as connection:
        found = await pending.by_id(connection, caller.tenant_id, pending_id)
    if found is None or not await reading.may_see(engine, caller, found.account_id):
        raise PendingNotFound(pending_id)
    return found
