"""Where members were last said to stand, as rows, and the moves between; and which are to be looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.memberships import Membership
from guerdon.core.tiers import Moved
from guerdon.storage import memberships, queries
from guerdon.storage.queries import Connection

sql = queries.load("standings")


@dataclass(frozen=True, slots=True)
class Known:
    """A membership, and where it was last said to stand.

    Attributes:
        is_told: anything was said of it before.
        tier_id: None is below the ladder.
        tier: its code then.
        warned_until: the end of which notice was given.
    """

    membership: Membership
    tenant_id: UUID
    is_told: bool
    tier_id: UUID | None
    tier: str | None
    warned_until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is said of a membership from now on; `due_at` is when that may change by itself."""

    membership_id: UUID
    tier_id: UUID | None
    tier: str | None
    version: int
    warned_until: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class TierMove:
    """A move on the ladder: `up` or `down`."""

    id: UUID
    membership_id: UUID
    move: str
    from_id: UUID | None
    to_id: UUID | None


async def seen_to(connection: Connection, otherwise: datetime) -> datetime:
    """What was written before has been looked at, at first a moment; nobody else looks until the transaction ends."""
    await sql.begin.run(connection, seen_to=otherwise)
    found: datetime = await sql.seen_to.value(connection)
    return found


async def look_from(connection: Connection, moment: datetime) -> None:
    """The next look begins at a moment."""
    await sql.look_from.run(connection, seen_to=moment)


async def due(connection: Connection, moment: datetime, now: datetime) -> list[UUID]:
    """Memberships whose standing may have changed since a moment."""
    return [row["id"] for row in await sql.due.rows(connection, seen_to=moment, now=now)]


async def lock(connection: Connection, ids: Sequence[UUID]) -> None:
    """Locks what is said of memberships: before it is found out anew."""
    await sql.lock.run(connection, ids=list(ids))


async def look_again(connection: Connection, account_id: UUID, now: datetime) -> None:
    """The next look is at whose points an account's are, too: where nothing tells that it may stand elsewhere."""
    await sql.look_again.run(connection, account_id=account_id, now=now)


async def begin_with(connection: Connection, ids: Sequence[UUID], moment: datetime, now: datetime) -> set[UUID]:
    """Writes where those of some stand of whom nothing was said, and who stand where they did at a moment."""
    rows = await sql.begin_with.rows(connection, ids=list(ids), seen_to=moment, now=now)
    return {row["membership_id"] for row in rows}


async def gained(connection: Connection, account_ids: Sequence[UUID], moment: datetime) -> dict[UUID, Decimal]:
    """By how much the lifetime points of accounts have grown since a moment."""
    rows = await sql.gained.rows(connection, ids=list(account_ids), moment=moment) if account_ids else []
    return {row["account_id"]: row["gained"] for row in rows}


async def known(connection: Connection, ids: Sequence[UUID]) -> list[Known]:
    """Those of some memberships that are not deleted, with what was last said of them."""
    return [
        Known(
            memberships.membership(row),
            row["tenant_id"],
            row["is_known"],
            row["told_tier_id"],
            row["told_tier"],
            row["warned_until"],
        )
        for row in await sql.standings.rows(connection, ids=list(ids))
    ]


async def write(connection: Connection, standings: Sequence[Standing], now: datetime) -> None:
    """Writes where members are said to stand from now on."""
    await sql.write.run(
        connection,
        now=now,
        ids=[each.membership_id for each in standings],
        tier_ids=[each.tier_id for each in standings],
        tiers=[each.tier for each in standings],
        versions=[each.version for each in standings],
        warned=[each.warned_until for each in standings],
        due=[each.due_at for each in standings],
    )


async def leave(connection: Connection, ids: Sequence[UUID]) -> None:
    """Nothing is said of these memberships any more."""
    await sql.leave.run(connection, ids=list(ids))


async def write_moves(connection: Connection, moves: Sequence[TierMove], now: datetime) -> None:
    """Writes moves; they stay."""
    await sql.write_moves.run(
        connection,
        now=now,
        ids=[each.id for each in moves],
        membership_ids=[each.membership_id for each in moves],
        moves=[each.move for each in moves],
        from_ids=[each.from_id for each in moves],
        to_ids=[each.to_id for each in moves],
    )


async def moves_of(connection: Connection, membership_id: UUID, *, before: UUID | None, limit: int) -> list[Moved]:
    """Moves of a membership, the newest first, from below `before`."""
    rows = await sql.moves_of.rows(connection, membership_id=membership_id, before=before, limit=limit)
    return [Moved(*row) for row in rows]
