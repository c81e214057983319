"""What Deliverect tells a loyalty partner of orders: placed, and cancelled."""

from guerdon.core.memberships import Membership
from guerdon.engine import Engine, ordering, reading
from guerdon.surfaces.deliverect.mapping import orders as words
from guerdon.surfaces.deliverect.routes import customers
from guerdon.surfaces.deliverect.wire import orders as wire
from guerdon.web.operations import Call, Operation


async def take_order(engine: Engine, call: Call[wire.OrderNotice]) -> wire.Done:
    """Spend what an order uses and earn what it earns, once; one that says so is cancelled."""
    link = await reading.channel_profile(engine, call.caller, call.body.loyalty_profile_id)
    if call.body.is_cancelled:
        await ordering.cancel(engine, call.caller, call.body.order_id, call.at)
        return wire.Done()

    async def placed(membership: Membership) -> None:
        await ordering.place(engine, words.to_placing(call, membership))

    await customers.for_membership(engine, call, link, words.to_names(call.body), placed)
    return wire.Done()


async def cancel_order(engine: Engine, call: Call[wire.CancelNotice]) -> wire.Done:
    """Take an order back, with what it earned and spent; one that is not there yet will not count."""
    await reading.channel_profile(engine, call.caller, call.body.loyalty_profile_id)
    if call.body.is_cancelled is not False:
        await ordering.cancel(engine, call.caller, call.body.order_id, call.at)
    return wire.Done()


OPERATIONS = (
    Operation(
        name="Loyalty Order Notification",
        method="POST",
        paths=("/partner/{partner}/order",),
        handle=take_order,
        body=wire.OrderNotice,
        answer=wire.Done,
        source="Deliverect Loyalty API for partners: Loyalty Order Notification",
    ),
    Operation(
        name="Cancel Loyalty Order",
        method="POST",
        paths=("/partner/{partner}/cancelOrder",),
        handle=cancel_order,
        body=wire.CancelNotice,
        answer=wire.Done,
        source="Deliverect Loyalty API for partners: Cancel Loyalty Order",
    ),
)
