"""Lets callers in: tokens by their hash, names by a slow hash of their secret, both remembered for a moment."""

import asyncio
import hashlib
import hmac
import secrets
import time
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from guerdon.core.callers import Caller
from guerdon.core.members import Member
from guerdon.engine.engine import Engine
from guerdon.storage import credentials, members, tenants
from guerdon.storage.credentials import Credential

REMEMBERED_SECONDS = 5.0
"""A token that is taken back works this much longer, at most."""

ENDING_SECONDS = 60.0
"""For so long nobody is remembered whose credential is ending: the transaction that ends it has long been over then."""

NOTED_EACH = timedelta(minutes=1)
"""How old what is written of the last use of a token may get."""

MOST_REMEMBERED = 10_000

LONGEST_SECRET = 200
"""Longer ones are refused unread: hashing is slow on purpose."""

_HASHER = PasswordHasher()
_QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_SALT = secrets.token_bytes(16)


def token_hash(token: str) -> bytes:
    """What is stored of a token: tokens are long and random, so that a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


async def hashed(engine: Engine, secret: str, *, is_public: bool = False) -> str:
    """A slow, salted hash of a password, made off the event loop; a quick one where everybody knows it anyway."""
    hasher = _QUICK_HASHER if is_public else _HASHER
    return await asyncio.get_running_loop().run_in_executor(engine.hashing, hasher.hash, secret)


async def by_token(engine: Engine, surface: str, token: str) -> Caller | None:
    """The caller that a token speaks for, or None."""
    key = _key("token", surface, token)
    if remembered := _remembered(engine, key):
        return remembered
    # Whoever has many requests under way has all of them here at once, each time that the memory of it ends.
    asked = engine.asking.get(key)
    if asked is None:
        asked = engine.asking[key] = asyncio.create_task(_looked_up(engine, key, surface, token))
        asked.add_done_callback(lambda _: engine.asking.pop(key))
    return await asyncio.shield(asked)


async def _looked_up(engine: Engine, key: bytes, surface: str, token: str) -> Caller | None:
    now = engine.clock()
    async with engine.database.connection() as connection:
        found = await credentials.by_token(connection, surface, token_hash(token), now)
        if found is not None and (found.last_used_at is None or now - found.last_used_at >= NOTED_EACH):
            await credentials.note_use(connection, found.id, now)
    return _let_in(engine, key, surface, found)


async def by_secret(engine: Engine, surface: str, name: str, secret: str) -> Caller | None:
    """The caller that a name and its secret speak for, or None; it takes as long for a name that nobody has."""
    key = _key("secret", surface, name, secret)
    return _remembered(engine, key) or _let_in(engine, key, surface, await _checked(engine, surface, name, secret))


async def by_signature(engine: Engine, surface: str, name: str, content: bytes, signature: str) -> Caller | None:
    """The caller that has signed this content, or None.

    Args:
        engine: the engine.
        surface: that was called.
        name: of the credential.
        content: exactly as it came.
        signature: HMAC-SHA256 of it in hexadecimal digits, with any of the credential's signing secrets.
    """
    if "\0" in name:
        return None
    async with engine.database.connection() as connection:
        found = await credentials.by_name(connection, surface, name)
    given = signature.strip().encode("utf-8", "replace")
    made = [hmac.new(each.encode(), content, "sha256").hexdigest() for each in (found.signing_secrets if found else ())]
    good = [hmac.compare_digest(each.encode(), given) for each in made]
    if found is None or not any(good):
        return None
    return _caller(surface, found)


async def sign_in(
    engine: Engine, surface: str, name: str, secret: str, lifetime: timedelta, tenant_id: UUID | None = None
) -> tuple[str, datetime] | None:
    """Trades a name and its secret, of the tenant where one is given, for a new token and the moment it expires."""
    found = await _checked(engine, surface, name, secret)
    if found is None or tenant_id not in (None, found.tenant_id):
        return None
    token = secrets.token_hex(32)
    now = engine.clock()
    async with engine.database.connection() as connection:
        await credentials.insert_token(
            connection, surface, token_hash(token), found.id, now=now, expires_at=now + lifetime
        )
    return token, now + lifetime


async def tenant(engine: Engine, slug: str) -> UUID | None:
    """The tenant that goes by a slug in the names of hosts; None where there is none."""
    async with engine.database.connection() as connection:
        return None if "\0" in slug else await tenants.by_slug(connection, slug)


async def name_of(engine: Engine, caller: Caller) -> str:
    """The name that the caller's credential goes by; empty for one that is not there any more."""
    async with engine.database.connection() as connection:
        return await credentials.name_of(connection, caller.credential_id) or ""


async def person(engine: Engine, caller: Caller, member_id: UUID | None, secret: str) -> Member | None:
    """The member whose password this is, or None; it takes as long for nobody's, of whom there is no id.

    That the password fits is remembered for a moment, by the hash that it fits: another password counts at once.
    """
    async with engine.database.connection() as connection:
        stored = await members.password_of(connection, caller.tenant_id, member_id) if member_id else None
        found = await members.by_ids(connection, caller.tenant_id, [member_id]) if member_id else []
    key = _key("person", stored or "", secret)
    if stored and _remembered(engine, key):
        return found[0]
    good = len(secret) <= LONGEST_SECRET and await _fits(engine, stored, secret)
    if not (good and stored and found):
        return None
    _remember(engine, key, caller)
    return found[0]


async def fits(engine: Engine, caller: Caller, member_id: UUID, secret: str) -> bool:
    """Whether a secret is a member's password."""
    async with engine.database.connection() as connection:
        stored = await members.password_of(connection, caller.tenant_id, member_id)
    return len(secret) <= LONGEST_SECRET and await _fits(engine, stored, secret)


async def _fits(engine: Engine, stored: str | None, secret: str) -> bool:
    return await asyncio.get_running_loop().run_in_executor(engine.hashing, _verified, stored, secret)


async def _checked(engine: Engine, surface: str, name: str, secret: str) -> Credential | None:
    if len(secret) > LONGEST_SECRET or "\0" in name:
        return None
    async with engine.database.connection() as connection:
        found = await credentials.by_name(connection, surface, name)
    return found if await _fits(engine, found.secret_hash if found else None, secret) else None


@cache
def _of_nobody() -> str:
    """A hash that no secret has, to check secrets against that are nobody's."""
    return _HASHER.hash(secrets.token_hex(16))


def _verified(stored: str | None, secret: str) -> bool:
    try:
        return _HASHER.verify(stored or _of_nobody(), secret)
    except (Argon2Error, InvalidHashError):
        return False


def _key(*parts: str) -> bytes:
    """What a caller is remembered by: a salted hash of the credentials."""
    return hashlib.blake2b("\0".join(parts).encode(), key=_SALT, digest_size=32).digest()


def _remembered(engine: Engine, key: bytes) -> Caller | None:
    """A caller that was let in a moment ago."""
    remembered = engine.admitted.get(key)
    return remembered[1] if remembered and remembered[0] > time.monotonic() else None


def _caller(surface: str, found: Credential) -> Caller:
    return Caller(found.tenant_id, surface, found.id, found.chain_id, found.scopes, found.program_ids)


def _let_in(engine: Engine, key: bytes, surface: str, found: Credential | None) -> Caller | None:
    """The caller of a credential, remembered from now on."""
    if found is None:
        return None
    caller = _caller(surface, found)
    if max(engine.ending.get(found.id, 0.0), engine.ending.get(found.tenant_id, 0.0)) > time.monotonic():
        return caller
    good_for = (found.expires_at - engine.clock()).total_seconds() if found.expires_at else REMEMBERED_SECONDS
    _remember(engine, key, caller, min(REMEMBERED_SECONDS, good_for))
    return caller


def _remember(engine: Engine, key: bytes, caller: Caller, seconds: float = REMEMBERED_SECONDS) -> None:
    if len(engine.admitted) >= MOST_REMEMBERED:
        engine.admitted.clear()
    engine.admitted[key] = (time.monotonic() + seconds, caller)


def is_operator(engine: Engine, token: str) -> bool:
    """Whether a token is that of whoever runs the server; it takes as long for any other."""
    return engine.operator is not None and hmac.compare_digest(engine.operator, token_hash(token))


def forget(engine: Engine, ending: frozenset[UUID]) -> None:
    """Lets nobody of these credentials or tenants in, in this process, because they were good a moment ago.

    Called before the transaction that ends them is over: until then, others still find that they are good.
    """
    now = time.monotonic()
    for id_ in [id_ for id_, until in engine.ending.items() if until <= now]:
        del engine.ending[id_]
    engine.ending.update(dict.fromkeys(ending, now + ENDING_SECONDS))
    for key, (_, caller) in list(engine.admitted.items()):
        if not ending.isdisjoint((caller.credential_id, caller.tenant_id)):
            del engine.admitted[key]
