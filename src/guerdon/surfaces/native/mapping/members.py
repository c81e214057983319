"""How a member is named in a query, what is said of one, and members as the native API shows them; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from guerdon.core import memberships
from guerdon.core.lots import Lapse
from guerdon.core.members import EMAIL, NAMESPACE, NUMBER, OURS, PHONE, Identifier, Member, Profile, Roll
from guerdon.engine import contacts
from guerdon.engine.registering import Registration
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import pages
from guerdon.surfaces.native.mapping.memberships import from_membership
from guerdon.surfaces.native.wire import members as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

Value = TypeVar("Value")
_NAMESPACE = re.compile(NAMESPACE, re.IGNORECASE)
_NAMED_BY = ("identifier", EMAIL, PHONE, NUMBER)
_LISTED_BY = ("name", "program_id", "created_from", "created_to", "updated_from", "updated_to", "cursor")
ASCENDING = "created_at"


def is_listing(query: wire.MembersQuery) -> bool:
    """Whether members are to be listed, and none is named."""
    return all(getattr(query, name) is UNSET for name in _NAMED_BY)


def roll(query: wire.MembersQuery) -> Roll:
    """Which members are listed, and in which order."""
    return Roll(
        is_ascending=query.sort == ASCENDING,
        name=mapping.or_kept(query.name, None),
        program_ids=None if isinstance(query.program_id, UnsetType) else [query.program_id],
        created=(mapping.or_kept(query.created_from, None), mapping.or_kept(query.created_to, None)),
        updated=(mapping.or_kept(query.updated_from, None), mapping.or_kept(query.updated_to, None)),
    )


serial = pages.up_to(2**31 - 1)
"""Reads the key of a member in a list."""


def names(query: wire.MembersQuery) -> tuple[Identifier, ...]:
    """What the member is called; email addresses and phone numbers also in their canonical form.

    Raises:
        InvalidField: more than one thing is asked for, or the identifier has no namespace.
    """
    said = msgspec.structs.asdict(query)
    given = [(name, said[name]) for name in _NAMED_BY if said[name] is not UNSET]
    if len(given) != 1 or any(said[name] is not UNSET for name in _LISTED_BY):
        raise InvalidField("identifier", "give one of identifier, email, phone and number, and nothing else")
    kind, value = given[0]
    if kind == EMAIL:
        return (*contacts.recognised(Profile(email=value)), Identifier(EMAIL, value))
    if kind == PHONE:
        # A plus sign that was not encoded is read as a space.
        phone = f"+{value[1:]}" if value.startswith(" ") else value
        return (*contacts.recognised(Profile(phone=phone)), Identifier(PHONE, phone))
    if kind == NUMBER:
        return (Identifier(NUMBER, value),)
    namespace, _, name = value.partition(":")
    if not name or not _NAMESPACE.fullmatch(namespace):
        raise InvalidField("identifier", "must be a namespace, a colon and a value")
    return (Identifier(namespace, name),)


def from_member(member: Member, held: Sequence[memberships.Membership], lapses: Mapping[UUID, Lapse]) -> wire.Member:
    """A member with those of the memberships that are its own."""
    known = {name: value for name, value in asdict(member.profile).items() if value is not None}
    return wire.Member(
        id=member.id,
        serial=member.serial,
        number=member.number,
        profile=wire.Profile(**known),
        identifiers=member.identifiers,
        created_at=member.created_at,
        updated_at=member.changed_at or member.created_at,
        memberships=[from_membership(each, lapses) for each in held if each.member_id == member.id],
    )


def to_registration(call: Call[wire.NewMember], member_id: UUID) -> Registration:
    """A member to be made.

    Raises:
        InvalidField: an identifier is in a namespace that follows the profile.
    """
    return Registration(
        caller=call.caller,
        at=call.at,
        member_id=member_id,
        profile=Profile(**msgspec.structs.asdict(call.body.profile)),
        names={namespace: own(namespace, value) for namespace, value in call.body.identifiers.items()},
        program_id=call.body.program_id,
    )


def own(namespace: str, value: Value) -> Value:
    """A name that is not in a namespace of ours.

    Raises:
        InvalidField: it is: the profile decides, or nobody.
    """
    if namespace in OURS:
        raise InvalidField(namespace, "follows the profile, or is for good", path=("identifiers",))
    return value


def to_profile(change: wire.ProfileChange, before: Profile) -> Profile:
    """The profile from now on."""
    said = msgspec.structs.asdict(change)
    profile = replace(before, **{name: value for name, value in said.items() if value is not UNSET})
    renamed = (profile.first_name, profile.last_name) != (before.first_name, before.last_name)
    # A full name that nobody has said anew is put together from its parts.
    return replace(profile, full_name=None) if renamed and said["full_name"] is UNSET else profile


def to_names(change: wire.MemberChange) -> dict[str, str | None]:
    """The names from now on, where they change.

    Raises:
        InvalidField: as for `to_registration`.
    """
    return {namespace: own(namespace, value) for namespace, value in change.identifiers.items()}
