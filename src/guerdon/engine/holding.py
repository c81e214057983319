"""Finishes a hold that a surface names by its member and its id."""

from collections.abc import Callable, Sequence
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import Capture, Posting, Void
from guerdon.core.members import Identifier
from guerdon.engine import naming, posting
from guerdon.engine.engine import Engine
from guerdon.storage.members import HoldQuestion


async def finish(
    engine: Engine,
    caller: Caller,
    names: Sequence[Identifier],
    hold_id: UUID,
    command: Callable[[UUID], Capture | Void],
) -> Posting:
    """Captures or voids a hold of a member, on whichever of the member's accounts it was placed.

    Args:
        engine: the engine.
        caller: who asks.
        names: the member.
        hold_id: the hold.
        command: makes the command from the account's id.

    Raises:
        MemberNotFound: nobody answers to the names.
        HoldNotFound: the member has no such hold.
        HoldNotOpen: it has ended.
    """
    # The hold says which account: another membership may stand for the member by now, or this one be deleted. Trying
    # accounts in turn would spend the command's key on the first one's refusal.
    asked = naming.askable(names)
    named = posting.named(asked, command)

    async def attempt() -> Posting:
        if named is not None:
            return await posting.post(engine, named)
        found = await engine.owners.ask(HoldQuestion(caller.tenant_id, asked, hold_id))
        return await posting.post(engine, command(naming.account_of(found, names, hold_id)))

    return await posting.following(attempt)
