"""Moments within bounds: when something happened, is planned, or is asked about; pure."""

import re
from datetime import UTC, datetime, timedelta

from guerdon.web.failures import InvalidField

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing happened before it."""

LATEST = datetime(3000, 1, 1, tzinfo=UTC)
"""Nothing is planned beyond it."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a client's clock may be."""

_DAY = re.compile(r"\d{4}-\d\d-", re.ASCII)


def past(name: str, given: datetime | None, now: datetime) -> datetime:
    """When something happened: now, unless another time is given.

    Raises:
        InvalidField: it is in the future, or too long ago.
    """
    if given is None:
        return now
    if not EARLIEST <= given <= now + CLOCK_SKEW:
        raise InvalidField(name, "is in the future" if given > now else "is too long ago")
    return given.astimezone(UTC)


def planned(name: str, given: datetime | None) -> datetime | None:
    """When something is to happen; the ledger says no to a time that must lie ahead and does not.

    Raises:
        InvalidField: it is out of all bounds.
    """
    return None if given is None else bounded(name, given)


def said(name: str, text: str, read: object) -> None:
    """Checks a parameter that was read as a moment: a number is taken for Unix time, and 2020 is in 1970 by that.

    Raises:
        InvalidField: it was no date with a time, or is out of all bounds.
    """
    if not isinstance(read, datetime):
        return
    if not _DAY.match(text):
        raise InvalidField(name, "Expected a date and a time, as in RFC 3339", is_parameter=True)
    bounded(name, read, is_parameter=True)


def bounded(name: str, given: datetime, path: tuple[str, ...] = (), *, is_parameter: bool = False) -> datetime:
    """A moment in UTC.

    Raises:
        InvalidField: it is out of all bounds, at the edge of the calendar say, where it has no UTC.
    """
    if not EARLIEST <= given < LATEST:
        wrong = "is too long ago" if given < EARLIEST else "is too far ahead"
        raise InvalidField(name, wrong, path=path, is_parameter=is_parameter)
    return given.astimezone(UTC)
