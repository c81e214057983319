"""What can be spent is what is posted less what is held, to the last digit."""

from decimal import Decimal

from guerdon.core.memberships import Balance


def test_available_is_posted_less_held() -> None:
    """Beyond 28 digits too, and below zero where a program allows it."""
    posted = Decimal("12345678901234567890.0123456789012345678901234567890123456789")
    assert Balance(posted, Decimal("0.0000000000000000000000000000000000000001"), Decimal(0), 1).available == Decimal(
        "12345678901234567890.0123456789012345678901234567890123456788"
    )
    assert Balance(Decimal(5), Decimal(8), Decimal(5), 1).available == Decimal(-3)
