"""Caps cut what is too much, and say so."""

from datetime import date

from core.rules.baskets import BASE, D, of, order, reckoned, rule, rules
from guerdon.core.rules.caps import Count, capped
from guerdon.core.rules.occasions import Tally
from guerdon.core.rules.periods import Period
from guerdon.core.rules.sets import Cap

TODAY, YESTERDAY = date(2026, 7, 2), date(2026, 7, 1)


def tally(points: int, day: date = TODAY, rule_id: str = "base", times: int = 1) -> Tally:
    """What a rule gave on a day."""
    return Tally(rule_id, day, D(points), times, D(0))


def test_a_cap_leaves_what_is_left_of_it() -> None:
    found = rules({**BASE, "caps": [{"points": 100, "per": "day"}, {"points": 130, "per": "month"}]})
    given = of(
        reckoned(found, order(90), tallies=(tally(40), tally(60, YESTERDAY), tally(999, TODAY, "other"))), "base"
    )
    assert (given.before_caps, given.points, given.because) == (90, 30, "capped")
    cuts = [(cut.per, cut.limit, cut.used, cut.cut) for cut in given.cuts]
    assert cuts == [(Period.DAY, 100, 40, 30), (Period.MONTH, 130, 100, 30)]


def test_a_cap_of_times() -> None:
    found = rules(rule("a", per_visit={"points": 10}, caps=[{"times": 2, "per": "week"}]))
    assert reckoned(found, order(1), tallies=(tally(10, YESTERDAY, "a"),)).points == 10
    given = of(reckoned(found, order(1), tallies=(tally(10, YESTERDAY, "a", 2),)), "a")
    assert (given.points, given.cuts[0].of_times, given.cuts[0].used) == (0, True, 2)


def test_what_all_rules_give_together_is_cut_from_the_last_rule_on() -> None:
    found = rules(BASE, rule("visit", per_visit={"points": 10}), caps=[{"points": 95, "per": "order"}])
    reckoning = reckoned(found, order(90))
    assert [given.points for given in reckoning.given] == [90, 5]
    assert reckoning.given[1].shares == (5,)
    assert reckoning.given[1].cuts[0].of_all


def test_what_is_over_never_turns_into_a_debt() -> None:
    """Caps may have been higher, and points finer, in an earlier version."""
    count = Count(tallies=(tally(500),), rule="base", day=TODAY, decimals=0)
    assert capped(D(10), [Cap(points=D(100), per=Period.DAY)], count)[0] == 0
    assert capped(D(10), [Cap(points=D("7.5"))], count)[0] == 7
