"""Holds as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import (
    AccountId,
    Amount,
    BalanceAfter,
    Cursor,
    HoldId,
    Limit,
    Location,
    Moment,
    NextCursor,
    Reason,
    Reference,
)
from guerdon.surfaces.native.wire.points import Entry

HoldState = Annotated[str, Meta(extra_json_schema={"enum": ["open", "captured", "voided", "expired"]})]


class HoldsQuery(Struct):
    """Which holds, newest first."""

    state: (
        Annotated[Literal["open", "captured", "voided", "expired"], Meta(description="Only holds in this state.")]
        | UnsetType
    ) = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Hold(Struct):
    """Reserved points."""

    id: HoldId
    account_id: AccountId
    state: HoldState
    points: Annotated[Decimal, Meta(description="What was reserved.", examples=[20])]
    remaining: Annotated[Decimal, Meta(description="What is still reserved.", examples=[7.5])]
    placed_at: Moment
    expires_at: Annotated[Moment, Meta(description="When it ends by itself; null: never.")] | None
    closed_at: Moment | None
    reason: str | None
    reference: str | None
    location: str | None


class Holds(Struct):
    """A page of holds."""

    data: list[Hold]
    next_cursor: NextCursor


class HoldRequest(Struct):
    """Points to reserve."""

    points: Amount
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None
    expires_at: Annotated[Moment, Meta(description="When it ends by itself, if nobody ends it before.")] | None = None


class CaptureRequest(Struct):
    """What to take of a hold: all that remains, or a part; its entry says what the hold does, or what is said here."""

    points: Amount | None = None
    release_rest: Annotated[bool, Meta(description="Free what is left, and close the hold.")] = False
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None


class HoldResult(Struct):
    """The hold as it was left, and the balance after it."""

    hold: Hold
    balance: BalanceAfter


class CaptureResult(Struct):
    """The entry that was written, the hold as it was left, and the balance after it."""

    entry: Entry
    hold: Hold
    balance: BalanceAfter
