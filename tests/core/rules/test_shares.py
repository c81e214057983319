"""Rounding once, and parting an amount so that the parts add up to it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.rules.shares import Rounding, of_units, places, rounded, spread, units_of

D = Decimal


@pytest.mark.parametrize(
    ("exact", "decimals", "down", "half_up", "half_even", "up"),
    [
        (Fraction(5, 2), 0, "2", "3", "2", "3"),
        (Fraction(7, 2), 0, "3", "4", "4", "4"),
        (Fraction(10, 3), 2, "3.33", "3.33", "3.33", "3.34"),
        (Fraction(4), 0, "4", "4", "4", "4"),
        (Fraction(0), 2, "0", "0", "0", "0"),
    ],
)
def test_each_rounding(exact: Fraction, decimals: int, down: str, half_up: str, half_even: str, up: str) -> None:
    found = [rounded(exact, decimals, way) for way in Rounding]
    assert [f"{value:f}" for value in found] == [down, half_up, half_even, up]


def test_units_and_places() -> None:
    assert (units_of(D("12.30"), 2), of_units(1230, 2), of_units(0, 2)) == (1230, D("12.30"), D(0))
    assert (places(D(1), D("1.250"), D("1E+3")), places()) == (3, 0)


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert spread(D(5), [Fraction(1), Fraction(1), Fraction(2)], 0, [("a",), ("b",), ("c",)]) == (D(1), D(1), D(3))
    assert spread(D(10), [Fraction(1)] * 3, 0, [("a",), ("b",), ("c",)]) == (D(4), D(3), D(3))
    assert spread(D(10), [Fraction(1)] * 3, 0, [("c",), ("b",), ("a",)]) == (D(3), D(3), D(4))


def test_without_weight_nothing_is_parted() -> None:
    assert spread(D(10), [Fraction(0)], 0, [("a",)]) == (D(0),)
    assert spread(D(10), [], 0, []) == ()


@given(
    st.integers(0, 10**15),
    st.lists(st.tuples(st.fractions(0, 1000), st.text(max_size=2)), min_size=1, max_size=8),
    st.integers(0, 4),
)
def test_parts_add_up_and_are_within_a_unit_of_their_share(
    units: int, lines: list[tuple[Fraction, str]], decimals: int
) -> None:
    total, weights = of_units(units, decimals), [weight for weight, _ in lines]
    parts = spread(total, weights, decimals, [(rank,) for _, rank in lines])
    if not sum(weights):
        return
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * weight / sum(weights)) < Fraction(1, 10**decimals)
