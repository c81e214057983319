"""Members and memberships, and the figures of an account, as they cross the wire."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import AccountId, Available, Held, MemberId, MembershipId, Moment, Posted

MembershipState = Annotated[
    str, Meta(extra_json_schema={"enum": ["new", "pending", "enrolled", "canceled", "declined"]})
]


class MembersQuery(Struct):
    """One of these names the member."""

    identifier: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=600,
                description="A namespace and a value, parted by the first colon.",
                examples=["card:9902113341"],
            ),
        ]
        | UnsetType
    ) = UNSET
    email: Annotated[str, Meta(min_length=1, description="In any case.", examples=["mira@example.com"])] | UnsetType = (
        UNSET
    )
    phone: Annotated[str, Meta(min_length=1, description="In E.164 form.", examples=["+4530123456"])] | UnsetType = (
        UNSET
    )
    number: (
        Annotated[str, Meta(min_length=1, description="The public number.", examples=["4025550117"])] | UnsetType
    ) = UNSET


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
    number: Annotated[str, Meta(description="As on the card.")] | None
    state: MembershipState
    is_primary: Annotated[bool, Meta(description="It stands for the member where none is named.")]
    tier_id: Annotated[UUID, Meta(description="A tier given by hand; without it, lifetime points decide.")] | None
    expires_at: Moment | None
    created_at: Moment
    updated_at: Moment
    balance: Balance


class Profile(Struct, omit_defaults=True):
    """What is known of the person; a member that is not known is left out."""

    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    date_of_birth: Annotated[str, Meta(description="As it was given: a date or a date-time.")] | UnsetType = UNSET
    gender: str | UnsetType = UNSET
    address_line_1: str | UnsetType = UNSET
    address_line_2: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET


class Member(Struct):
    """A person (or company) known to the merchant."""

    id: MemberId
    serial: Annotated[int, Meta(ge=1, description="1, 2, 3 ... within the merchant.", examples=[7])]
    number: Annotated[str, Meta(description="The public number.", examples=["4025550117"])]
    profile: Profile
    identifiers: Annotated[
        dict[str, str], Meta(description="Namespace to value.", examples=[{"number": "4025550117", "card": "99-1"}])
    ]
    created_at: Moment
    memberships: list[Membership]


class Members(Struct):
    """One member, or none."""

    data: list[Member]


class Memberships(Struct):
    """A member's memberships, the one that stands for the member first."""

    data: list[Membership]
