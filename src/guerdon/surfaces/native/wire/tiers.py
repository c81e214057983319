"""Tiers as they cross the wire."""

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
    ProgramId,
    Text,
    TierId,
    Title,
    Url,
)

Threshold = Annotated[
    Any,
    Meta(
        description="What leads to it, in what the program qualifies by.",
        examples=[1000],
        extra_json_schema={"type": "number", "minimum": 0},
    ),
]
Ordering = Annotated[int, Meta(ge=-1_000_000, le=1_000_000, description="Among the others, for people.")]


class Tier(Struct):
    """A step of a program's ladder."""

    id: TierId
    program_id: ProgramId
    code: Code
    name: Title
    description: Text | None
    media_url: Url | None
    threshold: Annotated[Decimal, Meta(description="What leads to it, in what the program qualifies by.")]
    ordering: Ordering
    by_hand: Annotated[bool, Meta(description="Nothing leads to it but a grant.")]


class Tiers(Struct):
    """A program's ladder, the lowest step first."""

    data: list[Tier]


class NewTier(Struct):
    """A tier to be made."""

    code: Code
    name: Title
    description: Text | None = None
    media_url: Url | None = None
    threshold: Threshold = 0
    ordering: Ordering = 0
    by_hand: bool = False


class TierChange(Struct):
    """A JSON merge patch (RFC 7396) of a tier."""

    code: Code | UnsetType = UNSET
    name: Title | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    media_url: Url | UnsetType | None = UNSET
    threshold: Threshold | UnsetType = UNSET
    ordering: Ordering | UnsetType = UNSET
    by_hand: bool | UnsetType = UNSET


class Move(Struct):
    """Something that happened to where a member stands."""

    at: Moment
    what: Literal["reached", "kept", "dropped", "granted"]
    tier_id: TierId | None
    code: Code | None


class Next(Struct):
    """The next step up."""

    tier: Tier
    missing: Annotated[Decimal, Meta(description="In what the program qualifies by.", examples=[240])]
    by: Annotated[Moment, Meta(description="When what counts now ceases to; null where it does not.")] | None


class Keeping(Struct):
    """What it takes to stay."""

    missing: Annotated[Decimal, Meta(description="0 where enough is done.", examples=[80])]
    until: Annotated[Moment, Meta(description="When it is looked at, grace included.")]
    notice: Annotated[bool, Meta(description="The time to tell the member has come.")]


class Standing(Struct):
    """Where a member stands on its program's ladder, how it came there, and what is missing."""

    tier: Annotated[Tier | None, Meta(description="Null is below the ladder.")]
    until: Annotated[Moment | None, Meta(description="Until when it is good; null is for good.")]
    counted: Annotated[Decimal, Meta(description="What counts towards the next one now.")]
    next: Next | None
    keeping: Keeping | None
    history: Annotated[list[Move], Meta(description="The oldest first.")]


class TierMovesQuery(Struct):
    """Which moves, the newest first."""

    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class TierMove(Struct):
    """A move on the ladder that was noticed, as webhooks told of it; a tier that is null is below the ladder."""

    id: Annotated[UUID, Meta(description="The move's id.")]
    noticed_at: Moment
    move: Literal["up", "down"]
    from_tier_id: TierId | None
    from_tier: Annotated[Code, Meta(description="As it is called now.")] | None
    to_tier_id: TierId | None
    to_tier: Code | None


class TierMoves(Struct):
    """A page of moves."""

    data: list[TierMove]
    next_cursor: NextCursor


class Grant(Struct):
    """A tier to give by hand."""

    tier_id: Annotated[UUID, Meta(description="Null takes back what was given.")] | None
    until: Annotated[Moment, Meta(description="It is not lost before; null is ever.")] | None = None
