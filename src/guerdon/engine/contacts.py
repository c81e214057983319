"""Checks what is known of how to reach a person, and turns it into identifiers that find the person."""

import re
from datetime import datetime
from uuid import UUID

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from guerdon.core.callers import Caller
from guerdon.core.dates import is_ahead, iso_date
from guerdon.core.members import EMAIL, PHONE, Identifier, Profile
from guerdon.core.refusals import ProfileInvalid
from guerdon.storage import members
from guerdon.storage.queries import Connection

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def checked(profile: Profile) -> tuple[Identifier, ...]:
    """The identifiers in a profile whose every detail must be right.

    Raises:
        ProfileInvalid: the email address, the phone number (not E.164) or the date of birth cannot be.
    """
    if profile.phone is not None and not _E164.fullmatch(profile.phone):
        raise ProfileInvalid("phone", "not a phone number in E.164 form")
    found = recognised(profile)
    namespaces = {identifier.namespace for identifier in found}
    for namespace, given in ((EMAIL, profile.email), (PHONE, profile.phone)):
        if given is not None and namespace not in namespaces:
            raise ProfileInvalid(namespace, f"not a valid {namespace}")
    return found


def recognised(profile: Profile) -> tuple[Identifier, ...]:
    """The identifiers in a profile of free text: what can be read as an address or a number is one.

    Raises:
        ProfileInvalid: the date of birth is no ISO date.
    """
    if profile.date_of_birth is not None and iso_date(profile.date_of_birth) is None:
        raise ProfileInvalid("date_of_birth", "not an ISO 8601 date")
    found = (_email(profile.email), _phone(profile.phone))
    return tuple(identifier for identifier in found if identifier)


def check_born(profile: Profile, now: datetime, before: Profile | None = None) -> None:
    """Whether somebody can be born already; what was known of the person before is let be.

    Raises:
        ProfileInvalid: the date of birth is no ISO date, or lies ahead.
    """
    text = profile.date_of_birth
    if text is None or (before is not None and text == before.date_of_birth):
        return
    born = iso_date(text)
    if born is None:
        raise ProfileInvalid("date_of_birth", "not an ISO 8601 date")
    if is_ahead(born, now):
        raise ProfileInvalid("date_of_birth", "lies ahead")


async def follow(connection: Connection, caller: Caller, member_id: UUID, before: Profile, after: Profile) -> None:
    """Makes a member answer to its new address and number, where they are free, and no more to the old ones."""
    found = recognised(after)
    kept = {(identifier.namespace, identifier.canonical) for identifier in found}
    for old in recognised(before):
        if (old.namespace, old.canonical) not in kept:
            await members.release(connection, member_id, old.namespace, old.canonical)
    for identifier in found:
        await members.claim(connection, caller.tenant_id, member_id, identifier)


def _email(text: str | None) -> Identifier | None:
    if text is None:
        return None
    try:
        return Identifier(EMAIL, validate_email(text, check_deliverability=False).normalized)
    except EmailNotValidError:
        return None


def _phone(text: str | None) -> Identifier | None:
    if text is None:
        return None
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Identifier(PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
