"""Makes events of what has happened to members, and says to which endpoints each goes: nothing is left out or twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from guerdon.core.webhooks import HOLD_PLACED, OF_HOLDS, TEST, Endpoint, Event
from guerdon.engine import telling
from guerdon.engine.engine import Engine
from guerdon.engine.telling import Happened
from guerdon.storage import happenings, outbox, webhooks
from guerdon.storage.happenings import Listening
from guerdon.storage.queries import Connection

CHUNK = 500
"""Accounts or members to a transaction."""

MOST_ACCOUNTS = 20_000
"""To find in one look at the journal."""

SKEW = timedelta(seconds=10)
"""How far the clocks of servers and their database may be apart."""

KEPT = timedelta(days=30)
"""For how long deliveries and their events are kept."""

HOLDS = (HOLD_PLACED, *OF_HOLDS.values())

_encoder = msgspec.json.Encoder(decimal_format="number")


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
    made += await _members(engine, listening, are_erased=True)
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


async def _members(engine: Engine, listening: Sequence[Endpoint], *, are_erased: bool = False) -> int:
    made = 0
    wanted = since(listening)

    async def work(connection: Connection) -> tuple[int, int]:
        moment = await outbox.seen_to(connection)
        fresh = await outbox.fresh_members(connection, wanted, moment, CHUNK, are_erased=are_erased) if moment else []
        written = await _write(engine, connection, listening, [telling.of_member(member) for member in fresh])
        await outbox.remember_changes(connection, {member.id: member.at for member in fresh})
        return len(fresh), written

    found = CHUNK
    while found == CHUNK:
        found, written = await engine.database.retrying(work)
        made += written
    return made


async def _accounts(engine: Engine, listening: Sequence[Endpoint]) -> int:
    made, most = 0, outbox.MOST_ENTRIES
    wanted = since(listening)
    of_holds = since(each for each in listening if any(each.wants(kind) for kind in HOLDS))

    async def work(account_ids: Sequence[UUID], connection: Connection) -> int:
        # Nobody else makes events from here on; what is read after it is read at one moment, so that nothing overtakes.
        if (moment := await outbox.seen_to(connection)) is None:
            return 0
        async with engine.database.snapshot() as reading:
            fresh = await outbox.fresh_entries(reading, wanted, account_ids)
            full = {each for each, count in Counter(p.entry.account_id for p in fresh).items() if count >= most}
            rest = [each for each in account_ids if each not in full]
            waiting = await happenings.of_accounts(reading, rest)
            holds = await happenings.holds_of(reading, rest, Listening(of_holds, moment))
        happened = telling.in_order(fresh, holds, waiting)
        written = await _write(engine, connection, listening, happened)
        await outbox.move_cursors(connection, {p.entry.account_id: p.entry.version for p in fresh})
        await happenings.told(connection, waiting, holds)
        return written

    while True:
        async with engine.database.transaction() as connection:
            moment = await outbox.seen_to(connection)
        async with engine.database.searching() as connection:
            accounts = await outbox.fresh_accounts(connection, wanted, moment, MOST_ACCOUNTS) if moment else []
            if moment:
                besides = Listening(of_holds, moment)
                accounts += await happenings.fresh_accounts(connection, list(wanted), besides, MOST_ACCOUNTS)
        accounts = list(dict.fromkeys(accounts))
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
            events.append(event(engine, each, number[each.member_id]))
            to += [(endpoint_id, events[-1]) for endpoint_id in who]
    if events:
        await outbox.write(connection, events, to, engine.clock())
    return len(events)


def event(engine: Engine, happened: Happened, sequence: int) -> Event:
    """An event with its body; a test is of no member."""
    event_id = engine.new_id()
    whose = {} if happened.type == TEST else {"member_id": happened.member_id}
    body = {
        "id": event_id,
        "type": happened.type,
        "timestamp": happened.at,
        "sequence": sequence,
        "data": {**whose, **happened.data},
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


async def forget(engine: Engine) -> None:
    """Forgets what was sent or given up long ago."""
    async with engine.database.transaction() as connection:
        await outbox.forget(connection, engine.clock() - KEPT)
        await happenings.forget(connection, engine.clock() - KEPT)
