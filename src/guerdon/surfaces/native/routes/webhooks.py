"""Webhook endpoints and deliveries of the native API."""

from typing import Any
from uuid import UUID

from guerdon.engine import Engine, subscribing
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import webhooks as words
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    CREATE,
    DELETE,
    PAGE_PROBLEMS,
    QUERY_PROBLEMS,
    READ,
    READ_ONE,
    READ_PROBLEMS,
    WRITE,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import webhooks as wire
from guerdon.web.operations import Answer, Call, Operation


@written
async def create_webhook(engine: Engine, call: Call[wire.WebhookRequest]) -> Done:
    """Make an endpoint; what happens from now on is sent to it, signed with its secret."""
    url, events = words.url_of(call.body.url), words.events_of(call.body.events)
    made = await subscribing.create(engine, call.caller, url, description=call.body.description, events=events)
    return Done("webhook", made.id, words.from_endpoint(made))


async def list_webhooks(engine: Engine, call: Call[None]) -> wire.Webhooks:
    """List the endpoints, newest first."""
    query = asked(call, wire.WebhooksQuery)
    before = pages.after_cursor(query.cursor, "webhooks", UUID)
    found = await subscribing.endpoints(engine, call.caller.tenant_id, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "webhooks", lambda endpoint: endpoint.id)
    return wire.Webhooks([words.from_endpoint(endpoint) for endpoint in page], cursor)


async def get_webhook(engine: Engine, call: Call[None]) -> Answer:
    """Read an endpoint."""
    found = await subscribing.endpoint(engine, call.caller.tenant_id, words.webhook_of(call))
    return mapping.tagged(call, words.from_endpoint(found))


async def _expected(engine: Engine, call: Call[Any]) -> wire.Webhook:
    """The endpoint in the path, locked, and as the client has seen it where it says so."""
    found = await subscribing.endpoint(engine, call.caller.tenant_id, words.webhook_of(call), locked=True)
    shown = words.from_endpoint(found)
    mapping.expected(call, shown)
    return shown


@written
async def change_webhook(engine: Engine, call: Call[wire.WebhookChange]) -> Done:
    """Change an endpoint's address, events or description, or turn it off and on."""
    wanted, before = words.to_change(call.body), await _expected(engine, call)
    changed = await subscribing.change(engine, call.caller, before.id, wanted)
    return Done("webhook", before.id, words.from_endpoint(changed), before)


@written
async def delete_webhook(engine: Engine, call: Call[None]) -> Done:
    """Delete an endpoint, with what waits for it."""
    before = await _expected(engine, call)
    await subscribing.delete(engine, call.caller, before.id)
    return Done("webhook", before.id, None, before)


@written
async def rotate_webhook_secret(engine: Engine, call: Call[None]) -> Done:
    """Give an endpoint another secret; for a day, requests are signed with the one before as well."""
    before = await _expected(engine, call)
    rotated = await subscribing.rotate(engine, call.caller, before.id)
    return Done("webhook", before.id, words.from_endpoint(rotated), before)


async def list_webhook_deliveries(engine: Engine, call: Call[None]) -> wire.Deliveries:
    """List what was, is or was to be sent to an endpoint, newest event first."""
    query = asked(call, wire.DeliveriesQuery)
    before = pages.after_cursor(query.cursor, "deliveries", UUID)
    webhook_id, tenant_id = words.webhook_of(call), call.caller.tenant_id
    found = await subscribing.deliveries(
        engine, tenant_id, webhook_id, words.to_filter(query), before=before, limit=query.limit + 1
    )
    page, cursor = pages.paged(found, query.limit, "deliveries", lambda delivery: delivery.event_id)
    return words.from_deliveries(page, cursor)


async def get_webhook_delivery(engine: Engine, call: Call[None]) -> wire.DeliveryDetail:
    """Look into a delivery: the body that was or will be sent, and what came of the attempts."""
    webhook_id, event_id = words.webhook_of(call), words.event_of(call)
    return words.from_looked(await subscribing.delivery(engine, call.caller.tenant_id, webhook_id, event_id))


@written
async def test_webhook(engine: Engine, call: Call[None]) -> Done:
    """Send a `webhook.test` to an endpoint alone, whatever events it wants; its delivery says what came of it."""
    webhook_id, tenant_id = words.webhook_of(call), call.caller.tenant_id
    event_id = await subscribing.test(engine, tenant_id, webhook_id)
    return Done("", event_id, words.from_looked(await subscribing.delivery(engine, tenant_id, webhook_id, event_id)))


@written
async def replay_webhook_delivery(engine: Engine, call: Call[None]) -> Done:
    """Send an event to an endpoint again, whatever became of it."""
    webhook_id, event_id = words.webhook_of(call), words.event_of(call)
    count = await subscribing.replay(engine, call.caller.tenant_id, webhook_id, event_id)
    return Done("webhook", webhook_id, wire.ReplayResult(count))


@written
async def replay_webhook(engine: Engine, call: Call[None]) -> Done:
    """Send again what was given up for an endpoint."""
    webhook_id = words.webhook_of(call)
    count = await subscribing.replay(engine, call.caller.tenant_id, webhook_id)
    return Done("webhook", webhook_id, wire.ReplayResult(count))


_LIST: dict[str, Any] = whole(administers(READ)) | {"tag": "Webhooks"}
_CHANGE: dict[str, Any] = whole(administers(CHANGE)) | {"tag": "Webhooks"}
_REPLAY: dict[str, Any] = whole(administers(WRITE)) | {"tag": "Webhooks"}
_ONE = ("/webhooks/{webhook_id}",)

OPERATIONS = (
    Operation(
        name="createWebhook",
        paths=("/webhooks",),
        handle=create_webhook,
        body=wire.WebhookRequest,
        answer=wire.Webhook,
        tag="Webhooks",
        **whole(administers(CREATE)),
    ),
    Operation(
        name="listWebhooks",
        paths=("/webhooks",),
        handle=list_webhooks,
        query=wire.WebhooksQuery,
        answer=wire.Webhooks,
        problems=QUERY_PROBLEMS,
        **_LIST,
    ),
    Operation(
        name="getWebhook",
        paths=_ONE,
        handle=get_webhook,
        answer=wire.Webhook,
        tag="Webhooks",
        **whole(administers(READ_ONE)),
    ),
    Operation(
        name="changeWebhook",
        paths=_ONE,
        handle=change_webhook,
        body=wire.WebhookChange,
        answer=wire.Webhook,
        **_CHANGE,
    ),
    Operation(name="deleteWebhook", paths=_ONE, handle=delete_webhook, tag="Webhooks", **whole(administers(DELETE))),
    Operation(
        name="rotateWebhookSecret",
        paths=("/webhooks/{webhook_id}/rotate-secret",),
        handle=rotate_webhook_secret,
        answer=wire.Webhook,
        **_CHANGE | {"method": "POST"},
    ),
    Operation(
        name="listWebhookDeliveries",
        paths=("/webhooks/{webhook_id}/deliveries",),
        handle=list_webhook_deliveries,
        query=wire.DeliveriesQuery,
        answer=wire.Deliveries,
        problems=PAGE_PROBLEMS,
        **_LIST,
    ),
    Operation(
        name="getWebhookDelivery",
        paths=("/webhooks/{webhook_id}/deliveries/{event_id}",),
        handle=get_webhook_delivery,
        answer=wire.DeliveryDetail,
        problems=READ_PROBLEMS,
        **_LIST,
    ),
    Operation(
        name="testWebhook",
        paths=("/webhooks/{webhook_id}/test",),
        handle=test_webhook,
        answer=wire.DeliveryDetail,
        **_REPLAY,
    ),
    Operation(
        name="replayWebhookDelivery",
        paths=("/webhooks/{webhook_id}/deliveries/{event_id}/replay",),
        handle=replay_webhook_delivery,
        answer=wire.ReplayResult,
        **_REPLAY,
    ),
    Operation(
        name="replayWebhook",
        paths=("/webhooks/{webhook_id}/replay",),
        handle=replay_webhook,
        answer=wire.ReplayResult,
        **_REPLAY,
    ),
)
