"""Answers to writes that are no postings as rows, each once for its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from guerdon.storage import queries
from guerdon.storage.queries import Connection

sql = queries.load("answers")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given, to a request with this fingerprint; without a status, of somebody who was erased."""

    fingerprint: bytes
    status: int | None
    body: bytes | None
    headers: Mapping[str, str] | None
    about: UUID | None


async def claim(connection: Connection, tenant_id: UUID, key: str, fingerprint: bytes, now: datetime) -> bool:
    """Takes a key; False where it was used before. Whoever asks at the same time waits."""
    return bool(await sql.claim.value(connection, tenant_id=tenant_id, key=key, fingerprint=fingerprint, now=now))


async def find(connection: Connection, tenant_id: UUID, key: str) -> Kept | None:
    """What a key was answered with."""
    row = await sql.find.row(connection, tenant_id=tenant_id, key=key)
    return Kept(*row) if row else None


async def keep(connection: Connection, tenant_id: UUID, key: str, kept: Kept) -> None:
    """Writes the answer to a claimed key."""
    await sql.keep.run(
        connection,
        tenant_id=tenant_id,
        key=key,
        status=kept.status,
        body=kept.body,
        headers=kept.headers,
        about=kept.about,
    )


async def forget(connection: Connection, tenant_id: UUID, about: UUID, *, prefix: str = "") -> None:
    """Removes what was answered about somebody, for keys that begin so; the keys stay used."""
    await sql.forget.run(connection, tenant_id=tenant_id, about=about, prefix=prefix)
