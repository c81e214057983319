"""Which lines a selection takes, and the rule set of a program that has none."""

from decimal import Decimal

import pytest

from core.rules.baskets import order, reckoned
from guerdon.core.orders import earned
from guerdon.core.rules.sets import RuleSet, Selection, by_rate, cause_of


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(), "ab"),
        (Selection(skus=frozenset("a")), "a"),
        (Selection(skus=frozenset("a"), categories=frozenset({"B"})), "ab"),
        (Selection(not_categories=frozenset({"A"})), "b"),
        (Selection(categories=frozenset({"A", "B"}), not_skus=frozenset("a")), "b"),
    ],
)
def test_a_selection(selection: Selection, taken: str) -> None:
    assert [sku for sku in "ab" if selection.takes(sku, sku.upper())] == list(taken)


def test_exclusion() -> None:
    found = RuleSet(excluded=Selection(categories=frozenset({"A"})))
    assert (found.excludes("a", "A"), found.excludes("a", None)) == (True, False)


@pytest.mark.parametrize(("amount", "rate"), [("10.10", "2.5"), ("0", "1"), ("0.99", "1"), ("3", "0")])
def test_by_a_rate_an_order_earns_what_it_always_did(amount: str, rate: str) -> None:
    found = reckoned(by_rate(Decimal(rate)), order(amount))
    assert found.points == earned(Decimal(amount), Decimal(rate))
    assert cause_of(3) == "rules:3"
