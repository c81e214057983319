"""Sums of amounts are exact, and a lot without a day lapses on the account's."""

from decimal import Decimal

from core.ledgers import at, books, lot
from guerdon.core.books import total


def test_sums_keep_every_digit() -> None:
    """More than the 28 that decimals keep by themselves."""
    small, large = Decimal("0.0000000000000000000000000000000000000001"), Decimal(10) ** 19
    assert total([large, small]) == Decimal("10000000000000000000.0000000000000000000000000000000000000001")
    assert total([]) == 0


def test_a_lot_has_a_day_of_its_own_or_the_accounts() -> None:
    """Or none."""
    assert books(idle_at=5).day_of(lot(1, 10, 10, 3)) == at(3)
    assert books(idle_at=5).day_of(lot(1, 10, 10, None)) == at(5)
    assert books().day_of(lot(1, 10, 10, None)) is None
