"""An order at a shop, or an event, as the ledger sees it: what it earned and why, and whether it still counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from guerdon.core.points import ZERO, times
from guerdon.core.rules.occasions import Occasion
from guerdon.core.rules.reckonings import Reckoning
from guerdon.core.rules.returns import Back


class OrderState(StrEnum):
    """Whether an order counts: one that was cancelled, or has come back whole, never does again."""

    PLACED = "placed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, or an event.

    Attributes:
        reference: the shop's own id of it, unique on its surface; events have theirs.
        account_id: who earned and spent; None for one that was cancelled before it was placed.
        amount: what it earned for, in units of the currency.
        version: the entry that it earned; None where it earned nothing.
        event: the name of the event; None is an order.
        rule_version: which version of the program's rule set it earned by; 0 is the program's rate.
        tier: the code of the tier that the member stood on.
        occasion: what was bought, or what happened.
        reckoning: what each rule gave, and why.
        fingerprint: equal for equal reports of it; None where any report is as good.
        referrer_account_id: who earned for having referred the member.
        referrer_version: the entry of that.
        placed_at: when it happened.
        recorded_at: when it was told of.
    """

    id: UUID
    reference: str
    state: OrderState
    account_id: UUID | None = None
    amount: Decimal | None = None
    version: int | None = None
    event: str | None = None
    membership_id: UUID | None = None
    program_id: UUID | None = None
    rule_version: int | None = None
    tier: str | None = None
    occasion: Occasion | None = None
    reckoning: Reckoning | None = None
    fingerprint: bytes | None = None
    referrer_account_id: UUID | None = None
    referrer_version: int | None = None
    placed_at: datetime | None = None
    recorded_at: datetime | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders or events are wanted; None leaves a filter off. Those that happened from `since` on, before `until`.

    Attributes:
        is_order: orders; else events.
        event: the name of the event.
        membership_id: of who earned; those that went up in it by merges are found too.
        member_id: likewise.
        program_ids: one of these.
    """

    is_order: bool
    event: str | None = None
    reference: str | None = None
    state: str | None = None
    membership_id: UUID | None = None
    member_id: UUID | None = None
    program_ids: Sequence[UUID] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturn:
    """What came back of an order, and what was taken back for it.

    Attributes:
        number: the first of the order is 1.
        reference: the shop's own id of it, unique in the order.
        points: what was to be taken back of the member's points.
        shortfall: what of it could not be, by the program's return policy.
        version: the entry that took it back; None where nothing was to be taken.
    """

    order_id: UUID
    number: int
    reference: str
    back: Back
    fingerprint: bytes
    points: Decimal
    shortfall: Decimal
    version: int | None
    referrer_version: int | None
    returned_at: datetime


def earned(amount: Decimal, rate: Decimal) -> Decimal:
    """The points for an amount paid: whole ones, rounded down; none for nothing or less.

    Args:
        amount: in units of the currency.
        rate: points for each of them.
    """
    return Decimal(max(0, math.floor(times(amount, rate)))) if amount > ZERO else ZERO
