"""Keeps a tenant's webhook endpoints, shows what became of deliveries, and lets them be sent again."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.refusals import WebhookNotFound
from guerdon.core.webhooks import EVERY_DELIVERY, OVERLAP, TEST, Delivery, DeliveryFilter, Endpoint, Looked
from guerdon.engine import notifying
from guerdon.engine.engine import Engine
from guerdon.engine.joining import KEEP, Keep
from guerdon.engine.telling import Happened
from guerdon.storage import outbox, webhooks
from guerdon.storage.queries import Connection

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be changed of an endpoint; None leaves it as it is, but for the description, which it takes away."""

    url: str | None = None
    description: str | Keep | None = KEEP
    events: Sequence[str] | None = None
    is_active: bool | None = None


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def create(
    engine: Engine, caller: Caller, url: str, *, description: str | None = None, events: Sequence[str] = ()
) -> Endpoint:
    """A new endpoint, with its secret; what happens from now on is sent to it.

    Args:
        engine: the engine.
        caller: whose tenant's events.
        url: where to.
        description: for people.
        events: which; none is all of them.
    """
    now = engine.clock()
    endpoint = Endpoint(
        id=engine.new_id(),
        tenant_id=caller.tenant_id,
        url=url,
        description=description,
        events=tuple(events),
        is_active=True,
        secrets=(new_secret(),),
        old_secret_until=None,
        created_at=now,
        active_since=now,
    )
    async with engine.database.transaction() as connection:
        await webhooks.insert(connection, endpoint, await notifying.horizon(engine, connection))
    return endpoint


async def endpoints(
    engine: Engine, tenant_id: UUID, *, before: UUID | None = None, limit: int | None = None
) -> list[Endpoint]:
    """A tenant's endpoints, newest first, from below the id `before`."""
    async with engine.database.connection() as connection:
        return await webhooks.endpoints(connection, tenant_id, before=before, limit=limit)


async def endpoint(engine: Engine, tenant_id: UUID, endpoint_id: UUID, *, locked: bool = False) -> Endpoint:
    """One of them; locked, nobody else changes it before the transaction ends.

    Raises:
        WebhookNotFound: it is not there.
    """
    async with engine.database.connection() as connection:
        if locked:
            await webhooks.lock(connection, tenant_id, endpoint_id)
        return await _known(connection, tenant_id, endpoint_id)


async def _known(connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
    for found in await webhooks.endpoints(connection, tenant_id, endpoint_id):
        return found
    raise WebhookNotFound(endpoint_id)


async def change(engine: Engine, caller: Caller, endpoint_id: UUID, wanted: Change) -> Endpoint:
    """Changes an endpoint; what happens while it is not active is not sent later.

    Raises:
        WebhookNotFound: it is not there.
    """
    async with engine.database.transaction() as connection:
        await webhooks.lock(connection, caller.tenant_id, endpoint_id)
        before = await _known(connection, caller.tenant_id, endpoint_id)
        after = replace(
            before,
            url=before.url if wanted.url is None else wanted.url,
            description=before.description if isinstance(wanted.description, Keep) else wanted.description,
            events=before.events if wanted.events is None else tuple(wanted.events),
            is_active=before.is_active if wanted.is_active is None else wanted.is_active,
        )
        horizon = await notifying.horizon(engine, connection)
        if not await webhooks.update(connection, after, engine.clock(), horizon):
            raise WebhookNotFound(endpoint_id)
        return await _known(connection, caller.tenant_id, endpoint_id)


async def rotate(engine: Engine, caller: Caller, endpoint_id: UUID) -> Endpoint:
    """Gives an endpoint another secret; the one before signs beside it for a day.

    Raises:
        WebhookNotFound: it is not there.
    """
    until = engine.clock() + OVERLAP
    async with engine.database.transaction() as connection:
        if not await webhooks.rotate(connection, caller.tenant_id, endpoint_id, new_secret(), until):
            raise WebhookNotFound(endpoint_id)
        return await _known(connection, caller.tenant_id, endpoint_id)


async def delete(engine: Engine, caller: Caller, endpoint_id: UUID) -> None:
    """Deletes an endpoint, with what waits for it.

    Raises:
        WebhookNotFound: it is not there.
    """
    async with engine.database.transaction() as connection:
        if not await webhooks.delete(connection, caller.tenant_id, endpoint_id):
            raise WebhookNotFound(endpoint_id)


async def deliveries(
    engine: Engine,
    tenant_id: UUID,
    endpoint_id: UUID,
    wanted: DeliveryFilter = EVERY_DELIVERY,
    *,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """A page of what was, is or was to be sent to an endpoint, newest event first.

    Raises:
        WebhookNotFound: there is no such endpoint.
    """
    async with engine.database.searching() as connection:
        await _known(connection, tenant_id, endpoint_id)
        return await webhooks.deliveries(connection, tenant_id, endpoint_id, wanted, before=before, limit=limit)


async def delivery(engine: Engine, tenant_id: UUID, endpoint_id: UUID, event_id: UUID) -> Looked:
    """One delivery, with what is or was sent.

    Raises:
        WebhookNotFound: there is no such endpoint, or nothing of that event for it.
    """
    async with engine.database.connection() as connection:
        found = await webhooks.delivery(connection, tenant_id, endpoint_id, event_id)
    if found is None:
        raise WebhookNotFound(event_id)
    return found


async def test(engine: Engine, tenant_id: UUID, endpoint_id: UUID) -> UUID:
    """Lets an event be sent to an endpoint alone, to see whether it is taken; its id. One that is off waits for it.

    Raises:
        WebhookNotFound: there is no such endpoint.
    """
    now = engine.clock()
    async with engine.database.transaction() as connection:
        await _known(connection, tenant_id, endpoint_id)
        # It has a queue of its own, as a member has.
        sequence = (await outbox.count_up(connection, {endpoint_id: 1}))[endpoint_id]
        happened = Happened(tenant_id, endpoint_id, TEST, now, {"webhook_id": endpoint_id})
        event = notifying.event(engine, happened, sequence)
        await outbox.write(connection, [event], [(endpoint_id, event)], now)
    return event.id


async def replay(engine: Engine, tenant_id: UUID, endpoint_id: UUID, event_id: UUID | None = None) -> int:
    """Lets one delivery be sent again, whatever became of it, or all that were given up; how many.

    Raises:
        WebhookNotFound: there is no such endpoint, or nothing of that event for it.
    """
    async with engine.database.transaction() as connection:
        await _known(connection, tenant_id, endpoint_id)
        count = await webhooks.replay(connection, tenant_id, endpoint_id, event_id, engine.clock())
        if event_id is not None and not count:
            raise WebhookNotFound(event_id)
        return count
