"""The calendar of a program: when points that came in at a moment lapse."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from guerdon.core.programs import Expiry, ExpiryKind

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of the next day, there."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def later(day: date, count: int, unit: str) -> date:
    """Counted on in the calendar; a day that the month does not have is its last."""
    if unit == "day":
        return day + timedelta(days=count)
    months = day.year * 12 + day.month - 1 + count * MONTHS[unit]
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def last_of(day: date, round_to: str | None) -> date:
    """The last day of the month, quarter or year that a day is in."""
    if round_to is None:
        return day
    span = MONTHS[round_to]
    month = (day.month - 1) // span * span + span
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def counted(expiry: Expiry, at: datetime) -> datetime:
    """So many units after a moment, to the end of that day or of what it is rounded to."""
    assert expiry.count is not None
    assert expiry.unit is not None
    zone = ZoneInfo(expiry.time_zone)
    local = at.astimezone(zone).date()
    return end_of(last_of(later(local, expiry.count, expiry.unit), expiry.round_to), zone)


def next_of(expiry: Expiry, at: datetime) -> datetime:
    """The end of the next of the fixed dates; the day itself counts."""
    zone = ZoneInfo(expiry.time_zone)
    local = at.astimezone(zone).date()
    days = [date(year, int(text[:2]), int(text[3:])) for year in (local.year, local.year + 1) for text in expiry.dates]
    return end_of(min(day for day in days if day >= local), zone)


def day_of_lot(expiry: Expiry, at: datetime) -> datetime | None:
    """When a lot that came in at a moment lapses by itself; None where it has no day of its own."""
    if expiry.kind is ExpiryKind.ROLLING:
        return counted(expiry, at)
    if expiry.kind is ExpiryKind.FIXED:
        return next_of(expiry, at)
    return None


def idle_after(expiry: Expiry, at: datetime) -> datetime | None:
    """When an account that was last active at a moment has been idle for too long."""
    return counted(expiry, at) if expiry.kind is ExpiryKind.INACTIVITY else None
