"""Lets callers in: tokens by their hash, names by a slow hash of their secret, both remembered for a moment."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from guerdon.core.callers import Caller
from guerdon.engine.engine import Engine
from guerdon.storage import credentials
from guerdon.storage.credentials import Credential

REMEMBERED_SECONDS = 5.0
"""A token that is taken back works this much longer, at most."""

MOST_REMEMBERED = 10_000

LONGEST_SECRET = 200
"""Longer ones are refused unread: hashing is slow on purpose."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_SALT = secrets.token_bytes(16)


def token_hash(token: str) -> bytes:
    """What is stored of a token: tokens are long and random, so that a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


async def hashed(engine: Engine, secret: str) -> str:
    """A slow, salted hash of a password, made off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(engine.hashing, _HASHER.hash, secret)


async def by_token(engine: Engine, surface: str, token: str) -> Caller | None:
    """The caller that a token speaks for, or None."""

    async def look_up() -> Caller | None:
        now = engine.clock()
        async with engine.database.connection() as connection:
            found = await credentials.by_token(connection, surface, token_hash(token), now)
        return _caller(surface, found) if found else None

    return await _remembered(engine, look_up, "token", surface, token)


async def by_secret(engine: Engine, surface: str, name: str, secret: str) -> Caller | None:
    """The caller that a name and its secret speak for, or None; it takes as long for a name that nobody has."""

    async def look_up() -> Caller | None:
        found = await _checked(engine, surface, name, secret)
        return _caller(surface, found) if found else None

    return await _remembered(engine, look_up, "secret", surface, name, secret)


async def sign_in(
    engine: Engine, surface: str, name: str, secret: str, lifetime: timedelta
) -> tuple[str, datetime] | None:
    """Trades a name and its secret for a new token and the moment it expires, or None."""
    found = await _checked(engine, surface, name, secret)
    if found is None:
        return None
    token = secrets.token_hex(32)
    now = engine.clock()
    async with engine.database.connection() as connection:
        await credentials.insert_token(
            connection, surface, token_hash(token), found.id, now=now, expires_at=now + lifetime
        )
    return token, now + lifetime


async def _checked(engine: Engine, surface: str, name: str, secret: str) -> Credential | None:
    if len(secret) > LONGEST_SECRET or "\0" in name:
        return None
    async with engine.database.connection() as connection:
        found = await credentials.by_name(connection, surface, name)
    stored = (found and found.secret_hash) or _NOBODY
    loop = asyncio.get_running_loop()
    good = await loop.run_in_executor(engine.hashing, _verified, stored, secret)
    return found if good else None


def _verified(stored: str, secret: str) -> bool:
    try:
        return _HASHER.verify(stored, secret)
    except (Argon2Error, InvalidHashError):
        return False


async def _remembered(engine: Engine, look_up: Callable[[], Awaitable[Caller | None]], *parts: str) -> Caller | None:
    """A caller let in a moment ago, known by a salted hash of the credentials; the others are looked up."""
    key = hashlib.blake2b("\0".join(parts).encode(), key=_SALT, digest_size=32).digest()
    now = time.monotonic()
    remembered = engine.admitted.get(key)
    if remembered and remembered[0] > now:
        return remembered[1]
    caller = await look_up()
    if caller is not None:
        if len(engine.admitted) >= MOST_REMEMBERED:
            engine.admitted.clear()
        engine.admitted[key] = (now + REMEMBERED_SECONDS, caller)
    return caller


def _caller(surface: str, found: Credential) -> Caller:
    return Caller(found.tenant_id, surface, found.id, found.chain_id, found.scopes)
