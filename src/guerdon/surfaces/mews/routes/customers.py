"""Customers of Mews."""

from guerdon.engine import Engine, people, reading
from guerdon.surfaces.mews.mapping import customers as mapping
from guerdon.surfaces.mews.mapping import limited, minimal, to_writer
from guerdon.surfaces.mews.routes.told import operation
from guerdon.surfaces.mews.wire import customers as wire
from guerdon.web.operations import Answer, Call

CUSTOMERS = "Customers"
MOST_FOUND = 100


async def get_customers(engine: Engine, call: Call[wire.CustomersGetAllRequest]) -> wire.CustomersResult | Answer:
    """Read customers, newest first."""
    surface, page = call.caller.surface, limited(call.body.limitation, call.request)
    chains = await reading.chains(engine, call.caller)
    chain_id = mapping.to_chain(call.caller, call.body.chain_ids, chains)
    wanted = mapping.to_filter(call.body, surface, call.request)
    found = await people.page(engine, call.caller, wanted, cursor=page.cursor, limit=page.count)
    if (not found or chain_id is None) and minimal(call.request):
        return Answer(204)
    return mapping.from_members(found if chain_id else [], chain_id or mapping.NOBODY, surface, call.body.extent)


async def add_customer(engine: Engine, call: Call[wire.CustomersAddRequest]) -> wire.Customer:
    """Add a customer; one with the email address is changed, or refused."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    person = mapping.to_person(call.body)
    made = await people.add(engine, caller, call.at, person, overwrite=call.body.overwrite_existing)
    return mapping.from_member(made, caller.chain_id or mapping.NOBODY, caller.surface)


async def update_customer(engine: Engine, call: Call[wire.CustomersUpdateRequest]) -> wire.Customer:
    """Change a customer; what is absent or null is kept."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    person = mapping.to_person(call.body)
    made = await people.update(engine, caller, call.at, call.body.customer_id, person)
    return mapping.from_member(made, caller.chain_id or mapping.NOBODY, caller.surface)


async def search_customers(engine: Engine, call: Call[wire.CustomersSearchRequest]) -> wire.CustomersSearchResult:
    """Find customers by the beginning of a name; who is in the house is not known."""
    caller, name = call.caller, (call.body.name or "").strip()
    chains = await reading.chains(engine, caller)
    is_findable = bool(name) and call.body.resource_id is None
    found = await people.named(engine, caller, name, limit=MOST_FOUND) if is_findable else []
    return mapping.from_found(found, min(chains), caller.surface)


OPERATIONS = (
    operation(
        name="customers/getAll",
        handle=get_customers,
        body=wire.CustomersGetAllRequest,
        answer=wire.CustomersResult,
        source=CUSTOMERS,
    ),
    operation(
        name="customers/add",
        handle=add_customer,
        body=wire.CustomersAddRequest,
        answer=wire.Customer,
        source=CUSTOMERS,
    ),
    operation(
        name="customers/update",
        handle=update_customer,
        body=wire.CustomersUpdateRequest,
        answer=wire.Customer,
        source=CUSTOMERS,
    ),
    operation(
        name="customers/search",
        handle=search_customers,
        body=wire.CustomersSearchRequest,
        answer=wire.CustomersSearchResult,
        source=CUSTOMERS,
    ),
)
