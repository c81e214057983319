"""Credentials and tokens as rows: good for their surface, until they expire, and never given to two."""

import uuid
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from conftest import NOW, Shop
from guerdon.engine import Engine
from guerdon.storage import credentials
from guerdon.storage.credentials import Credential


@pytest.fixture
def granted(shop: Shop) -> Credential:
    """A credential of the shop that is not stored yet."""
    return Credential(uuid.uuid4(), shop.caller.tenant_id, None, frozenset({"read", "write"}), secret_hash="slow")


async def test_a_token_speaks_for_its_credential(engine: Engine, granted: Credential) -> None:
    """On its own surface."""
    name, token = uuid.uuid4().hex, uuid.uuid4().bytes
    async with engine.database.connection() as connection:
        await credentials.insert(connection, "native", name, granted, NOW)
        await credentials.insert_token(connection, "native", token, granted.id, now=NOW, expires_at=None)
        assert await credentials.by_token(connection, "native", token, NOW) == replace(granted, secret_hash=None)
        assert await credentials.by_token(connection, "other", token, NOW) is None
        assert await credentials.by_token(connection, "native", uuid.uuid4().bytes, NOW) is None


async def test_a_token_is_good_until_it_expires(engine: Engine, granted: Credential) -> None:
    """And no longer, not even at the moment itself."""
    token, end = uuid.uuid4().bytes, NOW + timedelta(minutes=60)
    async with engine.database.connection() as connection:
        await credentials.insert(connection, "native", uuid.uuid4().hex, granted, NOW)
        await credentials.insert_token(connection, "native", token, granted.id, now=NOW, expires_at=end)
        found = await credentials.by_token(connection, "native", token, end - timedelta(microseconds=1))
        assert found is not None
        assert found.expires_at == end
        assert await credentials.by_token(connection, "native", token, end) is None


async def test_what_is_taken_is_given_to_nobody_else(engine: Engine, granted: Credential) -> None:
    """Neither a name nor a token of a surface: whoever knew it would be let in as somebody else."""
    name, token = uuid.uuid4().hex, uuid.uuid4().bytes
    other = replace(granted, id=uuid.uuid4(), secret_hash="other")
    async with engine.database.connection() as connection:
        await credentials.insert(connection, "native", name, granted, NOW)
        with pytest.raises(asyncpg.UniqueViolationError):
            await credentials.insert(connection, "native", name, other, NOW)
        await credentials.insert(connection, "other", name, other, NOW)
        await credentials.insert_token(connection, "native", token, granted.id, now=NOW, expires_at=None)
        with pytest.raises(asyncpg.UniqueViolationError):
            await credentials.insert_token(connection, "native", token, other.id, now=NOW, expires_at=None)
        await credentials.insert_token(connection, "other", token, other.id, now=NOW, expires_at=None)
        for surface, credential in (("native", granted), ("other", other)):
            assert await credentials.by_name(connection, surface, name) == credential
            found = await credentials.by_token(connection, surface, token, NOW)
            assert found == replace(credential, secret_hash=None)
