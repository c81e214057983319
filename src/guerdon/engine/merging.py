"""Makes one member of two, with all that both have, and takes them apart again."""

from collections.abc import Collection, Sequence
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import Member, Merge
from guerdon.core.refusals import MemberNotFound, MergeRefused
from guerdon.engine import reading
from guerdon.engine.engine import Engine
from guerdon.storage import members, memberships, merges
from guerdon.storage.queries import Connection


async def merge(engine: Engine, caller: Caller, *, into_id: UUID, from_id: UUID) -> tuple[Merge, Member]:
    """Makes a member go up in another, which from now on answers to the names of both.

    Its identifiers and memberships become the other's. Where both are in a program, its account goes up in the
    other's: points keep their days, holds and pending earns go on under their ids, a debt is taken over. Asked for once
    more, it is the merge that was made.

    Raises:
        MemberNotFound: the caller's tenant has no such member, or it has gone up in another.
        MergeRefused: both are the same, or somebody would go up in one who is nobody in particular.
    """
    if into_id == from_id:
        raise MergeRefused("a member cannot be merged with itself")

    async def work(connection: Connection) -> Merge:
        known = await memberships.lock_members(connection, caller.tenant_id, [into_id, from_id])
        if into_id in known and (standing := await merges.standing(connection, caller.tenant_id, into_id, from_id)):
            return standing
        return await _merged(engine, connection, caller, known, into_id, from_id)

    made = await engine.database.retrying(work)
    return made, await reading.member(engine, caller, into_id)


async def merge_all(engine: Engine, caller: Caller, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Merges as `merge` does, one after another, all or none; a pair that has been merged already is left as it is.

    Args:
        engine: the engine.
        caller: who asks.
        pairs: the member that stays, and the one that goes up in it.

    Raises:
        MemberNotFound, MergeRefused: as for `merge`.
    """
    ids = {member_id for pair in pairs for member_id in pair}
    if any(into_id == from_id for into_id, from_id in pairs):
        raise MergeRefused("a member cannot be merged with itself")

    async def work(connection: Connection) -> None:
        alive = await memberships.lock_members(connection, caller.tenant_id, list(ids))
        gone = await members.survivors(connection, caller.tenant_id, list(ids - alive))
        for into_id, from_id in pairs:
            if from_id in gone and gone[from_id] == gone.get(into_id, into_id):
                continue  # both are the same one by now
            await _merged(engine, connection, caller, alive, into_id, from_id)
            alive.discard(from_id)
            gone = {each: into_id if to == from_id else to for each, to in gone.items()} | {from_id: into_id}

    await engine.database.retrying(work)


async def _merged(
    engine: Engine, connection: Connection, caller: Caller, alive: Collection[UUID], into_id: UUID, from_id: UUID
) -> Merge:
    """Two that are locked, where both still stand for themselves."""
    for member_id in (into_id, from_id):
        if member_id not in alive:
            raise MemberNotFound(str(member_id))
    made = Merge(engine.new_id(), into_id, from_id)
    await merges.merge(connection, caller, made, engine.clock())
    return made


async def unmerge(engine: Engine, caller: Caller, merge_id: UUID) -> Member:
    """Takes a merge back: the member that had gone up in another is one of its own again.

    Back go the names and memberships that came along, what is left of the points that came along with their days, the
    holds and pending earns that came along and are open, and a debt. Points spent since stay spent.

    Raises:
        MergeNotFound: the caller's tenant has made no such merge.
        MergeRefused: undone already, or its survivor has gone up in another member since.
    """

    async def work(connection: Connection) -> UUID:
        made = await merges.undoable(connection, caller.tenant_id, merge_id)
        await merges.unmerge(connection, caller, made, engine.clock())
        return made.absorbed_id

    return await reading.member(engine, caller, await engine.database.retrying(work))
