"""Entries and lots, and what moves points, as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import (
    Amount,
    BalanceAfter,
    Cursor,
    EntryVersion,
    Limit,
    Location,
    MembershipId,
    Moment,
    NextCursor,
    PendingId,
    Reason,
    Reference,
    SignedAmount,
)
from guerdon.surfaces.native.wire.pending import PendingEarn

LotEnd = Annotated[Moment, Meta(description="When the points lapse; without it, as the program says.")]
Grace = Annotated[
    Moment, Meta(description="When points that go back to a lapsed lot lapse again; without it, as the program says.")
]


class EntriesQuery(Struct):
    """Which entries, newest first."""

    kind: (
        Annotated[
            Literal["earn", "adjust", "set", "capture", "expire", "reverse", "transfer"],
            Meta(description="Only of this kind."),
        ]
        | UnsetType
    ) = UNSET
    reference: Annotated[Reference, Meta(description="Those with this reference.")] | UnsetType = UNSET
    since: Annotated[Moment, Meta(description="Those that are effective then or later.")] | UnsetType = UNSET
    until: Annotated[Moment, Meta(description="Those that are effective before.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class LotsQuery(Struct):
    """Which lots: the open ones first, in the order in which they are spent, then the others, newest first."""

    state: Annotated[Literal["open"], Meta(description="Only lots of which something is left.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Entry(Struct):
    """One posting to a points account; it never changes."""

    id: Annotated[
        str,
        Meta(
            description="The account's id, a dot, and the version.", examples=["01975d1e-8c5b-7d0e-9f2a-0d6c1b7a4e55.3"]
        ),
    ]
    version: EntryVersion
    kind: Annotated[
        str,
        Meta(
            description="The ledger's verb: earn, adjust, set, capture, expire, reverse, transfer.", examples=["earn"]
        ),
    ]
    points: Annotated[Decimal, Meta(description="Below 0 where points were taken.", examples=[12.5])]
    balance_after: Annotated[Decimal, Meta(description="Posted points after the entry.", examples=[120.5])]
    effective_at: Annotated[Moment, Meta(description="When it happened.")]
    recorded_at: Annotated[Moment, Meta(description="When it was written.")]
    reason: str | None
    reference: str | None
    location: str | None
    hold_id: Annotated[UUID, Meta(description="The hold that was captured.")] | None
    pending_id: Annotated[PendingId, Meta(description="The pending earn that became this one.")] | None
    reverses: Annotated[int, Meta(description="The version of the entry that it undoes.", examples=[2])] | None
    shortfall: (
        Annotated[Decimal, Meta(description="What a reversal was to take and could not, by the return policy.")] | None
    )
    from_pending: Annotated[Decimal, Meta(description="What a reversal took from pending earns.")] | None
    peer_account_id: Annotated[UUID, Meta(description="The account at the other end of a transfer.")] | None
    surface: Annotated[str, Meta(description="The API that it came through; `ledger` where points lapsed.")]
    cause: Annotated[str, Meta(description="The version of the rule that asked for it.")] | None


class Entries(Struct):
    """A page of entries."""

    data: list[Entry]
    next_cursor: NextCursor


class Lot(Struct):
    """Points that came in together and lapse together."""

    entry_version: Annotated[int, Meta(description="The entry that brought them.", examples=[1])]
    points: Annotated[Decimal, Meta(description="What came in.", examples=[100])]
    remaining: Annotated[Decimal, Meta(description="What is left of it.", examples=[60])]
    earned_at: Annotated[Moment, Meta(description="When they were first earned, by whomever.")]
    expires_at: (
        Annotated[
            Moment,
            Meta(description="When what is left lapses; it moves on where the program counts from the last activity."),
        ]
        | None
    )


class Lots(Struct):
    """A page of lots."""

    data: list[Lot]
    next_cursor: NextCursor


class Payment(Struct):
    """Points of one lot that paid for an entry, less what went back to it."""

    points: Decimal
    entry_version: Annotated[int, Meta(description="The entry that brought the lot; null: owed.")] | None
    earned_at: Moment | None
    expires_at: Moment | None


class Spending(Struct):
    """What another entry took of the points that an entry brought, less what went back."""

    entry_version: int
    points: Decimal


class EntryTrace(Struct):
    """An entry, what paid for it, and what became of the points that it brought."""

    entry: Entry
    paid_by: Annotated[list[Payment], Meta(description="Which points were taken.")]
    lots: Annotated[list[Lot], Meta(description="The points that it brought, and what is left of them.")]
    spent_on: Annotated[list[Spending], Meta(description="Which entries took the points that it brought.")]
    reversed_by: Annotated[list[int], Meta(description="The versions of the entries that undo it.")]
    undone: Annotated[Decimal, Meta(description="How much of it has been undone, shortfalls counted.")]


class EarnRequest(Struct):
    """Points to add, now or later."""

    points: Amount
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None
    effective_at: (
        Annotated[
            Moment, Meta(description="When it happened, where that is not now: from 1900 on, and not in the future.")
        ]
        | None
    ) = None
    expires_at: LotEnd | None = None
    pending: Annotated[bool, Meta(description="Promise the points, and add them when they are activated.")] = False
    activates_at: (
        Annotated[Moment, Meta(description="When a pending earn becomes one by itself; without it, by call.")] | None
    ) = None


class AdjustRequest(Struct):
    """Points to add or to take, by hand."""

    points: SignedAmount
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None


class SetRequest(Struct):
    """A figure to write."""

    points: SignedAmount
    basis: Annotated[Literal["posted", "available"], Meta(description="Which figure it is.")] = "posted"
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None


class ReverseRequest(Struct):
    """What to undo of an entry: all that is left of it, or a part."""

    points: Amount | None = None
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None
    expires_at: Grace | None = None


class TransferRequest(Struct):
    """Points to move: all that are available, or some."""

    to_membership_id: MembershipId
    points: Amount | None = None
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None


class EarnResult(Struct):
    """The entry that was written or the pending earn that was placed, and the balance after it."""

    entry: Entry | None
    pending_earn: PendingEarn | None
    balance: BalanceAfter


class EntryResult(Struct):
    """The entry that was written, and the balance after it."""

    entry: Entry
    balance: BalanceAfter


class SetResult(Struct):
    """The entry that was written, null where the figure was there already, and the balance after it."""

    entry: Entry | None
    balance: BalanceAfter


class ActivateResult(Struct):
    """The entry that was written, the pending earn as it was left, and the balance after it."""

    entry: Entry
    pending_earn: PendingEarn
    balance: BalanceAfter
