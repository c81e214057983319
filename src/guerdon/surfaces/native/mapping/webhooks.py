"""Webhook endpoints as they are asked for, and endpoints and deliveries as the native API shows them; pure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import UNSET, UnsetType

from guerdon.core.refusals import WebhookNotFound
from guerdon.core.webhooks import EVENTS, TEST, Delivery, DeliveryFilter, Endpoint, Looked, strange
from guerdon.engine.joining import KEEP
from guerdon.engine.subscribing import Change
from guerdon.surfaces.native.mapping import id_of, or_kept
from guerdon.surfaces.native.wire import webhooks as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call


def webhook_of(call: Call[Any]) -> UUID:
    """The endpoint in the path.

    Raises:
        WebhookNotFound: it is no id.
    """
    return id_of(call, "webhook_id", WebhookNotFound)


def event_of(call: Call[Any]) -> UUID:
    """The event in the path.

    Raises:
        WebhookNotFound: it is no id.
    """
    return id_of(call, "event_id", WebhookNotFound)


def url_of(text: str) -> str:
    """An address that requests can be sent to.

    Raises:
        InvalidField: it is none.
    """
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidField("url", "must be an address such as https://shop.example.com/hooks")
    if parts.username is not None or parts.fragment:
        raise InvalidField("url", "must have neither a user nor a fragment")
    return text


def events_of(names: Sequence[str]) -> tuple[str, ...]:
    """Names of events, each once.

    Raises:
        InvalidField: one is none.
    """
    if (name := strange(names)) is not None:
        raise InvalidField("events", f"There is no event {name!r}, only {', '.join(EVENTS)}")
    return tuple(dict.fromkeys(names))


def to_change(body: wire.WebhookChange) -> Change:
    """What to change of an endpoint.

    Raises:
        InvalidField: the address or an event is none.
    """
    return Change(
        url=None if body.url is UNSET else url_of(body.url),
        description=KEEP if isinstance(body.description, UnsetType) else body.description,
        events=None if body.events is UNSET else events_of(body.events),
        is_active=None if body.is_active is UNSET else body.is_active,
    )


def from_endpoint(endpoint: Endpoint) -> wire.Webhook:
    """An endpoint as it stands."""
    return wire.Webhook(
        id=endpoint.id,
        url=endpoint.url,
        events=list(endpoint.events),
        description=endpoint.description,
        is_active=endpoint.is_active,
        secret=endpoint.secrets[0],
        old_secret_until=endpoint.old_secret_until,
        created_at=endpoint.created_at,
    )


def to_filter(query: wire.DeliveriesQuery) -> DeliveryFilter:
    """Which deliveries are wanted.

    Raises:
        InvalidField: there is no such event.
    """
    kind = or_kept(query.type, None)
    if kind is not None and kind not in (*EVENTS, TEST):
        raise InvalidField("type", f"There is no event {kind!r}, only {', '.join(EVENTS)}")
    return DeliveryFilter(state=or_kept(query.state, None), type=kind, member_id=or_kept(query.member_id, None))


def from_deliveries(found: Sequence[Delivery], cursor: str | None) -> wire.Deliveries:
    """A page of deliveries."""
    return wire.Deliveries([wire.Delivery(**_delivery(each)) for each in found], cursor)


def from_looked(found: Looked) -> wire.DeliveryDetail:
    """A delivery with what is sent."""
    return wire.DeliveryDetail(
        **_delivery(found.delivery),
        first_tried_at=found.first_tried_at,
        next_attempt_at=found.next_at,
        body=found.body,
    )


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {**asdict(delivery), "member_id": None if delivery.type == TEST else delivery.member_id}
