"""XOMNI's loyalty users to enrolments, and members to its loyalty users; pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec import structs

from guerdon.core.dates import iso_instant
from guerdon.core.members import Member, Profile
from guerdon.core.memberships import Membership
from guerdon.core.points import exact
from guerdon.core.refusals import MemberNotFound
from guerdon.engine.enrolling import Enrolment
from guerdon.surfaces.xomni import wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

USER_NAME = "xomni.username"
"""Namespace of the names that XOMNI's clients gave; unique in the tenant whatever the case."""

LOYALTY = (2, "Loyalty")
"""The PII user type of every loyalty user: its number and its word."""

MOST_TAKEN = 1_000
LARGEST = 2**31 - 1
"""Of an id and of an offset: both are 32-bit integers in the vendor's clients."""

_DIGITS = re.compile(r"[0-9]{1,10}")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def to_enrolment(call: Call[wire.NewLoyaltyUser]) -> Enrolment:
    """An enrolment in the tenant's default program, contact details as free text.

    Raises:
        InvalidField: a text is too long, the user name is blank, or the date of birth is not a date.
        PointsOutOfRange: the points are not a finite number of a size that can be kept.
    """
    body = call.body
    _check_texts(body)
    if body.date_of_birth is not None and not is_date(body.date_of_birth):
        raise InvalidField("DateOfBirth", "is not an ISO 8601 date with at most 7 digits of a second")
    return Enrolment(
        caller=call.caller,
        at=call.at,
        profile=_profile(body),
        namespace=USER_NAME,
        name=body.user_name,
        strict=False,
        separate=True,
        password=body.password or None,
        available=None if body.available_points is None else exact(body.available_points),
    )


def _check_texts(body: wire.NewLoyaltyUser) -> None:
    if not body.user_name.strip():
        raise InvalidField("UserName", "must not be blank")
    for field in structs.fields(body):
        text, limit = getattr(body, field.name), wire.LIMITS.get(field.encode_name)
        if limit is not None and isinstance(text, str) and utf16_units(text) > limit:
            raise InvalidField(field.encode_name, f"is longer than {limit} characters")


def utf16_units(text: str) -> int:
    """The length of a text as .NET counts it: characters beyond the first 65,536 count twice."""
    return len(text.encode("utf-16-le")) // 2


def is_date(text: str) -> bool:
    """Whether .NET would read it: a date, or a date-time with up to 7 digits of a second and any offset or none."""
    return _DATE.fullmatch(text) is not None and iso_instant(text) is not None


def _profile(body: wire.NewLoyaltyUser) -> Profile:
    return Profile(
        full_name=body.name,
        email=body.e_mail_address,
        phone=body.phone_number,
        date_of_birth=body.date_of_birth,
        gender=body.gender,
        address_line_1=body.street_address_1,
        address_line_2=body.street_address_2,
        city=body.city,
        region=body.state,
        postal_code=body.zip,
    )


def from_member(member: Member, membership: Membership | None, *, password: str | None = None) -> wire.LoyaltyUser:
    """A member as a loyalty user; points are null until some were posted, the password unless it just came in."""
    profile = member.profile
    untouched = membership is None or membership.balance.version == 0
    type_id, type_name = LOYALTY
    return wire.LoyaltyUser(
        user_name=member.identifiers.get(USER_NAME) or profile.email or member.number,
        id=member.serial,
        created_date=instant(member.created_at),
        pii_user_type_id=type_id,
        available_points=None if membership is None or untouched else membership.balance.available,
        street_address_1=profile.address_line_1,
        street_address_2=profile.address_line_2,
        city=profile.city,
        state=profile.region,
        zip=profile.postal_code,
        phone_number=profile.phone,
        e_mail_address=profile.email,
        gender=profile.gender,
        date_of_birth=profile.date_of_birth,
        password=password or None,
        name=profile.full_name if profile.full_name is not None else profile.display_name,
        pii_user_type=type_name,
        initiated_social_like_count=0,
    )


def instant(at: datetime) -> str:
    """A moment in UTC as .NET writes it: seven digits of a second and a numeric offset."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def membership_in(program_id: UUID, memberships: Sequence[Membership]) -> Membership | None:
    """The one in this program, if there is one."""
    return next((membership for membership in memberships if membership.program_id == program_id), None)


def to_serial(text: str) -> int:
    """The number in a path that names a loyalty user.

    Raises:
        MemberNotFound: nobody can have it.
    """
    if not _DIGITS.fullmatch(text) or int(text) > LARGEST:
        raise MemberNotFound(text[:80])
    return int(text)


def to_page(query: Mapping[str, str]) -> tuple[int, int]:
    """How many to skip and how many to take; both are required.

    Raises:
        InvalidField: one is missing, not a whole number, or out of its bounds.
    """
    folded = {name.casefold(): value for name, value in query.items()}
    return _whole(folded, "skip", 0, LARGEST), _whole(folded, "take", 1, MOST_TAKEN)


def _whole(query: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        raise InvalidField(name, "is required", missing=True)
    if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
        raise InvalidField(name, f"must be a whole number from {least} to {most}")
    return int(text)


def from_page(page: Sequence[tuple[Member, Membership | None]], count: int) -> wire.LoyaltyUserPage:
    """A page of members as loyalty users."""
    return wire.LoyaltyUserPage([from_member(member, membership) for member, membership in page], count)
