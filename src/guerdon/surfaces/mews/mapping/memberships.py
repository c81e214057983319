"""Mews' words to filters and changes of memberships, and memberships to its words; pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.memberships import Balance, Filter, Membership, MembershipState
from guerdon.core.points import whole
from guerdon.engine.joining import KEEP, Change, Joining
from guerdon.surfaces.mews.mapping import in_scope, instant, interval, set_, set_as, spelled_instant, states
from guerdon.surfaces.mews.wire import memberships as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Request

INT32 = (-(2**31), 2**31 - 1)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>\"\\^`{|}]+")
_WEB = re.compile(r"https?:", re.IGNORECASE)
_WEB_HOST = re.compile(r"https?://[^/?#]", re.IGNORECASE)

_STATES = {state: MembershipState(state.value.lower()) for state in wire.LoyaltyMembershipState}
_SPELLED = {state: spelled for spelled, state in _STATES.items()}


def to_filter(body: wire.GetAllRequest, chains: frozenset[UUID], request: Request) -> Filter:
    """What is wanted: active memberships unless asked otherwise; chains out of scope match nothing.

    Raises:
        InvalidField: an interval is too long, ends before it starts, or has ends that are no dates.
    """
    active, deleted = states(body.activity_states, request)
    return Filter(
        chain_ids=in_scope(body.chain_ids, chains),
        ids=body.loyalty_membership_ids,
        member_ids=body.account_ids,
        program_ids=body.loyalty_program_ids,
        states=[_STATES[state] for state in set(body.membership_states)] if body.membership_states else None,
        numbers=_both(body.membership_numbers, body.codes),
        provider_ids=body.provider_membership_ids,
        active=active,
        deleted=deleted,
        created=interval("CreatedUtc", body.created_utc),
        updated=interval("UpdatedUtc", body.updated_utc),
    )


def _both(numbers: Sequence[str] | None, codes: Sequence[str] | None) -> Sequence[str] | None:
    """Two filters on the one number that has two names: as with all filters, both must match."""
    if numbers is None or codes is None:
        return codes if numbers is None else numbers
    return sorted(set(numbers).intersection(codes))


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
        program_id=set_(update.loyalty_program_id),
        is_primary=set_(update.is_primary),
        state=KEEP if update.state is None else _STATES[update.state.value],
        number=set_(number),
        provider_id=set_(update.provider_membership_id),
        url=set_as(_url, update.url),
        expires_at=set_as(_expiry, update.expiration_date),
        tier_id=set_(update.loyalty_tier_id),
        points=set_as(Decimal, update.points),
    )


def _url(text: str) -> str:
    """An absolute URI, or nothing at all as an old client sends it."""
    if text and (not _URI.fullmatch(text) or (_WEB.match(text) and not _WEB_HOST.match(text))):
        raise InvalidField("Url", "Url is not an absolute URI")
    return text


def _expiry(text: str) -> datetime:
    """A moment in whole seconds, which is all that goes out again."""
    return instant("ExpirationDate", text).replace(microsecond=0)


def from_memberships(memberships: Sequence[Membership], tiers: Sequence[UUID | None]) -> wire.LoyaltyMembershipResult:
    """Memberships in their order, each with the tier that it is seen on, and the id of the last one."""
    spelled = [_from_membership(*each) for each in zip(memberships, tiers, strict=True)]
    return wire.LoyaltyMembershipResult(spelled, spelled[-1].id if spelled else None)


def _from_membership(membership: Membership, tier_id: UUID | None) -> wire.LoyaltyMembership:
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
        expiration_date=None if membership.expires_at is None else spelled_instant(membership.expires_at),
        url=membership.url,
        loyalty_tier_id=tier_id,
    )


def _points(balance: Balance) -> int | None:
    """Whole points within 32 bits; null while nothing was ever posted, which is not the same as 0."""
    least, most = INT32
    return None if balance.version == 0 else max(least, min(most, whole(balance.posted)))
