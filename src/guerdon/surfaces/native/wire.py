"""The native API's bodies as they cross the wire: snake case, exact decimal numbers, times in UTC."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

REPLAYED = "Idempotent-Replayed"
"""Header of an answer that was given before, to an equal request with the same key."""

INVALID_TOKEN = "invalid_token"  # noqa: S105 - the error's name in RFC 6750
"""The error in `WWW-Authenticate` where a token was sent and is not good."""

MOST_IN_A_PAGE = 200

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-07-02T12:00:00Z"])]
"""RFC 3339; ours are always UTC with a Z."""

MemberId = Annotated[UUID, Meta(description="The member's id.")]
MembershipId = Annotated[UUID, Meta(description="The membership's id.")]
HoldId = Annotated[UUID, Meta(description="The hold's id.")]
AccountId = Annotated[UUID, Meta(description="The points account of the membership.")]

PATH_TYPES = {"member_id": MemberId, "membership_id": MembershipId, "hold_id": HoldId}

Posted = Annotated[Decimal, Meta(description="The sum of all entries.", examples=[120.5])]
Held = Annotated[Decimal, Meta(description="What open holds still reserve.", examples=[20])]
Available = Annotated[Decimal, Meta(description="What can be spent: posted less held.", examples=[100.5])]

Amount = Annotated[
    Any,
    Meta(
        description="Points, above 0 and below 10^20, with up to 40 decimal places; every digit counts.",
        examples=[12.5],
        extra_json_schema={"type": "number", "exclusiveMinimum": 0},
    ),
]
"""Any, because a decimal field would also take texts; `mapping` takes numbers only."""

Reason = Annotated[str, Meta(max_length=1_000, description="Free text, shown to people.", examples=["Two coffees"])]
Reference = Annotated[str, Meta(max_length=255, description="Your own id of the event.", examples=["sale-1042"])]
Location = Annotated[str, Meta(max_length=255, description="Where it happened, in your words.", examples=["Till 3"])]
HoldState = Annotated[str, Meta(extra_json_schema={"enum": ["open", "captured", "voided"]})]
MembershipState = Annotated[
    str, Meta(extra_json_schema={"enum": ["new", "pending", "enrolled", "canceled", "declined"]})
]
Limit = Annotated[int, Meta(ge=1, le=MOST_IN_A_PAGE, description="The most to return.")]
Version = Annotated[int, Meta(ge=0, description="The number of entries so far.", examples=[3])]


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


class EntriesQuery(Struct):
    """A page of entries."""

    limit: Limit = 50
    before: (
        Annotated[
            int, Meta(ge=1, le=2**63 - 1, description="Only entries of lower versions: `next_before` of the last page.")
        ]
        | UnsetType
    ) = UNSET


class HoldsQuery(Struct):
    """Which holds."""

    state: Annotated[Literal["open"], Meta(description="Only holds in this state.")] | UnsetType = UNSET
    limit: Limit = 50


class Balance(Struct):
    """The figures of a points account now."""

    posted: Posted
    held: Held
    available: Available
    lifetime: Annotated[Decimal, Meta(description="Points that ever came in.", examples=[340.25])]
    version: Version


class BalanceAfter(Struct):
    """The figures of a points account right after the request was carried out for the first time."""

    posted: Posted
    held: Held
    available: Available


class Entry(Struct):
    """One posting to a points account; it never changes."""

    id: Annotated[
        str,
        Meta(
            description="The account's id, a dot, and the version.", examples=["01975d1e-8c5b-7d0e-9f2a-0d6c1b7a4e55.3"]
        ),
    ]
    version: Annotated[int, Meta(ge=1, description="1, 2, 3 ... without gaps.", examples=[3])]
    kind: Annotated[str, Meta(description="The ledger's verb: earn, adjust, set, capture.", examples=["earn"])]
    points: Annotated[Decimal, Meta(description="Below 0 where points were taken.", examples=[12.5])]
    balance_after: Annotated[Decimal, Meta(description="Posted points after the entry.", examples=[120.5])]
    effective_at: Annotated[Moment, Meta(description="When it happened.")]
    recorded_at: Annotated[Moment, Meta(description="When it was written.")]
    reason: str | None
    reference: str | None
    location: str | None
    hold_id: Annotated[UUID, Meta(description="The hold that was captured.")] | None
    surface: Annotated[str, Meta(description="The API that it came through.", examples=["native"])]
    cause: Annotated[str, Meta(description="The version of the rule that asked for it.")] | None


class Hold(Struct):
    """Reserved points."""

    id: HoldId
    account_id: AccountId
    state: HoldState
    points: Annotated[Decimal, Meta(description="What was reserved.", examples=[20])]
    remaining: Annotated[Decimal, Meta(description="What is still reserved.", examples=[7.5])]
    placed_at: Moment
    closed_at: Moment | None
    reason: str | None
    reference: str | None
    location: str | None


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


class Entries(Struct):
    """A page of entries, newest first."""

    data: list[Entry]
    next_before: Annotated[int, Meta(description="`before` of the next page.")] | None


class Holds(Struct):
    """Holds, newest first."""

    data: list[Hold]


class EarnRequest(Struct):
    """Points to add."""

    points: Amount
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None
    effective_at: (
        Annotated[
            Moment, Meta(description="When it happened, where that is not now: from 1900 on, and not in the future.")
        ]
        | None
    ) = None


class HoldRequest(Struct):
    """Points to reserve."""

    points: Amount
    reason: Reason | None = None
    reference: Reference | None = None
    location: Location | None = None


class CaptureRequest(Struct):
    """What to take of a hold: all that remains, or a part."""

    points: Amount | None = None
    release_rest: Annotated[bool, Meta(description="Free what is left, and close the hold.")] = False


class EarnResult(Struct):
    """The entry that was written, and the balance after it."""

    entry: Entry
    balance: BalanceAfter


class HoldResult(Struct):
    """The hold as it was left, and the balance after it."""

    hold: Hold
    balance: BalanceAfter


class CaptureResult(Struct):
    """The entry that was written, the hold as it was left, and the balance after it."""

    entry: Entry
    hold: Hold
    balance: BalanceAfter


class FieldError(Struct, omit_defaults=True):
    """What is wrong with one member of the body, one parameter or one header."""

    detail: str
    pointer: Annotated[str, Meta(description="Into the body (RFC 6901).", examples=["/points"])] | UnsetType = UNSET
    parameter: Annotated[str, Meta(description="In the query.", examples=["limit"])] | UnsetType = UNSET
    header: str | UnsetType = UNSET


class Problem(Struct, omit_defaults=True):
    """A refusal or a failure (RFC 9457)."""

    type: Annotated[str, Meta(description="A URI made of the code.", examples=["urn:guerdon:problem:key_reused"])]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    code: Annotated[str, Meta(description="The problem's name, for good.", examples=["key_reused"])]
    request_id: Annotated[str, Meta(description="Of this request, as in `X-Request-Id` and the server's log.")]
    errors: list[FieldError] | UnsetType = UNSET
    available: Annotated[Decimal, Meta(description="With `insufficient_points`.")] | UnsetType = UNSET
    state: Annotated[str, Meta(description="Of the hold, with `hold_not_open`.")] | UnsetType = UNSET
