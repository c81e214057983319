"""Makes and changes persons with what one surface alone knows of them, and finds them by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import EMAIL, Identifier, Member, MemberFilter, Profile
from guerdon.core.refusals import CursorNotFound, IdentifierTaken, MemberNotFound, ProfileInvalid
from guerdon.engine import contacts
from guerdon.engine.engine import Engine
from guerdon.engine.enrolling import public_number
from guerdon.storage import members, memberships
from guerdon.storage.database import RacedError
from guerdon.storage.queries import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is said of a person; what is None, or not named in the calling surface's `details`, is not said."""

    profile: Profile
    details: Mapping[str, Any] = field(default_factory=dict)


async def add(engine: Engine, caller: Caller, at: datetime, person: Person, *, overwrite: bool) -> Member:
    """A new member without a membership; where somebody has the email address, that member with the new details.

    The phone number becomes a name of the member's where nobody has it; many may share one.

    Raises:
        ProfileInvalid: the email address or the date of birth cannot be.
        IdentifierTaken: somebody has the email address, and nothing is to be overwritten.
    """
    contact = _contact(person.profile)

    async def work(connection: Connection) -> Member:
        holder = await _holder(connection, caller, contact)
        if holder is not None and not overwrite:
            raise IdentifierTaken(EMAIL, person.profile.email or "")
        if holder is not None:
            alive = await memberships.lock_members(connection, caller.tenant_id, [holder])
            if alive != {await _holder(connection, caller, contact)}:
                raise RacedError(EMAIL)  # erased, merged or with another address since it was found
            await _change(connection, caller, at, holder, person)
            return await _read(connection, caller, holder)
        contacts.check_born(person.profile, at)
        member_id = engine.new_id()
        details = {caller.surface: dict(person.details)} if person.details else {}
        await members.insert(
            connection, caller.tenant_id, member_id, person.profile, None, at, surface=caller.surface, details=details
        )
        await public_number(connection, caller.tenant_id, member_id)
        for identifier in contact:
            claimed = await members.claim(connection, caller.tenant_id, member_id, identifier)
            if not claimed and identifier.namespace == EMAIL:
                raise RacedError(EMAIL)
        return await _read(connection, caller, member_id)

    return await engine.database.retrying(work)


async def update(engine: Engine, caller: Caller, at: datetime, member_id: UUID, person: Person) -> Member:
    """Changes what is said of a member; a new email address or phone number takes the place of the old one as a name.

    Raises:
        MemberNotFound: the caller's tenant has no such member, it has gone up in another, or is nobody in particular.
        ProfileInvalid: the email address or the date of birth cannot be.
        IdentifierTaken: somebody else has the email address.
    """
    contact = _contact(person.profile)

    async def work(connection: Connection) -> Member:
        if not await memberships.lock_members(connection, caller.tenant_id, [member_id], with_anonymous=False):
            raise MemberNotFound(str(member_id))
        if await _holder(connection, caller, contact) not in (None, member_id):
            raise IdentifierTaken(EMAIL, person.profile.email or "")
        await _change(connection, caller, at, member_id, person)
        return await _read(connection, caller, member_id)

    return await engine.database.retrying(work)


async def page(
    engine: Engine, caller: Caller, wanted: MemberFilter, *, cursor: UUID | None, limit: int
) -> list[Member]:
    """Members as they are, those too that have gone up in others, newest first, from the one after the cursor.

    Left out are those who are nobody in particular, and those of whom nothing is known any more.

    Raises:
        CursorNotFound: the caller's tenant never had that member.
    """
    async with engine.database.searching() as connection:
        before = None if cursor is None else await members.serial_of(connection, caller.tenant_id, cursor)
        if cursor is not None and before is None:
            raise CursorNotFound(str(cursor))
        return await members.search(connection, caller.tenant_id, wanted, before=before, limit=limit)


async def named(engine: Engine, caller: Caller, prefix: str, *, limit: int) -> list[Member]:
    """The newest members whose first, last or full name begins so, in any case."""
    async with engine.database.searching() as connection:
        return await members.named(connection, caller.tenant_id, prefix, limit=limit)


def _contact(profile: Profile) -> tuple[Identifier, ...]:
    found = contacts.recognised(profile)
    if profile.email is not None and EMAIL not in {identifier.namespace for identifier in found}:
        raise ProfileInvalid(EMAIL, "not a valid email")
    return found


async def _holder(connection: Connection, caller: Caller, contact: tuple[Identifier, ...]) -> UUID | None:
    email = next((identifier for identifier in contact if identifier.namespace == EMAIL), None)
    return None if email is None else await members.holder_of(connection, caller.tenant_id, email)


async def _change(connection: Connection, caller: Caller, at: datetime, member_id: UUID, person: Person) -> None:
    """Writes what is new, and makes the member answer to it."""
    before = await members.lock(connection, caller.tenant_id, member_id)
    after = before.updated(person.profile)
    if person.profile.full_name is None and (after.first_name, after.last_name) != (
        before.first_name,
        before.last_name,
    ):
        after = replace(after, full_name=None)  # it is put together from its parts
    contacts.check_born(after, at, before)
    surface = caller.surface if person.details else None
    await members.update(
        connection, caller.tenant_id, member_id, after, now=at, surface=surface, details=dict(person.details)
    )
    await contacts.follow(connection, caller, member_id, before, after)
    if await _holder(connection, caller, _contact(person.profile)) not in (None, member_id):
        raise RacedError(EMAIL)  # somebody else has got the address since it was free


async def _read(connection: Connection, caller: Caller, member_id: UUID) -> Member:
    (found,) = await members.by_ids(connection, caller.tenant_id, [member_id])
    return found
