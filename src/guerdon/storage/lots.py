"""Lots as rows: those of an account, what they paid for, and what lapses next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.lots import Lapse, Lot, Payment, Place, Spending, Trace
from guerdon.core.statements import Entry
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("lots")

NOWHERE = Place(*[None] * 5)  # type: ignore[arg-type]
"""Before all lots."""


async def of_account(
    connection: Connection, account_id: UUID, *, open_only: bool, limit: int, after: Place | None = None
) -> list[Lot]:
    """The open ones first, those that lapse soonest first; then the others, newest first; from after a place on."""
    rows = await sql.of_account.rows(
        connection,
        account_id=account_id,
        bucket=bucket_of(account_id),
        open_only=open_only,
        limit=limit,
        **(after or NOWHERE)._asdict(),
    )
    return [_lot(row, row["idle_at"]) for row in rows]


async def next_lapses(connection: Connection, account_ids: Sequence[UUID], now: datetime) -> dict[UUID, Lapse]:
    """What lapses next after a moment, of the accounts where anything does."""
    rows = await sql.next_lapses.rows(
        connection, account_ids=list(account_ids), buckets=[bucket_of(each) for each in account_ids], now=now
    )
    return {row["id"]: Lapse(row["at"], row["points"]) for row in rows}


async def coming_lapses(connection: Connection, account_id: UUID, now: datetime) -> list[Lapse]:
    """What of an account lapses after a moment, soonest first; a hundred moments at most."""
    rows = await sql.coming_lapses.rows(connection, account_id=account_id, bucket=bucket_of(account_id), now=now)
    return [Lapse(row["at"], row["points"]) for row in rows]


async def trace(connection: Connection, account_id: UUID, version: int) -> Trace | None:
    """One entry with what paid for it and what became of the points that it brought, from one snapshot."""
    row = await sql.trace.row(connection, account_id=account_id, bucket=bucket_of(account_id), version=version)
    if row is None:
        return None
    idle_at = row["idle_at"]
    return Trace(
        entry=Entry(**{name: row[name] for name in Entry.__dataclass_fields__}),
        paid_by=tuple(
            Payment(points, lot and _lot(lot, idle_at))
            for points, lot in zip(row["paid"] or (), row["paid_by"] or (), strict=True)
        ),
        lots=tuple(_lot(lot, idle_at) for lot in row["lots"]),
        spent_on=tuple(map(Spending, row["spent_on"] or (), row["spent"] or ())),
        reversed_by=tuple(row["reversed_by"] or ()),
        undone=row["undone"],
    )


def _lot(row: Row, idle_at: datetime | None) -> Lot:
    """A lot without a day of its own has the account's, as long as something is left of it."""
    day = row["expires_at"] or (idle_at if row["remaining"] else None)
    return Lot(row["account_id"], row["version"], row["part"], row["points"], row["remaining"], row["earned_at"], day)
