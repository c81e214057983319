"""Where periods begin, and the ones before them."""

from datetime import date

import pytest

from guerdon.core.rules.periods import Period, earlier, first_day


@pytest.mark.parametrize(
    ("period", "begins", "two_before"),
    [
        (Period.DAY, "2026-07-02", "2026-06-30"),
        (Period.WEEK, "2026-06-29", "2026-06-15"),
        (Period.MONTH, "2026-07-01", "2026-05-01"),
        (Period.QUARTER, "2026-07-01", "2026-01-01"),
        (Period.YEAR, "2026-01-01", "2024-01-01"),
        (Period.EVER, "0001-01-01", "0001-01-01"),
    ],
)
def test_a_period(period: Period, begins: str, two_before: str) -> None:
    day = date(2026, 7, 2)
    assert (first_day(period, day).isoformat(), earlier(period, day, 2).isoformat()) == (begins, two_before)
