"""Mews' operations: parse, map, ask, map."""

from guerdon.engine import Engine, joining, reading
from guerdon.surfaces.mews import mapping, wire
from guerdon.web.operations import Answer, Call, Operation

PATH = "/api/connector/v1/"
SOURCE = "Mews Connector API: Loyalty memberships"
Result = wire.LoyaltyMembershipResult


async def get_all(engine: Engine, call: Call[wire.GetAllRequest]) -> Result | Answer:
    """Read memberships, newest first."""
    wanted = mapping.to_filter(call.body, await reading.chains(engine, call.caller))
    limitation = call.body.limitation
    found = await reading.memberships_page(
        engine, call.caller, wanted, cursor=limitation.cursor, limit=limitation.count
    )
    return mapping.from_memberships(found) if found or not mapping.minimal(call.request) else Answer(204)


async def add(engine: Engine, call: Call[wire.AddRequest]) -> Result:
    """Add memberships, all or none."""
    caller = mapping.to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    items = [mapping.to_joining(item) for item in call.body.loyalty_memberships]
    return mapping.from_memberships(await joining.add(engine, caller, call.at, items))


async def update(engine: Engine, call: Call[wire.UpdateRequest]) -> Result:
    """Change memberships, all or none."""
    caller = mapping.to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    changes = [mapping.to_change(item) for item in call.body.loyalty_membership_updates]
    return mapping.from_memberships(await joining.update(engine, caller, call.at, changes))


async def delete(engine: Engine, call: Call[wire.DeleteRequest]) -> wire.Empty | Answer:
    """Delete memberships, all or none; they stay readable as deleted ones."""
    caller = mapping.to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    await joining.delete(engine, caller, call.at, call.body.loyalty_membership_ids)
    return Answer(204) if mapping.minimal(call.request) else wire.Empty()


OPERATIONS = (
    Operation(
        name="loyaltyMemberships/getAll",
        method="POST",
        paths=(PATH + "loyaltyMemberships/getAll",),
        handle=get_all,
        body=wire.GetAllRequest,
        answer=Result,
        source=SOURCE,
    ),
    Operation(
        name="loyaltyMemberships/add",
        method="POST",
        paths=(PATH + "loyaltyMemberships/add",),
        handle=add,
        body=wire.AddRequest,
        answer=Result,
        source=SOURCE,
    ),
    Operation(
        name="loyaltyMemberships/update",
        method="POST",
        paths=(PATH + "loyaltyMemberships/update",),
        handle=update,
        body=wire.UpdateRequest,
        answer=Result,
        source=SOURCE,
    ),
    Operation(
        name="loyaltyMemberships/delete",
        method="POST",
        paths=(PATH + "loyaltyMemberships/delete",),
        handle=delete,
        body=wire.DeleteRequest,
        answer=wire.Empty,
        source=SOURCE,
    ),
)
