"""Orders as rows, each once for its shop's id."""

from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.orders import Order, OrderState
from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("orders")


async def insert(connection: Connection, caller: Caller, order: Order) -> bool:
    """Writes an order; False where the caller's surface has told of one with this reference before."""
    written: UUID | None = await sql.insert_order.value(
        connection,
        id=order.id,
        tenant_id=caller.tenant_id,
        surface=caller.surface,
        reference=order.reference,
        state=order.state.value,
        account_id=order.account_id,
        amount=order.amount,
        placed_at=order.placed_at,
        cancelled_at=order.cancelled_at,
    )
    return written is not None


async def lock(connection: Connection, caller: Caller, reference: str) -> Order:
    """An order that the caller's surface has told of, locked.

    Raises:
        LookupError: it has not.
    """
    row = await sql.lock_order.one(connection, tenant_id=caller.tenant_id, surface=caller.surface, reference=reference)
    named = {name: row[name] for name in Order.__dataclass_fields__ if name != "state"}
    return Order(state=OrderState(row["state"]), **named)


async def update(connection: Connection, order: Order) -> None:
    """Writes what may change of an order: its state and the entry that it earned."""
    await sql.update_order.run(
        connection,
        id=order.id,
        state=order.state.value,
        version=order.version,
        cancelled_at=order.cancelled_at,
    )
