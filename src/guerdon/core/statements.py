"""A statement of account: the entries of a window, what came before it folded into one line, and open holds."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.members import Member
from guerdon.core.memberships import Membership
from guerdon.core.programs import Program


@dataclass(frozen=True, slots=True)
class Entry:
    """One immutable posting to an account; `points` is signed, `version` counts from 1 without gaps."""

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


@dataclass(frozen=True, slots=True)
class Fold:
    """Entries from before a window as one line: how many, their sum in whole points, and the latest one's time."""

    count: int
    whole_points: int
    latest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Statement:
    """All of an account that one reading shows, from a single snapshot."""

    member: Member
    membership: Membership | None
    program: Program | None
    fold: Fold
    entries: tuple[Entry, ...]
    holds: tuple[Hold, ...]
