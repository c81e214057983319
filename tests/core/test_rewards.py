"""What speaks against a reward, which line of a basket it is for, and what it is worth."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW
from guerdon.core.rewards import (
    Basket,
    Line,
    Objection,
    Reward,
    RewardKind,
    Standing,
    line_of,
    objections,
    subtotal_of,
    worth,
)

D = Decimal
BURGERS = Basket((Line("BRG", D("11.50"), 2), Line("FRI", D(3), 1)), D(26), D(26))
NEEDS: dict[RewardKind, dict[str, Any]] = {
    RewardKind.DISCOUNT_AMOUNT: {"value": D(3)},
    RewardKind.DISCOUNT_PERCENTAGE: {"value": D("12.5")},
    RewardKind.ITEM_DISCOUNT_AMOUNT: {"value": D(1), "sku": "BRG"},
    RewardKind.ITEM_DISCOUNT_PERCENTAGE: {"value": D(50), "sku": "BRG"},
    RewardKind.ITEM_FIXED_PRICE: {"value": D(5), "sku": "BRG"},
    RewardKind.BUY_ONE_GET_ONE: {"sku": "BRG"},
    RewardKind.FREE_ITEM: {"sku": "COO"},
    RewardKind.CUSTOM: {},
    RewardKind.VOUCHER_CODE: {"pool_id": UUID(int=3)},
}
"""What a reward of each kind must have."""


def reward(kind: RewardKind = RewardKind.DISCOUNT_AMOUNT, **facts: Any) -> Reward:
    named: dict[str, Any] = {"id": UUID(int=1), "program_id": UUID(int=2), "code": "r", "title": "R", "cost": D(60)}
    return Reward(**{**named, "kind": kind, **NEEDS[kind], **facts})


HUNDRED = D(100)


def said(reward: Reward, basket: Basket = BURGERS, available: Decimal | None = HUNDRED, **standing: Any) -> set[str]:
    return set(objections(reward, basket, Standing(**standing), available=available, at=NOW))


@pytest.mark.parametrize("kind", RewardKind)
def test_nothing_speaks_against_a_plain_reward(kind: RewardKind) -> None:
    assert said(reward(kind)) == set()


@pytest.mark.parametrize("kind", [kind for kind, needs in NEEDS.items() if needs])
def test_a_reward_that_lacks_what_its_kind_needs_cannot_be(kind: RewardKind) -> None:
    for missing in NEEDS[kind]:
        with pytest.raises(ValueError, match="needs"):
            reward(kind, **{missing: None})


@pytest.mark.parametrize(
    ("facts", "standing", "objection"),
    [
        ({}, {"is_barred": True}, Objection.BARRED),
        ({"starts_at": NOW + timedelta(seconds=1)}, {}, Objection.NOT_BEGUN),
        ({"starts_at": NOW}, {}, None),
        ({"ends_at": NOW}, {}, Objection.ENDED),
        ({"ends_at": NOW + timedelta(seconds=1)}, {}, None),
        ({}, {"left": 0}, Objection.OUT_OF_STOCK),
        ({}, {"left": 1}, None),
        ({}, {"left": 0, "elsewhere": 1}, Objection.RESERVED_ELSEWHERE),
        ({}, {"left": 1, "elsewhere": 1}, None),
        ({"most_per_member": 1}, {"left": 0, "elsewhere": 1}, Objection.RESERVED_ELSEWHERE),
        ({"most_per_member": 2}, {"used": 2}, Objection.LIMIT_REACHED),
        ({"most_per_member": 2}, {"used": 1}, None),
        ({"most_per_member": 2}, {"used": 1, "elsewhere": 1}, Objection.RESERVED_ELSEWHERE),
        ({"min_spend": D("26.01")}, {}, Objection.BELOW_MINIMUM),
        ({"min_spend": D(26)}, {}, None),
        ({"cost": D("100.01")}, {}, Objection.NOT_ENOUGH_POINTS),
        ({"cost": D(100)}, {}, None),
        ({"cost": D(160)}, {"own_points": D(60)}, None),
    ],
)
def test_what_speaks_against_it(facts: dict[str, Any], standing: dict[str, Any], objection: Objection | None) -> None:
    assert said(reward(**facts), **standing) == ({objection} if objection else set())


def test_points_may_be_left_to_the_ledger() -> None:
    assert said(reward(cost=D(10**9)), available=None) == set()


@pytest.mark.parametrize("kind", RewardKind)
def test_of_a_basket_that_is_not_known_nothing_is_asked(kind: RewardKind) -> None:
    assert said(reward(kind, min_spend=D(1000)), Basket()) == set()


@pytest.mark.parametrize(
    "kind",
    [
        RewardKind.ITEM_DISCOUNT_AMOUNT,
        RewardKind.ITEM_DISCOUNT_PERCENTAGE,
        RewardKind.ITEM_FIXED_PRICE,
        RewardKind.BUY_ONE_GET_ONE,
    ],
)
def test_an_item_must_be_in_the_basket_unless_it_is_given_on_top(kind: RewardKind) -> None:
    fries = Basket((Line("FRI", D(3), 1), Line("BRG", D(11), 0)), D(3), D(3))
    assert said(reward(kind), fries) == {Objection.ITEM_MISSING}
    assert said(reward(RewardKind.FREE_ITEM), fries) == set()


@pytest.mark.parametrize(
    ("lines", "one", "two_for_one"),
    [
        ([("BRG", 11, 1)], 0, None),
        ([("BRG", 11, 2)], 0, 0),
        ([("FRI", 3, 1), ("BRG", 11, 1), ("BRG", 13, 1)], 2, 1),
        ([("BRG", 11, 1), ("BRG", 11, 1)], 0, 1),
        ([("FRI", 3, 5)], None, None),
    ],
)
def test_which_line_it_is_for(lines: list[tuple[str, int, int]], one: int | None, two_for_one: int | None) -> None:
    """The dearest one; of two for one, the cheapest, and with a single unit the one that is still to be added."""
    basket = Basket(tuple(Line(sku, D(price), units) for sku, price, units in lines))
    assert line_of(reward(RewardKind.ITEM_DISCOUNT_AMOUNT), basket) == one
    assert line_of(reward(RewardKind.BUY_ONE_GET_ONE), basket) == two_for_one
    assert line_of(reward(RewardKind.DISCOUNT_AMOUNT), basket) is None


@pytest.mark.parametrize(
    ("kind", "facts", "off"),
    [
        (RewardKind.DISCOUNT_AMOUNT, {}, "3.00"),
        (RewardKind.DISCOUNT_AMOUNT, {"value": D(1000)}, "26.00"),
        (RewardKind.DISCOUNT_PERCENTAGE, {}, "3.25"),
        (RewardKind.DISCOUNT_PERCENTAGE, {"value": D("12.52")}, "3.26"),
        (RewardKind.ITEM_DISCOUNT_AMOUNT, {}, "1.00"),
        (RewardKind.ITEM_DISCOUNT_PERCENTAGE, {}, "5.75"),
        (RewardKind.ITEM_FIXED_PRICE, {}, "6.50"),
        (RewardKind.ITEM_FIXED_PRICE, {"value": D(12)}, "0.00"),
        (RewardKind.BUY_ONE_GET_ONE, {}, "11.50"),
    ],
)
def test_what_it_is_worth(kind: RewardKind, facts: dict[str, Any], off: str) -> None:
    assert str(worth(reward(kind, **facts), BURGERS, 2)) == off


@pytest.mark.parametrize("kind", [RewardKind.FREE_ITEM, RewardKind.CUSTOM])
def test_what_the_basket_does_not_tell_has_no_worth(kind: RewardKind) -> None:
    assert worth(reward(kind), BURGERS, 2) is None
    assert worth(reward(), Basket(), 2) is None


@given(st.decimals(0, 10_000, places=2), st.decimals(0, 200, places=2), st.integers(0, 3))
def test_percent_of_an_order_are_rounded_half_up_and_never_more_than_it(
    subtotal: Decimal, percent: Decimal, digits: int
) -> None:
    basket = replace(BURGERS, subtotal=subtotal)
    off = worth(reward(RewardKind.DISCOUNT_PERCENTAGE, value=percent), basket, digits)
    assert off is not None
    exact = min(subtotal, subtotal * percent / 100)
    half = D(1).scaleb(-digits) / 2
    assert exact - half < off <= exact + half
    assert off.as_tuple().exponent == -digits


def test_what_lines_come_to() -> None:
    assert subtotal_of(BURGERS.lines) == D(26)
    assert subtotal_of([]) == 0
