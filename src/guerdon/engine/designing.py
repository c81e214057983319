"""Makes and changes programs and tiers with all their rules, one at a time."""

from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.catalogue import CatalogueFilter
from guerdon.core.programs import ExpiryKind, Program, Tier
from guerdon.core.refusals import CodeTaken, InUse, ProgramNotFound, TierNotFound
from guerdon.engine import ruling
from guerdon.engine.engine import Engine
from guerdon.storage import catalogue, programs, tenants
from guerdon.storage.queries import Connection


async def locked_program(engine: Engine, caller: Caller, program_id: UUID) -> Program:
    """A program that nobody else changes before the transaction ends.

    Raises:
        ProgramNotFound: the tenant has no such program, or it is deleted.
    """
    return await engine.database.retrying(lambda connection: _program(connection, caller, program_id))


async def _program(connection: Connection, caller: Caller, program_id: UUID) -> Program:
    found = (await programs.by_ids(connection, caller.tenant_id, [program_id])).get(program_id)
    if found is not None:
        known = await catalogue.lock_programs(connection, caller.tenant_id, found.chain_id, [program_id])
        found = known.get(program_id)
    if found is None or found.deleted_at is not None or not caller.may(program_id):
        raise ProgramNotFound(program_id)
    return found


async def add_program(engine: Engine, caller: Caller, at: datetime, program: Program) -> Program:
    """Adds a program.

    Raises:
        CodeTaken: another program of the chain has the code.
    """

    async def work(connection: Connection) -> Program:
        await _apart(connection, caller, program)
        await tenants.insert_program(connection, caller.tenant_id, program, is_default=False, now=at)
        return await _program(connection, caller, program.id)

    return await engine.database.retrying(work)


async def change_program(engine: Engine, caller: Caller, at: datetime, before: Program, after: Program) -> Program:
    """Writes a locked program anew. What was earned keeps the day that it lapses on.

    Raises:
        CodeTaken: as for `add_program`.
        InUse: points would begin or cease to lapse by inactivity, and there are memberships.
    """

    async def work(connection: Connection) -> Program:
        await _apart(connection, caller, after)
        by_inactivity = [each for each in (before.expiry, after.expiry) if each.kind is ExpiryKind.INACTIVITY]
        if by_inactivity and before.expiry != after.expiry and await catalogue.has_members(connection, after.id):
            raise InUse(after.id, "memberships, whose points would lapse otherwise than they were earned")
        if after != before:
            await catalogue.write_program(connection, after, at)
        return await _program(connection, caller, after.id)

    return await engine.database.retrying(work)


async def _apart(connection: Connection, caller: Caller, program: Program) -> None:
    wanted = CatalogueFilter(chain_ids=[program.chain_id], codes=[program.code])
    found = await catalogue.search_programs(connection, caller.tenant_id, wanted, before=None, limit=1)
    if found and found[0].id != program.id:
        raise CodeTaken(program.code)


async def tier(engine: Engine, caller: Caller, tier_id: UUID, *, locked: bool = False) -> Tier:
    """A tier; locked, nobody else changes it before the transaction ends.

    Raises:
        TierNotFound: the tenant has no such tier, or it is deleted.
    """
    return await engine.database.retrying(lambda connection: _tier(connection, caller, tier_id, locked=locked))


async def _tier(connection: Connection, caller: Caller, tier_id: UUID, *, locked: bool = False) -> Tier:
    found = await catalogue.tier(connection, caller.tenant_id, tier_id, locked=locked)
    if found is None or not caller.may(found.program_id):
        raise TierNotFound(tier_id)
    return found


async def add_tier(engine: Engine, caller: Caller, at: datetime, new: Tier) -> Tier:
    """Adds a step to a program's ladder.

    Raises:
        ProgramNotFound: the tenant has no such program.
        CodeTaken: another tier of the program has the code.
    """

    async def work(connection: Connection) -> Tier:
        await _program(connection, caller, new.program_id)
        await _tier_apart(connection, new)
        await tenants.insert_tier(connection, new)
        await catalogue.write_tier(connection, new, at)
        return await _tier(connection, caller, new.id)

    return await engine.database.retrying(work)


async def change_tier(engine: Engine, caller: Caller, at: datetime, after: Tier) -> Tier:
    """Writes a locked tier anew.

    Raises:
        CodeTaken: as for `add_tier`.
        InUse: it would have another code than rules name that are live or scheduled.
    """

    async def work(connection: Connection) -> Tier:
        await _tier_apart(connection, after)
        before = await _tier(connection, caller, after.id)
        if after.code != before.code:
            await ruling.let_go(connection, [before], at)
        if after != before:
            await catalogue.write_tier(connection, after, at)
        return await _tier(connection, caller, after.id)

    return await engine.database.retrying(work)


async def _tier_apart(connection: Connection, new: Tier) -> None:
    for other in await programs.tiers_of(connection, [new.program_id]):
        if other.code == new.code and other.id != new.id:
            raise CodeTaken(new.code)
