"""Credentials and tokens as rows; a token is looked up by its hash, so no comparison can leak it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from guerdon.core.callers import ApiKey
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("credentials")


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential; hash and signing secrets only where it was looked up by name, `expires_at` only by token.

    Attributes:
        signing_secrets: what its requests may be signed with.
        program_ids: what it is for; None is all programs.
        last_used_at: as far as it is written down; only where it was looked up by token.
    """

    id: UUID
    tenant_id: UUID
    chain_id: UUID | None
    scopes: frozenset[str]
    secret_hash: str | None = None
    expires_at: datetime | None = None
    signing_secrets: tuple[str, ...] = ()
    program_ids: frozenset[UUID] | None = None
    last_used_at: datetime | None = None


async def by_token(connection: Connection, surface: str, token_hash: bytes, now: datetime) -> Credential | None:
    """The credential that a token speaks for, while both are good."""
    row = await sql.by_token.row(connection, surface=surface, hash=token_hash, now=now)
    if row is None:
        return None
    return _credential(row, expires_at=row["expires_at"], last_used_at=row["last_used_at"])


async def note_use(connection: Connection, credential_id: UUID, now: datetime) -> None:
    """Writes down that a credential is in use."""
    await sql.note_use.run(connection, id=credential_id, now=now)


async def insert_key(connection: Connection, surface: str, tenant_id: UUID, key: ApiKey) -> None:
    """Stores a key; what it is checked against is its token's hash, and no secret fits it."""
    named = {name: getattr(key, name) for name in ApiKey.__dataclass_fields__}
    ids = None if key.program_ids is None else sorted(key.program_ids)
    named |= {"scopes": sorted(key.scopes), "program_ids": ids}
    await sql.insert_key.run(connection, surface=surface, tenant_id=tenant_id, **named)


async def keys(
    connection: Connection,
    surface: str,
    tenant_id: UUID,
    *,
    key_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 1,
) -> list[ApiKey]:
    """A page of the keys of a tenant and of the one to try things in, the highest id first; or the one with this id."""
    rows = await sql.keys.rows(connection, surface=surface, tenant_id=tenant_id, id=key_id, before=before, limit=limit)
    return [_key(row) for row in rows]


async def revoke(connection: Connection, key_id: UUID, now: datetime) -> None:
    """Ends a key."""
    await sql.revoke.run(connection, id=key_id, now=now)


async def by_name(connection: Connection, surface: str, name: str) -> Credential | None:
    """A credential to check a secret against."""
    row = await sql.by_name.row(connection, surface=surface, name=name)
    if row is None:
        return None
    return _credential(row, secret_hash=row["secret_hash"], signing_secrets=tuple(row["signing_secrets"]))


async def name_of(connection: Connection, credential_id: UUID) -> str | None:
    """The name of a credential."""
    name: str | None = await sql.name_of.value(connection, id=credential_id)
    return name


async def insert_token(
    connection: Connection,
    surface: str,
    token_hash: bytes,
    credential_id: UUID,
    *,
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Stores a token's hash, which nobody may have yet; None never expires."""
    await sql.insert_token.run(
        connection,
        surface=surface,
        hash=token_hash,
        credential_id=credential_id,
        now=now,
        expires_at=expires_at,
    )


async def insert(connection: Connection, surface: str, name: str, credential: Credential, now: datetime) -> None:
    """Stores a credential, under a name that nobody has on the surface yet."""
    await sql.insert_credential.run(
        connection,
        id=credential.id,
        tenant_id=credential.tenant_id,
        surface=surface,
        name=name,
        secret_hash=credential.secret_hash,
        chain_id=credential.chain_id,
        scopes=sorted(credential.scopes),
        signing_secrets=list(credential.signing_secrets),
        now=now,
    )


def _credential(row: Row, **more: Any) -> Credential:
    more["program_ids"] = _ids(row)
    return Credential(row["id"], row["tenant_id"], row["chain_id"], frozenset(row["scopes"]), **more)


def _ids(row: Row) -> frozenset[UUID] | None:
    return None if row["program_ids"] is None else frozenset(row["program_ids"])


def _key(row: Row) -> ApiKey:
    named = {name: row[name] for name in ApiKey.__dataclass_fields__}
    return ApiKey(**{**named, "scopes": frozenset(row["scopes"]), "program_ids": _ids(row)})
