"""Audits the ledger: derives its figures again from the rows, chunk by chunk, and tells what disagrees."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from guerdon.core.audits import Finding, Progress, told
from guerdon.engine.engine import Engine
from guerdon.engine.finding import tenant
from guerdon.storage import audits
from guerdon.storage.audits import Audit, Chunk, Part
from guerdon.storage.queries import Connection

CHUNK = 1000
"""Accounts to a chunk: each is looked at in a fraction of a second, so that a live server loses nothing by it."""


class AuditOvertaken(Exception):  # noqa: N818 - an event, told to whoever asked
    """Another process has gone on with the same audit meanwhile."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to audit, and how.

    Attributes:
        slug: of one tenant; None is all of them.
        chunk: how many accounts, keys or memberships to look at in one snapshot.
        resume: go on with the audit of the same tenant, or of all, that has not come to its end.
    """

    slug: str | None = None
    chunk: int = CHUNK
    resume: bool = True


async def accounts(engine: Engine, account_ids: Sequence[UUID]) -> tuple[int, list[Finding]]:
    """Audits some accounts and their keys in one snapshot; how many of them there are, and what was found."""
    async with engine.database.snapshot() as connection:
        await audits.fix(connection)
        count, found = await audits.look_at(connection, account_ids, engine.clock())
    return count, told(found)


async def audit(engine: Engine, plan: Plan) -> AsyncIterator[Progress]:
    """Audits everything, telling after each chunk how far it is; the first report is of what an earlier run has done.

    What was found is kept with the position, in one transaction: a run that is killed loses at most one chunk, and
    the next one goes on from there.

    Raises:
        TenantUnknown: no tenant has the slug.
        AuditOvertaken: another process has gone on with the same audit meanwhile.
    """
    current, found = await _begun(engine, plan)
    yield Progress(current.checked, current.total, tuple(found))
    while current.part is not Part.DONE:
        async with engine.database.snapshot() as connection:
            # The first statement makes the snapshot: what it sees was written before the clock is read.
            await audits.fix(connection)
            chunk = await audits.look(connection, current, plan.chunk, engine.clock())
        current = await _kept(engine, current, chunk)
        yield Progress(current.checked, max(current.total, current.checked), chunk.found)


async def _begun(engine: Engine, plan: Plan) -> tuple[Audit, list[Finding]]:
    async def work(connection: Connection) -> tuple[Audit, list[Finding]]:
        tenant_id = None if plan.slug is None else await tenant(connection, plan.slug)
        going_on = await audits.unfinished(connection, tenant_id) if plan.resume else None
        if going_on is None:
            return await audits.begin(connection, engine.new_id(), tenant_id, engine.clock()), []
        return going_on, await audits.findings(connection, going_on.id)

    return await engine.database.retrying(work)


async def _kept(engine: Engine, current: Audit, chunk: Chunk) -> Audit:
    async def work(connection: Connection) -> Audit | None:
        return await audits.advance(connection, current, chunk, engine.clock())

    following = await engine.database.retrying(work)
    if following is None:
        raise AuditOvertaken
    return following
