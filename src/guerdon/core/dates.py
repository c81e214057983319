"""ISO 8601 dates as vendors send them: a date, or a date-time with any fraction and any or no offset."""

import re
from datetime import UTC, date, datetime, timedelta

_SHAPE = re.compile(r"(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|z|[+-]\d\d:?\d\d)?)?")

_FURTHEST_AHEAD = timedelta(hours=14)


def iso_date(text: str) -> date | None:
    """The date part, or None where the text is no ISO date."""
    instant = iso_instant(text)
    return None if instant is None else date.fromisoformat(text.strip()[:10])


def is_ahead(born: date, now: datetime) -> bool:
    """Whether a day has not begun anywhere on Earth yet."""
    return born > (now.astimezone(UTC) + _FURTHEST_AHEAD).date()


def iso_instant(text: str) -> datetime | None:
    """The moment in UTC, or None where the text is no ISO date; a date is its midnight, no offset means UTC.

    Fractions finer than a microsecond are cut.
    """
    match = _SHAPE.fullmatch(text.strip())
    if not match:
        return None
    try:
        moment = datetime.fromisoformat(match[0].replace(",", ".").upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
