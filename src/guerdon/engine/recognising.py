"""Lets one shop tell another who somebody is: a code that is good once, traded for a token that says it for a while."""

import secrets
from datetime import timedelta
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.engine.admitting import token_hash
from guerdon.engine.engine import Engine
from guerdon.storage import recognitions
from guerdon.storage.queries import Connection

CODE_LIFETIME = timedelta(minutes=5)
TOKEN_LIFETIME = timedelta(minutes=15)

LONGEST = 200


async def issue(engine: Engine, caller: Caller, member_id: UUID) -> str:
    """A code for a member of the caller's tenant who is signed in somewhere; it is good once, for five minutes."""
    code = secrets.token_urlsafe(32)
    now = engine.clock()

    async def work(connection: Connection) -> str:
        await recognitions.forget(connection, caller.tenant_id, now)
        await recognitions.insert(
            connection,
            caller.tenant_id,
            token_hash(code),
            member_id,
            is_once=True,
            expires_at=now + CODE_LIFETIME,
        )
        return code

    return await engine.database.retrying(work)


async def exchange(engine: Engine, tenant_id: UUID, code: str) -> str | None:
    """A token for a code, which is used up by it; None where the code is not good."""
    token = secrets.token_urlsafe(32)
    now = engine.clock()

    async def work(connection: Connection) -> str | None:
        member_id = await recognitions.use_up(connection, tenant_id, token_hash(code), now)
        if member_id is None:
            return None
        await recognitions.insert(
            connection, tenant_id, token_hash(token), member_id, is_once=False, expires_at=now + TOKEN_LIFETIME
        )
        return token

    return await engine.database.retrying(work)


async def recognise(engine: Engine, tenant_id: UUID, token: str) -> UUID | None:
    """The member that a token stands for, for a quarter of an hour; None where it is not good."""
    if len(token) > LONGEST:
        return None
    async with engine.database.connection() as connection:
        return await recognitions.member_of(connection, tenant_id, token_hash(token), engine.clock())
