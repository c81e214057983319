"""A program's policies are whole: what a kind needs is there, and what cannot be is not."""

from typing import Any

import pytest

from guerdon.core.programs import Expiry, ExpiryKind, Qualifying, Window


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (Qualifying, {"window": Window.ROLLING, "count": 0}),
        (Qualifying, {"window": Window.CALENDAR, "unit": "day"}),
        (Qualifying, {"window": Window.CALENDAR, "count": 2}),
        (Expiry, {"kind": ExpiryKind.ROLLING, "unit": "month"}),
        (Expiry, {"kind": ExpiryKind.INACTIVITY, "count": 3, "unit": "quarter"}),
        (Expiry, {"kind": ExpiryKind.ROLLING, "count": 1_001, "unit": "year"}),
        (Expiry, {"kind": ExpiryKind.FIXED}),
        (Expiry, {"kind": ExpiryKind.FIXED, "dates": ("02-29",)}),
        (Expiry, {"kind": ExpiryKind.FIXED, "dates": ("6-30",)}),
        (Expiry, {"kind": ExpiryKind.FIXED, "dates": ("W05-1",)}),
        (Expiry, {"round_to": "week"}),
    ],
)
def test_a_policy_that_cannot_be_is_none(policy: Any, said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        policy(**said)


def test_a_policy_that_can_be() -> None:
    assert Expiry(kind=ExpiryKind.FIXED, dates=("02-28",)).time_zone == "UTC"
    assert Expiry(kind=ExpiryKind.INACTIVITY, count=1_000, unit="year").round_to is None
    assert Qualifying(window=Window.CALENDAR, unit="quarter").count == 1
