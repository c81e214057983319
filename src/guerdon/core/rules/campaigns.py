"""Budgets of campaigns: what is left of them while an order is reckoned, and where a campaign is in its life."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from guerdon.core.points import ZERO, minus, plus
from guerdon.core.rules.caps import Cut
from guerdon.core.rules.periods import Period
from guerdon.core.rules.sets import Campaign
from guerdon.core.rules.shares import of_units, units_of
from guerdon.core.rules.versions import VersionState


class CampaignState(StrEnum):
    """Its time is to come, is now, or is over; or it has given all that it may."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"
    SPENT = "spent"


class Budgets:
    """What is left of budgets, from rule to rule of an order."""

    def __init__(self, spent: Mapping[str, Decimal], decimals: int) -> None:
        self._spent = dict(spent)
        self._decimals = decimals

    def within(
        self, campaign: Campaign | None, points: Decimal, referrer_points: Decimal
    ) -> tuple[Decimal, Decimal, tuple[Cut, ...]]:
        """What a campaign still gives to a member, then to who referred it; and what its budget left out of both."""
        if campaign is None or campaign.budget is None:
            return points, referrer_points, ()
        used = self._spent.get(campaign.code, ZERO)
        left = max(ZERO, minus(campaign.budget, used))
        left = of_units(units_of(left, self._decimals), self._decimals)
        own = min(points, left)
        other = min(referrer_points, minus(left, own))
        self._spent[campaign.code] = plus(used, plus(own, other))
        cut = minus(plus(points, referrer_points), plus(own, other))
        if not cut:
            return own, other, ()
        said = Cut(
            per=Period.EVER,
            limit=campaign.budget,
            used=used,
            cut=cut,
            of_times=False,
            of_all=False,
            campaign=campaign.code,
        )
        return own, other, (said,)


def left_of(campaign: Campaign, given: Decimal) -> Decimal | None:
    """What is left of a budget; None where there is none. An earlier version may have allowed for more."""
    return None if campaign.budget is None else max(ZERO, minus(campaign.budget, given))


def state_of(campaign: Campaign, version: VersionState, given: Decimal, now: datetime) -> CampaignState:
    """Where a campaign is in its life.

    Args:
        campaign: the campaign.
        version: where the version is that says it.
        given: what it has given and was not taken back.
        now: the moment.
    """
    if version is VersionState.PAST or (campaign.ends_at is not None and campaign.ends_at <= now):
        return CampaignState.ENDED
    if version is not VersionState.LIVE or (campaign.starts_at is not None and campaign.starts_at > now):
        return CampaignState.SCHEDULED
    return CampaignState.SPENT if left_of(campaign, given) == ZERO else CampaignState.RUNNING
