"""XOMNI's PII users of any type, and who is calling; pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from guerdon.core.members import Listing, Member, Profile
from guerdon.engine.enrolling import Enrolment
from guerdon.surfaces.xomni import mapping, wire
from guerdon.surfaces.xomni.mapping import ANONYMOUS, LOYALTY, USER_NAME
from guerdon.web.operations import Call

FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
"""Day 0 of OLE Automation."""

LAST_DAY = 2_958_464
"""The last one that has a day after it: 9999-12-30."""


def to_listing(query: Mapping[str, str], program_id: UUID) -> Listing:
    """Which users are wanted: all of them, or those made on a day.

    Raises:
        InvalidField: the day is no whole number, or none of the calendar's.
    """
    given = mapping.folded(query)
    if "createdoadate" not in given:
        return mapping.listing(program_id, with_anonymous=True)
    day = FIRST_DAY + timedelta(mapping.whole(given, "createdOADate", 0, LAST_DAY))
    return mapping.listing(program_id, with_anonymous=True, created=(day, day + timedelta(1)))


def to_registration(call: Call[Any], name: str | None, password: str | None) -> Enrolment:
    """Somebody anonymous: a name and a password, and no points.

    Raises:
        InvalidField: a text is too long, or the user name is blank.
    """
    mapping.check_user_name(call.body.user_name)
    mapping.check_texts(call.body)
    return Enrolment(
        caller=call.caller,
        at=call.at,
        profile=Profile(full_name=name),
        namespace=USER_NAME,
        name=call.body.user_name,
        is_shown=True,
        strict=False,
        separate=True,
        password=mapping.password_of(password),
        is_anonymous=True,
    )


def from_member(member: Member, *, password: str | None = None) -> wire.PIIUser:
    """A member as a PII user of its type."""
    type_id, type_name = ANONYMOUS if member.is_anonymous else LOYALTY
    return wire.PIIUser(
        user_name=mapping.user_name(member),
        password=mapping.password_of(password),
        name=member.profile.display_name,
        pii_user_type=type_name,
        id=member.serial,
        pii_user_type_id=type_id,
        created_date=mapping.instant(member.created_at),
        initiated_social_like_count=0,
    )


def from_page(page: Sequence[tuple[Member, object]], count: int) -> wire.PIIUserPage:
    """A page of members as PII users."""
    return wire.PIIUserPage([from_member(member) for member, _ in page], count)


def to_principal(name: str, rights: Sequence[str]) -> wire.Principal:
    """Who is calling, and what for."""
    return wire.Principal(name, None, name, [wire.ApiUserRight(*wire.RIGHTS[right]) for right in rights])
