"""Posts one command to the ledger, in a batch with whatever else is asked at the moment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TypeVar
from uuid import UUID

from guerdon.core import statements
from guerdon.core.callers import Caller
from guerdon.core.commands import (
    NOBODY,
    Activate,
    Adjust,
    Command,
    Earn,
    Hold,
    HoldState,
    Named,
    PendingState,
    Posting,
    Reverse,
    Set,
    Transfer,
)
from guerdon.core.members import Identifier
from guerdon.core.programs import Program
from guerdon.core.refusals import AccountClosed, KeyReused, Refusal
from guerdon.engine import finding, naming, reading, tracing
from guerdon.engine.engine import Engine
from guerdon.storage import ledger, memberships
from guerdon.storage.members import Question

Done = TypeVar("Done")


async def post(engine: Engine, command: Command | Named) -> Posting:
    """Carries out any verb of the ledger; when this returns, it is on disk.

    Raises:
        Refusal: what the ledger said no to; nothing was changed.
        Overloaded: too much is waiting, or the database cannot take it now; nothing was done.
        OutcomeUnknown: the database went away; repeating with the same key settles it.
    """
    answer = await engine.posts.ask(command)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def named(names: Sequence[Identifier], make: Callable[[UUID], Command]) -> Named | None:
    """The command for whoever answers to the names, where the ledger can find the account in the same call.

    Not with a key: what it stands for is a command to one account, whoever has the names by then. And not where the
    names are of several values.
    """
    command = make(NOBODY)
    if command.key is not None or len({name.canonical for name in names}) != 1:
        return None
    return Named(tuple(names), command)


async def following(attempt: Callable[[], Awaitable[Done]]) -> Done:
    """What comes of finding an account and posting to it; once more where it went up in another in between.

    Raises:
        Refusal: as for the attempt.
    """
    try:
        return await attempt()
    except AccountClosed:
        return await attempt()


async def post_for(
    engine: Engine, caller: Caller, names: Sequence[Identifier], make: Callable[[UUID], Earn | Hold]
) -> Posting:
    """Carries out a verb on the account that stands for a member.

    Args:
        engine: the engine.
        caller: who asks.
        names: the member: the first that anybody answers to counts.
        make: makes the command from an account's id.

    Raises:
        MemberNotFound: nobody in the caller's tenant answers to any of the names.
        NotEnrolled: the member has no membership.
        Refusal: as for `post`.
    """
    asked = naming.askable(names)
    command = named(asked, make)

    async def attempt() -> Posting:
        if command is not None:
            return await post(engine, command)
        found = await engine.finds.ask(Question(caller.tenant_id, asked))
        if found is not None and (found.account_id is None or make(NOBODY).key != make(found.member_id).key):
            # Of a key that names the account nobody would see that it was used for another.
            before = await _answered(engine, caller, found.member_id, make)
            return await post(engine, make(before or naming.enrolled(found, names).account_id))
        return await _post_to(engine, caller, naming.enrolled(found, names), make)

    return await following(attempt)


async def post_priced(
    engine: Engine,
    caller: Caller,
    names: Sequence[Identifier],
    price: Callable[[Program], Decimal],
    make: Callable[[Decimal, UUID], Hold],
) -> tuple[Decimal, Posting]:
    """Likewise, for as many points as the program of the member's membership makes it.

    Raises:
        Refusal: as for `post_for` and `price`.
    """

    async def attempt() -> tuple[Decimal, Posting]:
        found = await finding.account(engine, caller, names)
        points = price(await reading.program_of(engine, caller, found.membership_id))
        return points, await _post_to(engine, caller, found, partial(make, points))

    return await following(attempt)


async def _post_to(engine: Engine, caller: Caller, found: naming.Found, make: Callable[[UUID], Earn | Hold]) -> Posting:
    """Likewise, for a member who was found already, and of a key that does not depend on the account."""
    try:
        return await post(engine, make(found.account_id))
    except KeyReused:
        before = await _answered(engine, caller, found.member_id, make)
        if before is None or before == found.account_id:
            raise
        return await post(engine, make(before))


async def _answered(
    engine: Engine, caller: Caller, member_id: UUID, make: Callable[[UUID], Earn | Hold]
) -> UUID | None:
    """The account on which the key of a member's command was answered before.

    Another may stand for the member by now: after a merge, with another membership as the primary one, or in the place
    of one that was deleted.
    """
    if make(NOBODY).key is None:
        return None
    async with engine.database.connection() as connection:
        ids = await memberships.accounts_ever(connection, caller.tenant_id, member_id)
        return await ledger.answered(connection, caller.tenant_id, {id_: make(id_).key or "" for id_ in ids})


async def earn(engine: Engine, command: Earn) -> tuple[Posting, statements.Entry | statements.PendingEarn]:
    """Earns, and says what entry was written or what was promised, now or when the command was first asked for.

    Raises:
        Refusal: as for `post`.
    """
    posting = await post(engine, command)
    if posting.version is None:
        return posting, await _promised(engine, command, posting)
    if posting.recorded_at is None:
        return posting, await reading.entry(engine, posting)
    return posting, statements.Entry(
        account_id=command.account_id,
        version=posting.version,
        kind=command.verb,
        points=posting.points,
        balance_after=posting.posted,
        effective_at=command.at,
        recorded_at=posting.recorded_at,
        reason=command.reason,
        reference=command.reference,
        location=command.location,
        hold_id=None,
        surface=command.caller.surface,
        cause=command.cause,
    )


async def _promised(engine: Engine, command: Earn, posting: Posting) -> statements.PendingEarn:
    """The pending earn as it was placed, whatever has become of it since."""
    if posting.hold_id is None:
        raise LookupError(command)
    placed = await tracing.pending_earn(engine, command.caller, posting.hold_id)
    return replace(placed, remaining=placed.points, state=PendingState.OPEN, closed_at=None)


async def hold(engine: Engine, command: Hold) -> tuple[Posting, statements.Hold]:
    """Places a hold, and says how it was placed, now or when the command was first asked for.

    Raises:
        Refusal: as for `post`.
    """
    posting = await post(engine, command)
    if posting.replayed:
        placed = await reading.hold(engine, command.caller, posting.hold_id or command.hold_id)
        return posting, replace(placed, remaining=placed.points, state=HoldState.OPEN, closed_at=None)
    return posting, statements.Hold(
        id=command.hold_id,
        account_id=command.account_id,
        points=command.points,
        remaining=command.points,
        state=HoldState.OPEN,
        placed_at=command.at,
        closed_at=None,
        reason=command.reason,
        reference=command.reference,
        location=command.location,
        expires_at=command.expires_at,
    )


async def entered(engine: Engine, command: Activate | Adjust | Reverse | Transfer) -> tuple[Posting, statements.Entry]:
    """Carries out a verb that always writes an entry, and says which: of a transfer, the one on the account it left.

    Raises:
        Refusal: as for `post`.
    """
    posting = await post(engine, command)
    return posting, await reading.entry(engine, posting)


async def set_figure(engine: Engine, command: Set) -> tuple[Posting, statements.Entry | None]:
    """Writes a figure, and says what entry that took: none where the figure was there already.

    Raises:
        Refusal: as for `post`.
    """
    posting = await post(engine, command)
    return posting, None if posting.version is None else await reading.entry(engine, posting)
