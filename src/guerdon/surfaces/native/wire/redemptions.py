"""Redemptions as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import (
    Code,
    Cursor,
    Limit,
    MemberId,
    MembershipId,
    Moment,
    NextCursor,
    RedemptionId,
    RewardId,
    Title,
)
from guerdon.surfaces.native.wire.memberships import Membership
from guerdon.surfaces.native.wire.rewards import Reward

State = Literal["reserved", "issued", "fulfilled", "cancelled", "expired"]
Expand = Annotated[Literal["reward"], Meta(description="With the reward.")]
Sku = Annotated[str, Meta(min_length=1, max_length=255)]
Money = Annotated[Any, Meta(examples=[12.5], extra_json_schema={"type": "number", "minimum": 0})]


class Redemption(Struct):
    """A reward in a member's hands, or points in the place of money."""

    id: RedemptionId
    state: State
    membership_id: MembershipId | None
    member_id: MemberId | None
    reward_id: RewardId | None
    reward_code: Code | None
    title: Title | None
    points: Annotated[Decimal, Meta(description="What it costs.")]
    value: Annotated[Decimal, Meta(description="The money that it was worth, where that is known.")] | None
    voucher_code: Annotated[str, Meta(description="The code that was handed out with it.")] | None
    entry_version: Annotated[int, Meta(description="The entry that took the points.")] | None
    reserved_at: Moment
    issued_at: Moment | None
    fulfilled_at: Moment | None
    closed_at: Moment | None
    expires_at: Annotated[Moment, Meta(description="Until when it is reserved, or can be used.")] | None
    reward: (
        Annotated[Reward, Meta(description="As it is now, where `expand=reward` asks for it.")] | UnsetType | None
    ) = UNSET
    membership: (
        Annotated[Membership, Meta(description="As it is after a write, where `expand=membership` asks for it.")]
        | UnsetType
        | None
    ) = UNSET


class Line(Struct):
    """A line of the order that it is for."""

    sku: Sku
    price: Money
    quantity: Annotated[int, Meta(ge=1, le=100_000)] = 1


class NewRedemption(Struct):
    """A reward to be had, by its id."""

    reward_id: UUID
    state: Annotated[Literal["reserved", "issued", "fulfilled"], Meta(description="How far it goes at once.")] = (
        "reserved"
    )
    reserve_seconds: Annotated[int, Meta(ge=10, le=604_800, description="How long it is reserved.")] = 900
    lines: Annotated[list[Line], Meta(max_length=500, description="What is in the basket, where that is known.")] = []
    total: Annotated[Money, Meta(description="What the order comes to, where that is known.")] | None = None


class RedemptionsQuery(Struct):
    """Which redemptions, newest first."""

    membership_id: Annotated[UUID, Meta(description="Those of the membership.")] | UnsetType = UNSET
    member_id: Annotated[UUID, Meta(description="Those of the member.")] | UnsetType = UNSET
    reward_id: Annotated[UUID, Meta(description="Those of the reward.")] | UnsetType = UNSET
    program_id: Annotated[UUID, Meta(description="Those in the program.")] | UnsetType = UNSET
    state: Annotated[State, Meta(description="As they stand now.")] | UnsetType = UNSET
    since: Annotated[Moment, Meta(description="Those that were reserved then or later.")] | UnsetType = UNSET
    until: Annotated[Moment, Meta(description="Those that were reserved before.")] | UnsetType = UNSET
    expand: Expand | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class RedemptionQuery(Struct):
    """How a redemption is shown."""

    expand: Expand | UnsetType = UNSET


class RedemptionDoneQuery(Struct):
    """What comes with the redemption that a write answers with."""

    expand: (
        Annotated[Literal["membership"], Meta(description="With the membership, and its balance now.")] | UnsetType
    ) = UNSET


class Redemptions(Struct):
    """A page of redemptions."""

    data: list[Redemption]
    next_cursor: NextCursor
