"""Webhook endpoints and deliveries of the native API."""

from typing import Any

from msgspec import UNSET

from guerdon.engine import Engine, subscribing
from guerdon.surfaces.native.mapping import webhooks as words
from guerdon.surfaces.native.routes.told import (
    PAGE_PROBLEMS,
    READ,
    READ_PROBLEMS,
    UNKEYED,
    WRITE_PROBLEMS,
    administers,
    whole,
)
from guerdon.surfaces.native.wire import webhooks as wire
from guerdon.web import parsing
from guerdon.web.operations import Call, Operation


async def create_webhook(engine: Engine, call: Call[wire.WebhookRequest]) -> wire.Webhook:
    """Make an endpoint; what happens from now on is sent to it, signed with its secret."""
    url, events = words.url_of(call.body.url), words.events_of(call.body.events)
    made = await subscribing.create(engine, call.caller, url, description=call.body.description, events=events)
    return words.from_endpoint(made)


async def list_webhooks(engine: Engine, call: Call[None]) -> wire.Webhooks:
    """List the endpoints."""
    found = await subscribing.endpoints(engine, call.caller.tenant_id)
    return wire.Webhooks([words.from_endpoint(endpoint) for endpoint in found])


async def get_webhook(engine: Engine, call: Call[None]) -> wire.Webhook:
    """Read an endpoint."""
    return words.from_endpoint(await subscribing.endpoint(engine, call.caller.tenant_id, words.webhook_of(call)))


async def change_webhook(engine: Engine, call: Call[wire.WebhookChange]) -> wire.Webhook:
    """Change an endpoint's address, events or description, or turn it off and on."""
    wanted = words.to_change(call.body)
    return words.from_endpoint(await subscribing.change(engine, call.caller, words.webhook_of(call), wanted))


async def delete_webhook(engine: Engine, call: Call[None]) -> None:
    """Delete an endpoint, with what waits for it."""
    await subscribing.delete(engine, call.caller, words.webhook_of(call))


async def rotate_webhook_secret(engine: Engine, call: Call[None]) -> wire.Webhook:
    """Give an endpoint another secret; for a day, requests are signed with the one before as well."""
    return words.from_endpoint(await subscribing.rotate(engine, call.caller, words.webhook_of(call)))


async def list_webhook_deliveries(engine: Engine, call: Call[None]) -> wire.Deliveries:
    """List what was, is or was to be sent to an endpoint, newest event first."""
    query, _ = parsing.read(call.request.query, wire.DeliveriesQuery, strict=False)
    found = await subscribing.deliveries(
        engine,
        call.caller.tenant_id,
        words.webhook_of(call),
        state=None if query.state is UNSET else query.state,
        before=None if query.before is UNSET else query.before,
        limit=query.limit,
    )
    return words.from_deliveries(found, query.limit)


async def replay_webhook_delivery(engine: Engine, call: Call[None]) -> wire.ReplayResult:
    """Send an event to an endpoint again, whatever became of it."""
    webhook_id, event_id = words.webhook_of(call), words.event_of(call)
    return wire.ReplayResult(await subscribing.replay(engine, call.caller.tenant_id, webhook_id, event_id))


async def replay_webhook(engine: Engine, call: Call[None]) -> wire.ReplayResult:
    """Send again what was given up for an endpoint."""
    return wire.ReplayResult(await subscribing.replay(engine, call.caller.tenant_id, words.webhook_of(call)))


_WRITE: dict[str, Any] = whole(administers(UNKEYED)) | {"tag": "Webhooks"}
_READ: dict[str, Any] = whole(administers(READ)) | {"tag": "Webhooks", "problems": READ_PROBLEMS}
_ONE = ("/webhooks/{webhook_id}",)

OPERATIONS = (
    Operation(
        name="createWebhook",
        paths=("/webhooks",),
        handle=create_webhook,
        body=wire.WebhookRequest,
        answer=wire.Webhook,
        **_WRITE,
    ),
    Operation(name="listWebhooks", paths=("/webhooks",), handle=list_webhooks, answer=wire.Webhooks, **_READ),
    Operation(name="getWebhook", paths=_ONE, handle=get_webhook, answer=wire.Webhook, **_READ),
    Operation(
        name="changeWebhook",
        paths=_ONE,
        handle=change_webhook,
        body=wire.WebhookChange,
        answer=wire.Webhook,
        **_WRITE | {"method": "PATCH"},
    ),
    Operation(
        name="deleteWebhook",
        paths=_ONE,
        handle=delete_webhook,
        status=204,
        **_WRITE | {"method": "DELETE", "problems": {k: v for k, v in WRITE_PROBLEMS.items() if k != 400}},  # noqa: PLR2004
    ),
    Operation(
        name="rotateWebhookSecret",
        paths=("/webhooks/{webhook_id}/rotate-secret",),
        handle=rotate_webhook_secret,
        answer=wire.Webhook,
        **_WRITE,
    ),
    Operation(
        name="listWebhookDeliveries",
        paths=("/webhooks/{webhook_id}/deliveries",),
        handle=list_webhook_deliveries,
        query=wire.DeliveriesQuery,
        answer=wire.Deliveries,
        **_READ | {"problems": PAGE_PROBLEMS},
    ),
    Operation(
        name="replayWebhookDelivery",
        paths=("/webhooks/{webhook_id}/deliveries/{event_id}/replay",),
        handle=replay_webhook_delivery,
        answer=wire.ReplayResult,
        **_WRITE,
    ),
    Operation(
        name="replayWebhook",
        paths=("/webhooks/{webhook_id}/replay",),
        handle=replay_webhook,
        answer=wire.ReplayResult,
        **_WRITE,
    ),
)
