"""An order at a shop as the ledger sees it: what it earns by a program's rate, and whether it still counts."""

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from guerdon.core.points import ZERO, times


class OrderState(StrEnum):
    """Whether an order counts; a cancelled one never does again."""

    PLACED = "placed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order.

    Attributes:
        reference: the shop's own id of it, unique on its surface.
        account_id: who earned and spent; None for one that was cancelled before it was placed.
        amount: what it earned for, in units of the currency.
        version: the entry that it earned; None where it earned nothing.
    """

    id: UUID
    reference: str
    state: OrderState
    account_id: UUID | None = None
    amount: Decimal | None = None
    version: int | None = None
    placed_at: datetime | None = None
    cancelled_at: datetime | None = None


def earned(amount: Decimal, rate: Decimal) -> Decimal:
    """The points for an amount paid: whole ones, rounded down; none for nothing or less.

    Args:
        amount: in units of the currency.
        rate: points for each of them.
    """
    return Decimal(max(0, math.floor(times(amount, rate)))) if amount > ZERO else ZERO
