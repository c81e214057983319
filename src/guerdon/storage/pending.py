"""Pending earns as rows, to read; only the ledger writes them."""

from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.statements import PendingEarn
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("pending")


async def of_account(
    connection: Connection, account_id: UUID, *, state: str | None, limit: int, before: UUID | None = None
) -> list[PendingEarn]:
    """Pending earns newest first, from below the id `before`."""
    rows = await sql.of_account.rows(
        connection, account_id=account_id, bucket=bucket_of(account_id), state=state, limit=limit, before=before
    )
    return [_pending(row) for row in rows]


async def by_id(connection: Connection, tenant_id: UUID, pending_id: UUID) -> PendingEarn | None:
    """One pending earn of the tenant."""
    row = await sql.by_id.row(connection, tenant_id=tenant_id, pending_id=pending_id)
    return _pending(row) if row else None


def _pending(row: Row) -> PendingEarn:
    return PendingEarn(**{name: row[name] for name in PendingEarn.__dataclass_fields__})
