"""Changes what is known of a member, and ends what a surface has of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import EMAIL, NUMBER, OURS, PHONE, Identifier, Member
from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO
from guerdon.core.programs import Program
from guerdon.core.refusals import IdentifierTaken, MemberNotFound
from guerdon.engine import admitting, contacts, enrolling
from guerdon.engine.engine import Engine
from guerdon.engine.joining import KEEP, Keep
from guerdon.storage import answers, members, memberships, metadata
from guerdon.storage.queries import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to change of a member; everything else is kept.

    Attributes:
        program: whose points are meant.
        namespace: the surface's own.
        name: the name to have in it; None keeps the one that is there, as the public number does where there is none.
        details: by the names of `Profile`, in free text; None is "not known".
        password: None keeps the one that is there.
        available: available points to write, into a new membership where there is none; None takes away what there is.
    """

    caller: Caller
    at: datetime
    member_id: UUID
    program: Program
    namespace: str
    name: str | None = None
    details: Mapping[str, str | None] = field(default_factory=dict)
    password: str | None = None
    available: Decimal | Keep | None = KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Who leaves a surface: its names in the namespace go, its metadata, password, and membership in the program."""

    caller: Caller
    at: datetime
    member_id: UUID
    program_id: UUID
    namespace: str


async def change(engine: Engine, ask: Change) -> tuple[Member, Membership | None]:
    """Changes a member; all of it or nothing. Returns it with its membership in the program.

    Raises:
        MemberNotFound: the caller's tenant has no such member, or it has neither a name in the namespace nor a
            membership in the program.
        IdentifierTaken: another member has the name, or it is its public number.
        ProfileInvalid: the date of birth is no ISO date, or lies ahead.
        Refusal: the points could not be written.
    """
    password_hash = await admitting.hashed(engine, ask.password) if ask.password else None

    async def work(connection: Connection) -> tuple[Member, Membership | None]:
        member = await _locked(connection, ask.caller, ask.member_id)
        active = await memberships.of_members(connection, ask.caller.tenant_id, [member.id])
        membership = next((each for each in active if each.program_id == ask.program.id), None)
        if membership is None and ask.namespace not in member.identifiers:
            raise MemberNotFound(member.number)
        profile = replace(member.profile, **ask.details)
        contacts.check_born(profile, ask.at, member.profile)
        if ask.name is not None:
            await _rename(connection, ask, member, ask.name)
        await contacts.follow(connection, ask.caller, member.id, member.profile, profile)
        changed_at = None if profile == member.profile else ask.at
        await members.update(connection, ask.caller.tenant_id, member.id, profile, password_hash, now=changed_at)
        membership = await _points(engine, connection, ask, member, membership)
        return await _locked(connection, ask.caller, member.id), membership

    return await engine.database.retrying(work)


async def leave(engine: Engine, ask: Leaving) -> None:
    """Ends what a surface has of a member.

    The membership is deleted as any other: its account and entries stay, and open holds can still be ended. What is
    known of the person goes too, where the surface made the member and no other one has anything of it. Who is nobody
    in particular is deleted without trace, unless others have given it more than a name.

    Raises:
        MemberNotFound: the caller's tenant has no such member, or it has left.
    """

    async def work(connection: Connection) -> None:
        member = await _locked(connection, ask.caller, ask.member_id)
        await metadata.remove(connection, member.id)
        if member.is_anonymous:
            await answers.forget(connection, ask.caller.tenant_id, member.id)
            if await members.delete_anonymous(connection, member.id):
                return
        active = await memberships.of_members(connection, ask.caller.tenant_id, [member.id])
        ended = [membership.id for membership in active if membership.program_id == ask.program_id]
        if not ended and ask.namespace not in member.identifiers:
            raise MemberNotFound(member.number)
        await memberships.delete(connection, ended, ask.at)
        gone = _gone(member, ask, stays=len(active) > len(ended))
        for namespace in gone:
            await members.release(connection, member.id, namespace)
        await members.forget(connection, member.id, ask.at, profile=EMAIL in gone)
        prefix = "" if EMAIL in gone else f"{ask.caller.surface}:"
        await answers.forget(connection, ask.caller.tenant_id, member.id, prefix=prefix)

    await engine.database.retrying(work)


def _gone(member: Member, ask: Leaving, *, stays: bool) -> set[str]:
    """The namespaces whose names go: the surface's own, and those of the person where nobody else has any."""
    others = set(member.identifiers) - OURS - {ask.namespace}
    others |= set(member.details) - {ask.caller.surface}
    if stays or others or member.surface != ask.caller.surface:
        return {ask.namespace}
    return {ask.namespace, EMAIL, PHONE}


async def _locked(connection: Connection, caller: Caller, member_id: UUID) -> Member:
    """A member that nobody else changes meanwhile."""
    if not await memberships.lock_members(connection, caller.tenant_id, [member_id]):
        raise MemberNotFound(str(member_id))
    return (await members.by_ids(connection, caller.tenant_id, [member_id]))[0]


async def _rename(connection: Connection, ask: Change, member: Member, name: str) -> None:
    """Gives the member a name in the place of the one that it has; the old one is free again."""
    before = member.identifiers.get(ask.namespace)
    if name == (before or member.number):
        return
    if await members.holder_of(connection, ask.caller.tenant_id, Identifier(NUMBER, name)) not in (None, member.id):
        raise IdentifierTaken(ask.namespace, name)
    if before is not None:
        await members.release(connection, member.id, ask.namespace, Identifier(ask.namespace, before).canonical)
    if not await members.claim(connection, ask.caller.tenant_id, member.id, Identifier(ask.namespace, name)):
        raise IdentifierTaken(ask.namespace, name)


async def _points(
    engine: Engine, connection: Connection, ask: Change, member: Member, membership: Membership | None
) -> Membership | None:
    """The member's membership in the program, with the points that are asked for."""
    if isinstance(ask.available, Keep):
        return membership
    if ask.available is None and (membership is None or not membership.balance.version):
        return membership  # there is nothing to take away
    if membership is None:
        membership = await enrolling.joined(engine, connection, ask.caller, ask.at, member.id, ask.program)
    return await enrolling.set_available(connection, ask.caller, ask.at, membership, ask.available or ZERO)
