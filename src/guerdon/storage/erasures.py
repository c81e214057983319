"""Takes everything that says who a member is out of the rows, and leaves the books as they are."""

from datetime import datetime
from uuid import UUID

from guerdon.storage import answers, queries
from guerdon.storage.queries import Connection

sql = queries.load("erasures")


async def erase(connection: Connection, tenant_id: UUID, member_id: UUID, now: datetime) -> bool:
    """Erases a person, within a transaction; whether the tenant has the member, and it has not gone up in another."""
    if await sql.lock.row(connection, id=member_id, tenant_id=tenant_id) is None:
        return False
    await sql.erase_person.run(connection, id=member_id, now=now)
    await sql.erase_names.run(connection, id=member_id)
    await sql.erase_merged_names.run(connection, id=member_id)
    await sql.erase_metadata.run(connection, id=member_id)
    await sql.erase_recognitions.run(connection, id=member_id)
    await sql.erase_logged_numbers.run(connection, id=member_id)
    await sql.end_memberships.run(connection, id=member_id, now=now)
    await answers.forget(connection, tenant_id, member_id)
    return True
