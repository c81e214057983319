"""Dates are read as vendors send them, and what is no date is told apart."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.dates import iso_date, iso_instant

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001 - bounds


@given(moments, st.sampled_from("T "))
def test_any_offset_is_the_same_moment(moment: datetime, between: str) -> None:
    """Clients send local time with an offset; what is kept is UTC."""
    text = moment.isoformat(between)
    read = iso_instant(text)
    assert read == moment
    assert read is not None
    assert read.tzinfo == UTC
    assert iso_date(text) == moment.date(), "the date that was written, not the one in UTC"


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_a_date_is_its_midnight(day: date) -> None:
    """A birthday has no hour."""
    assert iso_date(day.isoformat()) == day
    assert iso_instant(f" {day.isoformat()} ") == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-02T10:20", datetime(2026, 7, 2, 10, 20, tzinfo=UTC)),
        ("2026-07-02T10:20:30.1234567Z", datetime(2026, 7, 2, 10, 20, 30, 123456, tzinfo=UTC)),
        ("2026-07-02T10:20:30,5z", datetime(2026, 7, 2, 10, 20, 30, 500000, tzinfo=UTC)),
        ("2026-07-02T10:20:30+0230", datetime(2026, 7, 2, 7, 50, 30, tzinfo=UTC)),
    ],
)
def test_the_ways_to_write_it(text: str, moment: datetime) -> None:
    """Seconds may be missing, fractions of any length are cut, a colon in the offset may be missing."""
    assert iso_instant(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-02-30",
        "2026-7-2",
        "20260702",
        "2026-W27",
        "02/07/2026",
        "2026-07-02T10",
        "2026-07-02T25:00",
        "2026-07-02T10:20:30+99:00",
        "0001-01-01T00:00:00+14:00",
        "\u0662\u0660\u0662\u0666-07-02",
    ],
)
def test_what_is_no_date(text: str) -> None:
    """Nor one that lies outside the calendar once it is in UTC."""
    assert iso_instant(text) is None
    assert iso_date(text) is None
