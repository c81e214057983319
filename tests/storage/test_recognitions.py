"""Recognitions as rows: a code is taken away by its use, a token stays until its time is over."""

from datetime import timedelta

import pytest

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.engine import Engine
from guerdon.storage import recognitions

LATER = NOW + timedelta(minutes=1)


@pytest.mark.parametrize("is_once", [False, True])
async def test_a_kind_is_not_taken_for_the_other(engine: Engine, shop: Shop, is_once: bool) -> None:  # noqa: FBT001
    member_id, tenant_id = (await enrolled(engine, shop)).member.id, shop.caller.tenant_id
    async with engine.database.connection() as connection:
        await recognitions.insert(connection, tenant_id, b"h", member_id, is_once=is_once, expires_at=LATER)
        token = [await recognitions.member_of(connection, tenant_id, b"h", NOW) for _ in range(2)]
        code = [await recognitions.use_up(connection, tenant_id, b"h", NOW) for _ in range(2)]
    assert token == [None if is_once else member_id] * 2
    assert code == [member_id if is_once else None, None]


async def test_what_has_expired_is_forgotten(engine: Engine, shop: Shop) -> None:
    member_id, tenant_id = (await enrolled(engine, shop)).member.id, shop.caller.tenant_id
    async with engine.database.connection() as connection:
        await recognitions.insert(connection, tenant_id, b"h", member_id, is_once=False, expires_at=LATER)
        await recognitions.forget(connection, tenant_id, NOW)
        assert await recognitions.member_of(connection, tenant_id, b"h", NOW) == member_id
        assert await recognitions.member_of(connection, tenant_id, b"h", LATER) is None
        await recognitions.forget(connection, tenant_id, LATER)
        assert await recognitions.member_of(connection, tenant_id, b"h", NOW) is None
