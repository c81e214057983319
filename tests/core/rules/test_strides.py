"""Challenges and streaks, and how far back a set asks."""

from datetime import date

import pytest

from core.rules.baskets import BASE, D, line, of, order, reckoned, rule, rules
from guerdon.core.rules.occasions import Tally
from guerdon.core.rules.strides import looks_back_to

TODAY = date(2026, 7, 2)  # a Thursday


def done(day: str, measure: str = "1", times: int = 0) -> Tally:
    """What was counted on a day, and whether points were given."""
    return Tally("a", date.fromisoformat(day), D(times), times, D(measure))


@pytest.mark.parametrize(
    ("measure", "before", "because", "counted"),
    [
        ("count", [done("2026-07-01", "4")], None, 1),
        ("count", [done("2026-07-01", "3")], "goal_not_reached", 1),
        ("count", [done("2026-06-30", "4")], "goal_not_reached", 1),
        ("count", [done("2026-07-01", "5", 1)], "goal_reached_before", 1),
        ("spend", [done("2026-07-01", "-3")], None, 8),
        ("spend", [done("2026-07-01", "-3.01")], "goal_not_reached", 8),
        ("quantity", [done("2026-07-01", "1")], None, 4),
    ],
)
def test_a_challenge(measure: str, before: list[Tally], because: str | None, counted: int) -> None:
    goal = {"points": 50, "goal": 5, "measure": measure, "within": "month"}
    given = of(reckoned(rules(rule("a", challenge=goal)), order(line(2, quantity=4)), tallies=tuple(before)), "a")
    assert (given.because, given.points, given.measure) == (because, 0 if because else 50, counted)


@pytest.mark.parametrize(
    ("before", "is_met"),
    [
        ([done("2026-06-28"), done("2026-06-15")], True),
        ([done("2026-06-28"), done("2026-06-14")], False),
        ([done("2026-06-28", "0"), done("2026-06-15")], False),
        ([done("2026-06-28", "1", 1), done("2026-06-15")], False),
        ([done("2026-06-28"), done("2026-06-15"), done("2026-07-01", "1", 1)], False),
    ],
)
def test_a_streak_of_three_weeks(before: list[Tally], is_met: bool) -> None:  # noqa: FBT001
    found = rules(rule("a", streak={"points": 20, "every": "week", "length": 3}))
    given = of(reckoned(found, order(1), tallies=tuple(before)), "a")
    assert (given.points, given.because, given.measure) == ((20, None, 1) if is_met else (0, "not_in_a_row", 1))


def test_how_far_back_a_set_asks() -> None:
    capped = {**BASE, "caps": [{"points": 1, "per": "order"}, {"points": 5, "per": "month"}]}
    assert looks_back_to(rules(BASE), TODAY) is None
    assert looks_back_to(rules(capped), TODAY) == date(2026, 7, 1)
    assert looks_back_to(rules(capped, caps=[{"points": 5, "per": "year"}]), TODAY) == date(2026, 1, 1)
    streak = rule("b", streak={"points": 1, "every": "week", "length": 3})
    challenge = rule("a", challenge={"points": 1, "goal": 1, "within": "quarter"})
    assert looks_back_to(rules(streak), TODAY) == date(2026, 6, 15)
    assert looks_back_to(rules(streak, challenge), date(2026, 9, 1)) == date(2026, 7, 1)
