"""What a rule set says: conditions, what is given, multipliers and caps, and what spending counts for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum

from guerdon.core.rules.periods import Period
from guerdon.core.rules.shares import Rounding


class Tax(StrEnum):
    """Whether tax counts as spending."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class Discounts(StrEnum):
    """Whether spending is what things cost before discounts or after them."""

    BEFORE = "before"
    AFTER = "after"


class Birthday(StrEnum):
    """How near the birthday must be: the day, the three days before and after it too, or the month that it is in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Multipliers(StrEnum):
    """What several multipliers of one rule's points come to: only the best counts, or their extras are added."""

    BEST = "best"
    ADD = "add"


class Measure(StrEnum):
    """What a challenge counts: orders or events, spending, or units of items."""

    COUNT = "count"
    SPEND = "spend"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which lines of an order are meant; one without any names is all of them."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_skus: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()

    def takes(self, sku: str | None, category: str | None) -> bool:
        """Whether a line is meant: named by one of the two, where any are named, and not left out by either."""
        named = sku in self.skus or category in self.categories or not (self.skus or self.categories)
        return named and sku not in self.not_skus and category not in self.not_categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When: from a moment until another, on days of the week (Monday is 0), from a time of day until another.

    A time of day that ends before it begins goes over midnight; the weekday is that of the moment itself.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    begins: time | None = None
    ends: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """What a field of an event must be: one of some values, or within bounds, both in it."""

    name: str
    one_of: tuple[str | Decimal | bool, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must be so for a rule to give; everything that is named must, and what is not named may be anything.

    Attributes:
        event: the rule is for this event; None is for orders.
        min_spend: of the lines that the rule is for, on the set's basis, in units of the currency.
        min_quantity: units of the lines that the rule is for.
        first_purchase: no order of the member counts before it.
        every_visit: with 5, the order is the fifth, tenth ... of the member that counts.
    """

    event: str | None = None
    tests: tuple[Test, ...] = ()
    tiers: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    window: Window = Window()
    min_spend: Decimal | None = None
    min_quantity: Decimal | None = None
    first_purchase: bool = False
    birthday: Birthday | None = None
    every_visit: int | None = None


@dataclass(frozen=True, slots=True)
class PerSpend:
    """Points for each so much money spent; with `whole_steps`, only for each that is full."""

    points: Decimal
    per: Decimal
    whole_steps: bool = False


@dataclass(frozen=True, slots=True)
class PerItem:
    """Points for each unit of the lines."""

    points: Decimal


@dataclass(frozen=True, slots=True)
class Flat:
    """Points for the order or event as such: a visit, a bonus."""

    points: Decimal


@dataclass(frozen=True, slots=True)
class PerField:
    """Points for each unit of a number that the event brings."""

    points: Decimal
    name: str


@dataclass(frozen=True, slots=True)
class Multiply:
    """So many times what other rules give, as points of its own: 2 gives as much again.

    Attributes:
        by: more than 1.
        of: ids of the rules; none is all that give by spending, by items or by a field of an event.
    """

    by: Decimal
    of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Challenge:
    """Points, once in a period, on the order or event with which a goal is reached."""

    points: Decimal
    goal: Decimal
    measure: Measure
    within: Period


@dataclass(frozen=True, slots=True)
class Streak:
    """Points when there was something in each of so many periods in a row; then counting begins anew."""

    points: Decimal
    every: Period
    length: int


@dataclass(frozen=True, slots=True)
class Referral:
    """Points for a member who was referred, and for the one who referred; either may be zero."""

    points: Decimal
    referrer_points: Decimal


Effect = PerSpend | PerItem | Flat | PerField | Multiply | Challenge | Streak | Referral


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that a member gets: points, or times; in a period, or (None) of one order or event."""

    points: Decimal | None = None
    times: int | None = None
    per: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; its id is what caps, challenges and streaks count by, also across versions of the set.

    Attributes:
        campaign: the code of the one that it is part of.
    """

    id: str
    gives: Effect
    name: str | None = None
    campaign: str | None = None
    when: Conditions = Conditions()
    lines: Selection = Selection()
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Rules that count in a window of time, and may give so many points together, to all members.

    Attributes:
        code: what the budget is counted by, also across versions of the set.
        starts_at: the first moment (in); None has no beginning.
        ends_at: the end (out); None has none.
        budget: the most that it gives; None is without bounds.
    """

    code: str
    name: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an event: `number`, `text`, `flag`, and whether it must be there."""

    type: str
    required: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules that a program earns by at a time.

    Attributes:
        time_zone: an IANA name; days and times of day are those of it.
        decimals: how many decimal places points have.
        excluded: lines that no rule counts.
        events: the fields of each event that is known.
        caps: on what all rules together give to a member.
    """

    rules: tuple[Rule, ...] = ()
    time_zone: str = "UTC"
    tax: Tax = Tax.INCLUDED
    discounts: Discounts = Discounts.AFTER
    rounding: Rounding = Rounding.DOWN
    decimals: int = 0
    multipliers: Multipliers = Multipliers.BEST
    excluded: Selection = Selection()
    events: Mapping[str, Mapping[str, Field]] = field(default_factory=dict, hash=False)
    caps: tuple[Cap, ...] = ()
    campaigns: tuple[Campaign, ...] = ()

    def campaign_of(self, rule: Rule) -> Campaign | None:
        """What a rule is part of."""
        return next((each for each in self.campaigns if each.code == rule.campaign), None)

    def excludes(self, sku: str | None, category: str | None) -> bool:
        """Whether a line earns nothing by any rule."""
        return sku in self.excluded.skus or category in self.excluded.categories


RATE = "rate"
"""The one rule of a program without a rule set."""


def by_rate(rate: Decimal) -> RuleSet:
    """The rule set of a program that has none: points for each unit of money paid, in whole ones, rounded down."""
    return RuleSet(rules=(Rule(id=RATE, gives=PerSpend(rate, Decimal(1))),))


def cause_of(version: int) -> str:
    """How an entry names the version of the rule set that gave it; 0 is the program's rate."""
    return f"rules:{version}"
