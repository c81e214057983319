"""Memberships, and the figures of an account, as they cross the wire."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import AccountId, Available, Held, MemberId, MembershipId, Moment, Posted
from guerdon.surfaces.native.wire.tiers import Standing

State = Literal["new", "pending", "enrolled", "canceled", "declined"]
MembershipState = Annotated[
    str, Meta(extra_json_schema={"enum": ["new", "pending", "enrolled", "canceled", "declined"]})
]


class Lapse(Struct):
    """The next points to lapse, unless they are spent before; those that a hold reserves wait until it ends."""

    at: Moment
    points: Annotated[Decimal, Meta(description="What is left of the lots with this day.", examples=[40])]


class Balance(Struct):
    """The figures of a points account now."""

    posted: Posted
    held: Held
    available: Available
    lifetime: Annotated[Decimal, Meta(description="Points that ever came in.", examples=[340.25])]
    pending: Annotated[Decimal, Meta(description="What pending earns promise; in none of the others.", examples=[15])]
    next_lapse: Lapse | None
    version: Annotated[int, Meta(ge=0, description="The number of entries so far.", examples=[3])]


class BalanceQuery(Struct):
    """Which moment."""

    at: (
        Annotated[Moment, Meta(description="Past or ahead, from 1900 on and before 3000; now where it is left out.")]
        | UnsetType
    ) = UNSET


class Step(Struct):
    """Something that happens by itself until a moment ahead."""

    at: Moment
    what: Annotated[str, Meta(extra_json_schema={"enum": ["lapse", "hold_ends", "activation"]})]
    points: Annotated[Decimal, Meta(description="How many lapse, become free, or come in.", examples=[40])]


class BalanceAt(Struct):
    """The figures of a points account as they were at a moment, or as they will be if nobody does anything."""

    at: Moment
    posted: Posted
    held: Held
    available: Available
    lifetime: Decimal
    pending: Decimal
    steps: Annotated[list[Step], Meta(description="What happens between now and a moment ahead.")]


class Membership(Struct):
    """A member's membership in a program."""

    id: MembershipId
    member_id: MemberId
    program_id: Annotated[UUID, Meta(description="The program that it is in.")]
    account_id: AccountId
    number: Annotated[str, Meta(description="As on the card.", examples=["4025550117"])] | None
    state: MembershipState
    is_primary: Annotated[bool, Meta(description="It stands for the member where none is named.")]
    tier_id: Annotated[UUID, Meta(description="A tier given by hand; without it, the ladder decides.")] | None
    tier_until: Annotated[Moment, Meta(description="It is not lost before; null is ever, or no tier given.")] | None
    expires_at: Moment | None
    created_at: Moment
    updated_at: Moment
    balance: Balance
    standing: (
        Annotated[Standing, Meta(description="Where it stands on the ladder, where `expand=standing` asks for it.")]
        | UnsetType
    ) = UNSET


class MembershipQuery(Struct):
    """What comes with a membership, or with each of a member's."""

    expand: Annotated[Literal["standing"], Meta(description="With where it stands on the ladder.")] | UnsetType = UNSET


class Memberships(Struct):
    """A member's memberships, the one that stands for the member first."""

    data: list[Membership]


class NewMembership(Struct):
    """A membership to be made; its account is empty."""

    program_id: UUID
    number: Annotated[str, Meta(min_length=1, max_length=255, description="The member's own, if left out.")] | None = (
        None
    )
    state: State = "enrolled"
    is_primary: Annotated[bool, Meta(description="The first one is anyway.")] = False
    tier_id: Annotated[UUID, Meta(description="A tier given by hand.")] | None = None
    expires_at: Moment | None = None


class MembershipChange(Struct):
    """A JSON merge patch (RFC 7396) of a membership."""

    number: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType | None = UNSET
    state: State | UnsetType = UNSET
    is_primary: bool | UnsetType = UNSET
    tier_id: Annotated[UUID, Meta(description="Null takes back what was given by hand.")] | UnsetType | None = UNSET
    expires_at: Moment | UnsetType | None = UNSET
