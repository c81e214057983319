"""Webhooks: which events there are, where they go, and when one that was not taken is sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from guerdon.core.rewards import RedemptionState

OF_ENTRIES = {
    "earn": "points.earned",
    "adjust": "points.adjusted",
    "set": "points.set",
    "capture": "points.captured",
    "expire": "points.expired",
    "reverse": "points.reversed",
    "transfer": "points.transferred",
}
"""By the kind of an entry, the event that it is."""

MEMBERSHIPS = ("membership.created", "membership.changed", "membership.ended")

MEMBER_CREATED = "member.created"
MEMBER_CHANGED = "member.changed"
MEMBER_MERGED = "member.merged"
MEMBER_ERASED = "member.erased"

HOLD_PLACED = "hold.placed"

OF_HOLDS = {"captured": "hold.captured", "voided": "hold.voided", "expired": "hold.expired"}
"""By the state in which a hold ended, the event that it is."""

OF_REDEMPTIONS = {state.value: f"redemption.{state.value}" for state in RedemptionState}
"""By the state of a redemption, the event that it came to it."""

ORDER_PLACED = "order.placed"
ORDER_RETURNED = "order.returned"
ORDER_CANCELLED = "order.cancelled"
EVENT_CANCELLED = "event.cancelled"

TIER_CHANGED = "tier.changed"
TIER_NOTICE = "tier.notice"

TEST = "webhook.test"
"""Sent to one endpoint, when somebody asks for it, whatever it wants: nothing has happened, and to nobody."""

EVENTS = (
    *MEMBERSHIPS,
    *OF_ENTRIES.values(),
    HOLD_PLACED,
    *OF_HOLDS.values(),
    *OF_REDEMPTIONS.values(),
    ORDER_PLACED,
    ORDER_RETURNED,
    ORDER_CANCELLED,
    EVENT_CANCELLED,
    TIER_CHANGED,
    TIER_NOTICE,
    MEMBER_CREATED,
    MEMBER_CHANGED,
    MEMBER_MERGED,
    MEMBER_ERASED,
)
"""All of them; of one moment, in this order."""

PATIENCE = timedelta(days=3)
"""For so long one that is not taken is sent again."""

FIRST_PAUSE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 6 * 3_600

OVERLAP = timedelta(hours=24)
"""For so long a secret that was replaced signs beside the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events go.

    Attributes:
        url: takes POST requests.
        events: which; none is all of them.
        is_active: whether anything is sent; what happens meanwhile is not kept for it.
        active_since: what was written before is not sent.
        secrets: what requests are signed with: the newest first.
        old_secret_until: when the second of them is no longer used.
    """

    id: UUID
    tenant_id: UUID
    url: str
    description: str | None
    events: tuple[str, ...]
    is_active: bool
    secrets: tuple[str, ...]
    old_secret_until: datetime | None
    created_at: datetime
    active_since: datetime

    def wants(self, kind: str) -> bool:
        """Whether an event of the kind goes there."""
        return not self.events or kind in self.events

    def signing(self, now: datetime) -> tuple[str, ...]:
        """The secrets that a request is signed with at a moment."""
        is_overlapping = self.old_secret_until is not None and now < self.old_secret_until
        return self.secrets if is_overlapping else self.secrets[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that has happened to a member.

    Attributes:
        sequence: greater than that of every event of the member before; numbers may be left out.
        body: as it is sent.
    """

    id: UUID
    tenant_id: UUID
    member_id: UUID
    sequence: int
    type: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to an endpoint.

    Attributes:
        state: waiting, delivered, or dead: given up.
        status: of the last answer; None where there was none, and `error` says why.
    """

    event_id: UUID
    type: str
    member_id: UUID
    sequence: int
    state: str
    attempts: int
    created_at: datetime
    last_tried_at: datetime | None
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A delivery that is looked into.

    Attributes:
        body: as it is sent, each time the same.
        next_at: when it is tried next, as far as nothing of the member waits before it.
    """

    delivery: Delivery
    body: str
    first_tried_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are wanted; None leaves a filter off."""

    state: str | None = None
    type: str | None = None
    member_id: UUID | None = None


EVERY_DELIVERY = DeliveryFilter()


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt at a delivery ended: the status of the answer, or why there was none."""

    status: int | None
    error: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the endpoint has the event now."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - success, in HTTP


def pause(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, give or take a fifth.

    Args:
        attempts: at least one.
        chance: from 0 to 1, so that receivers that were away are not met by everything at once.
    """
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=seconds * (0.8 + 0.4 * chance))


def strange(events: Sequence[str]) -> str | None:
    """The first name that is none of an event."""
    return next((name for name in events if name not in EVENTS), None)
