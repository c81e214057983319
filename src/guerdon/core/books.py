"""An account's books: its figures and the rows that they come from, read at one moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from uuid import UUID

from guerdon.core.points import ZERO, plus
from guerdon.core.programs import Program
from guerdon.core.statements import Entry, Hold, PendingEarn


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that came in together with the entry `version` and lapse together; None waits for the account's day."""

    version: int
    part: int
    points: Decimal
    remaining: Decimal
    earned_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Consumption:
    """What paid for the entry `version`, as the entry `by_version` wrote it; below zero went back to the lot.

    Lot 0 is the account's debt.
    """

    version: int
    by_version: int
    lot_version: int
    lot_part: int
    points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """An account as it is stored: of everything, or only of what is still open.

    Attributes:
        posted, held, pending, lifetime, version: the figures.
        idle_at: when lots without a day of their own lapse, if nothing happens before.
        freed_at: when held points last became free, or points came back after their day.
        away: from when until when it had gone up in another, by merges that were undone.
    """

    account_id: UUID
    program: Program
    posted: Decimal
    held: Decimal
    pending: Decimal
    lifetime: Decimal
    version: int
    opened_at: datetime
    closed_at: datetime | None
    idle_at: datetime | None
    freed_at: datetime | None
    entries: tuple[Entry, ...]
    lots: tuple[Lot, ...]
    consumptions: tuple[Consumption, ...]
    holds: tuple[Hold, ...]
    promises: tuple[PendingEarn, ...]
    away: tuple[tuple[datetime, datetime], ...] = ()

    def day_of(self, lot: Lot) -> datetime | None:
        """When a lot lapses, as things are."""
        return lot.expires_at or self.idle_at


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, without the context's 28 digits."""
    return reduce(plus, amounts, ZERO)
