"""Posts one command to the ledger, in a batch with whatever else is asked at the moment."""

from dataclasses import replace

from guerdon.core import statements
from guerdon.core.commands import Command, Earn, Hold, HoldState, Posting
from guerdon.core.refusals import Refusal
from guerdon.engine import reading
from guerdon.engine.engine import Engine


async def post(engine: Engine, command: Command) -> Posting:
    """Carries out any verb of the ledger; when this returns, it is on disk.

    Raises:
        Refusal: what the ledger said no to; nothing was changed.
        Overloaded: too much is waiting; nothing was begun.
        OutcomeUnknown: the database went away; repeating with the same key settles it.
    """
    answer = await engine.posts.ask(command)
    if isinstance(answer, Refusal):
        raise answer
    return answer


async def earn(engine: Engine, command: Earn) -> tuple[Posting, statements.Entry]:
    """Earns, and says what entry was written, now or when the command was first asked for.

    Raises:
        Refusal: as for `post`.
    """
    posting = await post(engine, command)
    if posting.version is None or posting.recorded_at is None:
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
    )
