"""Cuts points to what caps leave, and says what each of them cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guerdon.core.points import ZERO, minus, plus
from guerdon.core.rules.occasions import Tally
from guerdon.core.rules.periods import Period, first_day
from guerdon.core.rules.sets import Cap
from guerdon.core.rules.shares import of_units, units_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What a cap left out.

    Attributes:
        per: the period, or None of one order or event.
        limit: the cap's points, or times.
        used: what of it was used before, in the same period.
        cut: the points that it left out.
        of_times: the limit is in times.
        of_all: the cap is on all rules together.
        campaign: the code of the one whose budget it is, in all and for all members.
    """

    per: Period | None
    limit: Decimal
    used: Decimal
    cut: Decimal
    of_times: bool
    of_all: bool
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What caps are held against.

    Attributes:
        tallies: of the member.
        rule: whose tallies count; None is all together.
        day: in the set's time zone.
        so_far: what other rules give on the same order or event, where the caps are on all together.
        decimals: of points: what is left is rounded down to them.
    """

    tallies: Sequence[Tally]
    rule: str | None
    day: date
    decimals: int
    so_far: Decimal = ZERO


def capped(points: Decimal, caps: Sequence[Cap], count: Count) -> tuple[Decimal, tuple[Cut, ...]]:
    """What is left of points under caps, each in turn, and what each left out."""
    cuts: list[Cut] = []
    for cap in caps:
        used, times = _used(cap.per, count)
        if cap.times is not None:
            left, limit, before = points if times < cap.times else ZERO, Decimal(cap.times), Decimal(times)
        else:
            limit, before = cap.points or ZERO, used
            left = min(points, max(ZERO, minus(limit, used)))
        left = of_units(units_of(left, count.decimals), count.decimals)
        if left < points:
            cuts.append(
                Cut(
                    per=cap.per,
                    limit=limit,
                    used=before,
                    cut=minus(points, left),
                    of_times=cap.times is not None,
                    of_all=count.rule is None,
                )
            )
        points = left
    return points, tuple(cuts)


def _used(per: Period | None, count: Count) -> tuple[Decimal, int]:
    used, times = count.so_far, 0
    if per is None:
        return used, times
    begun = first_day(per, count.day)
    for tally in count.tallies:
        if count.rule in (None, tally.rule) and first_day(per, tally.day) == begun:
            used, times = plus(used, tally.points), times + tally.times
    return used, times
