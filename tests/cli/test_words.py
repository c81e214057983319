"""Amounts keep every digit that counts, and days are those of the program's zone."""

import json as jsonlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from guerdon.cli import words

MIDNIGHT = datetime(2026, 7, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        ("1504", "1,504"),
        ("20.37076232692728", "20.37076232692728"),
        ("5.00", "5"),
        ("0", "0"),
        ("-1000.50", "-1,000.5"),
    ],
)
def test_amounts(points: str, shown: str) -> None:
    """Thousands apart, no zeros after the last digit that counts."""
    assert words.amount(Decimal(points)) == shown
    assert words.signed(Decimal(points)) == (f"+{shown}" if Decimal(points) > 0 else shown)


def test_moments_and_days() -> None:
    """What ends at midnight is good on the day before."""
    assert words.moment(MIDNIGHT, "Asia/Tokyo") == "2026-07-03 09:00"
    assert words.last_day(MIDNIGHT, "UTC") == "2026-07-02"
    assert words.last_day(MIDNIGHT, "Asia/Tokyo") == "2026-07-03"
    assert words.last_day(None, "UTC") == "no day"


def test_json_is_exact() -> None:
    """Amounts are numbers with all their digits."""
    text = words.json({"points": Decimal("20.37076232692728"), "at": MIDNIGHT})
    assert '"points": 20.37076232692728' in text
    assert jsonlib.loads(text)["at"] == "2026-07-03T00:00:00Z"
