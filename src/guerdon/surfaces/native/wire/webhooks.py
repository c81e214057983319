"""Webhook endpoints and deliveries as they cross the wire."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, EventId, Limit, MemberId, Moment, NextCursor, WebhookId

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        description="Where events are sent: https, or http.",
        examples=["https://shop.example.com/hooks/points"],
    ),
]
Description = Annotated[str, Meta(max_length=255, description="For people.", examples=["The shop"])]
EventName = Annotated[str, Meta(max_length=60, examples=["points.earned"])]
EventNames = Annotated[list[EventName], Meta(max_length=50, description="Which events are sent; none is all of them.")]
Secret = Annotated[
    str, Meta(description="What requests are signed with (Standard Webhooks).", examples=["whsec_MfKQ9r8GKYqrTwjU"])
]
IsActive = Annotated[bool, Meta(description="What happens while it is not is not sent later.")]
DeliveryState = Annotated[
    str, Meta(extra_json_schema={"enum": ["waiting", "delivered", "dead"]}, description="dead: given up.")
]


class WebhookRequest(Struct):
    """An endpoint to make."""

    url: Url
    events: EventNames = []
    description: Description | None = None


class WebhookChange(Struct):
    """A JSON merge patch (RFC 7396) of an endpoint."""

    url: Url | UnsetType = UNSET
    events: EventNames | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    is_active: IsActive | UnsetType = UNSET


class Webhook(Struct):
    """An endpoint that events are sent to."""

    id: WebhookId
    url: Url
    events: EventNames
    description: Description | None
    is_active: IsActive
    secret: Secret
    old_secret_until: Annotated[Moment, Meta(description="Until then the secret before signs as well.")] | None
    created_at: Moment


class WebhooksQuery(Struct):
    """Which endpoints, newest first."""

    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Webhooks(Struct):
    """A page of endpoints."""

    data: list[Webhook]
    next_cursor: NextCursor


class DeliveriesQuery(Struct):
    """Which deliveries, newest event first."""

    state: Annotated[Literal["waiting", "delivered", "dead"], Meta(description="Only in this state.")] | UnsetType = (
        UNSET
    )
    type: Annotated[EventName, Meta(description="Only events of this kind.")] | UnsetType = UNSET
    member_id: Annotated[UUID, Meta(description="Only events of this member.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Delivery(Struct):
    """An event on its way to an endpoint."""

    event_id: EventId
    type: EventName
    member_id: Annotated[MemberId, Meta(description="Null: a `webhook.test` is of nobody.")] | None
    sequence: Annotated[int, Meta(description="Of the member's events; numbers may be left out.", examples=[7])]
    state: DeliveryState
    attempts: int
    created_at: Moment
    last_tried_at: Moment | None
    status: Annotated[int, Meta(description="Of the last answer.", examples=[503])] | None
    error: Annotated[str, Meta(description="Why there was no answer.")] | None


class DeliveryDetail(Delivery):
    """An event on its way to an endpoint, with what is sent."""

    first_tried_at: Moment | None
    next_attempt_at: (
        Annotated[Moment, Meta(description="As far as nothing of the member waits before it; null is never.")] | None
    )
    body: Annotated[
        str,
        Meta(
            description="The body as it was or will be sent, to the byte: what is signed.",
            examples=['{"id":"01975d1e-9a11-7c33-8f10-2f6b6a0f4c11","type":"points.earned"}'],
        ),
    ]


class Deliveries(Struct):
    """A page of deliveries."""

    data: list[Delivery]
    next_cursor: NextCursor


class ReplayResult(Struct):
    """What is sent again."""

    deliveries: Annotated[int, Meta(description="How many.", examples=[12])]
