"""What campaigns have given, as counters that are exact under any number of orders at once; and which there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.orders import Order
from guerdon.core.points import ZERO
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("campaigns")

_SLOTS = 16
_BUDGETED = 0


class Total(NamedTuple):
    """What a campaign gave and was not taken back, on how many orders and events; and whether there is what to lock."""

    given: Decimal = ZERO
    orders: int = 0
    has_lock: bool = False


async def lock(
    connection: Connection, tenant_id: UUID, program_id: UUID, codes: Sequence[str], new: Sequence[str]
) -> dict[str, Decimal]:
    """Keeps other orders from the budgets of campaigns until the transaction ends; what each has given.

    Args:
        connection: a connection.
        tenant_id: whose.
        program_id: whose.
        codes: the campaigns.
        new: those of them without what to lock. It is made for all before any is locked: nobody waits in a circle.
    """
    if new:
        await sql.begin.run(connection, tenant_id=tenant_id, program_id=program_id, codes=list(new))
    await sql.lock.run(connection, program_id=program_id, codes=list(codes))
    # Read by a statement of its own: one that had to wait sees what was there before it waited.
    return {code: total.given for code, total in (await totals(connection, program_id, codes)).items()}


async def totals(connection: Connection, program_id: UUID, codes: Sequence[str]) -> dict[str, Total]:
    """What campaigns have given; one that has given nothing yet may be missing."""
    if not codes:
        return {}
    rows = await sql.totals.rows(connection, program_id=program_id, codes=list(codes))
    return {row["code"]: Total(row["given"], row["orders"], row["has_lock"]) for row in rows}


async def add(
    connection: Connection, tenant_id: UUID, order: Order, changes: Mapping[str, Total], locked: Sequence[str]
) -> None:
    """Adds what an order gives, or gives less, by campaign; those that are not locked are not waited for by budgets."""
    if order.account_id is None or not changes:
        return
    own = 1 + bucket_of(order.account_id) % _SLOTS
    await sql.add.run(
        connection,
        tenant_id=tenant_id,
        program_id=order.program_id,
        codes=list(changes),
        slots=[_BUDGETED if code in locked else own for code in changes],
        given=[total.given for total in changes.values()],
        orders=[total.orders for total in changes.values()],
    )


async def page(
    connection: Connection,
    program_id: UUID,
    live: int | None,
    now: datetime,
    *,
    code: str | None = None,
    after: str | None = None,
    limit: int = 1,
) -> dict[str, int]:
    """Which version says what a campaign is, by code, in the order of codes; drafts say nothing.

    Args:
        connection: a connection.
        program_id: whose.
        live: the version that is live now.
        now: the moment.
        code: only this one.
        after: only those after this one.
        limit: the most to return.
    """
    rows = await sql.page.rows(
        connection, program_id=program_id, live=live, now=now, code=code, after=after, limit=limit
    )
    return {row["code"]: row["version"] for row in rows}
