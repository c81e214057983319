"""Finds the member that an identifier names, and the points account that stands for the member."""

from collections.abc import Sequence
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.members import Identifier
from guerdon.core.refusals import MemberNotFound
from guerdon.engine import naming
from guerdon.engine.engine import Engine
from guerdon.engine.naming import Found
from guerdon.storage import tenants
from guerdon.storage.members import Question
from guerdon.storage.queries import Connection


class TenantUnknown(Exception):  # noqa: N818 - it says what is so
    """No tenant has this slug."""


async def member(engine: Engine, caller: Caller, names: Sequence[Identifier]) -> UUID:
    """The member that answers to the first of these names that anybody has.

    Raises:
        MemberNotFound: nobody in the caller's tenant does.
    """
    found = await engine.finds.ask(Question(caller.tenant_id, naming.askable(names)))
    if found is None:
        raise MemberNotFound(names[0].value)
    return found.member_id


async def account(engine: Engine, caller: Caller, names: Sequence[Identifier]) -> Found:
    """The member as above, with the account that stands for it.

    Raises:
        MemberNotFound: nobody in the caller's tenant answers to any of the names.
        NotEnrolled: the member has no membership.
    """
    return naming.enrolled(await engine.finds.ask(Question(caller.tenant_id, naming.askable(names))), names)


async def tenant(connection: Connection, slug: str) -> UUID:
    """The id of a tenant.

    Raises:
        TenantUnknown: nobody has the slug.
    """
    found = await tenants.by_slug(connection, slug)
    if found is None:
        raise TenantUnknown(slug)
    return found


async def tenant_named(engine: Engine, slug: str) -> UUID:
    """Likewise, on a connection of its own."""
    async with engine.database.connection() as connection:
        return await tenant(connection, slug)
