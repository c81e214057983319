"""Changes to how things are set up as rows: only ever added to."""

from dataclasses import asdict
from uuid import UUID

from guerdon.core.callers import ACTORS
from guerdon.core.changes import Change, ChangeFilter
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("changes")


async def insert(connection: Connection, tenant_id: UUID, change: Change) -> None:
    """Writes a change."""
    await sql.insert.run(connection, tenant_id=tenant_id, **asdict(change))


async def page(
    connection: Connection, tenant_id: UUID, wanted: ChangeFilter, *, before: UUID | None, limit: int
) -> list[Change]:
    """A tenant's changes, newest first, from below the id `before`."""
    rows = await sql.page.rows(connection, tenant_id=tenant_id, before=before, limit=limit, **asdict(wanted))
    return [_change(row) for row in rows]


def _change(row: Row) -> Change:
    named = {name: row[name] for name in Change.__dataclass_fields__ if name != "actor_name"}
    return Change(**named, actor_name=row["label"] or row["name"] or ACTORS.get(row["actor"]))
