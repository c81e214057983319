"""Programs as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Code, Cursor, Limit, NextCursor, ProgramId, Text, Title
from guerdon.surfaces.native.wire.tiers import Tier

Texts = Annotated[list[Text], Meta(max_length=50)]
Days = Annotated[int, Meta(ge=0, le=3_650)]
Policy = Literal["pending_only", "within_balance", "allow_negative"]
Rate = Annotated[
    Any,
    Meta(
        description="A number of points for each unit of money.",
        examples=[1.5],
        extra_json_schema={"type": "number", "minimum": 0},
    ),
]


class Expiry(Struct, frozen=True):
    """When points lapse: always at the end of a day in the program's time zone."""

    kind: Literal["never", "rolling", "fixed", "inactivity"] = "never"
    count: (
        Annotated[
            int, Meta(ge=1, le=10_000, description="How many units, with rolling and inactivity; at most 1,000 years.")
        ]
        | None
    ) = None
    unit: Literal["day", "month", "year"] | None = None
    round_to: Literal["month", "quarter", "year"] | None = None
    dates: Annotated[list[str], Meta(max_length=20, description="`MM-DD`, with fixed.", examples=[["03-31"]])] = []
    time_zone: Annotated[str, Meta(min_length=1, max_length=100, examples=["Europe/Copenhagen"])] = "UTC"


class Qualifying(Struct, frozen=True):
    """How members come up the ladder, and stay there."""

    basis: Literal["points", "spend", "visits"] = "points"
    window: Literal["lifetime", "rolling", "calendar"] = "lifetime"
    count: Annotated[int, Meta(ge=1, le=1_000, description="How many units a rolling window has.")] = 1
    unit: Literal["day", "month", "quarter", "year"] = "year"
    downgrade: Annotated[Literal["balance", "one_step"], Meta(description="Where one goes that cannot stay.")] = (
        "balance"
    )
    grace_days: Annotated[int, Meta(ge=0, le=365)] = 0
    notice_days: Annotated[int, Meta(ge=0, le=365)] = 30


class Program(Struct):
    """A loyalty scheme."""

    id: ProgramId
    chain_id: Annotated[UUID, Meta(description="The part of the merchant that it belongs to.")]
    code: Code
    name: Title
    earning_descriptions: Texts
    redemption_descriptions: Texts
    points_per_unit: Annotated[Decimal, Meta(description="What a unit of money costs in points.")] | None
    allow_negative: bool
    earning_rate: Annotated[Decimal, Meta(description="Points for a unit of money that an order is paid with.")]
    expiry: Expiry
    qualifying: Annotated[Qualifying, Meta(description="By the calendar of the time zone of `expiry`.")]
    return_policy: Policy
    return_grace_days: Days
    tiers: Annotated[list[Tier], Meta(description="Its ladder, where `expand=tiers` asks for it.")] | UnsetType = UNSET


class ProgramsQuery(Struct):
    """Which programs, newest first."""

    code: Code | UnsetType = UNSET
    expand: Annotated[Literal["tiers"], Meta(description="Each with its ladder.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class ProgramQuery(Struct):
    """What comes with the program."""

    expand: Annotated[Literal["tiers"], Meta(description="Each with its ladder.")] | UnsetType = UNSET


class Programs(Struct):
    """A page of programs."""

    data: list[Program]
    next_cursor: NextCursor


class NewProgram(Struct):
    """A program to be made."""

    code: Code
    name: Title
    earning_descriptions: Texts = []
    redemption_descriptions: Texts = []
    points_per_unit: Rate | None = None
    allow_negative: bool = False
    earning_rate: Rate = 1
    expiry: Expiry = Expiry()
    qualifying: Qualifying = Qualifying()
    return_policy: Policy = "within_balance"
    return_grace_days: Days = 0


class ProgramChange(Struct):
    """A JSON merge patch (RFC 7396) of a program; `expiry` and `qualifying` are written as a whole."""

    code: Code | UnsetType = UNSET
    name: Title | UnsetType = UNSET
    earning_descriptions: Texts | UnsetType = UNSET
    redemption_descriptions: Texts | UnsetType = UNSET
    points_per_unit: Rate | UnsetType | None = UNSET
    allow_negative: bool | UnsetType = UNSET
    earning_rate: Rate | UnsetType = UNSET
    expiry: Expiry | UnsetType = UNSET
    qualifying: Qualifying | UnsetType = UNSET
    return_policy: Policy | UnsetType = UNSET
    return_grace_days: Days | UnsetType = UNSET
