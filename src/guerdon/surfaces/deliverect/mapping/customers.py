"""Words to enrolments and look-ups, members to customers, and accounts to wallets; pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs

from guerdon.core import programs
from guerdon.core.dates import iso_date
from guerdon.core.lots import Lapse
from guerdon.core.members import EMAIL, NUMBER, PHONE, Identifier, Member, Profile
from guerdon.core.memberships import Membership, MembershipState
from guerdon.core.points import ZERO, over, whole, whole_up
from guerdon.core.programs import ChannelLink, Program
from guerdon.core.refusals import NotEnrolled
from guerdon.engine import contacts
from guerdon.engine.enrolling import Enrolment
from guerdon.surfaces.deliverect.mapping import USUAL_DIGITS, minor_of
from guerdon.surfaces.deliverect.wire import customers as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

PROVIDER = "deliverect.provider"
"""Namespace of Deliverect's own customers; the name in it is the member's public number."""

Status = Literal["activation_pending", "active", "blocked_by_provider"]

STATUSES: Mapping[MembershipState, Status] = {
    MembershipState.NEW: "activation_pending",
    MembershipState.PENDING: "activation_pending",
    MembershipState.ENROLLED: "active",
    MembershipState.CANCELED: "blocked_by_provider",
    MembershipState.DECLINED: "blocked_by_provider",
}

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def to_enrolment(call: Call[Any], link: ChannelLink) -> Enrolment:
    """An enrolment in the link's program.

    Raises:
        InvalidField: neither an email address nor a phone number, so that nobody could find the customer again.
    """
    body: wire.CreateCustomerRequest = call.body
    if body.email is None and body.phone_number is None:
        raise InvalidField("", "email or phoneNumber is required", missing=True)
    profile = Profile(
        first_name=body.first_name or None,
        last_name=body.last_name or None,
        email=body.email,
        phone=body.phone_number,
        date_of_birth=body.date_of_birth,
    )
    return Enrolment(caller=call.caller, at=call.at, profile=profile, namespace=PROVIDER, program_id=link.program_id)


def to_query(call: Call[wire.CreateCustomerRequest]) -> dict[str, str]:
    """What somebody was to be created by, as they are looked up by it."""
    given = {"email": call.body.email, "phoneNumber": call.body.phone_number}
    return {name: value for name, value in given.items() if value}


def to_lookups(query: Mapping[str, str]) -> list[tuple[Identifier, ...]]:
    """What a customer is asked for by, `providerId` first: each a list of names, all of them for one member.

    An empty parameter is one that was not given. A phone number whose `+` was not encoded comes in with a blank, as a
    provider's id too.

    Raises:
        InvalidField: no parameter was given.
        ProfileInvalid: not an email address, or not a phone number.
    """
    provider_id, email, phone = (query.get(name) or None for name in ("providerId", "email", "phoneNumber"))
    lookups: list[tuple[Identifier, ...]] = []
    if provider_id is not None:
        lookups.append(names(_with_plus(provider_id)))
    phone = None if phone is None else _with_plus(phone)
    lookups += [(identifier,) for identifier in contacts.checked(Profile(email=email, phone=phone))]
    if not lookups:
        raise InvalidField("", "providerId, email or phoneNumber is required", missing=True)
    return lookups


def _with_plus(text: str) -> str:
    return f"+{text.lstrip()}" if text.startswith(" ") else text


def names(provider_id: str) -> tuple[Identifier, ...]:
    """What a provider's id may be: a name given here, a public number, or what a guest typed in or had scanned."""
    own = tuple(Identifier(namespace, provider_id) for namespace in (PROVIDER, NUMBER))
    return (*own, *contacts.recognised(Profile(email=provider_id, phone=provider_id)))


def in_program(memberships: Sequence[Membership], link: ChannelLink) -> Membership:
    """The membership in the link's program.

    Raises:
        NotEnrolled: there is none.
    """
    for membership in memberships:
        if membership.program_id == link.program_id:
            return membership
    raise NotEnrolled(link.id)


def from_member(member: Member, membership: Membership, link: ChannelLink, tier: programs.Tier | None) -> wire.Customer:
    """A member as a customer: whole points rounded down, always with a status, the tier where the link shows tiers."""
    profile, lifetime = member.profile, membership.balance.lifetime
    named = profile.first_name is not None or profile.last_name is not None
    return wire.Customer(
        tier=from_tier(tier) if tier and link.shows_tiers else None,
        email=profile.email or member.identifiers.get(EMAIL),
        status=STATUSES[membership.state],
        last_name=profile.last_name,
        first_name=profile.first_name if named else profile.full_name,
        provider_id=member.number,
        date_of_birth=from_date(profile.date_of_birth),
        phone_number=_phone(member),
        lifetime_points_balance=whole(lifetime),
    )


def as_created(shown: wire.Customer, link: ChannelLink) -> wire.Customer:
    """A customer as creating one answers: on a link that does not show tiers without a status, as the sample has it."""
    return shown if link.shows_tiers else structs.replace(shown, status=UNSET)


def from_tier(tier: programs.Tier) -> wire.Tier:
    """A step of the ladder; its limits in whole points that a customer's figure can be compared with."""
    requirements = wire.Requirements(
        max_lifetime_points=None if tier.max_lifetime is None else whole(tier.max_lifetime),
        min_lifetime_points=whole_up(tier.min_lifetime),
    )
    return wire.Tier(tier.name, wire.Media(tier.media_url, tier.media_type, requirements), tier.description)


def from_ladder(ladder: Sequence[programs.Tier], link: ChannelLink) -> list[wire.ListedTier]:
    """The ladder, lowest step first; empty on a link that does not show it."""
    steps = [from_tier(tier) for tier in ladder] if link.shows_tiers else []
    return [
        wire.ListedTier(
            tier.name, tier.description, wire.Picture(tier.media.url, tier.media.media_type), tier.media.requirements
        )
        for tier in steps
    ]


def from_account(membership: Membership, lapses: Sequence[Lapse], program: Program) -> wire.Wallet:
    """What can be spent: points and, where they have a price, the same points as money, rounded down."""
    available = membership.balance.available
    cash = cash_of(available, program)
    money = [(lapse, cash_of(lapse.points, program)) for lapse in lapses]
    return wire.Wallet(
        cash=wire.Cash(
            balance=cash,
            balance_amount=minor_of(cash, USUAL_DIGITS),
            expirations=[wire.Expiration(amount, last_day(lapse, program)) for lapse, amount in money if amount],
        ),
        points=wire.Points(
            balance=available or ZERO,
            expirations=[wire.Expiration(lapse.points, last_day(lapse, program)) for lapse in lapses],
        ),
    )


def cash_of(points: Decimal, program: Program) -> Decimal:
    """Points as money in units of the currency, rounded down to the smallest; none where points have no price."""
    if program.points_per_unit is None or points <= 0:
        return ZERO
    return over(points, program.points_per_unit, USUAL_DIGITS)


def last_day(lapse: Lapse, program: Program) -> str:
    """The last day on which points can be spent, in the program's time zone."""
    last = lapse.at - timedelta(microseconds=1)
    return last.astimezone(ZoneInfo(program.expiry.time_zone)).date().isoformat()


def from_date(text: str | None) -> str | None:
    """The date part of an ISO text as its midnight, with microseconds and offset."""
    day = None if text is None else iso_date(text)
    return None if day is None else f"{day.isoformat()}T00:00:00.000000+00:00"


def _phone(member: Member) -> str | None:
    """In E.164 form or not at all: other surfaces take phone numbers as free text."""
    given = member.profile.phone
    return given if given is not None and _E164.fullmatch(given) else member.identifiers.get(PHONE)
