"""The outbox of webhooks: what the journal has that is no event yet, events as rows, and leases on what waits to go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.statements import Entry
from guerdon.core.webhooks import Attempt, Endpoint, Event
from guerdon.storage import ledger, queries, webhooks
from guerdon.storage.queries import Connection

sql = queries.load("outbox")

MOST_ENTRIES = 1_000
"""Of an account at a time."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry that is no event yet, and whose it is; nobody's, where its account has no membership."""

    entry: Entry
    tenant_id: UUID
    program_id: UUID
    membership_id: UUID | None
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A member that was made, changed, merged or erased, which is no event yet."""

    id: UUID
    tenant_id: UUID
    is_new: bool
    at: datetime
    merged_into: UUID | None
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to be sent next of a member, and where to."""

    event_id: UUID
    body: str
    attempts: int
    first_tried_at: datetime | None
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send what waits of a member for an endpoint."""

    id: UUID
    endpoint_id: UUID
    member_id: UUID


async def oldest_writer(connection: Connection) -> timedelta:
    """For how long the oldest transaction has been running that may still write something; call it before reading."""
    age: timedelta = await sql.oldest_writer.value(connection)
    return age


async def seen_to(connection: Connection) -> datetime | None:
    """What was written before has been seen; nobody else makes events until the transaction ends."""
    found: datetime | None = await sql.seen_to.value(connection)
    return found


async def look_from(connection: Connection, moment: datetime) -> None:
    """The next look begins at a moment."""
    await sql.look_from.run(connection, seen_to=moment)


async def fresh_accounts(
    connection: Connection, since: Mapping[UUID, datetime], moment: datetime, limit: int
) -> list[UUID]:
    """Accounts with entries written from a moment on that are no events yet.

    Args:
        connection: where to read.
        since: the tenants that want events, and from when on.
        moment: as far back as to look.
        limit: how many at most.
    """
    rows = await sql.fresh_accounts.rows(connection, **_since(since), seen_to=moment, limit=limit)
    return [row["account_id"] for row in rows]


async def fresh_entries(
    connection: Connection, since: Mapping[UUID, datetime], account_ids: Sequence[UUID]
) -> list[Posted]:
    """The entries of accounts that are no events yet: the oldest first, each account's in the order of versions."""
    rows = await sql.fresh_entries.rows(
        connection,
        **_since(since),
        account_ids=list(account_ids),
        buckets=[bucket_of(account_id) for account_id in account_ids],
        most=MOST_ENTRIES,
    )
    return [
        Posted(ledger.entry(row), row["tenant_id"], row["program_id"], row["membership_id"], row["member_id"])
        for row in rows
    ]


async def move_cursors(connection: Connection, versions: Mapping[UUID, int]) -> None:
    """The entries of accounts up to these versions are events now, or are not wanted."""
    await sql.move_cursors.run(connection, account_ids=list(versions), versions=list(versions.values()))


async def fresh_members(
    connection: Connection, since: Mapping[UUID, datetime], moment: datetime, limit: int, *, are_erased: bool
) -> list[Changed]:
    """Members that were made, changed or merged from a moment on, or erased, which are no events yet."""
    rows = await sql.fresh_members.rows(connection, **_since(since), seen_to=moment, limit=limit, are_erased=are_erased)
    return [
        Changed(row["id"], row["tenant_id"], row["is_new"], row["place"], row["merged_into"], row["is_erased"])
        for row in rows
    ]


async def count_up(connection: Connection, more: Mapping[UUID, int]) -> dict[UUID, int]:
    """So many more events of members; the number of the last of each."""
    ordered = sorted(more)
    rows = await sql.count_up.rows(connection, member_ids=ordered, more=[more[member_id] for member_id in ordered])
    return {row["member_id"]: row["sequence"] for row in rows}


async def remember_changes(connection: Connection, changes: Mapping[UUID, datetime]) -> None:
    """The changes of members at these moments are events now, or are not wanted."""
    await sql.remember_changes.run(connection, member_ids=list(changes), changed_at=list(changes.values()))


async def write(
    connection: Connection, events: Sequence[Event], to: Sequence[tuple[UUID, Event]], now: datetime
) -> None:
    """Events, and the endpoints that each goes to."""
    await sql.write_events.run(
        connection,
        ids=[event.id for event in events],
        tenant_ids=[event.tenant_id for event in events],
        member_ids=[event.member_id for event in events],
        sequences=[event.sequence for event in events],
        types=[event.type for event in events],
        bodies=[event.body for event in events],
        created_at=[event.created_at for event in events],
        endpoint_ids=[endpoint_id for endpoint_id, _ in to],
        event_ids=[event.id for _, event in to],
        receivers=[event.member_id for _, event in to],
        numbers=[event.sequence for _, event in to],
        now=now,
    )


async def due_endpoints(connection: Connection, now: datetime) -> list[UUID]:
    """Endpoints for which something waits that can be sent now."""
    return [row["id"] for row in await sql.due_endpoints.rows(connection, now=now)]


async def claim(
    connection: Connection, endpoint_id: UUID, lease: UUID, *, now: datetime, until: datetime, limit: int
) -> list[Lease]:
    """Leases on members of whom something waits for an endpoint, longest waiting first."""
    rows = await sql.claim.rows(connection, endpoint_id=endpoint_id, lease=lease, now=now, until=until, limit=limit)
    return [Lease(lease, endpoint_id, row["member_id"]) for row in rows]


async def head(connection: Connection, lease: Lease) -> Waiting | None:
    """What is to be sent next."""
    row = await sql.head.row(connection, endpoint_id=lease.endpoint_id, member_id=lease.member_id)
    if row is None:
        return None
    return Waiting(row["event_id"], row["body"], row["attempts"], row["first_tried_at"], webhooks.endpoint(row))


async def note(
    connection: Connection,
    lease: Lease,
    event_id: UUID,
    attempt: Attempt,
    *,
    state: str,
    now: datetime,
    due_at: datetime,
    until: datetime | None,
) -> bool:
    """Notes what came of an attempt, unless the lease is lost.

    Args:
        connection: where to write.
        lease: goes on until `until`, or ends where that is None.
        event_id: what was sent.
        attempt: what came of it.
        state: of the delivery from now on.
        now: the moment.
        due_at: when the next attempt for the member may be.
        until: the new end of the lease.
    """
    return bool(
        await sql.note.value(
            connection,
            endpoint_id=lease.endpoint_id,
            member_id=lease.member_id,
            lease=lease.id,
            event_id=event_id,
            state=state,
            status=attempt.status,
            error=attempt.error,
            now=now,
            due_at=due_at,
            until=until,
        )
    )


async def finish(connection: Connection, lease: Lease) -> None:
    """Ends a lease with nothing left to send, in a transaction: where something has come meanwhile, it is due."""
    named: dict[str, Any] = {"endpoint_id": lease.endpoint_id, "member_id": lease.member_id}
    # Two statements: the second sees what was written while the first waited for the lock.
    if await sql.lock_queue.value(connection, **named, lease=lease.id):
        await sql.end_queue.run(connection, **named)
        await sql.leave_queue.run(connection, **named, lease=lease.id)


async def release(connection: Connection, endpoint_id: UUID, lease: UUID) -> None:
    """Ends all leases of an id: whatever waits is somebody else's to send."""
    await sql.release.run(connection, endpoint_id=endpoint_id, lease=lease)


async def forget(connection: Connection, before: datetime) -> None:
    """Forgets what was sent or given up before a moment."""
    await sql.forget_deliveries.run(connection, before=before)
    await sql.forget_events.run(connection, before=before)


def _since(since: Mapping[UUID, datetime]) -> dict[str, Any]:
    return {"tenant_ids": list(since), "since": list(since.values())}
