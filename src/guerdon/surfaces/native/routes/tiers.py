"""Tiers of the native API."""

from typing import Any
from uuid import UUID

from guerdon.core.refusals import MembershipNotFound, ProgramNotFound, TierNotFound
from guerdon.engine import Engine, cataloguing, designing, joining, placing, reading, watching
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, moments, pages
from guerdon.surfaces.native.mapping import tiers as words
from guerdon.surfaces.native.routes import memberships
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    CHANGE_PROBLEMS,
    CREATE,
    DELETE,
    PAGE_PROBLEMS,
    READ,
    READ_ONE,
    READ_PROBLEMS,
    WRITE,
    administers,
    asked,
    written,
)
from guerdon.surfaces.native.wire import tiers as wire
from guerdon.web.operations import Answer, Call, Operation


async def list_tiers(engine: Engine, call: Call[None]) -> wire.Tiers:
    """Read a program's ladder, the lowest step first."""
    program = await reading.program(engine, call.caller, mapping.id_of(call, "program_id", ProgramNotFound))
    return wire.Tiers([words.from_tier(tier) for tier in await reading.tiers(engine, program.id)])


async def get_tier(engine: Engine, call: Call[None]) -> Answer:
    """Read a tier."""
    tier = await designing.tier(engine, call.caller, mapping.id_of(call, "tier_id", TierNotFound))
    return mapping.tagged(call, words.from_tier(tier))


@written
async def create_tier(engine: Engine, call: Call[wire.NewTier]) -> Done:
    """Add a step to a program's ladder."""
    program_id = mapping.id_of(call, "program_id", ProgramNotFound)
    tier = words.to_tier(call.body, program_id, engine.new_id())
    made = await designing.add_tier(engine, call.caller, call.at, tier)
    return Done("tier", made.id, words.from_tier(made))


@written
async def update_tier(engine: Engine, call: Call[wire.TierChange]) -> Done:
    """Change a tier."""
    tier_id = mapping.id_of(call, "tier_id", TierNotFound)
    before = await designing.tier(engine, call.caller, tier_id, locked=True)
    mapping.expected(call, words.from_tier(before))
    made = await designing.change_tier(engine, call.caller, call.at, words.to_changed(call.body, before))
    return Done("tier", made.id, words.from_tier(made), words.from_tier(before))


@written
async def delete_tier(engine: Engine, call: Call[None]) -> Done:
    """Delete a tier that nobody was given by hand."""
    tier_id = mapping.id_of(call, "tier_id", TierNotFound)
    before = await designing.tier(engine, call.caller, tier_id, locked=True)
    mapping.expected(call, words.from_tier(before))
    caller = await reading.in_chain_of(engine, call.caller, before.program_id)
    await cataloguing.delete_tiers(engine, caller, call.at, [tier_id])
    return Done("tier", tier_id, None, words.from_tier(before))


async def get_standing(engine: Engine, call: Call[None]) -> wire.Standing:
    """Read where a member stands on the ladder, how it came there, and what is missing to come up or to stay."""
    return await _standing(engine, call, mapping.id_of(call, "membership_id", MembershipNotFound))


async def list_tier_moves(engine: Engine, call: Call[None]) -> wire.TierMoves:
    """List the moves of a member on the ladder that were noticed, newest first."""
    query = asked(call, wire.TierMovesQuery)
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    before = pages.after_cursor(query.cursor, "tier_moves", UUID)
    found = await watching.moves(engine, call.caller, membership_id, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "tier_moves", lambda each: each.id)
    return wire.TierMoves([words.from_move(each) for each in page], cursor)


@written
async def grant_tier(engine: Engine, call: Call[wire.Grant]) -> Done:
    """Give a member a tier by hand, which it does not lose before a moment; or take it back."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    until = moments.planned("until", call.body.until)
    await joining.locked(engine, call.caller, membership_id)
    mapping.expected(call, await memberships.shown(engine, call, membership_id))
    before = await _standing(engine, call, membership_id)
    await placing.grant(engine, call.caller, call.at, membership_id, call.body.tier_id, until)
    return Done("membership", membership_id, await _standing(engine, call, membership_id), before)


async def _standing(engine: Engine, call: Call[Any], membership_id: UUID) -> wire.Standing:
    membership = await reading.membership(engine, call.caller, membership_id)
    return words.from_place(await placing.standing(engine, membership, call.at))


OPERATIONS = (
    Operation(
        name="getStanding",
        paths=("/memberships/{membership_id}/tier",),
        handle=get_standing,
        answer=wire.Standing,
        tag="Tiers",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="listTierMoves",
        paths=("/memberships/{membership_id}/tier-moves",),
        handle=list_tier_moves,
        query=wire.TierMovesQuery,
        answer=wire.TierMoves,
        tag="Tiers",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
    Operation(
        name="grantTier",
        paths=("/memberships/{membership_id}/tier",),
        handle=grant_tier,
        body=wire.Grant,
        answer=wire.Standing,
        tag="Tiers",
        conditional=True,
        **WRITE | {"problems": CHANGE_PROBLEMS},
    ),
    Operation(
        name="listTiers",
        paths=("/programs/{program_id}/tiers",),
        handle=list_tiers,
        answer=wire.Tiers,
        tag="Tiers",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="createTier",
        paths=("/programs/{program_id}/tiers",),
        handle=create_tier,
        body=wire.NewTier,
        answer=wire.Tier,
        tag="Tiers",
        **administers(CREATE),
    ),
    Operation(
        name="getTier",
        paths=("/tiers/{tier_id}",),
        handle=get_tier,
        answer=wire.Tier,
        tag="Tiers",
        **READ_ONE,
    ),
    Operation(
        name="updateTier",
        paths=("/tiers/{tier_id}",),
        handle=update_tier,
        body=wire.TierChange,
        answer=wire.Tier,
        tag="Tiers",
        **administers(CHANGE),
    ),
    Operation(
        name="deleteTier",
        paths=("/tiers/{tier_id}",),
        handle=delete_tier,
        tag="Tiers",
        **administers(DELETE),
    ),
)
