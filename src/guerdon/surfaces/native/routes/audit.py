"""The log of changes of the native API."""

from uuid import UUID

from guerdon.engine import Engine, answering
from guerdon.surfaces.native.mapping import audit as words
from guerdon.surfaces.native.mapping import pages
from guerdon.surfaces.native.routes.told import QUERY_PROBLEMS, READ, administers, asked, whole
from guerdon.surfaces.native.wire import audit as wire
from guerdon.web.operations import Call, Operation


async def list_changes(engine: Engine, call: Call[None]) -> wire.AuditLog:
    """Read who changed what, newest first."""
    query = asked(call, wire.AuditQuery)
    before = pages.after_cursor(query.cursor, "audit", UUID)
    wanted = words.to_filter(query)
    found = await answering.log(engine, call.caller, wanted, before=before, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, "audit", lambda change: change.id)
    return words.from_changes(page, cursor)


OPERATIONS = (
    Operation(
        name="listChanges",
        paths=("/audit-log",),
        handle=list_changes,
        query=wire.AuditQuery,
        answer=wire.AuditLog,
        tag="Audit log",
        problems=QUERY_PROBLEMS,
        **whole(administers(READ)),
    ),
)
