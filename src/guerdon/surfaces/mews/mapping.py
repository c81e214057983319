"""Mews' words to filters and changes, and memberships to its words; pure."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.dates import iso_instant
from guerdon.core.memberships import Balance, Filter, Interval, Membership, MembershipState
from guerdon.core.points import whole
from guerdon.engine.joining import KEEP, Change, Joining, Keep
from guerdon.surfaces.mews import wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Request

MOST_MONTHS = 3
INT32 = (-(2**31), 2**31 - 1)
_INSTANT = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>\"\\^`{|}]+")
_WEB = re.compile(r"https?:", re.IGNORECASE)
_WEB_HOST = re.compile(r"https?://[^/?#]", re.IGNORECASE)

_STATES = {state: MembershipState(state.value.lower()) for state in wire.LoyaltyMembershipState}
_SPELLED = {state: spelled for spelled, state in _STATES.items()}

Value_co = TypeVar("Value_co", covariant=True)
Value = TypeVar("Value")
Mapped = TypeVar("Mapped")


class Wrapper(Protocol[Value_co]):
    """Any of the update wrappers."""

    @property
    def value(self) -> Value_co:
        """What is to be written."""


def minimal(request: Request) -> bool:
    """Whether the client would rather have no body than one without content (RFC 7240)."""
    preferences = request.headers.get("prefer", "").replace('"', "").lower().split(",")
    return "return=minimal" in [preference.strip() for preference in preferences]


def to_writer(caller: Caller, chain_id: UUID | None, chains: frozenset[UUID]) -> Caller:
    """The caller, bound to one chain: its own, or the one that a caller with several of them names.

    Raises:
        InvalidField: a caller with several chains names none of them.
    """
    if caller.chain_id is not None:
        return caller
    if chain_id not in chains:
        raise InvalidField("ChainId", "not a chain within scope", missing=chain_id is None)
    return replace(caller, chain_id=chain_id)


def to_filter(body: wire.GetAllRequest, chains: frozenset[UUID]) -> Filter:
    """What is wanted: active memberships unless asked otherwise; chains out of scope match nothing.

    Raises:
        InvalidField: an interval is too long, ends before it starts, or has ends that are no dates.
    """
    wanted = body.activity_states or [wire.ActivityState.ACTIVE]
    return Filter(
        chain_ids=sorted(chains if body.chain_ids is None else chains.intersection(body.chain_ids)),
        ids=body.loyalty_membership_ids,
        member_ids=body.account_ids,
        program_ids=body.loyalty_program_ids,
        states=[_STATES[state] for state in set(body.membership_states)] if body.membership_states else None,
        numbers=_both(body.membership_numbers, body.codes),
        provider_ids=body.provider_membership_ids,
        active=wire.ActivityState.ACTIVE in wanted,
        deleted=wire.ActivityState.DELETED in wanted,
        created=_interval("CreatedUtc", body.created_utc),
        updated=_interval("UpdatedUtc", body.updated_utc),
    )


def _both(numbers: Sequence[str] | None, codes: Sequence[str] | None) -> Sequence[str] | None:
    """Two filters on the one number that has two names: as with all filters, both must match."""
    if numbers is None or codes is None:
        return codes if numbers is None else numbers
    return sorted(set(numbers).intersection(codes))


def _interval(name: str, sent: wire.TimeInterval | None) -> Interval:
    if sent is None:
        return None, None
    start, end = _instant("StartUtc", sent.start_utc), _instant("EndUtc", sent.end_utc)
    if start > end:
        raise InvalidField(name, f"{name} starts after its end")
    if end > _latest_end(start):
        raise InvalidField(name, wire.INTERVAL_TOO_LONG)
    if start < end:
        return start, end
    return start, _later(start, _INSTANT)


def _latest_end(start: datetime) -> datetime:
    """Three months and a day after the start; the last day of a shorter month stands for the days it lacks."""
    years, month = divmod(start.month - 1 + MOST_MONTHS, 12)
    year = start.year + years
    if year > _LAST.year:
        return _LAST
    day = min(start.day, monthrange(year, month + 1)[1])
    return _later(start.replace(year=year, month=month + 1, day=day), timedelta(days=1))


def _later(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return _LAST


def _instant(name: str, text: str) -> datetime:
    moment = iso_instant(text)
    if moment is None:
        raise InvalidField(name, f"{name} is not an ISO 8601 date")
    return moment


def to_joining(item: wire.LoyaltyMembershipParameters) -> Joining:
    """A membership to add; enrolled where no state is given.

    Raises:
        InvalidField: the expiration date or the URL is none.
    """
    return Joining(
        member_id=item.account_id,
        program_id=item.loyalty_program_id,
        is_primary=item.is_primary,
        state=_STATES[item.state or wire.LoyaltyMembershipState.ENROLLED],
        number=item.code if item.membership_number is None else item.membership_number,
        provider_id=item.provider_membership_id,
        url=None if item.url is None else _url(item.url),
        expires_at=None if item.expiration_date is None else _expiry(item.expiration_date),
        tier_id=item.loyalty_tier_id,
        points=None if item.points is None else Decimal(item.points),
    )


def to_change(update: wire.LoyaltyMembershipUpdateParameters) -> Change:
    """What is to change; of the number's two names the newer one counts where both are sent.

    Raises:
        InvalidField: the expiration date or the URL is none.
    """
    number = update.code if update.membership_number is None else update.membership_number
    return Change(
        membership_id=update.loyalty_membership_id,
        program_id=_set(update.loyalty_program_id),
        is_primary=_set(update.is_primary),
        state=KEEP if update.state is None else _STATES[update.state.value],
        number=_set(number),
        provider_id=_set(update.provider_membership_id),
        url=_set_as(_url, update.url),
        expires_at=_set_as(_expiry, update.expiration_date),
        tier_id=_set(update.loyalty_tier_id),
        points=_set_as(Decimal, update.points),
    )


def _set(wrapper: Wrapper[Value] | None) -> Value | Keep:
    return KEEP if wrapper is None else wrapper.value


def _set_as(mapped: Callable[[Value], Mapped], wrapper: Wrapper[Value | None] | None) -> Mapped | Keep | None:
    if wrapper is None:
        return KEEP
    return None if wrapper.value is None else mapped(wrapper.value)


def _url(text: str) -> str:
    """An absolute URI, or nothing at all as an old client sends it."""
    if text and (not _URI.fullmatch(text) or (_WEB.match(text) and not _WEB_HOST.match(text))):
        raise InvalidField("Url", "Url is not an absolute URI")
    return text


def _expiry(text: str) -> datetime:
    """A moment in whole seconds, which is all that goes out again."""
    return _instant("ExpirationDate", text).replace(microsecond=0)


def from_memberships(memberships: Iterable[Membership]) -> wire.LoyaltyMembershipResult:
    """Memberships in their order, with the id of the last one."""
    spelled = [_from_membership(membership) for membership in memberships]
    return wire.LoyaltyMembershipResult(spelled, spelled[-1].id if spelled else None)


def _from_membership(membership: Membership) -> wire.LoyaltyMembership:
    return wire.LoyaltyMembership(
        id=membership.id,
        chain_id=membership.chain_id,
        account_id=membership.member_id,
        loyalty_program_id=membership.program_id,
        state=_SPELLED[membership.state],
        is_primary=membership.is_primary,
        provider_membership_id=membership.provider_id,
        membership_number=membership.number,
        code=membership.number,
        points=_points(membership.balance),
        expiration_date=None if membership.expires_at is None else _spelled_instant(membership.expires_at),
        url=membership.url,
        loyalty_tier_id=membership.tier_id,
    )


def _points(balance: Balance) -> int | None:
    """Whole points within 32 bits; null while nothing was ever posted, which is not the same as 0."""
    least, most = INT32
    return None if balance.version == 0 else max(least, min(most, whole(balance.posted)))


def _spelled_instant(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
