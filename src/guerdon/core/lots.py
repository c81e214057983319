"""Lots: points that came in together and lapse together, what they paid for, and what lapses next."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from guerdon.core.statements import Entry


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one entry, or a part of them with its own day.

    Attributes:
        account_id: whose.
        version: the entry that brought them.
        part: 1, 2, 3 ... within the entry.
        points: what came in.
        remaining: what is left.
        earned_at: when they were first earned; a transfer and a reversal keep it.
        expires_at: when what is left lapses; None is never. Without a day of its own it is the account's.
    """

    account_id: UUID
    version: int
    part: int
    points: Decimal
    remaining: Decimal
    earned_at: datetime
    expires_at: datetime | None


class Place(NamedTuple):
    """Where a lot is in the order in which lots are shown: open ones as they are spent, then the others, newest first.

    Attributes:
        is_used: nothing is left of it; such a lot has no day and no moment here.
        day: when it lapses; None is never.
        rank: the version of the entry that brought it, below zero where it is used.
    """

    is_used: bool
    day: datetime | None
    earned_at: datetime | None
    rank: int
    part: int


def place_of(lot: Lot) -> Place:
    """The place of a lot."""
    if not lot.remaining:
        return Place(True, None, None, -lot.version, lot.part)  # noqa: FBT003
    return Place(False, lot.expires_at, lot.earned_at, lot.version, lot.part)  # noqa: FBT003


@dataclass(frozen=True, slots=True)
class Lapse:
    """The next lots of an account to lapse, and what is left of them."""

    at: datetime
    points: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """Points of one lot that paid for an entry, less what went back; of no lot: they are owed."""

    points: Decimal
    lot: Lot | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the entry `version` took of some lots, less what went back."""

    version: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Trace:
    """An entry, what paid for it, and what became of the points that it brought.

    Attributes:
        entry: the entry.
        paid_by: the lots that it took from.
        lots: the lots that it brought.
        spent_on: the entries that took from them.
        reversed_by: the versions of the reversals of it.
        undone: how much of it they have undone, what they could not take counted.
    """

    entry: Entry
    paid_by: tuple[Payment, ...]
    lots: tuple[Lot, ...]
    spent_on: tuple[Spending, ...]
    reversed_by: tuple[int, ...]
    undone: Decimal
