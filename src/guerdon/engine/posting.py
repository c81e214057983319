"""Posts one command to the ledger, in a batch with whatever else is asked at the moment."""

from dataclasses import replace

from guerdon.core import statements
from guerdon.core.commands import (
    Activate,
    Adjust,
    Command,
    Earn,
    Hold,
    HoldState,
    PendingState,
    Posting,
    Reverse,
    Set,
    Transfer,
)
from guerdon.core.refusals import Refusal
from guerdon.engine import reading, tracing
from guerdon.engine.engine import Engine


async def post(engine: Engine, command: Command) -> Posting:
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
