"""A statement of account: the entries of a window, what came before it folded into one line, and open holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from guerdon.core.memberships import Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are wanted; None leaves a filter off. Those that are effective from `since` on, before `until`."""

    kind: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY = EntryFilter()


@dataclass(frozen=True, slots=True)
class Entry:
    """One immutable posting to an account; `points` is signed, `version` counts from 1 without gaps.

    Of a reversal: the version it `reverses`, what it took from pending earns, and the `shortfall` that it could not
    take. Of a transfer: the other account, `peer_id`, and the `lifetime` points that came or went with a merge.
    """

    account_id: UUID
    version: int
    kind: str
    points: Decimal
    balance_after: Decimal
    effective_at: datetime
    recorded_at: datetime
    reason: str | None
    reference: str | None
    location: str | None
    hold_id: UUID | None
    surface: str
    cause: str | None
    pending_id: UUID | None = None
    reverses: int | None = None
    shortfall: Decimal | None = None
    from_pending: Decimal | None = None
    peer_id: UUID | None = None
    lifetime: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Reserved points: `points` when placed, `remaining` still reserved."""

    id: UUID
    account_id: UUID
    points: Decimal
    remaining: Decimal
    state: str
    placed_at: datetime
    closed_at: datetime | None
    reason: str | None
    reference: str | None
    location: str | None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PendingEarn:
    """Promised points: `points` when placed, `remaining` still promised.

    They become an earn at `activates_at`, or by call where that is None.
    """

    id: UUID
    account_id: UUID
    points: Decimal
    remaining: Decimal
    state: str
    placed_at: datetime
    activates_at: datetime | None
    expires_at: datetime | None
    closed_at: datetime | None
    reason: str | None
    reference: str | None
    location: str | None


@dataclass(frozen=True, slots=True)
class Fold:
    """Entries from before a window as one line: how many, their sum in whole points, and the latest one's time."""

    count: int
    whole_points: int
    latest_at: datetime | None


Line = tuple[str, int, date, str | None, str | None, str | None]
"""An entry on a statement: kind, share in whole points (`core.points.whole_step`), day, reason, reference, location.

The shares of all entries of an account add up to its whole points. A plain tuple: there may be thousands.
"""


class Reserved(NamedTuple):
    """An open hold on a statement, by the day it was placed on."""

    remaining: Decimal
    day: date
    reference: str | None
    location: str | None


class Promised(NamedTuple):
    """An open pending earn on a statement, by the day it was placed on."""

    remaining: Decimal
    day: date
    reference: str | None
    location: str | None


class Known(NamedTuple):
    """What somebody has read already: an account, as it was at a version."""

    account_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Statement:
    """All of an account that one reading shows, from a single snapshot; days are UTC's.

    Attributes:
        identifiers: of the member, namespace to value.
        program: its name; None without a membership.
        earning_descriptions: the program's earning rules in words.
        redemption_descriptions: the program's redemption rules in words.
        account_id: the account that stands for the member; None without a membership.
        balance: its figures.
        fold: what came before the window.
        lines: the entries of the window, by date and then in the order they were written.
        reserved: the open holds, oldest first.
        first_at: when the first of the lines is dated.
        is_known: who asked knows the account at this version: the fold and the lines are left out.
        promised: the open pending earns, oldest first.
    """

    identifiers: Mapping[str, str]
    program: str | None
    earning_descriptions: Sequence[str]
    redemption_descriptions: Sequence[str]
    account_id: UUID | None
    balance: Balance | None
    fold: Fold
    lines: tuple[Line, ...]
    reserved: tuple[Reserved, ...]
    first_at: datetime | None = None
    is_known: bool = False
    promised: tuple[Promised, ...] = ()
