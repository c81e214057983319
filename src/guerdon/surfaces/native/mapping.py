"""The native API's words to commands, and what the engine answers to its words; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core import memberships, statements
from guerdon.core.commands import Capture, Earn, Hold, Posting, Void
from guerdon.core.members import EMAIL, NUMBER, PHONE, Identifier, Member, Profile
from guerdon.core.points import ZERO, minus, positive
from guerdon.core.refusals import Refusal
from guerdon.engine import contacts
from guerdon.surfaces.native import wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Answer, Call

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing happened before it."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a client's clock may be."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.IGNORECASE)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def id_of(call: Call[Any], name: str, absent: Callable[[str], Refusal]) -> UUID:
    """An id in the path; a text that is no UUID is the id of nothing.

    Raises:
        Refusal: the one that `absent` makes.
    """
    text = call.request.path[name]
    if not _UUID.fullmatch(text):
        raise absent(text)
    return UUID(text)


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


def to_earn(call: Call[wire.EarnRequest], account_id: UUID) -> Earn:
    """An earn; a time that was given is part of the request.

    Raises:
        InvalidField, PointsOutOfRange: the amount or the time cannot be.
    """
    body = call.body
    return Earn(
        caller=call.caller,
        account_id=account_id,
        at=_effective(body.effective_at, call.at),
        key=call.key,
        points=amount(body.points),
        reason=body.reason,
        reference=body.reference,
        location=body.location,
        dated=body.effective_at is not None,
    )


def to_hold(call: Call[wire.HoldRequest], account_id: UUID, hold_id: UUID) -> Hold:
    """A new hold.

    Raises:
        InvalidField, PointsOutOfRange: the amount cannot be.
    """
    return Hold(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key,
        hold_id=hold_id,
        points=amount(call.body.points),
        reason=call.body.reason,
        reference=call.body.reference,
        location=call.body.location,
    )


def to_capture(call: Call[wire.CaptureRequest], hold: statements.Hold) -> Capture:
    """A capture of all that remains, or of a part.

    Raises:
        InvalidField, PointsOutOfRange: the amount cannot be.
    """
    return Capture(
        caller=call.caller,
        account_id=hold.account_id,
        at=call.at,
        key=call.key,
        hold_id=hold.id,
        points=None if call.body.points is None else amount(call.body.points),
        release_rest=call.body.release_rest,
    )


def to_void(call: Call[Any], hold: statements.Hold) -> Void:
    """A void of what a hold still reserves."""
    return Void(caller=call.caller, account_id=hold.account_id, at=call.at, key=call.key, hold_id=hold.id)


def is_final(body: wire.CaptureRequest) -> bool:
    """Whether a capture ends its hold whatever the figures are."""
    return body.points is None or body.release_rest


def amount(points: Any) -> Decimal:
    """The points of a body: a JSON number above zero.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: zero and below, too large or too fine.
    """
    if isinstance(points, bool) or not isinstance(points, int | Decimal):
        raise InvalidField("points", "Expected a number")
    return positive(points)


def _effective(given: datetime | None, now: datetime) -> datetime:
    if given is None:
        return now
    if not EARLIEST <= given <= now + CLOCK_SKEW:
        raise InvalidField("effective_at", "is in the future" if given > now else "is too long ago")
    return given.astimezone(UTC)


def from_member(member: Member, held: Sequence[memberships.Membership]) -> wire.Member:
    """A member with its memberships."""
    known = {name: value for name, value in asdict(member.profile).items() if value is not None}
    return wire.Member(
        id=member.id,
        serial=member.serial,
        number=member.number,
        profile=wire.Profile(**known),
        identifiers=member.identifiers,
        created_at=member.created_at,
        memberships=[from_membership(membership) for membership in held],
    )


def from_membership(membership: memberships.Membership) -> wire.Membership:
    """A membership with the figures of its account."""
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
        balance=_balance(membership.balance),
    )


def from_entries(entries: Sequence[statements.Entry]) -> wire.Entries:
    """A page of entries; versions have no gaps, so that there are more exactly when the last one is not the first."""
    more = bool(entries) and entries[-1].version > 1
    return wire.Entries([from_entry(entry) for entry in entries], entries[-1].version if more else None)


def from_entry(entry: statements.Entry) -> wire.Entry:
    """An entry under an id that nothing else has."""
    return wire.Entry(
        id=f"{entry.account_id}.{entry.version}",
        version=entry.version,
        kind=entry.kind,
        points=shown(entry.points),
        balance_after=shown(entry.balance_after),
        effective_at=entry.effective_at,
        recorded_at=entry.recorded_at,
        reason=entry.reason,
        reference=entry.reference,
        location=entry.location,
        hold_id=entry.hold_id,
        surface=entry.surface,
        cause=entry.cause,
    )


def from_hold(hold: statements.Hold) -> wire.Hold:
    """A hold as it stands."""
    return wire.Hold(
        id=hold.id,
        account_id=hold.account_id,
        state=hold.state,
        points=shown(hold.points),
        remaining=shown(hold.remaining),
        placed_at=hold.placed_at,
        closed_at=hold.closed_at,
        reason=hold.reason,
        reference=hold.reference,
        location=hold.location,
    )


def earned(call: Call[Any], posting: Posting, entry: statements.Entry) -> Answer:
    """The answer to an earn, the same for every repeat."""
    return _answer(call, posting, wire.EarnResult(from_entry(entry), _after(posting)))


def held(call: Call[Any], posting: Posting, hold: statements.Hold) -> Answer:
    """The answer to a hold or a void, from the hold as it was left."""
    return _answer(call, posting, wire.HoldResult(from_hold(hold), _after(posting)))


def captured(call: Call[Any], posting: Posting, entry: statements.Entry, hold: statements.Hold) -> Answer:
    """The answer to a capture, from the hold as it stood right after it."""
    return _answer(call, posting, wire.CaptureResult(from_entry(entry), from_hold(hold), _after(posting)))


def shown(points: Decimal) -> Decimal:
    """Points with the digits that the ledger has; no points without any."""
    return points or ZERO


def _answer(call: Call[Any], posting: Posting, body: msgspec.Struct) -> Answer:
    headers = {wire.REPLAYED: "true"} if posting.replayed else {}
    return Answer(call.request.operation.status, _ENCODER.encode(body), headers)


def _after(posting: Posting) -> wire.BalanceAfter:
    available = minus(posting.posted, posting.held)
    return wire.BalanceAfter(shown(posting.posted), shown(posting.held), shown(available))


def _balance(balance: memberships.Balance) -> wire.Balance:
    return wire.Balance(
        posted=shown(balance.posted),
        held=shown(balance.held),
        available=shown(balance.available),
        lifetime=shown(balance.lifetime),
        version=balance.version,
    )
