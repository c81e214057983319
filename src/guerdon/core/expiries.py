"""When points lapse that a program's policy counts from a moment."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from guerdon.core.programs import Expiry, ExpiryKind

_DAY = timedelta(days=1)
_MONTHS = {None: 0, "month": 1, "quarter": 3, "year": 12}


def lapses_at(expiry: Expiry, at: datetime) -> datetime | None:
    """The first moment at which points from `at` are no longer good, in UTC; None where they never lapse.

    The function `ledger_lapse_at` decides the same in the database, and a test compares the two.
    """
    if expiry.kind is ExpiryKind.NEVER:
        return None
    zone = ZoneInfo(expiry.time_zone)
    here = at.astimezone(zone).date()
    if expiry.kind is ExpiryKind.FIXED:
        return begins(_next(expiry.dates, here) + _DAY, zone)
    return begins(_after(_counted(here, expiry.count or 0, expiry.unit), expiry.round_to), zone)


def _next(dates: tuple[str, ...], here: date) -> date:
    days = [date.fromisoformat(f"{here.year + ahead:04}-{text}") for text in dates for ahead in (0, 1)]
    return min(day for day in days if day >= here)


def _counted(here: date, count: int, unit: str | None) -> date:
    """So many units later; the last day of the month where that month is shorter."""
    if unit == "day":
        return here + count * _DAY
    return months_later(here, count if unit == "month" else 12 * count)


def months_later(day: date, months: int) -> date:
    """So many months later, or with a negative number earlier; the last day of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _after(day: date, round_to: str | None) -> date:
    """The first day after this one, or after the month, quarter or year that it is in."""
    months = _MONTHS[round_to]
    if not months:
        return day + _DAY
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return months_later(first, months)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day: the first of two midnights, and where clocks go forward over it, the next there is."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
