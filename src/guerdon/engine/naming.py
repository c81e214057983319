"""Tells who is meant by names, from what was read of them; for commands that name a member, of a whole batch."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from guerdon.core.commands import Capture, Command, Named, Void
from guerdon.core.members import Identifier
from guerdon.core.refusals import HoldNotFound, MemberNotFound, NotEnrolled, Refusal
from guerdon.storage import members
from guerdon.storage.members import HoldQuestion, Owned, Question, Resolved
from guerdon.storage.queries import Connection

LONGEST = 512
"""No identifier is longer; asking for one is not worth a query."""


class Found(NamedTuple):
    """A member with its account: of the primary membership, else of the oldest."""

    member_id: UUID
    membership_id: UUID
    account_id: UUID


def askable(names: Sequence[Identifier]) -> tuple[Identifier, ...]:
    """The names, where they are worth a query.

    Raises:
        MemberNotFound: one is too long, or has what no identifier has.
    """
    for name in names:
        if len(name.value) > LONGEST or "\0" in name.value:
            raise MemberNotFound(names[0].value[:LONGEST])
    return tuple(names)


def enrolled(found: Resolved | None, names: Sequence[Identifier]) -> Found:
    """The member that was found for names, with its account.

    Raises:
        MemberNotFound: nobody was.
        NotEnrolled: the member has no membership.
    """
    if found is None:
        raise MemberNotFound(names[0].value)
    if found.membership_id is None or found.account_id is None:
        raise NotEnrolled(names[0].value)
    return Found(found.member_id, found.membership_id, found.account_id)


def account_of(found: Owned, names: Sequence[Identifier], hold_id: UUID) -> UUID:
    """The account of a hold that somebody's names go with.

    Raises:
        HoldNotFound: the member has no such hold.
        MemberNotFound: nobody answers to the names.
    """
    if found.account_id is None:
        raise HoldNotFound(hold_id)
    if found.member_id is None:
        raise MemberNotFound(names[0].value)
    if found.owner_id != found.member_id:
        raise HoldNotFound(hold_id)
    return found.account_id


async def resolved(connection: Connection, asked: Sequence[Command | Named]) -> list[Command | Refusal]:
    """The commands with their accounts, or why one has none."""
    told: dict[int, Command | Refusal] = {n: one for n, one in enumerate(asked) if isinstance(one, Command)}
    named = [(n, one) for n, one in enumerate(asked) if isinstance(one, Named)]
    holds = [(n, one, one.command.hold_id) for n, one in named if isinstance(one.command, Capture | Void)]
    others = [(n, one) for n, one in named if not isinstance(one.command, Capture | Void)]
    questions = [Question(one.command.caller.tenant_id, one.names) for _, one in others]
    for (n, one), found in zip(others, await members.resolve(connection, questions), strict=True):
        try:
            told[n] = one.at(enrolled(found, one.names).account_id)
        except Refusal as refusal:
            told[n] = refusal
    of_holds = [HoldQuestion(one.command.caller.tenant_id, one.names, hold_id) for _, one, hold_id in holds]
    for (n, one, hold_id), owned in zip(holds, await members.owners(connection, of_holds), strict=True):
        try:
            told[n] = one.at(account_of(owned, one.names, hold_id))
        except Refusal as refusal:
            told[n] = refusal
    return [told[n] for n in range(len(asked))]
