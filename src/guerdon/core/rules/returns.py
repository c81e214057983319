"""What returns leave of an order, and what they take back of its points: in proportion, to the last point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from guerdon.core.points import ZERO, minus
from guerdon.core.rules.occasions import Line, Occasion, spending
from guerdon.core.rules.reckonings import Given, Reckoning
from guerdon.core.rules.sets import RuleSet
from guerdon.core.rules.shares import Rounding, rounded, spread
from guerdon.core.rules.shares import places as places_of

_MEASURE_DECIMALS = 6
_NONE = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What comes back: units of lines, by their indexes, or an amount of money; neither is all that is left."""

    units: Mapping[int, Decimal] | None = None
    amount: Decimal | None = None


class ReturnExceeds(ValueError):  # noqa: N818 - what is so, as in a refusal
    """More was to come back than is left; says of what, and how much is left."""

    def __init__(self, line: int | None, left: Decimal) -> None:
        super().__init__(f"{line}: {left}")
        self.line = line
        self.left = left


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an order.

    Attributes:
        whole: the share of everything that returns by amount have left.
        units: of each line, how many units have not come back.
    """

    whole: Fraction
    units: tuple[Decimal, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether all has come back; of an event, which has no lines, all that there is comes back as a whole."""
        return not self.whole or (bool(self.units) and not any(self.units))


def left_of(lines: Sequence[Line], values: Sequence[Decimal], done: Sequence[Back], places: int) -> Left:
    """What is left of an order after returns, in their order.

    An amount comes off what is left of all lines, in proportion to what they came to; one that is all that is left to
    the smallest unit of money takes everything.

    Args:
        lines: of the order.
        values: what each came to.
        done: the returns.
        places: decimal places of the order's money; an amount that comes back may have more, and then that counts.

    Raises:
        ReturnExceeds: the last of them asks for more than the ones before it left.
    """
    left = Left(Fraction(1), tuple(line.quantity for line in lines))
    for back in done:
        places = max(places, places_of(back.amount or ZERO))
        left = _after(left, lines, values, back, places)
    return left


def _after(left: Left, lines: Sequence[Line], values: Sequence[Decimal], back: Back, places: int) -> Left:
    if back.units is not None:
        units = list(left.units)
        for n, count in back.units.items():
            if not left.whole or count > units[n]:
                raise ReturnExceeds(n, units[n] if left.whole else ZERO)
            units[n] = minus(units[n], count)
        return Left(left.whole, tuple(units))
    if back.amount is None:
        if left.is_nothing:
            raise ReturnExceeds(None, ZERO)
        return Left(_NONE, left.units)
    parts = zip(lines, values, left.units, strict=True)
    worth = sum((Fraction(value) * Fraction(units) / Fraction(line.quantity) for line, value, units in parts), _NONE)
    rest = left.whole * worth
    if Fraction(back.amount) > Fraction(rounded(rest, places, Rounding.UP)):
        raise ReturnExceeds(None, rounded(rest, places, Rounding.DOWN))
    if Fraction(back.amount) >= Fraction(rounded(rest, places, Rounding.DOWN)):
        return Left(_NONE, left.units)
    return Left(left.whole - Fraction(back.amount) / worth, left.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What has been taken back in all, of one rule: points of the member and of the referrer, and what it counted."""

    rule: str
    points: Decimal
    referrer_points: Decimal
    measure: Decimal


def taken(reckoning: Reckoning, lines: Sequence[Line], left: Left) -> tuple[Taken, ...]:
    """What is taken back by now of what each rule gave.

    The exact share of all points that is not left is rounded down once, and the points of the return that takes the
    rest are the rest: parts add up to the whole. Among rules it is parted by the largest remainder.
    """
    gone = _gone(lines, left)
    whole = _of_all(reckoning.values, gone, left)
    own = [_of_lines(given, gone, left) for given in reckoning.given]
    other = [
        Fraction(given.referrer_points) * (_of_all(given.weights, gone, left) if given.weights else whole)
        for given in reckoning.given
    ]
    ranks = [(given.rule,) for given in reckoning.given]
    decimals = reckoning.decimals
    points = spread(rounded(sum(own, _NONE), decimals, Rounding.DOWN), own, decimals, ranks)
    referred = spread(rounded(sum(other, _NONE), decimals, Rounding.DOWN), other, decimals, ranks)
    return tuple(
        Taken(
            rule=given.rule,
            points=points[n],
            referrer_points=referred[n],
            measure=_measure(given, gone, left, whole),
        )
        for n, given in enumerate(reckoning.given)
    )


def still_paid(paid: Decimal, occasion: Occasion, done: Sequence[Back]) -> Decimal:
    """What returns leave of what was paid for an order, rounded down to the smallest unit of its money and theirs."""
    values = spending(RuleSet(), occasion)
    left = left_of(occasion.lines, values, done, occasion.places)
    gone = _of_all(values, _gone(occasion.lines, left), left)
    decimals = max(occasion.places, places_of(paid, *(back.amount for back in done if back.amount is not None)))
    return rounded(Fraction(paid) * (1 - gone), decimals, Rounding.DOWN)


def _gone(lines: Sequence[Line], left: Left) -> list[Fraction]:
    """The share of each line that has gone."""
    return [
        1 - left.whole * Fraction(units) / Fraction(line.quantity)
        for line, units in zip(lines, left.units, strict=True)
    ]


def _of_lines(given: Given, gone: Sequence[Fraction], left: Left) -> Fraction:
    """The exact part of a rule's points that has gone with lines."""
    if left.is_nothing or not given.points:
        return Fraction(given.points)
    return sum((Fraction(share) * part for share, part in zip(given.shares, gone, strict=True)), _NONE)


def _of_all(values: Sequence[Decimal | int], gone: Sequence[Fraction], left: Left) -> Fraction:
    """The share of the whole order that has gone, by what its lines came to."""
    total = sum((Fraction(value) for value in values), _NONE)
    if left.is_nothing:
        return Fraction(1)
    parts = zip(values, gone, strict=True)
    return sum((Fraction(value) * part for value, part in parts), _NONE) / total if total else _NONE


def _measure(given: Given, gone: Sequence[Fraction], left: Left, whole: Fraction) -> Decimal:
    """What no longer counts for a challenge: of an order that counts as one, nothing until all of it has come back."""
    if given.weights:
        whole = _of_all(given.weights, gone, left)
    elif given.measure == 1:
        return given.measure if whole == 1 else ZERO
    return given.measure if whole == 1 else rounded(Fraction(given.measure) * whole, _MEASURE_DECIMALS, Rounding.DOWN)
