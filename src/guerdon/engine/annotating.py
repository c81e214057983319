"""Keeps metadata of members: texts under keys, in the words of whoever writes them."""

from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.refusals import MemberNotFound, MetadataNotFound, MetadataTaken, ProfileInvalid
from guerdon.engine.engine import Engine
from guerdon.storage import memberships, metadata
from guerdon.storage.queries import Connection

MOST_PAIRS = 500
"""Of a member."""


async def pairs(engine: Engine, member_id: UUID) -> dict[str, str]:
    """A member's metadata, in the order in which it was added; the member is one that the caller may see."""
    async with engine.database.connection() as connection:
        return await metadata.of_member(connection, member_id)


async def add(engine: Engine, caller: Caller, member_id: UUID, key: str, value: str) -> None:
    """Adds a pair.

    Raises:
        MemberNotFound: the caller's tenant has no such member.
        MetadataTaken: the member has the key.
        ProfileInvalid: the member has as many as one may have.
    """

    async def work(connection: Connection) -> None:
        known = await _locked(connection, caller, member_id)
        if key in known:
            raise MetadataTaken(key)
        if len(known) >= MOST_PAIRS:
            raise ProfileInvalid("metadata", f"a member has at most {MOST_PAIRS}")
        await metadata.add(connection, member_id, key, value, engine.clock())

    await engine.database.retrying(work)


async def change(engine: Engine, caller: Caller, member_id: UUID, key: str, value: str) -> None:
    """Writes another value under a key that is there.

    Raises:
        MemberNotFound: the caller's tenant has no such member.
        MetadataNotFound: the member does not have the key.
    """

    async def work(connection: Connection) -> None:
        if key not in await _locked(connection, caller, member_id):
            raise MetadataNotFound(key)
        await metadata.change(connection, member_id, key, value, engine.clock())

    await engine.database.retrying(work)


async def remove(engine: Engine, caller: Caller, member_id: UUID, key: str) -> None:
    """Removes a pair.

    Raises:
        MemberNotFound: the caller's tenant has no such member.
        MetadataNotFound: the member does not have the key.
    """

    async def work(connection: Connection) -> None:
        if key not in await _locked(connection, caller, member_id):
            raise MetadataNotFound(key)
        await metadata.remove(connection, member_id, key)

    await engine.database.retrying(work)


async def clear(engine: Engine, caller: Caller, member_id: UUID) -> None:
    """Removes all pairs of a member, none of them too.

    Raises:
        MemberNotFound: the caller's tenant has no such member.
    """

    async def work(connection: Connection) -> None:
        await _locked(connection, caller, member_id)
        await metadata.remove(connection, member_id)

    await engine.database.retrying(work)


async def _locked(connection: Connection, caller: Caller, member_id: UUID) -> dict[str, str]:
    """The pairs of a member that nobody else changes meanwhile."""
    if not await memberships.lock_members(connection, caller.tenant_id, [member_id]):
        raise MemberNotFound(str(member_id))
    return await metadata.of_member(connection, member_id)
