"""Makes and changes members with the names that they answer to, as their merchant says."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import EMAIL, PHONE, Identifier, Member, Roll
from guerdon.core.members import Profile as Known
from guerdon.core.refusals import IdentifierTaken, MemberNotFound, ProgramNotFound
from guerdon.engine import contacts
from guerdon.engine.engine import Engine
from guerdon.engine.enrolling import joined, public_number
from guerdon.storage import members, memberships, programs
from guerdon.storage.database import RacedError
from guerdon.storage.queries import Connection

CONTACTS = (EMAIL, PHONE)
"""Namespaces whose names follow the profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A member to be made.

    Attributes:
        names: by namespace, beside those that follow from the profile.
        program_id: what it joins at once; None is nothing.
    """

    caller: Caller
    at: datetime
    member_id: UUID
    profile: Known
    names: Mapping[str, str] = field(default_factory=dict)
    program_id: UUID | None = None


async def register(engine: Engine, ask: Registration) -> Member:
    """Makes a member; nobody may have one of its names.

    Raises:
        ProfileInvalid: a detail cannot be.
        IdentifierTaken: somebody has one of the names.
        ProgramNotFound: the tenant has no such program.
    """
    contact = contacts.checked(ask.profile)
    contacts.check_born(ask.profile, ask.at)
    tenant_id = ask.caller.tenant_id

    async def work(connection: Connection) -> Member:
        await members.insert(
            connection, tenant_id, ask.member_id, ask.profile, None, ask.at, surface=ask.caller.surface
        )
        await public_number(connection, tenant_id, ask.member_id)
        for name in (*contact, *(Identifier(*each) for each in ask.names.items())):
            await _claim(connection, ask.caller, ask.member_id, name)
        if ask.program_id is not None and not ask.caller.may(ask.program_id):
            raise ProgramNotFound(ask.program_id)
        if ask.program_id is not None:
            program = await programs.kept(connection, tenant_id, ask.program_id)
            await joined(engine, connection, ask.caller, ask.at, ask.member_id, program)
        return await _read(connection, ask.caller, ask.member_id)

    return await engine.database.retrying(work)


async def locked(engine: Engine, caller: Caller, member_id: UUID) -> Member:
    """A member that nobody else changes before the transaction ends.

    Raises:
        MemberNotFound: the tenant has no such member, or it was erased.
    """
    return await engine.database.retrying(lambda connection: _locked(connection, caller, member_id))


async def _locked(connection: Connection, caller: Caller, member_id: UUID) -> Member:
    if not await memberships.lock_members(connection, caller.tenant_id, [member_id]):
        raise MemberNotFound(str(member_id))
    return await _read(connection, caller, member_id)


async def change(
    engine: Engine, caller: Caller, at: datetime, before: Member, profile: Known, names: Mapping[str, str | None]
) -> Member:
    """Gives a locked member another profile and other names; a name that is None goes, one that is there is replaced.

    A name that is shown already is let be, with those that came beside it by a merge.

    Raises:
        ProfileInvalid, IdentifierTaken: as for `register`.
    """
    # What was there already may be free text that another surface took.
    contacts.checked(Known(**{n: v for n, v in asdict(profile).items() if v != getattr(before.profile, n)}))
    contacts.check_born(profile, at, before.profile)
    old = contacts.recognised(Known(email=before.profile.email, phone=before.profile.phone))
    new = contacts.recognised(profile)
    names = {namespace: value for namespace, value in names.items() if before.identifiers.get(namespace) != value}
    is_other = profile != before.profile or bool(names)

    async def work(connection: Connection) -> Member:
        for name in old:
            if name not in new:
                await members.release(connection, before.id, name.namespace, name.canonical)
        for namespace in names:
            await members.release(connection, before.id, namespace)
        given = [Identifier(space, value) for space, value in names.items() if value is not None]
        for name in (*(name for name in new if name not in old), *given):
            await _claim(connection, caller, before.id, name)
        await members.update(connection, caller.tenant_id, before.id, profile, now=at if is_other else None)
        return await _read(connection, caller, before.id)

    return await engine.database.retrying(work)


async def names_of(engine: Engine, caller: Caller, member_id: UUID) -> list[Identifier]:
    """Everything that a member answers to, by namespace: after a merge it may be several names in one.

    Raises:
        MemberNotFound: as for `locked`.
    """
    async with engine.database.connection() as connection:
        found = await members.names_of(connection, caller.tenant_id, member_id)
    if not found:
        raise MemberNotFound(str(member_id))
    return found


async def add_name(engine: Engine, caller: Caller, at: datetime, member: Member, name: Identifier) -> None:
    """Gives a locked member one more name; one that it has already changes nothing.

    Raises:
        IdentifierTaken: somebody else has it.
    """

    async def work(connection: Connection) -> None:
        if await _claim(connection, caller, member.id, name):
            await members.update(connection, caller.tenant_id, member.id, member.profile, now=at)

    await engine.database.retrying(work)


async def drop_names(engine: Engine, caller: Caller, at: datetime, member: Member, name: Identifier) -> None:
    """Takes a name from a locked member; without a value, all in the namespace. One that it does not have is gone."""

    async def work(connection: Connection) -> None:
        canonical = name.canonical if name.value else None
        if await members.release(connection, member.id, name.namespace, canonical):
            await members.update(connection, caller.tenant_id, member.id, member.profile, now=at)

    await engine.database.retrying(work)


async def page(engine: Engine, caller: Caller, roll: Roll, *, after: int | None, limit: int) -> Sequence[Member]:
    """Members as they were made, or the newest first; without those that have gone up in others, and who was erased.

    Of programs that the caller is not for, nobody is listed.
    """
    if roll.program_ids is not None:
        roll = replace(roll, program_ids=caller.seen(roll.program_ids))
    async with engine.database.searching() as connection:
        return await members.listed(connection, caller.tenant_id, roll, after=after, limit=limit)


async def _claim(connection: Connection, caller: Caller, member_id: UUID, name: Identifier) -> bool:
    """Gives a member a name; whether it did not have it."""
    if await members.claim(connection, caller.tenant_id, member_id, name):
        return True
    holder = await members.holder_of(connection, caller.tenant_id, name)
    if holder is None:
        raise RacedError(name.namespace)
    if holder != member_id:
        raise IdentifierTaken(name.namespace, name.value)
    return False


async def _read(connection: Connection, caller: Caller, member_id: UUID) -> Member:
    return (await members.by_ids(connection, caller.tenant_id, [member_id]))[0]
