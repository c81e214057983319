"""Metadata of members as rows: pairs of a key and a value, in the order in which they were added."""

from datetime import datetime
from uuid import UUID

from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("metadata")


async def of_member(connection: Connection, member_id: UUID) -> dict[str, str]:
    """All pairs of a member, and of those that have gone up in it."""
    return {row["key"]: row["value"] for row in await sql.of_member.rows(connection, member_id=member_id)}


async def add(connection: Connection, member_id: UUID, key: str, value: str, now: datetime) -> None:
    """A pair under a key that the member, which is locked, does not have yet."""
    await sql.add.run(connection, member_id=member_id, key=key, value=value, now=now)


async def change(connection: Connection, member_id: UUID, key: str, value: str, now: datetime) -> None:
    """Another value under a key."""
    await sql.change.run(connection, member_id=member_id, key=key, value=value, now=now)


async def remove(connection: Connection, member_id: UUID, key: str | None = None) -> None:
    """The pair under a key; None: all of them."""
    await sql.remove.run(connection, member_id=member_id, key=key)
