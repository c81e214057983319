"""Loyalty memberships of Mews."""

from guerdon.engine import Engine, joining, placing, reading
from guerdon.surfaces.mews.mapping import limited, minimal, to_writer
from guerdon.surfaces.mews.mapping import memberships as mapping
from guerdon.surfaces.mews.routes.told import operation
from guerdon.surfaces.mews.wire import Empty
from guerdon.surfaces.mews.wire import memberships as wire
from guerdon.web.operations import Answer, Call

SOURCE = "Loyalty memberships"
Result = wire.LoyaltyMembershipResult


async def get_all(engine: Engine, call: Call[wire.GetAllRequest]) -> Result | Answer:
    """Read memberships, newest first."""
    wanted = mapping.to_filter(call.body, await reading.chains(engine, call.caller), call.request)
    page = limited(call.body.limitation, call.request)
    found = await reading.memberships_page(engine, call.caller, wanted, cursor=page.cursor, limit=page.count)
    if not found and minimal(call.request):
        return Answer(204)
    return mapping.from_memberships(found, await placing.all_seen(engine, found, call.at))


async def add(engine: Engine, call: Call[wire.AddRequest]) -> Result:
    """Add memberships, all or none."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    items = [mapping.to_joining(item) for item in call.body.loyalty_memberships]
    added = await joining.add(engine, caller, call.at, items, with_anonymous=False)
    return mapping.from_memberships(added, await placing.all_seen(engine, added, call.at))


async def update(engine: Engine, call: Call[wire.UpdateRequest]) -> Result:
    """Change memberships, all or none."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    changes = [mapping.to_change(item) for item in call.body.loyalty_membership_updates]
    changed = await joining.update(engine, caller, call.at, changes)
    return mapping.from_memberships(changed, await placing.all_seen(engine, changed, call.at))


async def delete(engine: Engine, call: Call[wire.DeleteRequest]) -> Empty | Answer:
    """Delete memberships, all or none; they stay readable as deleted ones."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    await joining.delete(engine, caller, call.at, call.body.loyalty_membership_ids)
    return Answer(204) if minimal(call.request) else Empty()


OPERATIONS = (
    operation(
        name="loyaltyMemberships/getAll",
        handle=get_all,
        body=wire.GetAllRequest,
        answer=Result,
        source=SOURCE,
    ),
    operation(
        name="loyaltyMemberships/add",
        handle=add,
        body=wire.AddRequest,
        answer=Result,
        source=SOURCE,
    ),
    operation(
        name="loyaltyMemberships/update",
        handle=update,
        body=wire.UpdateRequest,
        answer=Result,
        source=SOURCE,
    ),
    operation(
        name="loyaltyMemberships/delete",
        handle=delete,
        body=wire.DeleteRequest,
        answer=Empty,
        source=SOURCE,
    ),
)
