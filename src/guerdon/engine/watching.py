"""Notices who has come to stand on another tier, or soon will: compares where members stand with what was last said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.memberships import Membership
from guerdon.core.points import minus
from guerdon.core.programs import Tier
from guerdon.core.tiers import Moved, Place
from guerdon.core.webhooks import TIER_CHANGED, TIER_NOTICE
from guerdon.engine import notifying, placing, reading
from guerdon.engine.engine import Engine
from guerdon.storage import happenings, programs, standings
from guerdon.storage.happenings import Happening
from guerdon.storage.queries import Connection
from guerdon.storage.standings import Known, Standing, TierMove

CHUNK = 200
"""Memberships to a transaction."""


async def begin(engine: Engine) -> None:
    """Whatever comes from now on is told, if nobody has looked before; what was before is nobody's news."""
    async with engine.database.transaction() as connection:
        await standings.seen_to(connection, await notifying.horizon(engine, connection))


async def look(engine: Engine) -> int:
    """Looks at every membership whose standing may have changed, and tells moves and notices once each; how many.

    Standings themselves are derived whenever somebody asks: nothing that anybody reads waits for this.
    """
    async with engine.database.transaction() as connection:
        # Before anything is read: what begins later writes later moments.
        next_from = await notifying.horizon(engine, connection)
        since = await standings.seen_to(connection, next_from)
    async with engine.database.searching() as connection:
        ids = await standings.due(connection, since, engine.clock())
    told = 0
    for begin in range(0, len(ids), CHUNK):
        told += await engine.database.retrying(partial(_look, engine, ids[begin : begin + CHUNK], since))
    async with engine.database.connection() as connection:
        await standings.look_from(connection, next_from)
    return told


async def moves(engine: Engine, caller: Caller, membership_id: UUID, *, before: UUID | None, limit: int) -> list[Moved]:
    """The moves of a membership that looks have noticed, the newest first, from below `before`.

    Raises:
        MembershipNotFound: the caller's tenant has no such membership.
    """
    await reading.membership(engine, caller, membership_id)
    async with engine.database.connection() as connection:
        return await standings.moves_of(connection, membership_id, before=before, limit=limit)


async def _look(engine: Engine, ids: Sequence[UUID], since: datetime, connection: Connection) -> int:
    now = engine.clock()
    await standings.seen_to(connection, since)
    begun = await standings.begin_with(connection, ids, since, now)
    ids = [each for each in ids if each not in begun]
    await standings.lock(connection, ids)
    known = await standings.known(connection, ids)
    found = await placing.places(connection, [each.membership for each in known], now, whole=False)
    before = await _before(connection, known, since)
    told: dict[UUID, list[Happening]] = {}
    moves: list[TierMove] = []
    after: list[Standing] = []
    for each, place, was in zip(known, found, before, strict=True):
        tier_id = place.tier.id if place.tier else None
        mine = told.setdefault(each.tenant_id, [])
        if tier_id != was.tier_id:
            move = TierMove(
                engine.new_id(), each.membership.id, await _move(connection, was, place), was.tier_id, tier_id
            )
            moves.append(move)
            mine.append(_changed(each.membership, was, place, move.move, now))
        is_news = place.is_warned and place.until != was.warned_until
        if is_news:
            mine.append(_notice(each.membership, place, now))
        after.append(_standing(each.membership, place, place.until if is_news else was.warned_until, now))
    await standings.write(connection, after, now)
    await standings.leave(connection, list({*ids} - {each.membership.id for each in known}))
    await standings.write_moves(connection, moves, now)
    for tenant_id, happened in told.items():
        await happenings.write(connection, tenant_id, happened)
    return sum(len(happened) for happened in told.values())


async def _before(connection: Connection, known: Sequence[Known], since: datetime) -> list[Known]:
    """What was last said; of whom nothing was, where they stood at the last look."""
    fresh = [each.membership for each in known if not each.is_told]
    gained = await standings.gained(connection, [each.account_id for each in fresh], since)
    then = [_then(each, gained[each.account_id], since) for each in fresh]
    found = await placing.places(connection, then, since, whole=False)
    stood = dict(zip([each.id for each in fresh], found, strict=True))
    return [each if each.is_told else _stood(each, stood[each.membership.id].tier) for each in known]


def _then(membership: Membership, gained: Decimal, since: datetime) -> Membership:
    """A membership as it was: without the lifetime points that came since, nor a tier that was given since."""
    balance = replace(membership.balance, lifetime=minus(membership.balance.lifetime, gained))
    return replace(membership, balance=balance, tier_id=None if membership.updated_at >= since else membership.tier_id)


def _stood(each: Known, tier: Tier | None) -> Known:
    return replace(each, tier_id=tier.id if tier else None, tier=tier.code if tier else None)


async def _move(connection: Connection, was: Known, place: Place) -> str:
    """Up or down, by the ladder as it is; from a tier that is no more, by what is asked now."""
    ladder = await programs.tiers_of(connection, [was.membership.program_id])
    order = {tier.id: n for n, tier in enumerate(sorted(ladder, key=lambda tier: (tier.min_lifetime, tier.by_hand)))}
    here = order.get(place.tier.id, -1) if place.tier else -1
    return "up" if here > (order.get(was.tier_id, -1) if was.tier_id else -1) else "down"


def _standing(membership: Membership, place: Place, warned_until: datetime | None, now: datetime) -> Standing:
    ahead = [moment for moment in (place.until, place.warned_from) if moment is not None and moment > now]
    return Standing(
        membership_id=membership.id,
        tier_id=place.tier.id if place.tier else None,
        tier=place.tier.code if place.tier else None,
        version=membership.balance.version,
        warned_until=warned_until,
        due_at=min(ahead, default=None),
    )


def _changed(membership: Membership, was: Known, place: Place, move: str, now: datetime) -> Happening:
    data = {"move": move, "from_tier_id": was.tier_id, "from_tier": was.tier, **_tier(place)}
    return Happening(membership.account_id, TIER_CHANGED, now, data)


def _notice(membership: Membership, place: Place, now: datetime) -> Happening:
    return Happening(membership.account_id, TIER_NOTICE, now, {**_tier(place), "keeping": place.keeping})


def _tier(place: Place) -> dict[str, object]:
    tier = place.tier
    return {"tier_id": tier.id if tier else None, "tier": tier.code if tier else None, "until": place.until}
