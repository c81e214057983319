"""Orders, what they earn and why, and what comes back of them, as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import (
    END,
    CampaignCode,
    Cursor,
    Limit,
    Location,
    MembershipId,
    Moment,
    NextCursor,
    OrderId,
    ProgramId,
    RuleVersion,
)
from guerdon.surfaces.native.wire.memberships import Membership

MOST_LINES = 500

OwnId = Annotated[str, Meta(min_length=1, max_length=255, description="Your own id of it.", examples=["A-1042"])]
LineId = Annotated[str, Meta(min_length=1, max_length=255, description="Your name of the line.", examples=["1"])]
Sku = Annotated[str, Meta(min_length=1, max_length=255, examples=["CUP-7"])]
Category = Annotated[str, Meta(min_length=1, max_length=255, examples=["hot drinks"])]
Channel = Annotated[str, Meta(max_length=255, description="How it was bought, in your words.", examples=["app"])]
Currency = Annotated[str, Meta(pattern=f"^[A-Z]{{3}}{END}", examples=["EUR"])]
HappenedAt = Annotated[Moment, Meta(description="When it happened, where that is not now.")]
Money = Annotated[
    Any,
    Meta(
        description="In units of the currency: below 10^12, with up to 14 decimal places.",
        examples=[4.5],
        extra_json_schema={"type": "number", "minimum": 0},
    ),
]
Quantity = Annotated[
    Any,
    Meta(
        description="Above 0, below 10^12, with up to 14 decimal places.",
        examples=[2],
        extra_json_schema={"type": "number", "exclusiveMinimum": 0},
    ),
]


class LineRequest(Struct, kw_only=True):
    """A line of an order."""

    id: Annotated[LineId, Meta(description="Without it, the place of the line: 1, 2, 3 ...")] | None = None
    sku: Sku | None = None
    category: Category | None = None
    quantity: Quantity = 1
    unit_price: Annotated[Money, Meta(description="Before discounts.")]
    tax: Annotated[Money, Meta(description="On the whole line, as it was paid.")] = 0
    discount: Annotated[Money, Meta(description="Off the whole line.")] = 0


class Bought(Struct, kw_only=True):
    """What was bought: lines, or an amount alone."""

    at: HappenedAt | None = None
    currency: Currency | None = None
    location: Location | None = None
    channel: Channel | None = None
    prices_include_tax: Annotated[bool, Meta(description="Whether unit prices and discounts have tax in them.")] = True
    lines: Annotated[list[LineRequest], Meta(min_length=1, max_length=MOST_LINES)] | None = None
    amount: Annotated[Money, Meta(description="In the place of lines: what was paid, with tax.")] | None = None
    discount: Annotated[Money, Meta(description="Off the whole order, beyond that of lines.")] = 0
    referred_by: Annotated[UUID, Meta(description="The membership of who referred the member.")] | None = None


class OrderRequest(Bought, kw_only=True):
    """An order that was paid."""

    reference: OwnId
    membership_id: MembershipId


class PreviewRequest(Bought, kw_only=True):
    """An order that might be, on a day ahead too: of a member, or of anybody in a program."""

    membership_id: MembershipId | None = None
    program_id: Annotated[ProgramId, Meta(description="In the place of a membership: a guest.")] | None = None
    rule_version: Annotated[RuleVersion, Meta(description="A draft, say; without it, the live one.")] | None = None


class ReturnedLine(Struct, kw_only=True):
    """Units of a line that come back."""

    id: LineId
    quantity: Quantity


class ReturnRequest(Struct, kw_only=True):
    """What comes back: lines, an amount of what was paid, or (without both) all that is left."""

    reference: OwnId
    lines: Annotated[list[ReturnedLine], Meta(min_length=1, max_length=MOST_LINES)] | None = None
    amount: Annotated[Quantity, Meta(description="Of what was paid, with tax.", examples=[4.5])] | None = None
    at: HappenedAt | None = None


class Cut(Struct):
    """What a cap, or the budget of a campaign, left out."""

    per: Annotated[str, Meta(description="order, day, week, month, quarter, year or ever.", examples=["day"])]
    limit: Annotated[Decimal, Meta(examples=[100])]
    used: Annotated[Decimal, Meta(description="Of it, before this order, and by rules before this one.", examples=[90])]
    cut: Annotated[Decimal, Meta(description="The points left out.", examples=[5])]
    counts: Annotated[str, Meta(description="What the limit is in: points or times.", examples=["points"])]
    of: Annotated[str, Meta(description="Whose limit it is: rule, all_rules, or campaign.", examples=["rule"])]
    campaign: (
        Annotated[CampaignCode, Meta(description="Whose budget it is: for all members, in all, referrers' too.")]
        | UnsetType
    ) = UNSET


class LinePoints(Struct):
    """What a rule gave for a line."""

    line: str
    points: Decimal


class RuleAccount(Struct):
    """What a rule gave, and why it gave nothing or less."""

    rule: Annotated[str, Meta(examples=["base"])]
    points: Annotated[Decimal, Meta(examples=[12])]
    before_caps: Annotated[Decimal, Meta(examples=[12])]
    referrer_points: Annotated[Decimal, Meta(description="To the member who referred this one.", examples=[0])]
    because: Annotated[str, Meta(description="Why it gave nothing, or less.", examples=["capped"])] | None
    lines: Annotated[list[LinePoints], Meta(description="They add up to `points`.")]
    cuts: list[Cut]


class LineAccount(Struct):
    """A line, and what it came to."""

    id: str
    sku: str | None
    category: str | None
    quantity: Decimal
    unit_price: Decimal
    tax: Decimal
    discount: Decimal
    counts: Annotated[Decimal, Meta(description="What it comes to on the basis of the rules.", examples=[4.5])]
    excluded: Annotated[bool, Meta(description="No rule counts it.")]
    points: Annotated[Decimal, Meta(examples=[4])]


class Return(Struct):
    """What came back, and what was taken back for it."""

    reference: str
    returned_at: Moment
    lines: list[ReturnedLine] | None
    amount: Decimal | None
    points: Annotated[Decimal, Meta(description="What was to be taken back.", examples=[4])]
    shortfall: Annotated[Decimal, Meta(description="What of it could not be, by the return policy.", examples=[0])]
    entry_version: Annotated[int, Meta(description="The entry that took it back.")] | None


class Preview(Struct):
    """What an order or event would earn now, and why; nothing was written."""

    rule_version: RuleVersion
    cause: str
    points: Annotated[Decimal, Meta(examples=[12])]
    referrer_points: Annotated[Decimal, Meta(examples=[0])]
    lines: list[LineAccount]
    rules: list[RuleAccount]


class Order(Struct, kw_only=True):
    """An order or an event: what it earned, and why."""

    id: OrderId
    reference: str
    state: Annotated[str, Meta(description="placed, returned (whole) or cancelled.", examples=["placed"])]
    membership_id: UUID | None
    program_id: UUID | None
    event: Annotated[str, Meta(description="The name of the event; null is an order.")] | None
    fields: Annotated[dict[str, Any], Meta(description="What the event brought.")] | None
    at: Moment | None
    recorded_at: Moment | None
    currency: str | None
    location: str | None
    channel: str | None
    amount: Annotated[Decimal, Meta(description="What was paid, with tax.", examples=[12.5])] | None
    tier: Annotated[str, Meta(description="The code of the tier that the member stood on.")] | None
    rule_version: Annotated[int, Meta(description="0 is the program's rate.")] | None
    cause: Annotated[str, Meta(description="As it is on the entry.", examples=["rules:3"])] | None
    points: Annotated[Decimal, Meta(description="What it earned when it was taken.", examples=[12])]
    referrer_points: Annotated[Decimal, Meta(examples=[0])]
    entry_version: Annotated[int, Meta(description="The entry; null where it earned nothing.")] | None
    lines: list[LineAccount]
    rules: list[RuleAccount]
    returns: list[Return]
    membership: (
        Annotated[
            Membership,
            Meta(description="As it is now, where `expand=membership` asks for it; null once it has ended."),
        ]
        | UnsetType
        | None
    ) = UNSET


class OrderQuery(Struct):
    """How an order or event is shown."""

    expand: Annotated[Literal["membership"], Meta(description="With the membership and its balance.")] | UnsetType = (
        UNSET
    )


class OrdersQuery(Struct, kw_only=True):
    """Which orders, the last that were told of first."""

    membership_id: Annotated[UUID, Meta(description="Those of the membership.")] | UnsetType = UNSET
    member_id: Annotated[UUID, Meta(description="Those of the member.")] | UnsetType = UNSET
    program_id: Annotated[UUID, Meta(description="Those in the program.")] | UnsetType = UNSET
    state: Annotated[Literal["placed", "returned", "cancelled"], Meta(description="As they stand.")] | UnsetType = UNSET
    reference: Annotated[OwnId, Meta(description="Those with this id of yours.")] | UnsetType = UNSET
    since: Annotated[Moment, Meta(description="Those that happened then or later.")] | UnsetType = UNSET
    until: Annotated[Moment, Meta(description="Those that happened before.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Orders(Struct):
    """A page of orders or events."""

    data: list[Order]
    next_cursor: NextCursor


class ReturnResult(Struct):
    """What was taken back, and the order after it."""

    returned: Return
    order: Order
