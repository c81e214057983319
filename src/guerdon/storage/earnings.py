"""What rules gave, as rows that caps, challenges and streaks are counted by, and who referred whom."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.dates import iso_date
from guerdon.core.rules.occasions import Tally
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("earnings")

Earning = tuple[UUID, str, Decimal, Decimal]
"""An account, a rule, points, and what a challenge or streak counts."""


async def lock_accounts(connection: Connection, account_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """Locks accounts, in the order of their ids, against other orders of theirs; their lifetime points."""
    buckets = [bucket_of(account_id) for account_id in account_ids]
    rows = await sql.lock_accounts.rows(connection, ids=list(account_ids), buckets=buckets)
    return {row["id"]: row["lifetime"] for row in rows}


async def write(connection: Connection, order_id: UUID, at: datetime, earnings: Sequence[Earning]) -> None:
    """Writes what rules gave on an order."""
    if earnings:
        await sql.write.run(connection, order_id=order_id, at=at, **_columns(earnings))


async def take_back(connection: Connection, order_id: UUID, earnings: Sequence[Earning]) -> None:
    """Writes what has been taken back by now, in all."""
    await sql.take_back.run(connection, order_id=order_id, **_columns(earnings))


async def take_all_back(connection: Connection, order_id: UUID) -> None:
    """Notes that an order no longer counts for anything."""
    await sql.take_all_back.run(connection, order_id=order_id)


def _columns(earnings: Sequence[Earning]) -> dict[str, list[object]]:
    names = ("account_ids", "rules", "points", "measures")
    return {name: list(column) for name, column in zip(names, zip(*earnings, strict=True), strict=True)}


async def tallies(
    connection: Connection,
    account_ids: Sequence[UUID],
    time_zone: str,
    since: date,
    until: datetime | None = None,
) -> dict[UUID, tuple[Tally, ...]]:
    """What rules came to by account, rule and day.

    Args:
        connection: a connection.
        account_ids: whose; one without any has an empty tuple.
        time_zone: whose days.
        since: the first day.
        until: what happened from this moment on is left out; None leaves nothing out.
    """
    rows = await sql.tallies.rows(
        connection, account_ids=list(account_ids), time_zone=time_zone, since=since, until=until
    )
    found: dict[UUID, list[Tally]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        tally = Tally(row["rule"], row["day"], row["points"], row["times"], row["measure"])
        found[row["account_id"]].append(tally)
    return {account_id: tuple(each) for account_id, each in found.items()}


async def left_of_order(connection: Connection, order_id: UUID) -> dict[str, Decimal]:
    """What each rule gave on an order, to both sides, and was not taken back."""
    return {row["rule"]: row["points"] for row in await sql.left_of_order.rows(connection, order_id=order_id)}


async def of_orders(connection: Connection, order_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Decimal]]:
    """What orders gave and was not taken back, by account."""
    found: dict[UUID, dict[UUID, Decimal]] = {order_id: {} for order_id in order_ids}
    for row in await sql.of_orders.rows(connection, order_ids=list(order_ids)):
        found[row["order_id"]][row["account_id"]] = row["points"]
    return found


class Holder(NamedTuple):
    """Whose an account is; `left_at` is when the member left the program, None where it is there."""

    membership_id: UUID
    member_id: UUID
    born: date | None
    left_at: datetime | None


async def holders(connection: Connection, account_ids: Sequence[UUID]) -> dict[UUID, Holder]:
    """Whose accounts these are."""
    rows = await sql.holders.rows(connection, account_ids=list(account_ids))
    return {
        row["account_id"]: Holder(
            row["membership_id"], row["member_id"], iso_date(row["born"] or ""), left_at=row["left_at"]
        )
        for row in rows
    }


async def pasts(
    connection: Connection, account_ids: Sequence[UUID], before: datetime
) -> dict[UUID, tuple[int, UUID | None, datetime | None]]:
    """How many orders of accounts count that happened before a moment; the accounts of who referred them, and when."""
    rows = await sql.pasts.rows(connection, account_ids=list(account_ids), before=before)
    return {row["account_id"]: (row["orders"], row["referrer_account_id"], row["referred_at"]) for row in rows}


async def referrer_of(connection: Connection, account_id: UUID, otherwise: UUID | None = None) -> UUID | None:
    """The account of the member who referred the one of an account, or else another; whoever that has become."""
    found: UUID | None = await sql.referrer_of.value(connection, account_id=account_id, otherwise=otherwise)
    return found


async def heads(connection: Connection, account_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By account, the one that it has gone up in, by merges that stand; itself where it has not."""
    rows = await sql.heads.rows(connection, account_ids=list(account_ids))
    return {row["account_id"]: row["id"] for row in rows}


async def takes_part(connection: Connection, account_id: UUID) -> bool:
    """Whether the member of an account has not left, and may take part."""
    found: bool = await sql.takes_part.value(connection, account_id=account_id)
    return found


async def refer(connection: Connection, account_id: UUID, referrer_account_id: UUID, at: datetime) -> None:
    """Writes who referred a member, by what happened at a moment; what is written stays."""
    await sql.refer.run(connection, account_id=account_id, referrer_account_id=referrer_account_id, at=at)
