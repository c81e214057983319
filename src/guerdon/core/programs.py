"""A program and its ladder of tiers: who stands where by lifetime points."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a program's ladder; `min_lifetime` is inclusive, `max_lifetime` only describes the next step."""

    id: UUID
    program_id: UUID
    code: str
    name: str
    description: str | None
    media_url: str | None
    media_type: str | None
    min_lifetime: Decimal
    max_lifetime: Decimal | None
    ordering: int


@dataclass(frozen=True, slots=True)
class Program:
    """A loyalty scheme.

    Attributes:
        earning_descriptions: the earning rules in words, in rule order.
        redemption_descriptions: the redemption rules in words, in rule order.
        points_per_unit: what one unit of money costs in points; None where points have no price.
        allow_negative: whether debits may take available points below zero.
    """

    id: UUID
    chain_id: UUID
    code: str
    name: str
    earning_descriptions: tuple[str, ...]
    redemption_descriptions: tuple[str, ...]
    points_per_unit: Decimal | None
    allow_negative: bool


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A vendor's name for a place to order from; it selects a program and says whether its tiers are shown."""

    id: str
    program_id: UUID
    shows_tiers: bool


def standing(tiers: Sequence[Tier], lifetime: Decimal, granted: UUID | None = None) -> Tier | None:
    """The tier a membership stands on.

    Args:
        tiers: the program's ladder, in any order.
        lifetime: the account's lifetime points.
        granted: a tier given by hand, which counts before the ladder.
    """
    by_hand = next((tier for tier in tiers if tier.id == granted), None)
    reached = [tier for tier in tiers if tier.min_lifetime <= lifetime]
    return by_hand or max(reached, key=lambda tier: tier.min_lifetime, default=None)
