"""Finishes a hold that a surface names by its member and its id."""

from collections.abc import Callable, Sequence
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import Capture, Posting, Void
from guerdon.core.members import Identifier
from guerdon.core.refusals import HoldNotFound, MemberNotFound
from guerdon.engine import finding
from guerdon.engine.engine import Engine
from guerdon.engine.posting import post
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
    found = await engine.owners.ask(HoldQuestion(caller.tenant_id, finding.askable(names), hold_id))
    if found.account_id is None:
        raise HoldNotFound(hold_id)
    if found.member_id is None:
        raise MemberNotFound(names[0].value)
    if found.owner_id != found.member_id:
        raise HoldNotFound(hold_id)
    return await post(engine, command(found.account_id))
