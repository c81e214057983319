"""Tiers as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Code, ProgramId, Text, TierId, Title, Url

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
