"""What can be spent is what is posted less what is held, to the last digit."""

import uuid
from decimal import Decimal

import pytest

from conftest import NOW
from guerdon.core.memberships import Balance, Membership, MembershipState


def test_available_is_posted_less_held() -> None:
    """Beyond 28 digits too, and below zero where a program allows it."""
    posted = Decimal("12345678901234567890.0123456789012345678901234567890123456789")
    assert Balance(posted, Decimal("0.0000000000000000000000000000000000000001"), Decimal(0), 1).available == Decimal(
        "12345678901234567890.0123456789012345678901234567890123456788"
    )
    assert Balance(Decimal(5), Decimal(8), Decimal(5), 1).available == Decimal(-3)


@pytest.mark.parametrize("state", MembershipState)
def test_who_was_canceled_or_declined_is_barred(state: MembershipState) -> None:
    """Who is still to be confirmed is not."""
    nobody = uuid.uuid4()
    membership = Membership(
        id=nobody,
        member_id=nobody,
        program_id=nobody,
        chain_id=nobody,
        account_id=nobody,
        number=None,
        provider_id=None,
        state=state,
        is_primary=True,
        url=None,
        expires_at=None,
        tier_id=None,
        tier_until=None,
        created_at=NOW,
        updated_at=NOW,
        deleted_at=None,
        balance=Balance(Decimal(0), Decimal(0), Decimal(0), 0),
    )
    assert membership.is_barred is (state in {MembershipState.CANCELED, MembershipState.DECLINED})
