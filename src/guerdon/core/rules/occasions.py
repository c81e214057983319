"""What rules are put to: an order with its lines or an event with its fields, and what is known of the member."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guerdon.core.points import ZERO, minus, plus, times
from guerdon.core.rules.sets import Discounts, RuleSet, Tax
from guerdon.core.rules.shares import places, spread

ONE = Decimal(1)
MONEY_DIGITS = 12
"""Money stays below 10**12, what a line comes to as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an order, in units of the currency.

    Attributes:
        id: what the shop calls it in the order.
        unit_price: before discounts, with or without tax as the order says.
        tax: on the whole line, as it was paid.
        discount: money off the whole line.
    """

    id: str
    sku: str | None = None
    category: str | None = None
    quantity: Decimal = ONE
    unit_price: Decimal = ZERO
    tax: Decimal = ZERO
    discount: Decimal = ZERO

    @property
    def price(self) -> Decimal:
        """Of all units, before discounts."""
        return times(self.unit_price, self.quantity)

    @property
    def is_too_dear(self) -> bool:
        """Whether all units come to more than money can be."""
        return self.price.adjusted() >= MONEY_DIGITS

    @property
    def rank(self) -> tuple[str, ...]:
        """What decides between lines that are equal otherwise: what they say, never where they are."""
        amounts = (self.quantity, self.unit_price, self.tax, self.discount)
        return (self.sku or "", self.category or "", *(f"{amount:f}" for amount in amounts), self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An order, or an event with a name.

    Attributes:
        at: when it happened.
        prices_include_tax: what the unit prices are.
        discount: money off the whole order, beyond that of lines.
        fields: what an event brings: texts, flags and numbers, those as Decimal.
    """

    at: datetime
    lines: tuple[Line, ...] = ()
    currency: str | None = None
    location: str | None = None
    channel: str | None = None
    prices_include_tax: bool = True
    discount: Decimal = ZERO
    event: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def paid(self) -> Decimal:
        """What an order comes to after discounts, with tax."""
        return sum(spending(RuleSet(), self), ZERO)

    @property
    def places(self) -> int:
        """The decimal places of its money."""
        money = [amount for line in self.lines for amount in (line.price, line.tax, line.discount)]
        return places(self.discount, *money)


def spending(rules: RuleSet, occasion: Occasion) -> tuple[Decimal, ...]:
    """What each line comes to on the basis of the rules, never less than nothing.

    A discount on the whole order is parted among the lines in proportion to what they come to after their own, by the
    largest remainder, to the smallest unit that the order's amounts are written in.
    """
    net = [max(ZERO, minus(line.price, line.discount)) for line in occasion.lines]
    ranks = [line.rank for line in occasion.lines]
    off = min(occasion.discount, sum(net, ZERO))
    shares = spread(off, [Fraction(amount) for amount in net], occasion.places, ranks)
    found: list[Decimal] = []
    for line, amount, share in zip(occasion.lines, net, shares, strict=True):
        value = minus(amount, share) if rules.discounts is Discounts.AFTER else line.price
        if occasion.prices_include_tax and rules.tax is Tax.EXCLUDED:
            value = minus(value, line.tax)
        elif not occasion.prices_include_tax and rules.tax is Tax.INCLUDED:
            value = plus(value, line.tax)
        found.append(max(ZERO, value))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one rule came to for a member on one day, less what returns took back.

    Attributes:
        points: what it gave.
        times: on how many orders or events it gave anything.
        measure: what a challenge or streak counted.
    """

    rule: str
    day: date
    points: Decimal
    times: int
    measure: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a member before the order or event.

    Attributes:
        tier: the code of the tier that the member stands on.
        orders_before: how many orders of the member count.
        tallies: what rules came to, in all periods that they ask for.
        referrer: tallies of the member who referred this one; None where nobody did.
        is_referrer_left_out: that one has left, or may not take part.
        spent: what campaigns have given of their budgets, by their codes; one that is not there, nothing.
    """

    tier: str | None = None
    birthday: date | None = None
    orders_before: int = 0
    tallies: tuple[Tally, ...] = ()
    referrer: tuple[Tally, ...] | None = None
    is_referrer_left_out: bool = False
    spent: Mapping[str, Decimal] = field(default_factory=dict)
