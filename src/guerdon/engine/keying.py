"""Hands out keys to a merchant's data, or to a copy of its programs to try things in, and takes them back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from guerdon.core.callers import ApiKey, Caller
from guerdon.core.refusals import ApiKeyNotFound, ProgramNotFound
from guerdon.engine import admitting, trying
from guerdon.engine.engine import Engine
from guerdon.storage import credentials, programs, tenants
from guerdon.storage.queries import Connection

HINT_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Granting:
    """A key to be made.

    Attributes:
        scopes: in the words of the caller's surface.
        program_ids: what it is for; None is all programs.
        expires_at: None is never.
        is_test: it is for the tenant to try things in, where it is for all programs.
    """

    caller: Caller
    at: datetime
    label: str
    scopes: frozenset[str]
    program_ids: Sequence[UUID] | None = None
    expires_at: datetime | None = None
    is_test: bool = False


async def grant(engine: Engine, ask: Granting) -> tuple[ApiKey, str]:
    """Makes a key; returns it with its secret, which nobody can read again.

    Raises:
        ProgramNotFound: the tenant has no such program.
    """

    async def work(connection: Connection) -> tuple[ApiKey, str]:
        tenant_id = ask.caller.tenant_id
        for program_id in ask.program_ids or ():
            if program_id not in await programs.share(connection, tenant_id, [program_id]):
                raise ProgramNotFound(program_id)
        is_test = ask.is_test or await tenants.is_sandbox(connection, tenant_id)
        if ask.is_test and not await tenants.is_sandbox(connection, tenant_id):
            tenant_id = await trying.founded(engine, connection, ask.caller, ask.at)
        secret = f"gdn_{'test' if is_test else 'live'}_{secrets.token_hex(20)}"
        key = ApiKey(
            id=engine.new_id(),
            label=ask.label,
            scopes=ask.scopes,
            created_at=ask.at,
            is_test=is_test,
            hint=secret[-HINT_LENGTH:],
            program_ids=None if ask.program_ids is None else frozenset(ask.program_ids),
            expires_at=ask.expires_at,
        )
        await credentials.insert_key(connection, ask.caller.surface, tenant_id, key)
        await credentials.insert_token(
            connection,
            ask.caller.surface,
            admitting.token_hash(secret),
            key.id,
            now=ask.at,
            expires_at=ask.expires_at,
        )
        return key, secret

    return await engine.database.retrying(work)


async def key(engine: Engine, caller: Caller, key_id: UUID) -> ApiKey:
    """A key of the tenant, or of the one to try things in.

    Raises:
        ApiKeyNotFound: there is none.
    """
    async with engine.database.connection() as connection:
        found = await credentials.keys(connection, caller.surface, caller.tenant_id, key_id=key_id)
    if not found:
        raise ApiKeyNotFound(key_id)
    return found[0]


async def page(engine: Engine, caller: Caller, *, before: UUID | None, limit: int) -> list[ApiKey]:
    """Keys of the tenant and of the one to try things in, by id from the highest, from below `before`."""
    async with engine.database.connection() as connection:
        return await credentials.keys(connection, caller.surface, caller.tenant_id, before=before, limit=limit)


async def revoke(engine: Engine, caller: Caller, at: datetime, key_id: UUID) -> ApiKey:
    """Ends a key: at once in this process, in others some seconds later. One that has ended is left as it is.

    Raises:
        ApiKeyNotFound: there is none.
    """

    async def work(connection: Connection) -> ApiKey:
        found = await credentials.keys(connection, caller.surface, caller.tenant_id, key_id=key_id)
        if not found:
            raise ApiKeyNotFound(key_id)
        await credentials.revoke(connection, key_id, at)
        admitting.forget(engine, frozenset({key_id}))
        return replace(found[0], revoked_at=found[0].revoked_at or at)

    return await engine.database.retrying(work)
