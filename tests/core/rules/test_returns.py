"""What returns take back: in proportion at every step, and all of it in the end."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.baskets import BASE, D, line, order, reckoned, rule, rules
from guerdon.core.rules.reckonings import Reckoning
from guerdon.core.rules.returns import Back, Left, ReturnExceeds, Taken, left_of, taken

SET = rules(
    BASE,
    rule("cup", per_item={"points": 3}, lines={"skus": ["b"]}),
    rule("visit", per_visit={"points": 10}),
    rule("friend", referral={"points": 7, "referrer_points": 5}),
    rule("spent", challenge={"points": 1, "goal": 1000, "measure": "spend", "within": "year"}),
    rule("often", challenge={"points": 1, "goal": 1000, "within": "year"}),
)
BASKET = order(line("10"), line("20", "b", 3), line("0", "free", 2))


def after(*done: Back, basket: Any = BASKET) -> tuple[Reckoning, Left, tuple[Taken, ...]]:
    """What an order gave, what returns leave of it, and what they take back."""
    reckoning = reckoned(SET, basket, referrer=())
    left = left_of(basket.lines, reckoning.values, done, 2)
    return reckoning, left, taken(reckoning, basket.lines, left)


def points(found: tuple[Taken, ...]) -> Decimal:
    """Of the member, in all."""
    return sum((each.points for each in found), D(0))


def test_an_item_takes_back_what_it_earned() -> None:
    """One of three cups: a third of its 60 and of its nine, and of the bonuses a third of what it has of them."""
    reckoning, _, found = after(Back(units={1: D(1)}))
    assert reckoning.points == 70 + 9 + 10 + 7
    assert {each.rule: each.points for each in found} == {
        "base": 20, "cup": 3, "visit": 3, "friend": 2, "spent": 0, "often": 0
    }  # fmt: skip
    assert [each.measure for each in found] == [0, 0, 0, 0, 20, 0]


def test_an_amount_takes_back_its_share() -> None:
    reckoning, _, found = after(Back(amount=D(35)))
    assert points(found) == reckoning.points / 2
    assert sum(each.referrer_points for each in found) == 2


@pytest.mark.parametrize(
    "done",
    [
        [Back()],
        [Back(amount=D(70))],
        [Back(units={0: D(1), 1: D(3), 2: D(2)})],
        [Back(units={1: D(1)}), Back(amount=D("13.37")), Back(units={1: D(2)}), Back()],
        [Back(units={1: D(1)}), Back(amount=D(50))],
    ],
)
def test_all_takes_back_all(done: list[Back]) -> None:
    reckoning, left, found = after(*done)
    assert left.is_nothing
    assert [each.points for each in found] == [each.points for each in reckoning.given]
    assert [each.measure for each in found] == [each.measure for each in reckoning.given]
    assert sum(each.referrer_points for each in found) == reckoning.referrer_points


@pytest.mark.parametrize(
    ("done", "line_of", "left"),
    [
        ([Back(units={1: D(4)})], 1, 3),
        ([Back(units={1: D(2)}), Back(units={1: D(2)})], 1, 1),
        ([Back(amount=D("70.01"))], None, 70),
        ([Back(units={0: D(1)}), Back(amount=D("60.01"))], None, 60),
        ([Back(), Back()], None, 0),
        ([Back(), Back(units={1: D(1)})], 1, 0),
        ([Back(amount=D(70)), Back(amount=D(1))], None, 0),
    ],
)
def test_more_than_is_left_is_refused(done: list[Back], line_of: int | None, left: int) -> None:
    with pytest.raises(ReturnExceeds) as refused:
        after(*done)
    assert (refused.value.line, refused.value.left) == (line_of, D(left))


def test_what_cannot_be_paid_out_in_cents_is_all_that_is_left() -> None:
    """Ten for three, one of them back: 6.67 is as good as 6.66 and two thirds."""
    for amount in ("6.66", "6.67"):
        basket = order(line("3.3333333", quantity=3))
        assert after(Back(units={0: D(1)}), Back(amount=D(amount)), basket=basket)[1].is_nothing


def test_a_challenge_loses_what_came_back_of_the_lines_that_it_is_for() -> None:
    """By what it counts of them, units or money; what comes back of others takes nothing of it."""
    cups = {"lines": {"skus": ["b"]}}
    tasks = {name: {"points": 1, "goal": 1000, "measure": name, "within": "year"} for name in ("spend", "quantity")}
    found = rules(
        *(
            rule(f"{name}-{n}", challenge=task, **lines)
            for name, task in tasks.items()
            for n, lines in enumerate(({}, cups))
        )
    )
    basket = order(line("0.90"), line("0.10", "b", 1))
    reckoning = reckoned(found, basket)
    assert [each.measure for each in reckoning.given] == [D(1), D("0.1"), D(2), D(1)]
    for n, lost in enumerate((["0.9", "0", "1", "0"], ["0.1", "0.1", "1", "1"])):
        left = left_of(basket.lines, reckoning.values, [Back(units={n: D(1)})], 2)
        assert [each.measure for each in taken(reckoning, basket.lines, left)] == [D(each) for each in lost]


def test_who_referred_loses_what_came_back_of_the_lines_that_count() -> None:
    """What no rule counts, or this one does not, takes nothing from either side; the last that counts takes all."""
    found = rules(
        rule("any", referral={"points": 10, "referrer_points": 10}),
        rule("cup", referral={"points": 10, "referrer_points": 10}, lines={"skus": ["b"]}),
        exclude={"skus": ["tobacco"]},
    )
    basket = order(line("10"), line("10", "b"), line("80", "tobacco"))
    reckoning = reckoned(found, basket, referrer=())
    for n, lost in ((2, [0, 0]), (0, [5, 0]), (1, [5, 10])):
        left = left_of(basket.lines, reckoning.values, [Back(units={n: D(1)})], 0)
        back = taken(reckoning, basket.lines, left)
        assert [each.points for each in back] == [each.referrer_points for each in back] == lost


def test_an_amount_finer_than_the_orders_is_taken_as_it_is() -> None:
    """Of ten, written without cents, 9.5 and 0.25 come back: a quarter is left, and no more than that can come."""
    basket = order(line("10"))
    done = [Back(amount=D("9.5")), Back(amount=D("0.25"))]
    assert left_of(basket.lines, [D(10)], done, 0).whole == Fraction(1, 40)
    with pytest.raises(ReturnExceeds) as refused:
        left_of(basket.lines, [D(10)], [*done, Back(amount=D("0.3"))], 0)
    assert refused.value.left == D("0.25")
    assert left_of(basket.lines, [D(10)], [*done, Back(amount=D("0.25"))], 0).is_nothing


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 6)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4000)), max_size=8),
)
def test_split_returns_add_up_to_the_whole(prices: list[tuple[int, int]], steps: list[tuple[int, int, int]]) -> None:
    """At every step within a point of the exact share; at the end all; and never more."""
    lines = [line(D(cents).scaleb(-2), sku, units) for (cents, units), sku in zip(prices, "abcd", strict=False)]
    basket = order(*lines)
    reckoning = reckoned(SET, basket, referrer=())
    done: list[Back] = []
    before = D(0)
    for n, units, cents in steps:
        back = Back(units={n % len(lines): D(units)}) if units else Back(amount=D(cents).scaleb(-2))
        try:
            left = left_of(lines, reckoning.values, [*done, back], 2)
        except ReturnExceeds:
            continue
        done.append(back)
        found = points(taken(reckoning, lines, left))
        parts = zip(lines, left.units, strict=True)
        gone = [1 - left.whole * Fraction(kept) / Fraction(each.quantity) for each, kept in parts]
        exact = sum(
            Fraction(s) * g for each in reckoning.given if each.shares for s, g in zip(each.shares, gone, strict=True)
        )
        assert before <= found <= exact < found + 1
        before = found
    if not left_of(lines, reckoning.values, done, 2).is_nothing:
        done.append(Back())
    _, _, found_all = after(*done, basket=basket)
    assert [each.points for each in found_all] == [each.points for each in reckoning.given]
