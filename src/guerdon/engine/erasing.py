"""Erases a person: names, profile, metadata and password go, memberships end, and the books stay as they are."""

from uuid import UUID

from guerdon.core.refusals import MemberNotFound
from guerdon.engine.engine import Engine
from guerdon.storage import erasures


async def erase(engine: Engine, tenant_id: UUID, member_id: UUID) -> None:
    """Erases a person, with those that have gone up in it; once more changes nothing that matters.

    Raises:
        MemberNotFound: the tenant has no such member, or it has gone up in another, which is the one to erase.
    """
    async with engine.database.transaction() as connection:
        if not await erasures.erase(connection, tenant_id, member_id, engine.clock()):
            raise MemberNotFound(str(member_id))
