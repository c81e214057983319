"""Who stands on which tier: the highest step reached by lifetime points, unless one was given by hand."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.programs import Tier, standing

BRONZE = Tier(
    id=UUID(int=1),
    program_id=UUID(int=9),
    code="BRONZE",
    name="Bronze",
    description=None,
    media_url=None,
    media_type=None,
    min_lifetime=Decimal(0),
    max_lifetime=Decimal(1000),
    ordering=1,
)
SILVER = replace(BRONZE, id=UUID(int=2), code="SILVER", min_lifetime=Decimal(1000), max_lifetime=None, ordering=2)
GOLD = replace(BRONZE, id=UUID(int=3), code="GOLD", min_lifetime=Decimal(5000), max_lifetime=None, ordering=3)


@pytest.mark.parametrize(
    ("lifetime", "tier"),
    [("0", BRONZE), ("999.99", BRONZE), ("1000", SILVER), ("4999.999999", SILVER), ("5000", GOLD), ("1E+19", GOLD)],
)
def test_a_step_is_reached_at_its_minimum(lifetime: str, tier: Tier) -> None:
    """Inclusive: who has exactly enough has enough. The maximum only describes the next step."""
    assert standing([BRONZE, SILVER, GOLD], Decimal(lifetime)) == tier


@given(st.permutations([BRONZE, SILVER, GOLD]), st.decimals(0, 10_000, places=2))
def test_the_order_of_the_ladder_does_not_matter(tiers: list[Tier], lifetime: Decimal) -> None:
    """More points never mean a lower step."""
    here, further = standing(tiers, lifetime), standing(tiers, lifetime + 1)
    assert here is not None
    assert further is not None
    assert here.min_lifetime <= lifetime
    assert here.min_lifetime <= further.min_lifetime


def test_a_tier_given_by_hand_counts_first() -> None:
    """Up as well as down; one that is not on the ladder does not count."""
    assert standing([BRONZE, SILVER], Decimal(0), SILVER.id) == SILVER
    assert standing([BRONZE, SILVER], Decimal(2000), BRONZE.id) == BRONZE
    assert standing([BRONZE, SILVER], Decimal(2000), GOLD.id) == SILVER


def test_below_the_first_step_there_is_none() -> None:
    """Nor is there one on a ladder without steps."""
    assert standing([SILVER], Decimal(5)) is None
    assert standing([], Decimal(5)) is None
