"""Rule sets and backtests as they cross the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, Limit, Moment, NextCursor, ProgramId, RuleVersion
from guerdon.surfaces.native.wire.problems import FieldError

Rules = Annotated[
    Any,
    Meta(
        description="The rule set, as the page on earning says.",
        examples=[{"rules": [{"id": "base", "give": {"per_spend": {"points": 1}}}]}],
        extra_json_schema={"type": "object"},
    ),
]
Note = Annotated[str, Meta(max_length=1_000, description="For people.", examples=["Summer"])]


class RuleSetRequest(Struct, kw_only=True):
    """Rules for a draft."""

    rules: Rules
    note: Note | None = None


class ValidateRequest(Struct):
    """Rules to look at."""

    rules: Rules


class Validation(Struct):
    """Whether rules are a rule set, and everything that is wrong with them."""

    valid: bool
    errors: Annotated[list[FieldError], Meta(description="By their places in the body.")]


class PublishRequest(Struct):
    """From when on the rules are to be live."""

    live_from: Annotated[Moment, Meta(description="Now or later; without it, now.")] | None = None


class RuleSetsQuery(Struct, kw_only=True):
    """Which versions, the newest first."""

    state: (
        Annotated[Literal["draft", "scheduled", "live", "past"], Meta(description="As they stand now.")] | UnsetType
    ) = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class RuleSet(Struct, kw_only=True):
    """A version of a program's rules."""

    PASSING: ClassVar[frozenset[str]] = frozenset({"state"})

    program_id: ProgramId
    version: RuleVersion
    state: Annotated[str, Meta(description="draft, scheduled, live or past.", examples=["live"])]
    live_from: Moment | None
    note: str | None
    cause: Annotated[str, Meta(description="How entries name it.", examples=["rules:3"])]
    created_at: Moment | None
    changed_at: Moment | None
    rules: Annotated[Raw, Meta(description="As they were sent.")]


class RuleSets(Struct):
    """A page of versions."""

    data: list[RuleSet]
    next_cursor: NextCursor


class BacktestRequest(Struct, kw_only=True):
    """Which orders to replay: those from `since` on and before `until`, 3,660 days at most."""

    since: Moment
    until: Moment
    members: Annotated[int, Meta(ge=0, le=1_000, description="The most members to name.")] = 100


class Compared(Struct):
    """What orders gave, and would give."""

    orders: int
    actual: Decimal
    draft: Decimal
    difference: Annotated[Decimal, Meta(description="Draft less actual.")]


class ComparedDay(Compared):
    """A day in the time zone of the rules."""

    day: date


class ComparedTier(Compared):
    """A tier that members stood on then; null is none."""

    tier: str | None


class ComparedMember(Compared):
    """A member who would have other points."""

    account_id: UUID
    membership_id: UUID | None
    member_id: UUID | None


class RulePoints(Struct):
    """What a rule would give in all."""

    rule: str
    points: Decimal


class ReasonCount(Struct):
    """How often rules would give nothing, or less, for a reason."""

    because: str
    count: int


class Backtest(Struct, kw_only=True):
    """The difference that rules would have made; nothing was written."""

    version: RuleVersion
    since: Moment
    until: Moment
    totals: Compared
    by_day: list[ComparedDay]
    by_tier: list[ComparedTier]
    members: Annotated[list[ComparedMember], Meta(description="Those with the greatest difference first.")]
    members_changed: Annotated[int, Meta(description="How many would have other points.")]
    rules: list[RulePoints]
    reasons: list[ReasonCount]
    unknown_events: Annotated[int, Meta(description="Events that the rules do not know: they would be refused.")]
