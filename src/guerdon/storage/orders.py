"""Orders and events as rows, each once for its shop's id, and what came back of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core.callers import Caller
from guerdon.core.orders import Order, OrderFilter, OrderReturn, OrderState
from guerdon.core.rules.occasions import Occasion
from guerdon.core.rules.reckonings import Reckoning
from guerdon.core.rules.returns import Back
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("orders")

_PLAIN = {name for name in Order.__dataclass_fields__ if name not in ("state", "occasion", "reckoning")}
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_OCCASION = msgspec.json.Decoder(Occasion, float_hook=Decimal)
_RECKONING = msgspec.json.Decoder(Reckoning)
_UNITS = msgspec.json.Decoder(dict[int, Decimal])


async def insert(connection: Connection, caller: Caller, order: Order) -> bool:
    """Writes an order; False where the caller's surface has told of one with this reference before."""
    plain = {name: getattr(order, name) for name in _PLAIN}
    written: UUID | None = await sql.insert_order.value(
        connection,
        tenant_id=caller.tenant_id,
        surface=caller.surface,
        state=order.state.value,
        occasion=_text(order.occasion),
        **plain,
    )
    return written is not None


async def lock(connection: Connection, caller: Caller, reference: str, *, is_order: bool = True) -> Order:
    """An order, or an event, that the caller's surface has told of, locked.

    Raises:
        LookupError: it has not.
    """
    row = await sql.lock_order.one(
        connection, tenant_id=caller.tenant_id, surface=caller.surface, reference=reference, is_order=is_order
    )
    return _order(row)


async def lock_by_id(connection: Connection, tenant_id: UUID, order_id: UUID) -> Order | None:
    """An order or event of the tenant, locked."""
    row = await sql.lock_by_id.row(connection, tenant_id=tenant_id, id=order_id)
    return _order(row) if row else None


async def by_id(connection: Connection, tenant_id: UUID, order_id: UUID) -> Order | None:
    """An order or event of the tenant."""
    row = await sql.by_id.row(connection, tenant_id=tenant_id, id=order_id)
    return _order(row) if row else None


async def update(connection: Connection, order: Order) -> None:
    """Writes what may change of an order: its state, and what it earned and why."""
    await sql.update_order.run(
        connection,
        state=order.state.value,
        reckoning=_text(order.reckoning),
        **{name: getattr(order, name) for name in _PLAIN},
    )


async def count_before(connection: Connection, account_id: UUID, but: UUID) -> int:
    """How many orders of an account count, but for one."""
    count: int = await sql.count_of_account.value(connection, account_id=account_id, but=but)
    return count


async def of_program(
    connection: Connection,
    program_id: UUID,
    window: tuple[datetime, datetime],
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Order]:
    """Orders and events of a program, in the order in which they happened, from after one on; cancelled ones too.

    Args:
        connection: a connection.
        program_id: the program.
        window: from a moment (in) until another (out).
        after: the moment and the id of the last one of the page before.
        limit: the most to return.
    """
    rows = await sql.of_program.rows(
        connection,
        program_id=program_id,
        since=window[0],
        until=window[1],
        after_at=after[0],
        after_id=after[1],
        limit=limit,
    )
    return [_order(row) for row in rows]


async def count_of_program(connection: Connection, program_id: UUID, window: tuple[datetime, datetime]) -> int:
    """How many orders and events `of_program` has in all."""
    count: int = await sql.count_of_program.value(connection, program_id=program_id, since=window[0], until=window[1])
    return count


async def insert_return(connection: Connection, caller: Caller, given: OrderReturn) -> None:
    """Writes what came back of an order that is locked."""
    units = given.back.units
    await sql.insert_return.run(
        connection,
        units=None
        if units is None
        else msgspec.json.encode({str(n): f"{count:f}" for n, count in units.items()}).decode(),
        amount=given.back.amount,
        surface=caller.surface,
        actor=caller.credential_id,
        **{name: getattr(given, name) for name in OrderReturn.__dataclass_fields__},
    )


async def returns_of(connection: Connection, order_id: UUID) -> list[OrderReturn]:
    """What came back of an order, in the order in which it came."""
    return [_return(row) for row in await sql.returns_of.rows(connection, order_id=order_id)]


async def member_of(connection: Connection, tenant_id: UUID, membership_id: UUID) -> UUID | None:
    """Whose a membership is, or was."""
    found: UUID | None = await sql.member_of.value(connection, tenant_id=tenant_id, membership_id=membership_id)
    return found


async def search(
    connection: Connection, tenant_id: UUID, wanted: OrderFilter, *, before: UUID | None, limit: int
) -> list[Order]:
    """Orders or events of the tenant, the last that were told of first, from below the id `before`."""
    rows = await sql.search.rows(connection, tenant_id=tenant_id, before=before, limit=limit, **asdict(wanted))
    return [_order(row) for row in rows]


async def returns_of_orders(connection: Connection, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderReturn]]:
    """What came back of those orders of which something did, in the order in which it came."""
    found: dict[UUID, list[OrderReturn]] = {}
    for row in await sql.returns_of_orders.rows(connection, order_ids=list(order_ids)):
        found.setdefault(row["order_id"], []).append(_return(row))
    return found


def text_of(value: Occasion | Reckoning) -> str:
    """What was bought, or what came of it, as it is kept."""
    return _ENCODER.encode(value).decode()


def _text(value: Occasion | Reckoning | None) -> str | None:
    return None if value is None else text_of(value)


def _order(row: Row) -> Order:
    named: dict[str, Any] = {name: row[name] for name in _PLAIN}
    return Order(
        state=OrderState(row["state"]),
        occasion=occasion_of(row["occasion"]) if row["occasion"] else None,
        reckoning=_RECKONING.decode(row["reckoning"]) if row["reckoning"] else None,
        **named,
    )


def occasion_of(text: str) -> Occasion:
    """What was bought, from what is kept."""
    found = _OCCASION.decode(text)
    return replace(found, fields={name: Decimal(v) if type(v) is int else v for name, v in found.fields.items()})


def _return(row: Row) -> OrderReturn:
    named: Mapping[str, Any] = {name: row[name] for name in OrderReturn.__dataclass_fields__ if name != "back"}
    units = None if row["units"] is None else _UNITS.decode(row["units"])
    return OrderReturn(back=Back(units=units, amount=row["amount"]), **named)
