"""What orders and events give, rule by rule and line by line; sums that are exact, whatever the order."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.baskets import BASE, D, line, of, order, reckoned, rule, rules
from guerdon.core.rules.occasions import Line, Tally
from guerdon.core.rules.sets import RuleSet

RICH = rules(
    {**BASE, "caps": [{"points": 700, "per": "month"}]},
    rule("third", per_spend={"points": 1, "per": 3}, lines={"categories": ["food"]}),
    rule("units", per_item={"points": D("0.7")}, lines={"except_skus": ["b"]}),
    rule("visit", per_visit={"points": 10}, when={"min_spend": 5}),
    rule("double", multiply={"by": D("1.5")}, lines={"skus": ["a", "b"]}),
    rule("triple", multiply={"by": 3, "of": ["visit"]}),
    exclude={"categories": ["tobacco"]},
    decimals=1,
    rounding="half_even",
    caps=[{"points": 900, "per": "day"}],
)


@pytest.mark.parametrize(
    ("give", "points", "shares"),
    [
        ({"per_spend": {"points": 1}}, 33, (10, 23)),
        ({"per_spend": {"points": 2, "per": 3}}, 22, (7, 15)),
        ({"per_spend": {"points": 5, "per": 10, "whole_steps": True}}, 15, (5, 10)),
        ({"per_item": {"points": 4}}, 16, (4, 12)),
        ({"per_visit": {"points": 10}}, 10, (3, 7)),
    ],
)
def test_what_is_given_and_to_which_lines(give: dict[str, Any], points: int, shares: tuple[int, ...]) -> None:
    """10.40 and three times 7.60."""
    found = reckoned(rules({"id": "a", "give": give}), order(line("10.40"), line("7.60", "b", 3)))
    assert (found.points, found.given[0].shares) == (points, shares)


def test_a_rule_is_for_its_lines_and_none_is_for_what_is_excluded() -> None:
    found = rules(BASE, rule("food", per_spend={"points": 2}, lines={"categories": ["food"]}), exclude={"skus": ["c"]})
    basket = order(line(10, category="food"), line(20, "b"), line(5, "c", category="food"))
    reckoning = reckoned(found, basket)
    assert [given.shares for given in reckoning.given] == [(10, 20, 0), (20, 0, 0)]
    assert reckoning.excluded == (2,)
    assert of(reckoned(found, order(line(5, "c"))), "base").because == "no_line"


@pytest.mark.parametrize(
    ("multipliers", "points", "reasons"),
    [("best", (10, 0, 20), (None, "better_multiplier", None)), ("add", (10, 10, 20), (None, None, None))],
)
def test_several_multipliers(multipliers: str, points: tuple[int, ...], reasons: tuple[str | None, ...]) -> None:
    double, triple = (rule(name, multiply={"by": by}) for name, by in (("double", 2), ("triple", 3)))
    found = reckoned(rules(BASE, double, triple, multipliers=multipliers), order(10))
    assert tuple(given.points for given in found.given) == points
    assert tuple(given.because for given in found.given) == reasons


def test_a_multiplier_works_on_what_was_given() -> None:
    """After rounding and caps, for its lines, and of bonuses only where they are named."""
    base = {**BASE, "caps": [{"points": 20, "per": "order"}]}
    visit = rule("visit", per_visit={"points": 5})
    double = rule("double", multiply={"by": 2}, lines={"skus": ["b"]})
    found = reckoned(rules(base, visit, double), order(line("30.90"), line("10", "b")))
    assert [given.points for given in found.given] == [20, 5, 5]
    assert of(found, "double").shares == (0, 5)
    assert of(reckoned(rules(visit, double), order(line(10, "b"))), "double").because == "nothing_to_multiply"


def test_a_referral_gives_to_both_sides() -> None:
    friend = rule("friend", referral={"points": 100, "referrer_points": 50}, caps=[{"points": 120, "per": "year"}])
    assert of(reckoned(rules(friend), order(1)), "friend").because == "not_referred"
    found = reckoned(rules(friend), order(1), referrer=())
    assert (found.points, found.referrer_points) == (100, 50)
    before = Tally("friend", order(1).at.date(), D(100), 1, D(0))
    found = reckoned(rules(friend), order(1), referrer=(before,))
    assert (found.points, found.referrer_points) == (100, 20)
    found = reckoned(rules(rule("a", referral={"referrer_points": 5})), order(1), referrer=())
    assert (found.points, found.referrer_points, found.given[0].because) == (0, 5, None)
    both = [rule(name, referral={"referrer_points": 50}) for name in ("a", "b")]
    for limit, because in ((60, None), (50, "capped")):
        found = reckoned(rules(*both, caps=[{"points": limit, "per": "day"}]), order(1), referrer=())
        assert (found.referrer_points, of(found, "b").because) == (limit, because)


def test_an_event_gives_by_a_field() -> None:
    events = {"walk": {"fields": {"km": {"type": "number"}}}}
    found = rules(rule("a", per_field={"points": 2, "field": "km"}, when={"event": "walk"}), events=events)
    for fields, points in (({"km": D("4.6")}, 9), ({}, 0), ({"km": D(-3)}, 0)):
        reckoning = reckoned(found, order(event="walk", fields=fields))
        assert (reckoning.points, reckoning.given[0].because is None) == (points, points > 0)


def test_what_rounds_to_nothing_says_so() -> None:
    assert of(reckoned(rules(BASE), order("0.99")), "base").because == "rounded_to_nothing"


LINES = st.lists(
    st.builds(
        Line,
        id=st.sampled_from("xyz"),
        sku=st.sampled_from("abc"),
        category=st.sampled_from(["food", "tobacco", None]),
        quantity=st.decimals(D("0.001"), 50, places=3),
        unit_price=st.decimals(0, 500, places=2),
        tax=st.decimals(0, 5, places=2),
        discount=st.decimals(0, 20, places=2),
    ),
    min_size=1,
    max_size=6,
)


@given(LINES, st.decimals(0, 30, places=2), st.randoms(use_true_random=False))
def test_the_order_of_lines_decides_nothing(lines: list[Line], discount: Decimal, chance: Any) -> None:
    mixed = list(lines)
    chance.shuffle(mixed)
    first, second = (reckoned(RICH, order(*each, discount=discount)) for each in (lines, mixed))
    assert [(g.rule, g.points, g.because) for g in first.given] == [(g.rule, g.points, g.because) for g in second.given]
    assert sorted(zip((each.rank for each in lines), _of_lines(first), strict=True)) == sorted(
        zip((each.rank for each in mixed), _of_lines(second), strict=True)
    ) or len({each.rank for each in lines}) < len(lines)


def _of_lines(reckoning: Any) -> list[Decimal]:
    return [
        sum((given.shares[n] for given in reckoning.given if given.shares), D(0)) for n in range(len(reckoning.values))
    ]


@given(LINES, st.decimals(0, 1000, places=1))
def test_sums_are_exact_and_no_cap_is_exceeded(lines: list[Line], before: Decimal) -> None:
    tally = Tally("base", order(1).at.date(), before, 1, D(0))
    found = reckoned(RICH, order(*lines), tallies=(tally,))
    for each in found.given:
        assert sum(each.shares, D(0)) == each.points or not each.shares
        assert each.points + sum((cut.cut for cut in each.cuts), D(0)) == each.before_caps
        assert each.points == each.points.quantize(D("0.1"))
    assert found.points == sum(_of_lines(found))
    assert of(found, "base").points <= max(D(0), 700 - before)
    assert found.points <= max(D(0), 900 - before)


def test_a_set_without_rules_gives_nothing() -> None:
    assert reckoned(RuleSet(), order(5)).points == 0


def test_a_long_order_under_many_rules_is_reckoned_at_once() -> None:
    """As many lines and rules as there may be, each multiplier on each rule: an event loop must not stand still."""
    several = [rule(f"r{n}", per_spend={"points": 1}) for n in range(50)]
    several += [
        rule(f"m{n}", multiply={"by": 2}, lines={"except_skus": [f"s{n}"]}, caps=[{"points": 9, "per": "day"}])
        for n in range(50)
    ]
    found = rules(*several, caps=[{"points": 100, "per": "day"}])
    bought = order(*(line(f"{n % 37}.{n % 100:02d}", f"s{n}", n % 4 + 1) for n in range(500)), discount=D("12.34"))
    spent = []
    for _ in range(3):
        begun = time.process_time()
        assert reckoned(found, bought).points == 100
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.5, "0.1 s here; 0.9 s where every rule looks at every line"
