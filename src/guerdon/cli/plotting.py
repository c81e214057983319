"""Draws bars to both sides of nothing in a terminal, and puts days together where there are too many of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from guerdon.core.points import ZERO
from guerdon.core.rules.backtests import Compared
from guerdon.core.rules.periods import Period, first_day

MOST_ROWS = 35
HALF_CHARACTERS = 24
"""How wide a bar is at most, to either side."""

_EIGHTHS = " ▏▎▍▌▋▊▉"


def by_period(days: Mapping[date, Compared]) -> tuple[Period, list[tuple[date, Compared]]]:
    """Days as they are, or put together to weeks, months or years: as finely as a screen has room for."""
    for period in (Period.DAY, Period.WEEK, Period.MONTH, Period.QUARTER):
        found = _together(days, period)
        if len(found) <= MOST_ROWS:
            return period, found
    return Period.YEAR, _together(days, Period.YEAR)


def _together(days: Mapping[date, Compared], period: Period) -> list[tuple[date, Compared]]:
    found: dict[date, Compared] = {}
    for day, each in sorted(days.items()):
        found.setdefault(first_day(period, day), Compared()).add(each.actual, each.draft, each.orders)
    return list(found.items())


def bars(values: Sequence[Decimal]) -> Iterator[tuple[str, str]]:
    """Of each value what is left and right of nothing, to one scale; the left one is as wide as all left ones are."""
    largest = max((abs(value) for value in values), default=ZERO)
    is_two_sided = any(value < ZERO for value in values)
    for value in values:
        eighths = int(abs(value) * HALF_CHARACTERS * 8 / largest) if largest else 0
        full, rest = divmod(max(eighths, int(bool(value))), 8)
        if value < ZERO:
            # Blocks grow from the left only: towards the left, whole and half ones must do.
            yield ("▐" * (2 * rest // 8) + "█" * full).rjust(HALF_CHARACTERS) or "▐", ""
        else:
            yield " " * HALF_CHARACTERS * is_two_sided, "█" * full + _EIGHTHS[rest].strip()
