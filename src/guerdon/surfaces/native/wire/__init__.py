"""The native API's bodies as they cross the wire: snake case, exact decimal numbers, times in UTC."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

REPLAYED = "Idempotent-Replayed"
"""Header of an answer that was given before, to an equal request with the same key."""

INVALID_TOKEN = "invalid_token"  # noqa: S105 - the error's name in RFC 6750
"""The error in `WWW-Authenticate` where a token was sent and is not good."""

OPERATOR = "operator"
"""The scope of what whoever runs the server may do, and nobody else."""

WHOLE = "whole"
"""Said with the scope of an operation that concerns all programs."""

ETAG = "ETag"
"""Header that names the version of a resource."""

MOST_IN_A_PAGE = 200

END = r"$(?!\n)"
"""Of a pattern: `$` alone lets a line feed pass behind it."""

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-07-02T12:00:00Z"])]
"""RFC 3339; ours are always UTC with a Z."""

TenantId = Annotated[UUID, Meta(description="The tenant's id.")]
MemberId = Annotated[UUID, Meta(description="The member's id.")]
MembershipId = Annotated[UUID, Meta(description="The membership's id.")]
AccountId = Annotated[UUID, Meta(description="The points account of the membership.")]
HoldId = Annotated[UUID, Meta(description="The hold's id.")]
ProgramId = Annotated[UUID, Meta(description="The program's id.")]
TierId = Annotated[UUID, Meta(description="The tier's id.")]
Namespace = Annotated[
    str,
    Meta(
        pattern=f"^[a-z0-9][a-z0-9._-]{{0,63}}{END}",
        description="Whose names they are; `email`, `phone` and `number` are ours.",
        examples=["card"],
    ),
]
RewardId = Annotated[UUID, Meta(description="The reward's id.")]
RedemptionId = Annotated[UUID, Meta(description="The redemption's id.")]
PoolId = Annotated[UUID, Meta(description="The pool's id.")]
KeyId = Annotated[UUID, Meta(description="The key's id; not its secret.")]
MergeId = Annotated[UUID, Meta(description="The merge's id; it undoes the merge.")]
PendingId = Annotated[UUID, Meta(description="The pending earn's id.")]
WebhookId = Annotated[UUID, Meta(description="The endpoint's id.")]
EventId = Annotated[UUID, Meta(description="The event's id; of one that is sent to endpoints, `webhook-id`.")]
EntryVersion = Annotated[int, Meta(ge=1, description="1, 2, 3 ... without gaps.", examples=[3])]
OrderId = Annotated[UUID, Meta(description="The order's id, or that of an event.")]
CampaignCode = Annotated[
    str,
    Meta(
        pattern=f"^[a-z0-9][a-z0-9_-]{{0,63}}{END}",
        description="The campaign's code in the rules.",
        examples=["summer"],
    ),
]
RuleVersion = Annotated[
    int, Meta(ge=0, le=2**31 - 1, description="The version of the program's rule set.", examples=[3])
]

ImportId = Annotated[UUID, Meta(description="The import's id.")]
ExportId = Annotated[UUID, Meta(description="The copy's id.")]
PartNumber = Annotated[int, Meta(ge=1, le=10**9 - 1, description="Of a part of a file: 1, 2, 3 ...", examples=[1])]

PATH_TYPES = {
    "tenant_id": TenantId,
    "member_id": MemberId,
    "membership_id": MembershipId,
    "hold_id": HoldId,
    "namespace": Namespace,
    "merge_id": MergeId,
    "program_id": ProgramId,
    "key_id": KeyId,
    "reward_id": RewardId,
    "redemption_id": RedemptionId,
    "pool_id": PoolId,
    "tier_id": TierId,
    "pending_id": PendingId,
    "webhook_id": WebhookId,
    "event_id": EventId,
    "order_id": OrderId,
    "rule_version": RuleVersion,
    "code": CampaignCode,
    "version": EntryVersion,
    "import_id": ImportId,
    "export_id": ExportId,
    "number": PartNumber,
}

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

SignedAmount = Annotated[
    Any,
    Meta(
        description="Points, below 10^20 in magnitude, with up to 40 decimal places; below 0 takes them.",
        examples=[-12.5],
        extra_json_schema={"type": "number"},
    ),
]

Code = Annotated[
    str, Meta(min_length=1, max_length=100, description="Unique among its kind, for other systems.", examples=["GOLD"])
]
Title = Annotated[str, Meta(min_length=1, max_length=255, description="For people.", examples=["Gold"])]
Text = Annotated[str, Meta(max_length=2_000)]
Url = Annotated[
    str, Meta(max_length=2_000, pattern="^[Hh][Tt][Tt][Pp][Ss]?://.", examples=["https://shop.example.com/gold.png"])
]

Reason = Annotated[str, Meta(max_length=1_000, description="Free text, shown to people.", examples=["Two coffees"])]
Reference = Annotated[str, Meta(max_length=255, description="Your own id of the event.", examples=["sale-1042"])]
Location = Annotated[str, Meta(max_length=255, description="Where it happened, in your words.", examples=["Till 3"])]
Cursor = Annotated[
    str, Meta(min_length=1, max_length=1_500, description="`next_cursor` of the page before, as it was given.")
]
NextCursor = Annotated[
    str | None, Meta(description="`cursor` of the next page; null on the last one.", examples=["MTIzNDU2Nzg5MDEy"])
]
Limit = Annotated[int, Meta(ge=1, le=MOST_IN_A_PAGE, description="The most to return.")]


class NoQuery(Struct):
    """Of what reads nothing behind the question mark."""


class BalanceAfter(Struct):
    """The figures of a points account right after the request was carried out for the first time."""

    posted: Posted
    held: Held
    available: Available
