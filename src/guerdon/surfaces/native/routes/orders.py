"""Orders of the native API: placed, read, previewed and returned."""

from typing import Any
from uuid import UUID

from guerdon.core.memberships import Membership
from guerdon.core.refusals import OrderNotFound
from guerdon.engine import Engine, ordering, previewing, reading, returning
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import orders as words
from guerdon.surfaces.native.routes.told import READ, READ_PROBLEMS, WRITE, whole
from guerdon.surfaces.native.wire import orders as wire
from guerdon.web.operations import Answer, Call, Operation


async def place_order(engine: Engine, call: Call[wire.OrderRequest]) -> Answer:
    """Tell of an order that was paid; it earns by the rules that were live when it happened, once for its reference."""
    membership = await reading.membership(engine, call.caller, call.body.membership_id)
    referrer = await _referrer(engine, call, membership)
    order_id = engine.new_id()
    order = await ordering.place(engine, words.to_placing(call, membership, referrer, order_id))
    found = await previewing.order(engine, call.caller, order.id)
    return words.placed(call, found.order, found.returns, order_id)


async def preview_order(engine: Engine, call: Call[wire.PreviewRequest]) -> wire.Preview:
    """Ask what an order would earn and why, line by line; nothing is written."""
    membership_id = call.body.membership_id
    membership = await reading.membership(engine, call.caller, membership_id) if membership_id else None
    referrer = await _referrer(engine, call, membership) if membership else None
    ask = words.to_preview(call, membership, referrer)
    return words.from_preview(await previewing.preview(engine, ask), ask.occasion)


async def get_order(engine: Engine, call: Call[None]) -> wire.Order:
    """Read an order or an event: what it earned and why, and what came back of it."""
    order_id = mapping.id_of(call, "order_id", OrderNotFound)
    return words.from_order(await previewing.order(engine, call.caller, order_id))


async def return_order(engine: Engine, call: Call[wire.ReturnRequest]) -> Answer:
    """Take back what an order earned, in proportion to what comes back of it, once for the return's reference."""
    order_id = mapping.id_of(call, "order_id", OrderNotFound)
    found = await returning.give_back(engine, words.to_returning(call, order_id))
    return words.returned(call, found, await previewing.order(engine, call.caller, order_id))


async def _referrer(engine: Engine, call: Call[Any], membership: Membership) -> UUID | None:
    if call.body.referred_by is None:
        return None
    other = await reading.membership(engine, call.caller, call.body.referred_by)
    return words.referrer(membership, other)


_REPORT: dict[str, Any] = {**WRITE, "keyed": False, "tag": "Orders"}

OPERATIONS = (
    Operation(
        name="placeOrder",
        paths=("/orders",),
        handle=place_order,
        body=wire.OrderRequest,
        answer=wire.Order,
        **_REPORT,
    ),
    Operation(
        name="previewOrder",
        paths=("/orders/preview",),
        handle=preview_order,
        body=wire.PreviewRequest,
        answer=wire.Preview,
        **{**_REPORT, "answer_headers": {}},
    ),
    Operation(
        name="getOrder",
        paths=("/orders/{order_id}",),
        handle=get_order,
        answer=wire.Order,
        tag="Orders",
        problems=READ_PROBLEMS,
        **whole(READ),
    ),
    Operation(
        name="returnOrder",
        paths=("/orders/{order_id}/returns",),
        handle=return_order,
        body=wire.ReturnRequest,
        answer=wire.ReturnResult,
        **whole(_REPORT),
    ),
)
