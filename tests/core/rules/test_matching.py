"""When a rule applies, and which condition is not met when it does not."""

from datetime import date
from typing import Any

import pytest

from conftest import NOW
from core.rules.baskets import D, line, of, order, reckoned, rule, rules
from guerdon.core.rules.matching import is_birthday
from guerdon.core.rules.sets import Birthday

REVIEW = {"review": {"fields": {"stars": {"type": "number"}, "verified": {"type": "flag"}, "kind": {"type": "text"}}}}


@pytest.mark.parametrize(
    ("when", "facts", "because"),
    [
        ({"tiers": ["gold"]}, {"tier": "gold"}, None),
        ({"tiers": ["gold"]}, {"tier": "silver"}, "other_tier"),
        ({"tiers": ["gold"]}, {}, "other_tier"),
        ({"locations": ["Berlin"]}, {}, None),
        ({"locations": ["Bonn"]}, {}, "other_location"),
        ({"channels": ["app"]}, {}, "other_channel"),
        ({"currencies": ["EUR"]}, {}, None),
        ({"currencies": ["CHF"]}, {}, "other_currency"),
        ({"min_spend": 30}, {}, None),
        ({"min_spend": D("30.01")}, {}, "below_min_spend"),
        ({"min_quantity": 4}, {}, "below_min_quantity"),
        ({"first_purchase": True}, {}, None),
        ({"first_purchase": True}, {"orders_before": 1}, "not_first_purchase"),
        ({"every_visit": 5}, {"orders_before": 4}, None),
        ({"every_visit": 5}, {"orders_before": 5}, "other_visit"),
        ({"birthday": "day"}, {"birthday": date(1990, 7, 2)}, None),
        ({"birthday": "day"}, {}, "not_birthday"),
        ({"event": "review"}, {}, "other_occasion"),
        ({"time": {"starts_at": "2026-07-02T12:00:00Z"}}, {}, None),
        ({"time": {"starts_at": "2026-07-02T12:00:01Z"}}, {}, "not_begun"),
        ({"time": {"ends_at": "2026-07-02T12:00:00Z"}}, {}, "ended"),
        ({"time": {"weekdays": ["thu"]}}, {}, None),
        ({"time": {"weekdays": ["fri"]}}, {}, "other_weekday"),
        ({"time": {"from": "14:00"}}, {}, None),
        ({"time": {"until": "14:00"}}, {}, "other_hour"),
        ({"time": {"from": "22:00", "until": "14:01"}}, {}, None),
        ({"time": {"from": "22:00", "until": "14:00"}}, {}, "other_hour"),
    ],
)
def test_a_condition(when: dict[str, Any], facts: dict[str, Any], because: str | None) -> None:
    """An order on a Thursday at 14:00 in Berlin, of 30 euros and three units."""
    found = rules(rule("a", per_visit={"points": 10}, when=when), time_zone="Europe/Berlin", events=REVIEW)
    bought = order(line(10, quantity=3), location="Berlin", channel="till", currency="EUR")
    given = of(reckoned(found, bought, **facts), "a")
    assert (given.because, given.points) == (because, 0 if because else 10)


@pytest.mark.parametrize(
    ("tests", "fits"),
    [
        ({"stars": {"min": 4}}, True),
        ({"stars": {"max": 3}}, False),
        ({"stars": {"one_of": [4, 5]}}, True),
        ({"stars": {"one_of": [True]}}, False),
        ({"verified": {"one_of": [True]}}, True),
        ({"verified": {"one_of": [1]}}, False),
        ({"kind": {"one_of": ["food"]}}, False),
        ({"kind": {"min": 1}}, False),
        ({"stars": {"min": 4}, "verified": {"one_of": [False]}}, False),
    ],
)
def test_a_test_of_a_field(tests: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    found = rules(rule("a", per_event={"points": 5}, when={"event": "review", "fields": tests}), events=REVIEW)
    told = order(event="review", fields={"stars": D(5), "verified": True})
    assert (of(reckoned(found, told), "a").because is None) == fits


@pytest.mark.parametrize(
    ("near", "born", "today", "fits"),
    [
        ("day", "1992-02-29", "2026-02-28", True),
        ("day", "1992-02-29", "2028-02-29", True),
        ("day", "1992-02-29", "2028-02-28", False),
        ("week", "1990-01-01", "2025-12-29", True),
        ("week", "1990-12-31", "2026-01-03", True),
        ("week", "1990-12-31", "2026-01-04", False),
        ("month", "1990-07-31", "2026-07-01", True),
        ("month", "1990-06-30", "2026-07-01", False),
        ("week", "1990-01-01", "9999-12-31", False),
    ],
)
def test_a_birthday(near: str, born: str, today: str, fits: bool) -> None:  # noqa: FBT001
    assert is_birthday(Birthday(near), date.fromisoformat(born), date.fromisoformat(today)) == fits


def test_days_are_those_of_the_time_zone() -> None:
    """22:30 in London is the day after in Berlin."""
    late = NOW.replace(hour=22, minute=30)
    for zone, points in (("UTC", 10), ("Europe/Berlin", 0)):
        found = rules(rule("a", per_visit={"points": 10}, when={"time": {"weekdays": ["thu"]}}), time_zone=zone)
        assert reckoned(found, order(1, at=late)).points == points
