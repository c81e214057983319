"""Finds the member that an identifier names, and the points account that stands for the member."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import Identifier
from guerdon.core.refusals import MemberNotFound, NotEnrolled
from guerdon.engine.engine import Engine
from guerdon.storage.members import Question, Resolved

LONGEST = 512
"""No identifier is longer; asking for one is not worth a query."""


class Found(NamedTuple):
    """A member with its account: of the primary membership, else of the oldest."""

    member_id: UUID
    membership_id: UUID
    account_id: UUID


async def member(engine: Engine, caller: Caller, names: Sequence[Identifier]) -> UUID:
    """The member that answers to the first of these names that anybody has.

    Raises:
        MemberNotFound: nobody in the caller's tenant does.
    """
    return (await _resolve(engine, caller, names)).member_id


async def account(engine: Engine, caller: Caller, names: Sequence[Identifier]) -> Found:
    """The member as above, with the account that stands for it.

    Raises:
        MemberNotFound: nobody in the caller's tenant answers to any of the names.
        NotEnrolled: the member has no membership.
    """
    found = await _resolve(engine, caller, names)
    if found.membership_id is None or found.account_id is None:
        raise NotEnrolled(names[0].value)
    return Found(found.member_id, found.membership_id, found.account_id)


def askable(names: Sequence[Identifier]) -> tuple[Identifier, ...]:
    """The names, where they are worth a query.

    Raises:
        MemberNotFound: one is too long, or has what no identifier has.
    """
    for name in names:
        if len(name.value) > LONGEST or "\0" in name.value:
            raise MemberNotFound(names[0].value[:LONGEST])
    return tuple(names)


async def _resolve(engine: Engine, caller: Caller, names: Sequence[Identifier]) -> Resolved:
    found = await engine.finds.ask(Question(caller.tenant_id, askable(names)))
    if found is None:
        raise MemberNotFound(names[0].value)
    return found
