"""Redemptions as rows: what members have reserved, and what was used on an order."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.callers import Caller
from guerdon.core.redemptions import RedemptionFilter, Shown
from guerdon.core.rewards import Redemption, RedemptionState
from guerdon.core.webhooks import OF_REDEMPTIONS
from guerdon.storage import happenings, queries
from guerdon.storage.happenings import Happening, encoder
from guerdon.storage.queries import Connection, Row

sql = queries.load("redemptions")


class Locked(NamedTuple):
    """What an account has to spend, and whether it takes no more postings."""

    available: Decimal
    is_closed: bool


class Kept(NamedTuple):
    """A redemption with its reward's code; None is points in the place of money."""

    redemption: Redemption
    code: str | None
    is_listed: bool


async def lock_account(connection: Connection, account_id: UUID) -> Locked | None:
    """Locks an account against other redemptions; None where there is no such account."""
    row = await sql.lock_account.row(connection, id=account_id, bucket=bucket_of(account_id))
    return Locked(row["available"], row["closed_at"] is not None) if row else None


async def reserved_of(connection: Connection, account_id: UUID, now: datetime) -> list[Kept]:
    """The account's reservations that have not ended, the oldest first."""
    rows = await sql.reserved_of.rows(connection, account_id=account_id, now=now)
    return [_kept(row) for row in rows]


async def of_order(connection: Connection, order_id: UUID) -> list[Kept]:
    """What was redeemed on an order and is not cancelled, locked."""
    return [_kept(row) for row in await sql.of_order.rows(connection, order_id=order_id)]


async def by_id(connection: Connection, tenant_id: UUID, redemption_id: UUID) -> Shown | None:
    """A redemption of the tenant."""
    row = await sql.by_id.row(connection, tenant_id=tenant_id, id=redemption_id)
    return _shown(row) if row else None


async def page(
    connection: Connection, tenant_id: UUID, wanted: RedemptionFilter, *, before: UUID | None, limit: int
) -> list[Shown]:
    """A page of the tenant's redemptions, the newest first, from below `before`."""
    rows = await sql.page.rows(
        connection,
        tenant_id=tenant_id,
        program_ids=wanted.program_ids,
        membership_id=wanted.membership_id,
        member_id=wanted.member_id,
        reward_id=wanted.reward_id,
        state=wanted.state,
        since=wanted.since,
        until=wanted.until,
        now=wanted.at,
        before=before,
        limit=limit,
    )
    return [_shown(row) for row in rows]


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
        types=[OF_REDEMPTIONS[each.state.value] for each in redemptions],
        moments=[_came_at(each) for each in redemptions],
        data=[encoder.encode(_told(each)).decode() for each in redemptions],
    )


async def lapse(connection: Connection, reward_ids: Sequence[UUID | None], now: datetime) -> int:
    """Ends the reservations of locked rewards whose time is over, so that others can have them; how many.

    Of a reward without end nothing need be locked. None stands for points in the place of money.
    """
    if not reward_ids:
        return 0
    named = [id_ for id_ in reward_ids if id_ is not None]
    rows = await sql.lapse.rows(connection, ids=named, with_payments=len(named) < len(reward_ids), now=now)
    return await _lapsed(connection, rows)


async def lapse_issued(connection: Connection, now: datetime, limit: int) -> int:
    """Ends issued redemptions whose time is over; how many. What they took stays taken."""
    return await _lapsed(connection, await sql.lapse_issued.rows(connection, now=now, limit=limit))


async def _lapsed(connection: Connection, rows: Sequence[Row]) -> int:
    told: dict[UUID, list[Happening]] = {}
    for row in rows:
        ended = _redemption(row)
        happening = Happening(ended.account_id, OF_REDEMPTIONS[ended.state.value], _came_at(ended), _told(ended))
        told.setdefault(row["tenant_id"], []).append(happening)
    for tenant_id, happened in told.items():
        await happenings.write(connection, tenant_id, happened)
    return len(rows)


def _came_at(redemption: Redemption) -> datetime:
    """When it came to its state."""
    moments = {RedemptionState.RESERVED: redemption.reserved_at, RedemptionState.ISSUED: redemption.issued_at}
    return moments.get(redemption.state) or redemption.closed_at or redemption.reserved_at


def _told(redemption: Redemption) -> dict[str, Any]:
    """What an event says of it."""
    names = ("reward_id", "points", "value", "hold_id", "order_id", "expires_at")
    return {"redemption_id": redemption.id, **{name: getattr(redemption, name) for name in names}}


def _redemption(row: Row) -> Redemption:
    named = {name: row[name] for name in Redemption.__dataclass_fields__ if name != "state"}
    return Redemption(state=RedemptionState(row["state"]), **named)


def _kept(row: Row) -> Kept:
    return Kept(_redemption(row), row["code"], row["is_listed"])


def _shown(row: Row) -> Shown:
    return Shown(_redemption(row), *(row[name] for name in Shown._fields[1:]))
