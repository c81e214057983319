"""Loyalty programs and tiers of Mews."""

from guerdon.engine import Engine, cataloguing, reading
from guerdon.surfaces.mews.mapping import limited, minimal, to_bound, to_writer
from guerdon.surfaces.mews.mapping import programs as mapping
from guerdon.surfaces.mews.routes.told import operation
from guerdon.surfaces.mews.wire import Empty
from guerdon.surfaces.mews.wire import programs as wire
from guerdon.web.operations import Answer, Call

PROGRAMS, TIERS = "Loyalty programs", "Loyalty tiers"


async def get_programs(engine: Engine, call: Call[wire.ProgramsGetAllRequest]) -> wire.LoyaltyProgramPage | Answer:
    """Read programs, newest first."""
    wanted = mapping.to_programs_filter(call.body, await reading.chains(engine, call.caller), call.request)
    page = limited(call.body.limitation, call.request)
    found = await cataloguing.programs_page(engine, call.caller, wanted, cursor=page.cursor, limit=page.count)
    if not found and minimal(call.request):
        return Answer(204)
    return mapping.from_programs_page(call.caller.surface, found)


async def add_programs(engine: Engine, call: Call[wire.ProgramsAddRequest]) -> wire.LoyaltyProgramResult:
    """Add programs, all or none."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    new = [mapping.to_program(engine.new_id(), item) for item in call.body.loyalty_programs]
    return mapping.from_programs(caller.surface, await cataloguing.add_programs(engine, caller, call.at, new))


async def update_programs(engine: Engine, call: Call[wire.ProgramsUpdateRequest]) -> wire.LoyaltyProgramResult:
    """Change programs, all or none."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    changes = [mapping.to_program_change(item) for item in call.body.loyalty_program_updates]
    return mapping.from_programs(caller.surface, await cataloguing.update_programs(engine, caller, call.at, changes))


async def delete_programs(engine: Engine, call: Call[wire.ProgramsDeleteRequest]) -> Empty | Answer:
    """Delete programs with their tiers, all or none, unless one is in use."""
    await cataloguing.delete_programs(engine, to_bound(call.caller), call.at, call.body.loyalty_program_ids)
    return Answer(204) if minimal(call.request) else Empty()


async def get_tiers(engine: Engine, call: Call[wire.TiersGetAllRequest]) -> wire.LoyaltyTierPage | Answer:
    """Read tiers of programs, newest first."""
    wanted = mapping.to_tiers_filter(call.body, await reading.chains(engine, call.caller), call.request)
    page = limited(call.body.limitation, call.request)
    found = await cataloguing.tiers_page(engine, call.caller, wanted, cursor=page.cursor, limit=page.count)
    return mapping.from_tiers_page(found) if found or not minimal(call.request) else Answer(204)


async def add_tiers(engine: Engine, call: Call[wire.TiersAddRequest]) -> wire.LoyaltyTierResult:
    """Add tiers, all or none."""
    caller = to_writer(call.caller, call.body.chain_id, await reading.chains(engine, call.caller))
    new = [mapping.to_tier(engine.new_id(), item) for item in call.body.loyalty_tiers]
    return mapping.from_tiers(await cataloguing.add_tiers(engine, caller, call.at, new))


async def update_tiers(engine: Engine, call: Call[wire.TiersUpdateRequest]) -> wire.LoyaltyTierResult:
    """Change tiers, all or none."""
    changes = [mapping.to_tier_change(item) for item in call.body.loyalty_tier_updates]
    return mapping.from_tiers(await cataloguing.update_tiers(engine, to_bound(call.caller), call.at, changes))


async def delete_tiers(engine: Engine, call: Call[wire.TiersDeleteRequest]) -> Empty | Answer:
    """Delete tiers, all or none, unless a membership stands on one."""
    await cataloguing.delete_tiers(engine, to_bound(call.caller), call.at, call.body.loyalty_tier_ids)
    return Answer(204) if minimal(call.request) else Empty()


OPERATIONS = (
    operation(
        name="loyaltyPrograms/getAll",
        handle=get_programs,
        body=wire.ProgramsGetAllRequest,
        answer=wire.LoyaltyProgramPage,
        source=PROGRAMS,
    ),
    operation(
        name="loyaltyPrograms/add",
        handle=add_programs,
        body=wire.ProgramsAddRequest,
        answer=wire.LoyaltyProgramResult,
        source=PROGRAMS,
    ),
    operation(
        name="loyaltyPrograms/update",
        handle=update_programs,
        body=wire.ProgramsUpdateRequest,
        answer=wire.LoyaltyProgramResult,
        source=PROGRAMS,
    ),
    operation(
        name="loyaltyPrograms/delete",
        handle=delete_programs,
        body=wire.ProgramsDeleteRequest,
        answer=Empty,
        source=PROGRAMS,
    ),
    operation(
        name="loyaltyTiers/getAll",
        handle=get_tiers,
        body=wire.TiersGetAllRequest,
        answer=wire.LoyaltyTierPage,
        source=TIERS,
    ),
    operation(
        name="loyaltyTiers/add",
        handle=add_tiers,
        body=wire.TiersAddRequest,
        answer=wire.LoyaltyTierResult,
        source=TIERS,
    ),
    operation(
        name="loyaltyTiers/update",
        handle=update_tiers,
        body=wire.TiersUpdateRequest,
        answer=wire.LoyaltyTierResult,
        source=TIERS,
    ),
    operation(
        name="loyaltyTiers/delete",
        handle=delete_tiers,
        body=wire.TiersDeleteRequest,
        answer=Empty,
        source=TIERS,
    ),
)
