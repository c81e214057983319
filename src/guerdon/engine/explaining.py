"""Tells an account's life: whose it is, how it stands or stood, what happened, and what is ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from guerdon.core.books import Books
from guerdon.core.histories import History, figures, tell
from guerdon.core.members import Member
from guerdon.core.projections import Projection, Step, What, project
from guerdon.core.refusals import AccountNotFound, MemberNotFound
from guerdon.engine.engine import Engine
from guerdon.engine.finding import tenant
from guerdon.engine.settling import settle
from guerdon.storage import books, members
from guerdon.storage.books import Lapsing, Owner

__all__ = ["Balance", "Explanation", "Lapsing", "Name", "Owner", "balance", "explain", "find", "lapses", "lapsing"]

AHEAD_DAYS = 90
"""How far to look ahead, where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Name:
    """What an account is asked for by.

    Attributes:
        text: the id of the account or of its membership or, with a tenant, anything its member answers to.
        slug: the tenant; needed for anything but an id.
        code: of the program, where the member is in several; else the one that stands for the member.
    """

    text: str
    slug: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's figures at a moment: as they were, or as they will be if nobody does anything."""

    owner: Owner
    time_zone: str
    projection: Projection


@dataclass(frozen=True, slots=True)
class Explanation:
    """An account's life.

    Attributes:
        member: whose it is; None is a person who was erased.
        owner: the membership.
        books: the rows, as they are now.
        history: up to the moment that was asked for.
        ahead: by the end of the days that were asked for; None where the moment is past.
    """

    member: Member | None
    owner: Owner
    books: Books
    history: History
    ahead: Projection | None


async def find(engine: Engine, name: Name) -> Owner:
    """The account that a name stands for.

    Raises:
        AccountNotFound: no account or membership has this id.
        MemberNotFound: nobody in the tenant answers to the name, or has no membership (in the program).
    """
    try:
        named_id: UUID | None = UUID(name.text)
    except ValueError:
        named_id = None
    if named_id is None and name.slug is None:
        raise MemberNotFound(name.text)
    async with engine.database.connection() as connection:
        owners = await books.owners_of(
            connection,
            named_id=named_id,
            slug=name.slug,
            canonicals=[name.text, name.text.casefold()],
            code=name.code,
        )
    if not owners:
        raise AccountNotFound(named_id) if named_id else MemberNotFound(name.text)
    return owners[0]


async def explain(engine: Engine, name: Name, *, at: datetime | None, days: int = AHEAD_DAYS) -> Explanation:
    """An account's life up to a moment.

    Args:
        engine: the engine.
        name: of the account.
        at: a moment that is past; None is now.
        days: how far to look ahead from now.

    Raises:
        AccountNotFound, MemberNotFound: as for `find`.
        ValueError: the moment is ahead: nothing has happened then.
    """
    owner = await find(engine, name)
    now = engine.clock()
    if at is not None and at > now:
        raise ValueError("the moment is ahead, and nothing has happened then; a balance can be asked for")
    read = await _settled(engine, owner, open_only=False)
    async with engine.database.connection() as connection:
        found = await members.by_ids(connection, owner.tenant_id, [owner.member_id])
    ahead = project(read, now + timedelta(days=days)) if at is None else None
    return Explanation(found[0] if found else None, owner, read, tell(read, at or now), ahead)


async def balance(engine: Engine, name: Name, at: datetime | None = None) -> Balance:
    """An account's figures at any moment: by the effective time of what happened, or of what will by itself.

    Raises:
        AccountNotFound, MemberNotFound: as for `find`.
    """
    owner = await find(engine, name)
    is_ahead = at is None or at >= engine.clock()
    read = await _settled(engine, owner, open_only=is_ahead)
    zone = read.program.expiry.time_zone
    if at is None or is_ahead:
        # The clock is read once more: what fell due until it was settled belongs to a moment after that.
        return Balance(owner, zone, project(read, at or engine.clock()))
    then = figures(read, at)
    return Balance(owner, zone, Projection(at, then.posted, then.held, then.pending, then.lifetime, None, ()))


def lapses(projection: Projection) -> Sequence[Step]:
    """What lapses on the way to a moment ahead."""
    return [step for step in projection.steps if step.what is What.LAPSE]


async def lapsing(
    engine: Engine, *, days: int = AHEAD_DAYS, slug: str | None = None, code: str | None = None
) -> list[Lapsing]:
    """What lapses in the next days, by tenant, program and day; in all of them, or those that are named.

    Raises:
        TenantUnknown: no tenant has the slug.
    """
    until = engine.clock() + timedelta(days=days)
    async with engine.database.connection() as connection:
        if slug is not None:
            await tenant(connection, slug)
        return await books.lapsing(connection, until, slug=slug, code=code)


async def _settled(engine: Engine, owner: Owner, *, open_only: bool) -> Books:
    """The books of an account once all that is due on it has happened, from one snapshot."""
    await settle(engine, [owner.account_id])
    async with engine.database.snapshot() as connection:
        return await books.read(connection, owner, open_only=open_only)
