"""Makes events of what has happened to members, and says to which endpoints each goes: nothing is left out or twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from guerdon.core import webhooks as hooks
from guerdon.core.webhooks import Endpoint, Event
from guerdon.engine.engine import Engine
from guerdon.storage import outbox, webhooks
from guerdon.storage.outbox import Changed, Posted
from guerdon.storage.queries import Connection

CHUNK = 500
"""Accounts or members to a transaction."""

MOST_ACCOUNTS = 20_000
"""To find in one look at the journal."""

SKEW = timedelta(seconds=10)
"""How far the clocks of servers and their database may be apart."""

KEPT = timedelta(days=30)
"""For how long deliveries and their events are kept."""

_encoder = msgspec.json.Encoder(decimal_format="number")


class Happened(NamedTuple):
    """Something that is to become an event, before it has its number."""

    tenant_id: UUID
    member_id: UUID
    type: str
    at: datetime
    data: Mapping[str, Any]


async def collect(engine: Engine) -> int:
    """Makes events of everything that was committed and is no event yet; how many there are to be delivered.

    What is written carries the moment at which it was, and is seen once it is committed, so the order of the first is
    not that of the second. A look goes back to where, at the last one, the oldest transaction under way had begun: what
    was not seen then was written later. How far each account and member has come is written down with its events.
    """
    async with engine.database.connection() as connection:
        listening = await webhooks.listening(connection)
        if not listening:
            return 0
        # Before anything is read: what begins later writes later moments.
        next_from = await horizon(engine, connection)
    made = await _members(engine, listening)
    made += await _accounts(engine, listening)
    async with engine.database.connection() as connection:
        await outbox.look_from(connection, next_from)
    return made


def since(listening: Iterable[Endpoint]) -> dict[UUID, datetime]:
    """From when on a tenant's events are wanted by any of its endpoints."""
    found: dict[UUID, datetime] = {}
    for endpoint in listening:
        found[endpoint.tenant_id] = min(endpoint.active_since, found.get(endpoint.tenant_id, endpoint.active_since))
    return found


async def horizon(engine: Engine, connection: Connection) -> datetime:
    """What is written from now on carries a moment after this one."""
    return engine.clock() - await outbox.oldest_writer(connection) - SKEW


async def _members(engine: Engine, listening: Sequence[Endpoint]) -> int:
    made = 0
    wanted = since(listening)

    async def work(connection: Connection) -> tuple[int, int]:
        moment = await outbox.seen_to(connection)
        fresh = await outbox.fresh_members(connection, wanted, moment, CHUNK) if moment else []
        written = await _write(engine, connection, listening, [_of_member(member) for member in fresh])
        await outbox.remember_changes(connection, {member.id: member.at for member in fresh})
        return len(fresh), written

    found = CHUNK
    while found == CHUNK:
        found, written = await engine.database.retrying(work)
        made += written
    return made


async def _accounts(engine: Engine, listening: Sequence[Endpoint]) -> int:
    made = 0
    wanted = since(listening)

    async def work(account_ids: Sequence[UUID], connection: Connection) -> int:
        await outbox.seen_to(connection)
        fresh = await outbox.fresh_entries(connection, wanted, account_ids)
        written = await _write(engine, connection, listening, [_of_entry(p, p.member_id) for p in fresh if p.member_id])
        await outbox.move_cursors(connection, {p.entry.account_id: p.entry.version for p in fresh})
        return written

    while True:
        async with engine.database.transaction() as connection:
            moment = await outbox.seen_to(connection)
        async with engine.database.searching() as connection:
            accounts = await outbox.fresh_accounts(connection, wanted, moment, MOST_ACCOUNTS) if moment else []
        if not accounts:
            return made
        for begin in range(0, len(accounts), CHUNK):
            made += await engine.database.retrying(partial(work, accounts[begin : begin + CHUNK]))


async def _write(
    engine: Engine, connection: Connection, listening: Sequence[Endpoint], happened: Sequence[Happened]
) -> int:
    """Events with their numbers, and where they go; those that nobody wants have a number only."""
    if not happened:
        return 0
    counts = Counter(each.member_id for each in happened)
    last = await outbox.count_up(connection, counts)
    number = {member_id: last[member_id] - count for member_id, count in counts.items()}
    receivers: dict[UUID, list[Endpoint]] = defaultdict(list)
    for endpoint in listening:
        receivers[endpoint.tenant_id].append(endpoint)
    events: list[Event] = []
    to: list[tuple[UUID, Event]] = []
    for each in happened:
        number[each.member_id] += 1
        who = [e.id for e in receivers[each.tenant_id] if e.wants(each.type) and each.at >= e.active_since]
        if who:
            events.append(_event(engine, each, number[each.member_id]))
            to += [(endpoint_id, events[-1]) for endpoint_id in who]
    if events:
        await outbox.write(connection, events, to, engine.clock())
    return len(events)


def _event(engine: Engine, happened: Happened, sequence: int) -> Event:
    event_id = engine.new_id()
    body = {
        "id": event_id,
        "type": happened.type,
        "timestamp": happened.at,
        "sequence": sequence,
        "data": {"member_id": happened.member_id, **happened.data},
    }
    return Event(
        id=event_id,
        tenant_id=happened.tenant_id,
        member_id=happened.member_id,
        sequence=sequence,
        type=happened.type,
        body=_encoder.encode(body).decode(),
        created_at=engine.clock(),
    )


def _of_entry(posted: Posted, member_id: UUID) -> Happened:
    entry = posted.entry
    data = {
        "membership_id": posted.membership_id,
        "program_id": posted.program_id,
        "account_id": entry.account_id,
        "version": entry.version,
        "points": entry.points,
        "balance_after": entry.balance_after,
        "effective_at": entry.effective_at,
        "reason": entry.reason,
        "reference": entry.reference,
        "location": entry.location,
        "hold_id": entry.hold_id,
        "pending_id": entry.pending_id,
        "reverses": entry.reverses,
        "peer_account_id": entry.peer_id,
        "surface": entry.surface,
    }
    return Happened(posted.tenant_id, member_id, hooks.OF_ENTRIES[entry.kind], entry.recorded_at, data)


def _of_member(member: Changed) -> Happened:
    if member.merged_into is not None:
        return Happened(
            member.tenant_id, member.id, hooks.MEMBER_MERGED, member.at, {"merged_into": member.merged_into}
        )
    kind = hooks.MEMBER_CREATED if member.is_new else hooks.MEMBER_CHANGED
    return Happened(member.tenant_id, member.id, kind, member.at, {})


async def forget(engine: Engine) -> None:
    """Forgets what was sent or given up long ago."""
    async with engine.database.transaction() as connection:
        await outbox.forget(connection, engine.clock() - KEPT)
