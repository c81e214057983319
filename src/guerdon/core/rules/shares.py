"""Rounds an exact figure once, and parts an amount so that the parts add up to it: by the largest remainder."""

import math
from collections.abc import Sequence
from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction

from guerdon.core.points import ZERO

_WIDE = Context(prec=200)


class Rounding(StrEnum):
    """How a figure becomes points: towards zero, to the nearest (a half up, or to the even one), away from zero."""

    DOWN = "down"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"


def rounded(exact: Fraction, decimals: int, rounding: Rounding) -> Decimal:
    """A figure of zero or more as points.

    Args:
        exact: what was reckoned, without any rounding before.
        decimals: how many decimal places points have.
        rounding: which way.
    """
    units = exact * 10**decimals
    whole, rest = divmod(units.numerator, units.denominator)
    twice = 2 * rest
    up = {
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
        Rounding.HALF_UP: twice >= units.denominator,
        Rounding.HALF_EVEN: twice > units.denominator or (twice == units.denominator and whole % 2 == 1),
    }[rounding]
    return of_units(whole + up, decimals)


def of_units(units: int, decimals: int) -> Decimal:
    """So many of the smallest unit that an amount with these decimal places has."""
    return Decimal(units).scaleb(-decimals, _WIDE) if units else ZERO


def units_of(amount: Decimal, decimals: int) -> int:
    """The smallest units in an amount that has at most these decimal places."""
    return int(amount.scaleb(decimals, _WIDE))


def places(*amounts: Decimal) -> int:
    """The most decimal places that one of the amounts is written with."""
    exponents = [amount.as_tuple().exponent for amount in amounts]
    return max((-exponent for exponent in exponents if isinstance(exponent, int) and exponent < 0), default=0)


def spread(
    total: Decimal, weights: Sequence[Fraction], decimals: int, ranks: Sequence[tuple[str, ...]]
) -> tuple[Decimal, ...]:
    """Parts an amount of zero or more in proportion to weights, exactly.

    Each part is its share rounded down to the smallest unit; the units that are left over go one each to the largest
    remainders. Of equal remainders, the one with the lower rank comes first: ranks are made of what a line says, so
    that the order in which lines are written decides nothing. With no weight at all, nothing is parted.

    Args:
        total: the amount, with at most `decimals` decimal places.
        weights: zero or more each.
        decimals: decimal places of the parts.
        ranks: one for each weight.
    """
    scale = math.lcm(*(weight.denominator for weight in weights))
    scaled = [weight.numerator * (scale // weight.denominator) for weight in weights]
    return tuple(of_units(part, decimals) for part in spread_units(units_of(total, decimals), scaled, ranks))


def spread_units(units: int, weights: Sequence[int], ranks: Sequence[tuple[str, ...] | int]) -> list[int]:
    """Parts a whole number in proportion to whole weights, as `spread` does."""
    whole = sum(weights)
    if not whole or not units:
        return [0] * len(weights)
    parts = [weight * units // whole for weight in weights]
    if over := units - sum(parts):
        rests = [weight * units % whole for weight in weights]
        first = sorted((n for n, rest in enumerate(rests) if rest), key=lambda n: (-rests[n], ranks[n], n))
        for n in first[:over]:
            parts[n] += 1
    return parts
