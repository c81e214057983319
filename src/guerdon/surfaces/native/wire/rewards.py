"""Rewards as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import (
    Code,
    Cursor,
    Limit,
    Moment,
    NextCursor,
    PoolId,
    ProgramId,
    RewardId,
    TierId,
    Title,
    Url,
)
from guerdon.surfaces.native.wire import Text as LongText

Kind = Literal[
    "discount_amount",
    "discount_percentage",
    "item_discount_amount",
    "item_discount_percentage",
    "item_fixed_price",
    "buy_one_get_one",
    "free_item",
    "voucher_code",
    "custom",
]
Number = Annotated[Any, Meta(examples=[5], extra_json_schema={"type": "number", "minimum": 0})]
"""Any, because a decimal field would also take texts; `mapping` takes numbers only."""

Text = Annotated[str, Meta(min_length=1, max_length=255)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Stock = Annotated[int, Meta(ge=0, le=1_000_000_000, description="How many are left; null is without end.")]
Tiers = Annotated[
    list[UUID], Meta(max_length=100, description="Who can have it; null is everybody, an empty list nobody.")
]
KINDS = "What it gives; `value` is money off, percent off, or a price."


class TierCost(Struct, frozen=True):
    """A price for those who stand on a tier."""

    tier_id: TierId
    cost: Number


Costs = Annotated[list[TierCost], Meta(max_length=100, description="Prices by tier, in the place of `cost`.")]


class Reward(Struct):
    """Something that points buy."""

    id: RewardId
    program_id: ProgramId
    code: Code
    title: Title
    description: LongText | None
    media_url: Url | None
    kind: Annotated[Kind, Meta(description=KINDS)]
    cost: Annotated[Decimal, Meta(description="In points.", examples=[60])]
    tier_costs: list[TierCost]
    tier_ids: Tiers | None
    value: Annotated[Decimal, Meta(description="Money, or percent.", examples=[5])] | None
    sku: Text | None
    quantity: Count | None
    min_spend: Annotated[Decimal, Meta(description="What an order must come to.")] | None
    starts_at: Moment | None
    ends_at: Moment | None
    stock_left: Stock | None
    most_per_member: Count | None
    per_days: Annotated[int, Meta(ge=1, description="The days that `most_per_member` counts in; null is ever.")] | None
    valid_days: Annotated[int, Meta(ge=1, description="How long an issued one can be used.")] | None
    pool_id: Annotated[UUID, Meta(description="Whose codes are handed out with it.")] | None
    is_listed: Annotated[bool, Meta(description="Shown to everybody; else only its code opens it.")]
    is_active: bool


class RewardsQuery(Struct):
    """Which rewards, by id, the highest first."""

    program_id: Annotated[UUID, Meta(description="Those of the program.")] | UnsetType = UNSET
    code: Annotated[Code, Meta(description="The one with the code, in each program.")] | UnsetType = UNSET
    kind: Annotated[Kind, Meta(description=KINDS)] | UnsetType = UNSET
    is_active: Annotated[bool, Meta(description="Those in use, or those that are not.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Rewards(Struct):
    """A page of rewards."""

    data: list[Reward]
    next_cursor: NextCursor


class Offer(Struct):
    """A reward at the member's own price, and what speaks against it now."""

    reward: Reward
    is_available: Annotated[bool, Meta(description="Nothing speaks against it.")]
    objections: Annotated[list[str], Meta(examples=[["not_enough_points"]])]


class Offers(Struct):
    """The rewards that are listed, the cheapest first."""

    data: list[Offer]


class NewReward(Struct):
    """A reward to be made; a `voucher_code` needs a pool, and has as many as there are codes in it."""

    program_id: UUID
    code: Code
    title: Title
    kind: Annotated[Kind, Meta(description=KINDS)]
    cost: Annotated[Number, Meta(description="In points.")]
    description: LongText | None = None
    media_url: Url | None = None
    tier_costs: Costs = []
    tier_ids: Tiers | None = None
    value: Number | None = None
    sku: Text | None = None
    quantity: Count | None = None
    min_spend: Number | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    stock_left: Stock | None = None
    most_per_member: Count | None = None
    per_days: Count | None = None
    valid_days: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    pool_id: PoolId | None = None
    is_listed: bool = True
    is_active: bool = True


class RewardChange(Struct):
    """A JSON merge patch (RFC 7396) of a reward; `add_stock` is more or less of it, whoever reserves meanwhile."""

    code: Code | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    kind: Annotated[Kind, Meta(description=KINDS)] | UnsetType = UNSET
    cost: Number | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    media_url: Url | UnsetType | None = UNSET
    tier_costs: Costs | UnsetType = UNSET
    tier_ids: Tiers | UnsetType | None = UNSET
    value: Number | UnsetType | None = UNSET
    sku: Text | UnsetType | None = UNSET
    quantity: Count | UnsetType | None = UNSET
    min_spend: Number | UnsetType | None = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    stock_left: Stock | UnsetType | None = UNSET
    add_stock: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] | UnsetType = UNSET
    most_per_member: Count | UnsetType | None = UNSET
    per_days: Count | UnsetType | None = UNSET
    valid_days: Annotated[int, Meta(ge=1, le=10_000)] | UnsetType | None = UNSET
    pool_id: PoolId | UnsetType | None = UNSET
    is_listed: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
