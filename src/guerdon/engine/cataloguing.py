"""Makes, changes, deletes and finds programs and tiers: all of a call or nothing of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.catalogue import CatalogueFilter, NewProgram, NewTier, ProgramChange, TierChange
from guerdon.core.programs import Chain, Program, Tier
from guerdon.core.refusals import CodeTaken, CursorNotFound, InUse, ProgramNotFound, TierNotFound
from guerdon.engine import ruling
from guerdon.engine.engine import Engine
from guerdon.engine.joining import chain_of
from guerdon.storage import catalogue, programs, tenants
from guerdon.storage.queries import Connection

MOST = 1_000_000
"""Of what is looked up by its ids: no bound."""


async def chains(engine: Engine, caller: Caller, ids: Iterable[UUID]) -> list[Chain]:
    """The tenant's chains with these ids."""
    async with engine.database.connection() as connection:
        return await tenants.chains(connection, caller.tenant_id, list(ids))


async def add_programs(engine: Engine, caller: Caller, at: datetime, new: Sequence[NewProgram]) -> list[Program]:
    """Adds programs to the caller's chain, without rules; returns them in the order asked.

    Raises:
        CodeTaken: another program of the chain, or of the call, has the code.
    """
    chain_id = chain_of(caller)

    async def work(connection: Connection) -> list[Program]:
        codes = [program.code for program in new]
        wanted = CatalogueFilter(chain_ids=[chain_id], codes=codes)
        present = await catalogue.search_programs(connection, caller.tenant_id, wanted, before=None, limit=MOST)
        _all_apart((chain_id, code) for code in (*(program.code for program in present), *codes))
        await catalogue.insert_programs(connection, caller.tenant_id, chain_id, caller.surface, new, at)
        made = await programs.by_ids(connection, caller.tenant_id, [program.id for program in new])
        return [made[program.id] for program in new]

    return await engine.database.retrying(work)


async def update_programs(
    engine: Engine, caller: Caller, at: datetime, changes: Sequence[ProgramChange]
) -> list[Program]:
    """Changes programs, one after another; returns them in the order asked.

    Raises:
        ProgramNotFound: unknown in the caller's chain, or deleted.
    """

    async def work(connection: Connection) -> list[Program]:
        ids = [change.id for change in changes]
        known = await catalogue.lock_programs(connection, caller.tenant_id, chain_of(caller), ids)
        for program_id in ids:
            if program_id not in known or known[program_id].deleted_at is not None:
                raise ProgramNotFound(program_id)
        folded: dict[UUID, ProgramChange] = {}
        for change in changes:
            before = folded.get(change.id, change)
            details = {**before.details, **change.details}
            name = before.name if change.name is None else change.name
            folded[change.id] = ProgramChange(id=change.id, name=name, details=details)
        await catalogue.update_programs(connection, caller.surface, list(folded.values()), at)
        made = await programs.by_ids(connection, caller.tenant_id, ids)
        return [made[program_id] for program_id in ids]

    return await engine.database.retrying(work)


async def delete_programs(engine: Engine, caller: Caller, at: datetime, ids: Sequence[UUID]) -> None:
    """Marks programs as deleted, and their tiers; those that are already are accepted and stay as they were.

    Raises:
        ProgramNotFound: one of them was never in the caller's chain.
        InUse: one has active memberships, a channel link, or is the one that members join where nothing names one.
    """

    async def work(connection: Connection) -> None:
        known = await catalogue.lock_programs(connection, caller.tenant_id, chain_of(caller), ids)
        for program_id in ids:
            if program_id not in known:
                raise ProgramNotFound(program_id)
        for program_id in await catalogue.programs_in_use(connection, ids):
            raise InUse(program_id, "members, a channel, or whoever joins without naming a program")
        await catalogue.delete_programs(connection, ids, at)

    await engine.database.retrying(work)


async def programs_page(
    engine: Engine, caller: Caller, wanted: CatalogueFilter, *, cursor: UUID | None, limit: int
) -> list[Program]:
    """Programs of the chains that are wanted, newest first, from the one after the cursor.

    Raises:
        CursorNotFound: no chain that the caller may see ever had that program.
    """
    async with engine.database.connection() as connection:
        if cursor and not await catalogue.has_program(connection, caller.tenant_id, caller.chain_id, cursor):
            raise CursorNotFound(str(cursor))
        if caller.program_ids is not None:
            wanted = replace(wanted, ids=sorted(caller.program_ids))
        return await catalogue.search_programs(connection, caller.tenant_id, wanted, before=cursor, limit=limit)


async def add_tiers(engine: Engine, caller: Caller, at: datetime, new: Sequence[NewTier]) -> list[Tier]:
    """Adds tiers that are given by hand; returns them in the order asked.

    Raises:
        ProgramNotFound: an item names a program that the caller's chain does not have.
        CodeTaken: another tier of the program, or of the call, has the code.
    """

    async def work(connection: Connection) -> list[Tier]:
        program_ids = list({tier.program_id for tier in new})
        chain_id = chain_of(caller)
        known = await programs.share(connection, caller.tenant_id, program_ids)
        for tier in new:
            if known.get(tier.program_id) != chain_id:
                raise ProgramNotFound(tier.program_id)
        present = await programs.tiers_of(connection, program_ids)
        _all_apart([*((t.program_id, t.code) for t in present), *((t.program_id, t.code) for t in new)])
        await catalogue.insert_tiers(connection, new, at)
        return await _tiers(connection, caller, [tier.id for tier in new])

    return await engine.database.retrying(work)


async def update_tiers(engine: Engine, caller: Caller, at: datetime, changes: Sequence[TierChange]) -> list[Tier]:
    """Changes tiers, one after another; returns them in the order asked.

    Raises:
        TierNotFound: unknown in the caller's chain, or deleted.
        CodeTaken: another tier of the program has the code.
        InUse: rules that are live or scheduled name one by a code that no tier would have any more.
    """

    async def work(connection: Connection) -> list[Tier]:
        ids = [change.id for change in changes]
        known = await catalogue.lock_tiers(connection, caller.tenant_id, chain_of(caller), ids)
        for tier_id in ids:
            if tier_id not in known or known[tier_id].deleted_at is not None:
                raise TierNotFound(tier_id)
        folded: dict[UUID, TierChange] = {}
        for change in changes:
            folded[change.id] = _later(folded.get(change.id, change), change)
        present = await programs.tiers_of(connection, list({tier.program_id for tier in known.values()}))
        coded = [(t.program_id, (folded[t.id].code if t.id in folded else None) or t.code) for t in present]
        _all_apart(coded)
        await ruling.let_go(connection, [t for t in present if (t.program_id, t.code) not in coded], at)
        await catalogue.update_tiers(connection, list(folded.values()), at)
        return await _tiers(connection, caller, ids)

    return await engine.database.retrying(work)


async def delete_tiers(engine: Engine, caller: Caller, at: datetime, ids: Sequence[UUID]) -> None:
    """Marks tiers as deleted; those that are already are accepted and stay as they were.

    Raises:
        TierNotFound: one of them was never in the caller's chain.
        InUse: an active membership stands on one, or a reward or rules that are live or scheduled are for it.
    """

    async def work(connection: Connection) -> None:
        known = await catalogue.lock_tiers(connection, caller.tenant_id, chain_of(caller), ids)
        for tier_id in ids:
            if tier_id not in known:
                raise TierNotFound(tier_id)
        for tier_id in await catalogue.tiers_in_use(connection, ids):
            raise InUse(tier_id, "memberships or rewards")
        await ruling.let_go(connection, [each for each in known.values() if each.deleted_at is None], at)
        await catalogue.delete_tiers(connection, ids, at)

    await engine.database.retrying(work)


async def tiers_page(
    engine: Engine, caller: Caller, wanted: CatalogueFilter, *, cursor: UUID | None, limit: int
) -> list[Tier]:
    """Tiers of the chains that are wanted, newest first, from the one after the cursor.

    Raises:
        CursorNotFound: no chain that the caller may see ever had that tier.
    """
    async with engine.database.connection() as connection:
        if cursor and not await catalogue.has_tier(connection, caller.tenant_id, caller.chain_id, cursor):
            raise CursorNotFound(str(cursor))
        return await catalogue.search_tiers(connection, caller.tenant_id, wanted, before=cursor, limit=limit)


async def _tiers(connection: Connection, caller: Caller, ids: Sequence[UUID]) -> list[Tier]:
    known = await catalogue.lock_tiers(connection, caller.tenant_id, chain_of(caller), ids)
    return [known[tier_id] for tier_id in ids]


def _later(before: TierChange, change: TierChange) -> TierChange:
    return TierChange(
        id=change.id,
        code=before.code if change.code is None else change.code,
        name=before.name if change.name is None else change.name,
        ordering=before.ordering if change.ordering is None else change.ordering,
    )


def _all_apart(codes: Iterable[tuple[UUID, str]]) -> None:
    for (_, code), count in Counter(codes).items():
        if count > 1:
            raise CodeTaken(code)
