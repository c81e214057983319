"""Amounts are taken as they were written, within bounds, and shown in whole points that add up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.points import exact, minus, over, plain, plus, positive, times, whole, whole_step, whole_up
from guerdon.core.refusals import PointsOutOfRange

amounts = st.decimals(min_value=-(10**19), max_value=10**19, places=14)


@given(amounts)
def test_every_digit_is_kept(amount: Decimal) -> None:
    """Also the zeros at the end: they come back as they were sent."""
    assert exact(amount).as_tuple() == amount.as_tuple()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1E+3", "1000"),
        ("20.0", "20.0"),
        ("20.37076232692728", "20.37076232692728"),
        ("-0.5", "-0.5"),
        ("99999999999999999999", "99999999999999999999"),
        ("1E-40", "1E-40"),
        ("0E+5", "0"),
    ],
)
def test_exponents_are_written_out(written: str, kept: str) -> None:
    """What is a whole number shows as one."""
    assert str(exact(Decimal(written))) == kept


@pytest.mark.parametrize("written", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+20", "-1E+20", "1E-41", "1E+400"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    """Never rounded, never cut to fit."""
    with pytest.raises(PointsOutOfRange):
        exact(Decimal(written))


@pytest.mark.parametrize("amount", [0, -1, Decimal("-0.00"), Decimal("NaN"), 10**20])
def test_one_way_verbs_take_more_than_nothing(amount: Decimal | int) -> None:
    """An earn of nothing or less is another verb."""
    with pytest.raises(PointsOutOfRange):
        positive(amount)
    assert positive(Decimal("0.01")) == Decimal("0.01")


def test_a_long_amount_is_not_repeated_in_full() -> None:
    """The refusal goes into logs and answers."""
    with pytest.raises(PointsOutOfRange) as refused:
        exact(Decimal("1" * 4000))
    assert len(refused.value.amount) <= 60


@given(amounts)
def test_whole_points_never_show_more_than_there_is(amount: Decimal) -> None:
    """A balance is rounded down, a reservation up, and both by less than one point."""
    one = Decimal(1)
    assert minus(amount, one) < whole(amount) <= amount <= whole_up(amount) < plus(amount, one)


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=6)))
def test_whole_steps_add_up_to_the_whole_balance(steps: list[Decimal]) -> None:
    """A statement whose rows do not add up to its balance would be disputed."""
    balance, shown = Decimal(0), 0
    for points in steps:
        balance = plus(balance, points)
        shown += whole_step(points, balance)
    assert shown == whole(balance)


@given(
    st.decimals(min_value=-(10**19), max_value=10**19, places=40),
    st.decimals(min_value=-(10**19), max_value=10**19, places=40),
)
def test_sums_are_exact_beyond_28_digits(left: Decimal, right: Decimal) -> None:
    """The usual context would round the last ones away."""
    assert minus(plus(left, right), right) == left


@given(
    st.decimals(min_value=-(10**19), max_value=10**19, places=40),
    st.decimals(min_value=-(10**19), max_value=10**19, places=40),
)
def test_products_are_exact_beyond_28_digits(left: Decimal, right: Decimal) -> None:
    """A price in points is rounded once, up, and only at the end."""
    assert Fraction(times(left, right)) == Fraction(left) * Fraction(right)


@given(
    st.decimals(min_value=0, max_value=10**19, places=40),
    st.decimals(min_value="0.0001", max_value=10**6, places=4),
    st.integers(0, 6),
)
def test_quotients_are_rounded_down_and_never_up(left: Decimal, right: Decimal, digits: int) -> None:
    """A wallet shows no more money than its points are worth."""
    exact, shown = Fraction(left) / Fraction(right), Fraction(over(left, right, digits))
    assert shown <= exact < shown + Fraction(1, 10**digits)


@given(st.decimals(min_value=-(10**19), max_value=10**19, places=40))
def test_a_plain_amount_is_the_same_without_zeros_at_its_end(amount: Decimal) -> None:
    """A balance of 100 is not shown as 100.00 because it was once reckoned in cents."""
    shown = plain(amount)
    assert shown == amount
    written = format(shown, "f")
    assert not ("." in written and written.endswith("0"))
    assert int(shown.as_tuple().exponent) <= 0
