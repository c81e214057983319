"""Pending earns as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import (
    AccountId,
    BalanceAfter,
    Cursor,
    Limit,
    Location,
    Moment,
    NextCursor,
    PendingId,
    Reason,
    Reference,
)

PendingState = Annotated[str, Meta(extra_json_schema={"enum": ["open", "activated", "cancelled"]})]


class PendingEarnsQuery(Struct):
    """Which pending earns, newest first."""

    state: (
        Annotated[Literal["open", "activated", "cancelled"], Meta(description="Only pending earns in this state.")]
        | UnsetType
    ) = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class PendingEarn(Struct):
    """Points that are promised and not yet in the balance."""

    id: PendingId
    account_id: AccountId
    state: PendingState
    points: Annotated[Decimal, Meta(description="What was promised.", examples=[25])]
    remaining: Annotated[Decimal, Meta(description="What is still promised.", examples=[25])]
    placed_at: Moment
    activates_at: Annotated[Moment, Meta(description="When it becomes an earn by itself; null: by call.")] | None
    expires_at: Annotated[Moment, Meta(description="When the points will lapse; null: as the program says.")] | None
    closed_at: Moment | None
    reason: str | None
    reference: str | None
    location: str | None


class PendingEarns(Struct):
    """A page of pending earns."""

    data: list[PendingEarn]
    next_cursor: NextCursor


class ActivateRequest(Struct):
    """What to say of the entry where that is not what was said of the pending earn."""

    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None


class PendingResult(Struct):
    """The pending earn as it was left, and the balance after it."""

    pending_earn: PendingEarn
    balance: BalanceAfter
