"""A program and its ladder of tiers: what leads up it, and when its points lapse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

Details = Mapping[str, Mapping[str, Any]]
"""By surface, what that surface alone has words for; plain JSON values."""

_MOST_YEARS = 1_000
"""Points that lapse after the year 9999 would have a day that no program here can read."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a program's ladder; `min_lifetime` is inclusive, `max_lifetime` only describes the next step.

    Nobody comes to one that is given `by_hand` by points.
    """

    id: UUID
    program_id: UUID
    code: str
    name: str
    description: str | None
    media_url: str | None
    media_type: str | None
    min_lifetime: Decimal
    max_lifetime: Decimal | None
    ordering: int
    by_hand: bool = False
    deleted_at: datetime | None = None


class ExpiryKind(StrEnum):
    """When points lapse."""

    NEVER = "never"
    ROLLING = "rolling"
    FIXED = "fixed"
    INACTIVITY = "inactivity"


class ReturnPolicy(StrEnum):
    """What a returned earn may take beyond what is left of its own lot.

    `PENDING_ONLY`: points still pending. `WITHIN_BALANCE`: what is available. `ALLOW_NEGATIVE`: all of it.
    """

    PENDING_ONLY = "pending_only"
    WITHIN_BALANCE = "within_balance"
    ALLOW_NEGATIVE = "allow_negative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """When a program's points lapse, always at the end of a day in the program's time zone.

    Attributes:
        kind: `ROLLING` counts from the earn, `INACTIVITY` from the last earn or spend, for all points of the account
            that have no day of their own; `FIXED` is the next of `dates` after the earn.
        count: how many units, for the two that count.
        unit: `day`, `month` or `year`.
        round_to: `month`, `quarter` or `year`: to the end of that one; None is to the end of the day.
        dates: days of the year as `MM-DD`, for `FIXED`.
        time_zone: an IANA name.

    Raises:
        ValueError: what the kind needs is not there, or cannot be.
    """

    kind: ExpiryKind = ExpiryKind.NEVER
    count: int | None = None
    unit: str | None = None
    round_to: str | None = None
    dates: tuple[str, ...] = ()
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        counts = self.kind in (ExpiryKind.ROLLING, ExpiryKind.INACTIVITY)
        if counts and not (self.count and self.count > 0 and self.unit in ("day", "month", "year")):
            raise ValueError("an expiry that counts needs a count above zero and a unit: day, month or year")
        if counts and self.unit == "year" and (self.count or 0) > _MOST_YEARS:
            raise ValueError(f"an expiry counts at most {_MOST_YEARS} years")
        if self.round_to not in (None, "month", "quarter", "year"):
            raise ValueError("an expiry is rounded to the end of a month, quarter or year")
        if self.kind is ExpiryKind.FIXED and not self.dates:
            raise ValueError("an expiry on fixed dates needs dates")
        if not all(_is_day_of_years(day) for day in self.dates):
            raise ValueError("dates of an expiry are MM-DD, and in every year")


def _is_day_of_years(text: str) -> bool:
    try:
        # A year without 29 February; other forms of a date are read, too.
        return date.fromisoformat(f"2001-{text}").strftime("%m-%d") == text
    except ValueError:
        return False


class Basis(StrEnum):
    """What leads up a ladder."""

    POINTS = "points"
    SPEND = "spend"
    VISITS = "visits"


class Window(StrEnum):
    """Over which time what leads up a ladder is counted."""

    LIFETIME = "lifetime"
    ROLLING = "rolling"
    CALENDAR = "calendar"


class Downgrade(StrEnum):
    """Where a member goes that has not done enough to stay: to where it would come by itself, or one step down."""

    BALANCE = "balance"
    ONE_STEP = "one_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualifying:
    """How members come up a program's ladder, and stay there.

    A tier that was reached within a rolling window is good for as long as the window is, counted from the last moment
    at which the member had done enough; within a period of the calendar, to the end of the next one.

    Attributes:
        count: how many units a rolling window has.
        unit: `day`, `month`, `quarter` or `year`; of the calendar no day.
        grace_days: how much longer a tier is good, and what is done counts.
        notice_days: how long before its end it is time to say so.
        time_zone: an IANA name.

    Raises:
        ValueError: the window cannot be.
    """

    basis: Basis = Basis.POINTS
    window: Window = Window.LIFETIME
    count: int = 1
    unit: str = "year"
    downgrade: Downgrade = Downgrade.BALANCE
    grace_days: int = 0
    notice_days: int = 30
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("a window has at least one unit")
        if self.window is Window.CALENDAR and (self.unit == "day" or self.count != 1):
            raise ValueError("a period of the calendar is one month, quarter or year")

    @property
    def is_plain(self) -> bool:
        """Whether an account's lifetime points alone say where its member stands."""
        return self.basis is Basis.POINTS and self.window is Window.LIFETIME


@dataclass(frozen=True, slots=True)
class Program:
    """A loyalty scheme.

    Attributes:
        earning_descriptions: the earning rules in words, in rule order.
        redemption_descriptions: the redemption rules in words, in rule order.
        points_per_unit: what one unit of money costs in points; None where points have no price.
        allow_negative: whether debits may take available points below zero.
        expiry: when points lapse.
        return_policy: what a returned earn may take beyond its own lot.
        return_grace_days: how long points that come back to a lapsed lot live on, 0 is not at all.
        earning_rate: points that an order earns for each unit of money.
        details: by surface, what that surface alone has words for.
        deleted_at: when it was deleted; None is active.
        qualifying: how members come up its ladder; its time zone is that of the expiry.
    """

    id: UUID
    chain_id: UUID
    code: str
    name: str
    earning_descriptions: tuple[str, ...]
    redemption_descriptions: tuple[str, ...]
    points_per_unit: Decimal | None
    allow_negative: bool
    expiry: Expiry = Expiry()
    return_policy: ReturnPolicy = ReturnPolicy.WITHIN_BALANCE
    return_grace_days: int = 0
    earning_rate: Decimal = Decimal(1)
    details: Details = field(default_factory=dict, hash=False)
    deleted_at: datetime | None = None
    qualifying: Qualifying = Qualifying()


@dataclass(frozen=True, slots=True)
class Chain:
    """Places of a tenant that share programs; `time_zone` is an IANA name."""

    id: UUID
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A vendor's name for a place to order from; it selects a program and says whether its tiers are shown.

    Attributes:
        store_url: where the place is, for a browser; None where it has no page.
    """

    id: str
    program_id: UUID
    shows_tiers: bool
    store_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelProfile:
    """A loyalty scheme as it is installed in a merchant's account at a vendor; it selects a program.

    Attributes:
        id: the vendor's.
        account: the vendor's name for the merchant.
    """

    id: str
    account: str
    program_id: UUID
    shows_tiers: bool = True

    @property
    def link(self) -> ChannelLink:
        """The profile in the place of a channel link."""
        return ChannelLink(self.id, self.program_id, self.shows_tiers)
