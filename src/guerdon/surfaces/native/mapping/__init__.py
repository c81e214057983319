"""The native API's words to commands, and what the engine answers to its words; pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core.commands import Posting
from guerdon.core.points import ZERO, exact, minus, positive
from guerdon.core.refusals import EntryNotFound, PointsOutOfRange, Refusal
from guerdon.surfaces.native import wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Answer, Call

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing happened before it."""

LATEST = datetime(3000, 1, 1, tzinfo=UTC)
"""Nothing is planned beyond it."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a client's clock may be."""

HIGHEST_VERSION = 2**63 - 1

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"[1-9][0-9]{0,18}")
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


def version_of(call: Call[Any]) -> int:
    """The version of an entry in the path; a text that is no version is the version of nothing.

    Raises:
        EntryNotFound: it is none.
    """
    text = call.request.path["version"]
    if not _VERSION.fullmatch(text) or int(text) > HIGHEST_VERSION:
        raise EntryNotFound(text)
    return int(text)


def amount(points: Any) -> Decimal:
    """The points of a body: a JSON number above zero.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: zero and below, too large or too fine.
    """
    return positive(_number(points))


def figure(points: Any) -> Decimal:
    """A figure of a body: a JSON number of either sign.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: too large or too fine.
    """
    return exact(_number(points))


def change(points: Any) -> Decimal:
    """A change of a body: a JSON number of either sign that is not zero.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: zero, too large or too fine.
    """
    value = figure(points)
    if not value:
        raise PointsOutOfRange(str(points)[:60])
    return value


def _number(points: Any) -> int | Decimal:
    if isinstance(points, bool) or not isinstance(points, int | Decimal):
        raise InvalidField("points", "Expected a number")
    return points


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
    if given is None:
        return None
    if not EARLIEST <= given < LATEST:
        raise InvalidField(name, "is too long ago" if given < EARLIEST else "is too far ahead")
    return given.astimezone(UTC)


def shown(points: Decimal) -> Decimal:
    """Points with the digits that the ledger has; no points without any."""
    return points or ZERO


def answer(call: Call[Any], posting: Posting, body: msgspec.Struct) -> Answer:
    """An answer to a write, marked where it was given before."""
    headers = {wire.REPLAYED: "true"} if posting.replayed else {}
    return Answer(call.request.operation.status, _ENCODER.encode(body), headers)


def after(posting: Posting) -> wire.BalanceAfter:
    """The figures right after a posting."""
    available = minus(posting.posted, posting.held)
    return wire.BalanceAfter(shown(posting.posted), shown(posting.held), shown(available))
