"""What an order comes to, by what counts as spending."""

from decimal import Decimal

import pytest

from core.rules.baskets import line, order
from guerdon.core.rules.occasions import Occasion, spending
from guerdon.core.rules.sets import Discounts, RuleSet, Tax

D = Decimal
GROSS = order(line("11.90", quantity=2, tax="3.04", discount="4.76"))
NET = order(line("10", quantity=2, tax="3.04", discount="4"), prices_include_tax=False)


@pytest.mark.parametrize(
    ("occasion", "tax", "discounts", "expected"),
    [
        (GROSS, "included", "after", "19.04"),
        (GROSS, "included", "before", "23.80"),
        (GROSS, "excluded", "after", "16.00"),
        (GROSS, "excluded", "before", "20.76"),
        (NET, "included", "after", "19.04"),
        (NET, "excluded", "after", "16"),
        (NET, "excluded", "before", "20"),
    ],
)
def test_each_basis(occasion: Occasion, tax: str, discounts: str, expected: str) -> None:
    assert spending(RuleSet(tax=Tax(tax), discounts=Discounts(discounts)), occasion) == (D(expected),)


def test_a_discount_on_the_order_is_parted_to_the_cent() -> None:
    """0.10 among 1, 1 and 1: the cent that is left over goes by what the lines say, not by where they are."""
    lines = [line("1.00", sku) for sku in "abc"]
    assert spending(RuleSet(), order(*lines, discount=D("0.10"))) == (D("0.96"), D("0.97"), D("0.97"))
    assert spending(RuleSet(), order(*lines[::-1], discount=D("0.10"))) == (D("0.97"), D("0.97"), D("0.96"))


def test_nothing_is_less_than_nothing() -> None:
    found = order(line("1", discount="2"), line("3", "b"), discount=D(9))
    assert (spending(RuleSet(), found), found.paid) == ((D(0), D(0)), D(0))


def test_what_was_paid_and_how_finely() -> None:
    assert (order("1.5", line("2", "b", "0.25")).paid, order("1.5", line("2.10", "b", "0.25")).places) == (D(2), 4)
