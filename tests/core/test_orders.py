"""What an order earns: whole points by the rate, rounded down, never less than none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.orders import earned


@pytest.mark.parametrize(
    ("amount", "rate", "points"),
    [
        ("500", "1", 500),
        ("19.99", "1", 19),
        ("19.99", "2.5", 49),
        ("0.99", "1", 0),
        ("0", "1", 0),
        ("-5", "1", 0),
        ("20", "0", 0),
    ],
)
def test_what_an_order_earns(amount: str, rate: str, points: int) -> None:
    assert earned(Decimal(amount), Decimal(rate)) == points


@given(st.decimals(0, 10**12, places=4), st.decimals(0, 1000, places=4))
def test_it_is_never_more_than_the_rate_gives_and_less_by_less_than_a_point(amount: Decimal, rate: Decimal) -> None:
    points = earned(amount, rate)
    assert points == int(points)
    assert 0 <= amount * rate - points < 1
