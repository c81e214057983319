"""Orders of the native API: placed, read, previewed and returned."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from guerdon.core.memberships import Membership
from guerdon.core.refusals import OrderNotFound
from guerdon.core.rules.occasions import Occasion
from guerdon.engine import Engine, ordering, previewing, reading, returning
from guerdon.engine.previewing import Shown
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import orders as words
from guerdon.surfaces.native.routes import memberships
from guerdon.surfaces.native.routes.told import ASK, PAGE_PROBLEMS, QUERY_PROBLEMS, READ, WRITE, asked, written
from guerdon.surfaces.native.wire import orders as wire
from guerdon.web.operations import Call, Operation


@written
async def place_order(engine: Engine, call: Call[wire.OrderRequest]) -> Done:
    """Tell of an order that was paid; it earns by the rules that were live when it happened, once for its reference."""
    membership = await reading.membership(engine, call.caller, call.body.membership_id)
    referred_by = await referrer(engine, call, membership)
    order_id = engine.new_id()
    order = await ordering.place(engine, words.to_placing(call, membership, referred_by, order_id))
    found = await previewing.order(engine, call.caller, order.id)
    return words.placed(found, await shown(engine, call, found), order_id)


async def shown(engine: Engine, call: Call[Any], found: Shown) -> wire.Order:
    """An order or event, with its membership where that is asked for."""
    order, query = words.from_order(found), asked(call, wire.OrderQuery)
    if query.expand is UNSET or order.membership_id is None:
        return order
    return structs.replace(order, membership=await memberships.known(engine, call, order.membership_id))


async def preview_order(engine: Engine, call: Call[wire.PreviewRequest]) -> wire.Preview:
    """Ask what an order would earn and why, line by line; nothing is written."""
    return await previewed(engine, call, words.to_occasion(words.previewed_at(call), call.body))


async def previewed(engine: Engine, call: Call[Any], occasion: Occasion) -> wire.Preview:
    """What an order or event would earn, of the membership that a body names or of a guest."""
    membership_id = call.body.membership_id
    membership = await reading.membership(engine, call.caller, membership_id) if membership_id else None
    referred_by = await referrer(engine, call, membership) if membership else None
    ask = words.to_preview(call, occasion, membership, referred_by)
    return words.from_preview(await previewing.preview(engine, ask), occasion)


async def list_orders(engine: Engine, call: Call[None]) -> wire.Orders:
    """List orders, the last that were told of first."""
    query = asked(call, wire.OrdersQuery)
    before = pages.after_cursor(query.cursor, "orders", UUID)
    found = await previewing.page(engine, call.caller, words.to_filter(query), before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "orders", lambda each: each.order.id)
    return wire.Orders([words.from_order(each) for each in page], cursor)


async def get_order(engine: Engine, call: Call[None]) -> wire.Order:
    """Read an order: what it earned and why, and what came back of it."""
    order_id = mapping.id_of(call, "order_id", OrderNotFound)
    return await shown(engine, call, await previewing.order(engine, call.caller, order_id))


@written
async def return_order(engine: Engine, call: Call[wire.ReturnRequest]) -> Done:
    """Take back what an order earned, in proportion to what comes back of it, once for the return's reference."""
    order_id = mapping.id_of(call, "order_id", OrderNotFound)
    found = await returning.give_back(engine, words.to_returning(call, order_id))
    order = await previewing.order(engine, call.caller, order_id)
    return words.returned(found, order, await shown(engine, call, order))


async def referrer(engine: Engine, call: Call[Any], membership: Membership) -> UUID | None:
    """The account of who referred the member, where a body names somebody."""
    if call.body.referred_by is None:
        return None
    other = await reading.membership(engine, call.caller, call.body.referred_by)
    return words.referrer(membership, other)


OPERATIONS = (
    Operation(
        name="placeOrder",
        paths=("/orders",),
        handle=place_order,
        body=wire.OrderRequest,
        query=wire.OrderQuery,
        answer=wire.Order,
        tag="Orders",
        **WRITE,
    ),
    Operation(
        name="listOrders",
        paths=("/orders",),
        handle=list_orders,
        query=wire.OrdersQuery,
        answer=wire.Orders,
        tag="Orders",
        problems=QUERY_PROBLEMS,
        **READ,
    ),
    Operation(
        name="previewOrder",
        paths=("/orders/preview",),
        handle=preview_order,
        body=wire.PreviewRequest,
        answer=wire.Preview,
        tag="Orders",
        **ASK,
    ),
    Operation(
        name="getOrder",
        paths=("/orders/{order_id}",),
        handle=get_order,
        query=wire.OrderQuery,
        answer=wire.Order,
        tag="Orders",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="returnOrder",
        paths=("/orders/{order_id}/returns",),
        handle=return_order,
        body=wire.ReturnRequest,
        query=wire.OrderQuery,
        answer=wire.ReturnResult,
        tag="Orders",
        **WRITE,
    ),
)
