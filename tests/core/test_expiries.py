"""When points lapse: calendar days in the program's zone, whatever the clocks do there."""

from datetime import UTC, datetime

import pytest

from guerdon.core.expiries import lapses_at
from guerdon.core.programs import Expiry, ExpiryKind


def rolling(count: int, unit: str, round_to: str | None = None, zone: str = "UTC") -> Expiry:
    return Expiry(kind=ExpiryKind.ROLLING, count=count, unit=unit, round_to=round_to, time_zone=zone)


def fixed(*dates: str, zone: str = "UTC") -> Expiry:
    return Expiry(kind=ExpiryKind.FIXED, dates=dates, time_zone=zone)


@pytest.mark.parametrize(
    ("expiry", "at", "expected"),
    [
        (rolling(1, "day"), "2026-07-02T12:00", "2026-07-04T00:00"),
        (rolling(1, "month"), "2026-01-31T12:00", "2026-03-01T00:00"),
        (rolling(1, "month"), "2028-01-31T12:00", "2028-03-01T00:00"),
        (rolling(1, "year"), "2028-02-29T12:00", "2029-03-01T00:00"),
        (rolling(1, "month", "month"), "2026-07-02T12:00", "2026-09-01T00:00"),
        (rolling(1, "month", "quarter"), "2026-07-02T12:00", "2026-10-01T00:00"),
        (rolling(1, "year", "year"), "2026-07-02T12:00", "2028-01-01T00:00"),
        (rolling(1, "day", zone="America/New_York"), "2026-07-03T03:00", "2026-07-04T04:00"),
        (rolling(1, "day", zone="Europe/Berlin"), "2026-10-24T12:00", "2026-10-25T23:00"),
        # Midnight comes twice in Havana on that night, and never in Beirut on this one.
        (rolling(1, "day", zone="America/Havana"), "2026-10-30T16:00", "2026-11-01T04:00"),
        (rolling(1, "day", zone="Asia/Beirut"), "2026-03-27T12:00", "2026-03-28T22:00"),
        (fixed("06-30", "12-31"), "2026-07-02T12:00", "2027-01-01T00:00"),
        (fixed("06-30", "12-31"), "2026-06-30T23:59", "2026-07-01T00:00"),
        (fixed("06-30"), "2026-07-01T00:00", "2027-07-01T00:00"),
        (fixed("01-01", zone="Asia/Tokyo"), "2026-12-31T15:00", "2027-01-01T15:00"),
        (Expiry(kind=ExpiryKind.INACTIVITY, count=2, unit="day"), "2026-07-02T12:00", "2026-07-05T00:00"),
    ],
)
def test_points_are_good_to_the_end_of_a_day(expiry: Expiry, at: str, expected: str) -> None:
    """Which is the first moment of the next one."""
    found = lapses_at(expiry, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_some_never_lapse() -> None:
    """Which is the default."""
    assert lapses_at(Expiry(), datetime(2026, 7, 2, tzinfo=UTC)) is None
