"""Short-lived proofs of who a member is, as rows; each is looked up by its hash."""

from datetime import datetime
from uuid import UUID

from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("recognitions")


async def insert(
    connection: Connection, tenant_id: UUID, token_hash: bytes, member_id: UUID, *, is_once: bool, expires_at: datetime
) -> None:
    """Keeps the hash of a code that is good once, or of a token that may be shown again and again."""
    await sql.insert_recognition.run(
        connection, tenant_id=tenant_id, hash=token_hash, member_id=member_id, is_once=is_once, expires_at=expires_at
    )


async def member_of(connection: Connection, tenant_id: UUID, token_hash: bytes, now: datetime) -> UUID | None:
    """The member that a token stands for."""
    found: UUID | None = await sql.member_of.value(connection, tenant_id=tenant_id, hash=token_hash, now=now)
    return found


async def use_up(connection: Connection, tenant_id: UUID, token_hash: bytes, now: datetime) -> UUID | None:
    """The member that a code stands for, which it does no longer."""
    found: UUID | None = await sql.use_up.value(connection, tenant_id=tenant_id, hash=token_hash, now=now)
    return found


async def forget(connection: Connection, tenant_id: UUID, now: datetime) -> None:
    """Drops what has expired."""
    await sql.forget.run(connection, tenant_id=tenant_id, now=now)
