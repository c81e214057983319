"""Enrols a person: finds the member by email or phone or makes one, and gives it a membership."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import Basis, Set
from guerdon.core.members import NUMBER, Identifier, Member, Profile
from guerdon.core.memberships import Membership
from guerdon.core.programs import Program
from guerdon.core.refusals import IdentifierTaken, Refusal
from guerdon.engine import admitting, contacts
from guerdon.engine.engine import Engine
from guerdon.storage import ledger, members, memberships, programs
from guerdon.storage.database import RacedError
from guerdon.storage.memberships import NewMembership
from guerdon.storage.queries import Connection

NUMBER_DIGITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Who is to be enrolled, and how the surface knows its own customers.

    Attributes:
        namespace: the surface's own; a member that has a name in it already is a customer there.
        name: the name to take in the namespace; None takes the member's public number.
        is_shown: the name is shown where a member without one shows its public number: it may be nobody's number.
        member_id: the id of the member to make, if one is made; None is a new one.
        program_id: None is the tenant's default program.
        strict: whether every contact detail must be well formed, or is free text.
        separate: what to do with a known customer: refuse, or make a second member who shares the contact details.
        password: to be hashed.
        password_hash: made beforehand.
        available: available points to write, as they are.
        is_anonymous: the member to make is nobody in particular; for `register`.
    """

    caller: Caller
    at: datetime
    profile: Profile
    namespace: str
    name: str | None = None
    is_shown: bool = False
    member_id: UUID | None = None
    program_id: UUID | None = None
    strict: bool = True
    separate: bool = False
    password: str | None = None
    password_hash: str | None = None
    available: Decimal | None = None
    is_anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The member and the membership that came of it."""

    member: Member
    membership: Membership
    program: Program


async def enrol(engine: Engine, ask: Enrolment) -> Enrolled:
    """Makes a customer of a surface: one member however many surfaces a person comes through.

    Raises:
        ProfileInvalid: a detail that must be right is not.
        IdentifierTaken: the name is taken, or the person is a customer of this surface already, or a strict ask has
            the email address of one member and the phone number of another.
        ProgramNotFound: there is no such program, or no default one.
        Refusal: the points could not be written.
    """
    contact, password_hash = await _prepared(engine, ask)

    async def work(connection: Connection) -> Enrolled:
        program = await programs.chosen(connection, ask.caller.tenant_id, ask.program_id)
        member_id = await _member(engine, connection, ask, contact, password_hash, program)
        membership = await joined(engine, connection, ask.caller, ask.at, member_id, program)
        if ask.available is not None:
            membership = await set_available(connection, ask.caller, ask.at, membership, ask.available)
        member = (await members.by_ids(connection, ask.caller.tenant_id, [member_id]))[0]
        return Enrolled(member, membership, program)

    return await engine.database.retrying(work)


async def register(engine: Engine, ask: Enrolment) -> Member:
    """Makes a customer of a surface, as `enrol` does, without a membership; program and points do not count.

    Raises:
        ProfileInvalid, IdentifierTaken: as for `enrol`.
    """
    contact, password_hash = await _prepared(engine, ask)

    async def work(connection: Connection) -> Member:
        member_id = await _member(engine, connection, ask, contact, password_hash)
        return (await members.by_ids(connection, ask.caller.tenant_id, [member_id]))[0]

    return await engine.database.retrying(work)


async def _prepared(engine: Engine, ask: Enrolment) -> tuple[tuple[Identifier, ...], str | None]:
    """The identifiers in the profile, and the slow hash of the password: made before anything is locked."""
    contact = contacts.checked(ask.profile) if ask.strict else contacts.recognised(ask.profile)
    contacts.check_born(ask.profile, ask.at)
    return contact, (await hashed(engine, ask)).password_hash


async def hashed(engine: Engine, ask: Enrolment) -> Enrolment:
    """The same with the slow hash of its password: within a transaction, others would wait for that."""
    if not ask.password:
        return ask
    return replace(ask, password=None, password_hash=await admitting.hashed(engine, ask.password))


async def _check_free(connection: Connection, ask: Enrolment, name: str) -> None:
    for namespace in (ask.namespace, NUMBER) if ask.is_shown else (ask.namespace,):
        if await members.holder_of(connection, ask.caller.tenant_id, Identifier(namespace, name)):
            raise IdentifierTaken(ask.namespace, name)


async def _member(
    engine: Engine,
    connection: Connection,
    ask: Enrolment,
    contact: tuple[Identifier, ...],
    password_hash: str | None,
    program: Program | None = None,
) -> UUID:
    """The known member made a customer too, or a new one."""
    tenant_id = ask.caller.tenant_id
    if ask.name is not None:
        await _check_free(connection, ask, ask.name)
    known = await _known(connection, tenant_id, contact)
    if known is not None:
        profile = await members.lock(connection, tenant_id, known)
        if await _known(connection, tenant_id, contact) != known:
            raise RacedError(known)  # erased, or gone up in another, while we waited
        member = (await members.by_ids(connection, tenant_id, [known]))[0]
        is_new = ask.namespace not in member.identifiers
        if is_new or (program and not ask.separate and not await _is_in(connection, tenant_id, known, program)):
            await members.update(connection, tenant_id, known, profile.updated(ask.profile), password_hash, now=ask.at)
            if is_new:
                await _claim(connection, ask, known, member.number)
            await _reach(connection, ask, known, contact)
            return known
        if not ask.separate:
            raise IdentifierTaken(ask.namespace, member.identifiers[ask.namespace])
    member_id = ask.member_id or engine.new_id()
    await members.insert(
        connection,
        tenant_id,
        member_id,
        ask.profile,
        password_hash,
        ask.at,
        surface=ask.caller.surface,
        is_anonymous=ask.is_anonymous,
    )
    await _claim(connection, ask, member_id, await public_number(connection, tenant_id, member_id))
    for identifier in contact:
        if not await members.claim(connection, tenant_id, member_id, identifier) and known is None:
            raise RacedError(identifier.namespace)
    return member_id


async def _reach(connection: Connection, ask: Enrolment, member_id: UUID, contact: tuple[Identifier, ...]) -> None:
    """Makes a known member answer to an address and a number; all of them must be its own where the ask is strict."""
    for identifier in contact:
        await members.claim(connection, ask.caller.tenant_id, member_id, identifier)
        if ask.strict and await members.holder_of(connection, ask.caller.tenant_id, identifier) != member_id:
            raise IdentifierTaken(identifier.namespace, identifier.value)


async def _is_in(connection: Connection, tenant_id: UUID, member_id: UUID, program: Program) -> bool:
    """Whether a locked member has a membership in a program: who has left it may come again."""
    held = await memberships.of_members(connection, tenant_id, [member_id])
    return any(membership.program_id == program.id for membership in held)


async def _known(connection: Connection, tenant_id: UUID, contact: tuple[Identifier, ...]) -> UUID | None:
    for identifier in contact:
        if found := await members.holder_of(connection, tenant_id, identifier):
            return found
    return None


async def _claim(connection: Connection, ask: Enrolment, member_id: UUID, number: str) -> None:
    own = Identifier(ask.namespace, ask.name or number)
    if not await members.claim(connection, ask.caller.tenant_id, member_id, own):
        raise IdentifierTaken(own.namespace, own.value)


async def public_number(connection: Connection, tenant_id: UUID, member_id: UUID) -> str:
    """A public number for a new member: random digits, so that it gives nothing away and needs no counter."""
    while True:
        number = str(secrets.randbelow(9 * 10 ** (NUMBER_DIGITS - 1)) + 10 ** (NUMBER_DIGITS - 1))
        if await members.claim(connection, tenant_id, member_id, Identifier(NUMBER, number)):
            return number


async def joined(
    engine: Engine, connection: Connection, caller: Caller, at: datetime, member_id: UUID, program: Program
) -> Membership:
    """A member's membership in a program, made where there is none; within a transaction."""
    tenant_id = caller.tenant_id
    await memberships.lock_members(connection, tenant_id, [member_id])
    present = await memberships.of_members(connection, tenant_id, [member_id])
    for membership in present:
        if membership.program_id == program.id:
            return membership
    number = (await members.by_ids(connection, tenant_id, [member_id]))[0].number
    new = NewMembership(
        id=engine.new_id(),
        account_id=engine.new_id(),
        member_id=member_id,
        program_id=program.id,
        number=number,
        is_primary=not any(membership.is_primary for membership in present),
    )
    await memberships.insert(connection, tenant_id, [new], at)
    return await _read(connection, tenant_id, new.id)


async def set_available(
    connection: Connection, caller: Caller, at: datetime, membership: Membership, available: Decimal
) -> Membership:
    """Writes the available points of a membership, within a transaction.

    Raises:
        Refusal: the ledger said no.
    """
    command = Set(
        caller=caller,
        account_id=membership.account_id,
        at=at,
        points=available,
        basis=Basis.AVAILABLE,
    )
    (answer,) = await ledger.post(connection, [command], at)
    if isinstance(answer, Refusal):
        raise answer
    return await _read(connection, caller.tenant_id, membership.id)


async def _read(connection: Connection, tenant_id: UUID, membership_id: UUID) -> Membership:
    membership = await memberships.by_id(connection, tenant_id, membership_id)
    if membership is None:
        raise LookupError(membership_id)
    return membership
