"""How a member is named in a query, and members and memberships as the native API shows them; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import msgspec

from guerdon.core import memberships
from guerdon.core.lots import Lapse
from guerdon.core.members import EMAIL, NUMBER, PHONE, Identifier, Member, Profile
from guerdon.core.projections import Projection
from guerdon.engine import contacts
from guerdon.surfaces.native.mapping import planned, shown
from guerdon.surfaces.native.wire import members as wire
from guerdon.web.failures import InvalidField

_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.IGNORECASE)


def names(query: wire.MembersQuery) -> tuple[Identifier, ...]:
    """What the member is called; email addresses and phone numbers also in their canonical form.

    Raises:
        InvalidField: nothing, or more than one thing, is asked for, or the identifier has no namespace.
    """
    given = [(name, value) for name, value in msgspec.structs.asdict(query).items() if value is not msgspec.UNSET]
    if len(given) != 1:
        raise InvalidField("identifier", "give one of identifier, email, phone and number", missing=not given)
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
    """A member with its memberships."""
    known = {name: value for name, value in asdict(member.profile).items() if value is not None}
    return wire.Member(
        id=member.id,
        serial=member.serial,
        number=member.number,
        profile=wire.Profile(**known),
        identifiers=member.identifiers,
        created_at=member.created_at,
        memberships=[from_membership(membership, lapses) for membership in held],
    )


def from_membership(membership: memberships.Membership, lapses: Mapping[UUID, Lapse]) -> wire.Membership:
    """A membership with the figures of its account; what lapses next by account."""
    return wire.Membership(
        id=membership.id,
        member_id=membership.member_id,
        program_id=membership.program_id,
        account_id=membership.account_id,
        number=membership.number,
        state=membership.state.value,
        is_primary=membership.is_primary,
        tier_id=membership.tier_id,
        expires_at=membership.expires_at,
        created_at=membership.created_at,
        updated_at=membership.updated_at,
        balance=_balance(membership.balance, lapses.get(membership.account_id)),
    )


def moment_of(query: wire.BalanceQuery) -> datetime | None:
    """The moment that is asked about, None for now.

    Raises:
        InvalidField: it is out of all bounds.
    """
    return planned("at", None if query.at is msgspec.UNSET else query.at)


def from_projection(projection: Projection) -> wire.BalanceAt:
    """The figures at a moment, with what happens until then."""
    return wire.BalanceAt(
        at=projection.at,
        posted=shown(projection.posted),
        held=shown(projection.held),
        available=shown(projection.available),
        lifetime=shown(projection.lifetime),
        pending=shown(projection.pending),
        steps=[wire.Step(step.at, step.what.value, shown(step.points)) for step in projection.steps],
    )


def _balance(balance: memberships.Balance, lapse: Lapse | None) -> wire.Balance:
    return wire.Balance(
        posted=shown(balance.posted),
        held=shown(balance.held),
        available=shown(balance.available),
        lifetime=shown(balance.lifetime),
        pending=shown(balance.pending),
        next_lapse=wire.Lapse(lapse.at, lapse.points) if lapse else None,
        version=balance.version,
    )
