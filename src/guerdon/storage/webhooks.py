"""Endpoints of webhooks as rows, and what became of the deliveries to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guerdon.core.webhooks import Delivery, DeliveryFilter, Endpoint, Looked
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("webhooks")


async def insert(connection: Connection, endpoint: Endpoint, seen_to: datetime) -> None:
    """A new endpoint; where it is the only active one, the journal is looked at from `seen_to` on."""
    await sql.begin_looking.run(connection, seen_to=seen_to, come=None)
    await sql.insert_endpoint.run(
        connection,
        id=endpoint.id,
        tenant_id=endpoint.tenant_id,
        url=endpoint.url,
        description=endpoint.description,
        events=list(endpoint.events),
        is_active=endpoint.is_active,
        secret=endpoint.secrets[0],
        now=endpoint.created_at,
    )


async def endpoints(
    connection: Connection,
    tenant_id: UUID,
    endpoint_id: UUID | None = None,
    *,
    before: UUID | None = None,
    limit: int | None = None,
) -> list[Endpoint]:
    """A tenant's endpoints, newest first, from below the id `before`; one of them where it is asked for."""
    rows = await sql.endpoints.rows(connection, tenant_id=tenant_id, id=endpoint_id, before=before, limit=limit)
    return [endpoint(row) for row in rows]


async def lock(connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> None:
    """Lets nobody else change an endpoint before the transaction ends."""
    await sql.lock_endpoint.value(connection, tenant_id=tenant_id, id=endpoint_id)


async def listening(connection: Connection) -> list[Endpoint]:
    """The active endpoints of all tenants."""
    return [endpoint(row) for row in await sql.listening.rows(connection)]


async def update(connection: Connection, endpoint: Endpoint, now: datetime, seen_to: datetime) -> bool:
    """Writes what can be changed of an endpoint; whether it is there."""
    await sql.begin_looking.run(connection, seen_to=seen_to, come=None)
    return bool(
        await sql.update_endpoint.value(
            connection,
            id=endpoint.id,
            tenant_id=endpoint.tenant_id,
            url=endpoint.url,
            description=endpoint.description,
            events=list(endpoint.events),
            is_active=endpoint.is_active,
            now=now,
        )
    )


async def resume(connection: Connection, tenant_id: UUID, now: datetime, seen_to: datetime) -> None:
    """The endpoints of a tenant that has come from another database hear of what happens from now on."""
    await sql.begin_looking.run(connection, seen_to=seen_to, come=tenant_id)
    await sql.listen_anew.run(connection, tenant_id=tenant_id, now=now)


async def rotate(connection: Connection, tenant_id: UUID, endpoint_id: UUID, secret: str, until: datetime) -> bool:
    """Another secret; the one that it had signs beside it until a moment. Whether the endpoint is there."""
    return bool(
        await sql.rotate_secret.value(connection, tenant_id=tenant_id, id=endpoint_id, secret=secret, until=until)
    )


async def delete(connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> bool:
    """Deletes an endpoint with its deliveries; whether it was there."""
    return bool(await sql.delete_endpoint.value(connection, tenant_id=tenant_id, id=endpoint_id))


async def deliveries(
    connection: Connection,
    tenant_id: UUID,
    endpoint_id: UUID,
    wanted: DeliveryFilter,
    *,
    before: UUID | None,
    limit: int,
) -> list[Delivery]:
    """A page of deliveries, newest event first."""
    rows = await sql.deliveries.rows(
        connection,
        tenant_id=tenant_id,
        id=endpoint_id,
        state=wanted.state,
        type=wanted.type,
        member_id=wanted.member_id,
        before=before,
        limit=limit,
    )
    return [Delivery(**dict(row)) for row in rows]


async def delivery(connection: Connection, tenant_id: UUID, endpoint_id: UUID, event_id: UUID) -> Looked | None:
    """One delivery, with what is sent."""
    row = await sql.delivery.row(connection, tenant_id=tenant_id, id=endpoint_id, event_id=event_id)
    if row is None:
        return None
    named = dict(row)
    body, first_tried_at, next_at = (named.pop(name) for name in ("body", "first_tried_at", "next_at"))
    return Looked(Delivery(**named), body, first_tried_at, next_at)


async def replay(
    connection: Connection, tenant_id: UUID, endpoint_id: UUID, event_id: UUID | None, now: datetime
) -> int:
    """Lets a delivery, or all dead ones, be sent again; how many."""
    rows: Sequence[Row] = await sql.replay.rows(
        connection, tenant_id=tenant_id, id=endpoint_id, event_id=event_id, now=now
    )
    return len(rows)


def endpoint(row: Row) -> Endpoint:
    """An endpoint from a row that has its columns."""
    return Endpoint(
        id=row["id"],
        tenant_id=row["tenant_id"],
        url=row["url"],
        description=row["description"],
        events=tuple(row["events"]),
        is_active=row["is_active"],
        secrets=tuple(filter(None, (row["secret"], row["old_secret"]))),
        old_secret_until=row["old_secret_until"],
        created_at=row["created_at"],
        active_since=row["active_since"],
    )
