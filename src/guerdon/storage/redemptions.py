"""Redemptions as rows: what members have reserved, and what was used on an order."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.callers import Caller
from guerdon.core.rewards import Redemption, RedemptionState
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("redemptions")


class Kept(NamedTuple):
    """A redemption with its reward's code; None is points in the place of money."""

    redemption: Redemption
    code: str | None
    is_listed: bool


async def lock_account(connection: Connection, account_id: UUID) -> Decimal | None:
    """Locks an account against other redemptions; its available points, None where there is no such account."""
    found: Decimal | None = await sql.lock_account.value(connection, id=account_id, bucket=bucket_of(account_id))
    return found


async def reserved_of(connection: Connection, account_id: UUID, now: datetime) -> list[Kept]:
    """The account's reservations that have not ended, the oldest first."""
    rows = await sql.reserved_of.rows(connection, account_id=account_id, now=now)
    return [_kept(row) for row in rows]


async def of_order(connection: Connection, order_id: UUID) -> list[Kept]:
    """What was redeemed on an order and is not cancelled, locked."""
    return [_kept(row) for row in await sql.of_order.rows(connection, order_id=order_id)]


async def write(connection: Connection, caller: Caller, redemptions: Sequence[Redemption]) -> None:
    """Writes redemptions as they are from now on, new ones and those that are there."""
    if not redemptions:
        return
    await sql.write.run(
        connection,
        tenant_id=caller.tenant_id,
        surface=caller.surface,
        actor=caller.credential_id,
        ids=[each.id for each in redemptions],
        reward_ids=[each.reward_id for each in redemptions],
        account_ids=[each.account_id for each in redemptions],
        states=[each.state.value for each in redemptions],
        points=[each.points for each in redemptions],
        values=[each.value for each in redemptions],
        sessions=[each.session for each in redemptions],
        hold_ids=[each.hold_id for each in redemptions],
        versions=[each.version for each in redemptions],
        order_ids=[each.order_id for each in redemptions],
        reserved=[each.reserved_at for each in redemptions],
        expires=[each.expires_at for each in redemptions],
        issued=[each.issued_at for each in redemptions],
        fulfilled=[each.fulfilled_at for each in redemptions],
        closed=[each.closed_at for each in redemptions],
    )


def _kept(row: Row) -> Kept:
    named = {name: row[name] for name in Redemption.__dataclass_fields__ if name != "state"}
    return Kept(Redemption(state=RedemptionState(row["state"]), **named), row["code"], row["is_listed"])
