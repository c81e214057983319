"""Bars to both sides of nothing, and days put together where there are too many."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from guerdon.cli.plotting import HALF_CHARACTERS, MOST_ROWS, bars, by_period
from guerdon.core.rules.backtests import Compared


def test_bars_have_one_scale() -> None:
    found = list(bars([Decimal(-10), Decimal(5), Decimal(0), Decimal("-0.01"), Decimal("0.01")]))
    widths = [(left.count("█") + left.count("▐"), len(right)) for left, right in found]
    assert widths == [(HALF_CHARACTERS, 0), (0, HALF_CHARACTERS // 2), (0, 0), (0, 0), (0, 1)]
    assert {len(left) for left, _ in found} == {HALF_CHARACTERS}
    assert list(bars([Decimal(2), Decimal(1)])) == [("", "█" * HALF_CHARACTERS), ("", "█" * (HALF_CHARACTERS // 2))]
    assert list(bars([Decimal(0)])) == [("", "")]


@pytest.mark.parametrize(
    ("days", "period"), [(10, "day"), (200, "week"), (900, "month"), (3000, "quarter"), (9000, "year")]
)
def test_days_are_put_together(days: int, period: str) -> None:
    each = {date(2000, 1, 1) + timedelta(n): Compared(1, Decimal(2), Decimal(3)) for n in range(days)}
    found, rows = by_period(each)
    assert (found, len(rows) <= MOST_ROWS, sum(row.orders for _, row in rows)) == (period, True, days)
    assert sum((row.difference for _, row in rows), Decimal(0)) == days
