"""Mews' bodies as they cross the wire: credentials in every body, values wrapped in updates."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

MOST_ITEMS = 1_000
DELETED_TOO = "deleted_too"
"""The switch by which a getAll without `ActivityStates` gives deleted records too."""

LENIENT = "lenient"
"""The switch by which a getAll without a `Limitation` is one with `ASSUMED_ITEMS`."""

ASSUMED_ITEMS = 100
VALUE = "Value"
"""The one member of every update wrapper; errors are about the member that is wrapped."""

INTERVAL_TOO_LONG = "The interval must not exceed 3M1D."
"""Three months and a day; the one error text of its own that clients look for."""

Token = Annotated[str, Meta(min_length=1)]
Int32 = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
Count = Annotated[int, Meta(ge=1, le=MOST_ITEMS)]
Ids = Annotated[list[UUID], Meta(min_length=1, max_length=MOST_ITEMS)]
Texts = Annotated[list[str], Meta(min_length=1, max_length=MOST_ITEMS)]


class ActivityState(Enum):
    """Whether a record is in use or was deleted."""

    ACTIVE = "Active"
    DELETED = "Deleted"


class Credentials(Struct, rename="pascal", kw_only=True):
    """What every body carries: the integration, its connection, and the caller's name and version.

    The languages are taken and change nothing: there are no texts here that are translated.
    """

    client_token: Token
    access_token: Token
    client: Token
    language_code: str | None = None
    culture_code: str | None = None


class TimeInterval(Struct, rename="pascal", kw_only=True):
    """From `StartUtc` (in) to `EndUtc` (out); equal ends are that one instant."""

    start_utc: str
    end_utc: str


class Limitation(Struct, rename="pascal", kw_only=True):
    """How many items, and the id of the last one seen."""

    count: Count
    cursor: UUID | None = None


Limited = Annotated[
    Limitation | None, Meta(description="Required, unless the server is told that 100 items are meant without it.")
]


class StringUpdateValue(Struct, rename="pascal"):
    """A new text, or null to clear."""

    value: str | None = None


class GuidNullableUpdateValue(Struct, rename="pascal"):
    """A new id, or null to clear."""

    value: UUID | None = None


class Int32NullableUpdateValue(Struct, rename="pascal"):
    """A new whole number, or null to clear."""

    value: Int32 | None = None


class GuidUpdateValue(Struct, rename="pascal"):
    """A new id."""

    value: UUID


class BooleanUpdateValue(Struct, rename="pascal"):
    """A new boolean."""

    value: bool


class Empty(Struct):
    """The answer to a write that has no result: `{}`."""


class ErrorBody(Struct, rename="pascal"):
    """Every failure; `RequestId` is also a header of the answer."""

    message: str
    request_id: str
