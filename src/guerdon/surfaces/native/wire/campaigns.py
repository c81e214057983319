"""Campaigns, and what is left of their budgets, as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import CampaignCode, Cursor, Limit, Moment, NextCursor, ProgramId, RuleVersion

State = Literal["scheduled", "running", "ended", "spent"]


class CampaignsQuery(Struct, kw_only=True):
    """Which campaigns, by code."""

    state: Annotated[State, Meta(description="As they stand now.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Campaign(Struct, kw_only=True):
    """Rules that count in a window of time, and what they have given, across versions of the rules."""

    program_id: ProgramId
    code: CampaignCode
    name: Annotated[str, Meta(description="For people.", examples=["Summer"])] | None
    state: Annotated[State, Meta(description="Where it is in its life now.")]
    starts_at: Moment | None
    ends_at: Moment | None
    budget: (
        Annotated[Decimal, Meta(description="The most that it gives; null is without bounds.", examples=[50000])] | None
    )
    given: Annotated[Decimal, Meta(description="Points that it gave and that were not taken back.", examples=[12345])]
    left: Annotated[Decimal, Meta(description="Of the budget; null where there is none.", examples=[37655])] | None
    orders: Annotated[int, Meta(description="Orders and events that have points of it.", examples=[420])]
    rule_version: Annotated[
        RuleVersion, Meta(description="The version that says all this: live, or else scheduled, or else past.")
    ]
    rules: Annotated[list[str], Meta(description="The ids of its rules.", examples=[["double"]])]


class Campaigns(Struct):
    """A page of campaigns."""

    data: list[Campaign]
    next_cursor: NextCursor
