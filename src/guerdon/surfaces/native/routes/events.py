"""Events of the native API."""

from guerdon.engine import Engine, ordering, previewing, reading
from guerdon.surfaces.native.mapping import events as words
from guerdon.surfaces.native.mapping import orders as shown
from guerdon.surfaces.native.routes.told import WRITE
from guerdon.surfaces.native.wire import events as wire
from guerdon.surfaces.native.wire.orders import Order
from guerdon.web.operations import Answer, Call, Operation


async def report_event(engine: Engine, call: Call[wire.EventRequest]) -> Answer:
    """Tell of something that a member did; it earns by the rules for its name, once for its reference."""
    membership = await reading.membership(engine, call.caller, call.body.membership_id)
    event_id = engine.new_id()
    event = await ordering.place(engine, words.to_placing(call, membership, event_id))
    found = await previewing.order(engine, call.caller, event.id)
    return shown.placed(call, found.order, found.returns, event_id)


OPERATIONS = (
    Operation(
        name="reportEvent",
        paths=("/events",),
        handle=report_event,
        body=wire.EventRequest,
        answer=Order,
        tag="Orders",
        **{**WRITE, "keyed": False},
    ),
)
