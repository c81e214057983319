"""Periods that caps, challenges and streaks count in: days, weeks, months, quarters and years where the program is."""

from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_FIRST = date(1, 1, 1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Period(StrEnum):
    """A stretch of whole days in the rule set's time zone; weeks begin on Monday. `EVER` has no beginning."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    EVER = "ever"


def first_day(period: Period, day: date) -> date:
    """The day on which the period that has a day in it begins."""
    if period is Period.EVER:
        return _FIRST
    if period is Period.DAY:
        return day
    if period is Period.WEEK:
        return day - day.weekday() * _DAY
    months = _MONTHS[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def earlier(period: Period, day: date, count: int) -> date:
    """The first day of the period that lies so many periods before the one that has a day in it."""
    begun = first_day(period, day)
    for _ in range(count):
        if begun <= _FIRST:
            return _FIRST
        begun = first_day(period, begun - _DAY)
    return begun
