"""Events of the native API."""

from uuid import UUID

from guerdon.core.refusals import OrderNotFound
from guerdon.engine import Engine, ordering, previewing, reading
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import events as words
from guerdon.surfaces.native.mapping import orders as told
from guerdon.surfaces.native.routes.orders import previewed, referrer, shown
from guerdon.surfaces.native.routes.told import ASK, PAGE_PROBLEMS, QUERY_PROBLEMS, READ, WRITE, asked, written
from guerdon.surfaces.native.wire import events as wire
from guerdon.surfaces.native.wire.orders import Order, OrderQuery, Orders, Preview
from guerdon.web.operations import Call, Operation


@written
async def report_event(engine: Engine, call: Call[wire.EventRequest]) -> Done:
    """Tell of something that a member did; it earns by the rules for its name, once for its reference."""
    membership = await reading.membership(engine, call.caller, call.body.membership_id)
    event_id = engine.new_id()
    referred_by = await referrer(engine, call, membership)
    event = await ordering.place(engine, words.to_placing(call, membership, referred_by, event_id))
    found = await previewing.order(engine, call.caller, event.id, is_order=False)
    return told.placed(found, await shown(engine, call, found), event_id)


@written
async def cancel_event(engine: Engine, call: Call[None]) -> Done:
    """Take an event back: what it earned goes, and what it used up of caps, challenges and budgets is free again."""
    event_id = mapping.id_of(call, "event_id", OrderNotFound)
    await ordering.cancel_event(engine, call.caller, event_id, call.at)
    found = await previewing.order(engine, call.caller, event_id, is_order=False)
    return Done("", event_id, await shown(engine, call, found), about=found.member_id)


async def preview_event(engine: Engine, call: Call[wire.EventPreviewRequest]) -> Preview:
    """Ask what an event would earn and why; nothing is written."""
    return await previewed(engine, call, words.to_occasion(told.previewed_at(call), call.body))


async def list_events(engine: Engine, call: Call[None]) -> Orders:
    """List events, the last that were told of first."""
    query = asked(call, wire.EventsQuery)
    before = pages.after_cursor(query.cursor, "events", UUID)
    wanted = told.to_filter(query, event=query.name, is_order=False)
    found = await previewing.page(engine, call.caller, wanted, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "events", lambda each: each.order.id)
    return Orders([told.from_order(each) for each in page], cursor)


async def get_event(engine: Engine, call: Call[None]) -> Order:
    """Read an event: what it earned, and why."""
    event_id = mapping.id_of(call, "event_id", OrderNotFound)
    return await shown(engine, call, await previewing.order(engine, call.caller, event_id, is_order=False))


OPERATIONS = (
    Operation(
        name="reportEvent",
        paths=("/events",),
        handle=report_event,
        body=wire.EventRequest,
        query=OrderQuery,
        answer=Order,
        tag="Events",
        **WRITE,
    ),
    Operation(
        name="listEvents",
        paths=("/events",),
        handle=list_events,
        query=wire.EventsQuery,
        answer=Orders,
        tag="Events",
        problems=QUERY_PROBLEMS,
        **READ,
    ),
    Operation(
        name="previewEvent",
        paths=("/events/preview",),
        handle=preview_event,
        body=wire.EventPreviewRequest,
        answer=Preview,
        tag="Events",
        **ASK,
    ),
    Operation(
        name="getEvent",
        paths=("/events/{event_id}",),
        handle=get_event,
        query=OrderQuery,
        answer=Order,
        tag="Events",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="cancelEvent",
        paths=("/events/{event_id}/cancel",),
        handle=cancel_event,
        query=OrderQuery,
        answer=Order,
        tag="Events",
        **WRITE,
    ),
)
