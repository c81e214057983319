"""XOMNI's words to ours and back: names, texts, dates and pages; pure."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from guerdon.core.dates import iso_instant
from guerdon.core.members import EMAIL, NUMBER, Identifier, Listing, Member
from guerdon.core.refusals import MemberNotFound
from guerdon.engine.answering import Write
from guerdon.engine.changing import Leaving
from guerdon.surfaces.xomni import wire
from guerdon.web.encoding import encode
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Answer, Call

USER_NAME = "xomni.username"
"""Namespace of the names that XOMNI's clients gave; unique in the tenant whatever the case."""

ANONYMOUS, LOYALTY = (1, "Anonymous"), (2, "Loyalty")
"""The PII user types: number and word."""

MOST_TAKEN = 1_000
LARGEST = 2**31 - 1
"""Of an id and of an offset: both are 32-bit integers in the vendor's clients."""

DELETED = Answer(202)
"""Nothing in it, and no JSON either: some clients would try to read that."""

_DIGITS = re.compile(r"[0-9]{1,10}")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def names(user_name: str) -> tuple[Identifier, ...]:
    """Whom a user name may mean, in order; members from elsewhere are known by their address or public number."""
    return tuple(Identifier(namespace, user_name) for namespace in (USER_NAME, EMAIL, NUMBER))


def user_name(member: Member) -> str:
    """The name that a member is shown under: nobody else has it, which is not so of an email address."""
    return member.identifiers.get(USER_NAME) or member.number


def check_texts(body: Struct, limits: Mapping[str, int] = wire.LIMITS) -> None:
    """Texts within their limits.

    Raises:
        InvalidField: one is longer.
    """
    for field in structs.fields(body):
        text, limit = getattr(body, field.name), limits.get(field.encode_name)
        if limit is not None and isinstance(text, str) and utf16_units(text) > limit:
            raise InvalidField(field.encode_name, f"is longer than {limit} characters")


def check_user_name(name: object) -> str:
    """A user name that somebody can be found by.

    Raises:
        InvalidField: it is missing or blank.
    """
    if not isinstance(name, str):
        raise InvalidField("UserName", "is required", missing=True)
    if not name.strip():
        raise InvalidField("UserName", "must not be blank")
    return name


def check_date(name: str, text: str | None) -> str | None:
    """A date as .NET would read it, as it was written.

    Raises:
        InvalidField: it is none.
    """
    if text is not None and not is_date(text):
        raise InvalidField(name, "is not an ISO 8601 date with at most 7 digits of a second")
    return text


def password_of(text: object) -> str | None:
    """A password that is one: a null or empty one, or one that is left out, is none."""
    return text if isinstance(text, str) and text else None


def utf16_units(text: str) -> int:
    """The length of a text as .NET counts it: characters beyond the first 65,536 count twice."""
    return len(text.encode("utf-16-le")) // 2


def is_date(text: str) -> bool:
    """Whether .NET would read it: a date, or a date-time with up to 7 digits of a second and any offset or none."""
    return _DATE.fullmatch(text) is not None and iso_instant(text) is not None


def instant(at: datetime) -> str:
    """A moment in UTC as .NET writes it: seven digits of a second and a numeric offset."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def to_serial(text: str) -> int:
    """The number in a path or a body that names a user.

    Raises:
        MemberNotFound: nobody can have it.
    """
    if not _DIGITS.fullmatch(text) or int(text) > LARGEST:
        raise MemberNotFound(text[:80])
    return int(text)


def folded(query: Mapping[str, str]) -> dict[str, str]:
    """The parameters behind the question mark, their names in any case."""
    return {name.casefold(): value for name, value in query.items()}


def to_page(query: Mapping[str, str]) -> tuple[int, int]:
    """How many to skip and how many to take; both are required.

    Raises:
        InvalidField: one is missing, not a whole number, or out of its bounds.
    """
    given = folded(query)
    return whole(given, "skip", 0, LARGEST), whole(given, "take", 1, MOST_TAKEN)


def whole(query: Mapping[str, str], name: str, least: int, most: int) -> int:
    """A whole number of a `folded` query.

    Raises:
        InvalidField: it is missing, none, or out of its bounds.
    """
    text = query.get(name.casefold())
    if text is None:
        raise InvalidField(name, "is required", missing=True)
    if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
        raise InvalidField(name, f"must be a whole number from {least} to {most}")
    return int(text)


def to_write(call: Call[Any]) -> Write:
    """A create as one to be carried out once for its key: nothing of a password counts but whether there is one."""
    own = ("id", "created_date", "pii_user_type_id", "pii_user_type", "initiated_social_like_count", "password")
    body = structs.replace(call.body, **dict.fromkeys(own))
    within = sorted(map(str, call.caller.program_ids or ()))
    said = encode([call.request.operation.name, body, password_of(call.body.password) is not None, within])
    return Write(caller=call.caller, at=call.at, key=call.key, fingerprint=hashlib.sha256(said).digest())


def echoed(call: Call[Any]) -> str | None:
    """The password that an answer repeats: that of its own request."""
    password: str | None = call.body.password
    return None if wire.NO_PASSWORD_ECHO in call.request.switches else password


def to_leaving(call: Call[None], member: Member, program_id: UUID) -> Leaving:
    """The end of a user: of its name, metadata and password, and of the membership of a loyalty user."""
    return Leaving(caller=call.caller, at=call.at, member_id=member.id, program_id=program_id, namespace=USER_NAME)


def listing(program_id: UUID, **more: Any) -> Listing:
    """The loyalty users among the members: who has a user name, or is in the tenant's default program."""
    return Listing(namespace=USER_NAME, program_id=program_id, **more)
