"""An amount of points: exact, bounded, and the one rounding rule for surfaces that speak whole points."""

import math
from decimal import ROUND_FLOOR, Context, Decimal

from guerdon.core.refusals import PointsOutOfRange

INTEGER_DIGITS = 20
"""Points stay below 10**20 in magnitude."""

DECIMAL_PLACES = 40
"""Enough for the shortest form of any everyday IEEE double; finer amounts are refused, never rounded."""

ZERO = Decimal(0)

_WIDE = Context(prec=200)


def exact(amount: Decimal | int) -> Decimal:
    """Takes an amount from the wire as it was written, in plain notation.

    Args:
        amount: points; every digit counts, `1E+3` becomes `1000` and `20.0` stays `20.0`.

    Raises:
        PointsOutOfRange: not finite, 10**20 or more in magnitude, or finer than 40 decimal places.
    """
    value = Decimal(amount)
    if not value.is_finite():
        raise PointsOutOfRange(str(amount))
    exponent = value.as_tuple().exponent
    if value.adjusted() >= INTEGER_DIGITS or not isinstance(exponent, int) or exponent < -DECIMAL_PLACES:
        raise PointsOutOfRange(str(amount)[:60])
    return Decimal(format(value, "f")) if exponent > 0 else value


def positive(amount: Decimal | int) -> Decimal:
    """Like `exact`, for verbs that move points in one direction only.

    Raises:
        PointsOutOfRange: also for zero and below.
    """
    value = exact(amount)
    if value <= ZERO:
        raise PointsOutOfRange(str(amount)[:60])
    return value


def whole(amount: Decimal) -> int:
    """The amount in whole points, rounded down: what a surface that speaks integers shows of a balance."""
    return math.floor(amount)


def whole_up(amount: Decimal) -> int:
    """The amount in whole points, rounded up: what must be reserved to cover it."""
    return math.ceil(amount)


def whole_step(points: Decimal, balance_after: Decimal) -> int:
    """One entry's share in whole points, chosen so that all shares of an account add up to `whole(posted)`.

    Shares telescope: each is the difference of the whole balance after and before the entry.
    """
    return math.floor(balance_after) - math.floor(minus(balance_after, points))


def plain(amount: Decimal) -> Decimal:
    """The same amount without zeros behind its last digit: 100 for 100.00."""
    return Decimal(format(amount.normalize(_WIDE), "f"))


def plus(left: Decimal, right: Decimal) -> Decimal:
    """Adds without the context's 28 digits."""
    return _WIDE.add(left, right)


def minus(left: Decimal, right: Decimal) -> Decimal:
    """Subtracts without the context's 28 digits."""
    return _WIDE.subtract(left, right)


def over(left: Decimal, right: Decimal, digits: int) -> Decimal:
    """Divides without the context's 28 digits, rounded down (towards minus infinity) to so many decimal places."""
    return _WIDE.divide(left, right).quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR, _WIDE)


def times(left: Decimal, right: Decimal) -> Decimal:
    """Multiplies without the context's 28 digits."""
    return _WIDE.multiply(left, right)
