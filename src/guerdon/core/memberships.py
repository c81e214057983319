"""A membership: a member in a program, with its state, tier and points account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from guerdon.core.points import ZERO, minus


class MembershipState(StrEnum):
    """How far the enrolment has come; only a write changes it."""

    NEW = "new"
    PENDING = "pending"
    ENROLLED = "enrolled"
    CANCELED = "canceled"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Balance:
    """The figures of a points account.

    Attributes:
        posted: sum of the account's entries.
        held: what open holds still reserve.
        lifetime: points that ever came in.
        version: number of entries so far; 0 means that nothing was ever posted.
        pending: what open pending earns promise; not part of the others.
        due_at: the earliest moment at which something of the account may fall due.
    """

    posted: Decimal
    held: Decimal
    lifetime: Decimal
    version: int
    pending: Decimal = ZERO
    due_at: datetime | None = None

    @property
    def available(self) -> Decimal:
        """What can be spent now: posted less held."""
        return minus(self.posted, self.held)


@dataclass(frozen=True, slots=True)
class Membership:
    """A member's membership in one program, with the figures of its account."""

    id: UUID
    member_id: UUID
    program_id: UUID
    chain_id: UUID
    account_id: UUID
    number: str | None
    provider_id: str | None
    state: MembershipState
    is_primary: bool
    url: str | None
    expires_at: datetime | None
    tier_id: UUID | None
    tier_until: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    balance: Balance

    @property
    def is_barred(self) -> bool:
        """Whether the member may not take part, although the membership is there."""
        return self.state in (MembershipState.CANCELED, MembershipState.DECLINED)


Interval = tuple[datetime | None, datetime | None]
"""Half-open: from the first (in) to the second (out); None is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which memberships are wanted; None leaves a filter off."""

    chain_ids: Sequence[UUID]
    ids: Sequence[UUID] | None = None
    member_ids: Sequence[UUID] | None = None
    program_ids: Sequence[UUID] | None = None
    states: Sequence[MembershipState] | None = None
    numbers: Sequence[str] | None = None
    provider_ids: Sequence[str] | None = None
    active: bool = True
    deleted: bool = False
    created: Interval = (None, None)
    updated: Interval = (None, None)
