"""A code is good once and for a short time, and what it is traded for says who somebody is."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.people import enrolled, fetch
from guerdon.engine import Engine, recognising
from guerdon.engine.recognising import CODE_LIFETIME, TOKEN_LIFETIME


@pytest.fixture
async def own(dsn: str) -> AsyncIterator[tuple[Engine, Clock]]:
    """An engine with a clock to set."""
    clock = Clock()
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        yield engine, clock


async def test_a_code_is_traded_for_a_token(engine: Engine, shop: Shop) -> None:
    """The code then is nothing; the token may be shown again. Neither is kept as it is, nor good elsewhere."""
    member = (await enrolled(engine, shop)).member
    tenant_id, stranger = shop.caller.tenant_id, (await open_shop(engine)).caller.tenant_id
    code = await recognising.issue(engine, shop.caller, member.id)
    assert await recognising.exchange(engine, stranger, code) is None
    assert await recognising.recognise(engine, tenant_id, code) is None
    token = await recognising.exchange(engine, tenant_id, code)
    assert token is not None
    assert await recognising.exchange(engine, tenant_id, code) is None
    assert await recognising.exchange(engine, tenant_id, token) is None
    assert [await recognising.recognise(engine, tenant_id, token) for _ in range(2)] == [member.id] * 2
    assert await recognising.recognise(engine, stranger, token) is None
    assert await recognising.recognise(engine, tenant_id, "x" * 10_000) is None
    rows = await fetch(engine, "SELECT * FROM recognitions WHERE tenant_id = $1", tenant_id)
    assert [row["member_id"] for row in rows] == [member.id]
    assert token.encode() not in {row["hash"] for row in rows}


async def test_of_many_who_trade_a_code_at_once_one_gets_a_token(engine: Engine, shop: Shop) -> None:
    member = (await enrolled(engine, shop)).member
    code = await recognising.issue(engine, shop.caller, member.id)
    tokens = await asyncio.gather(*(recognising.exchange(engine, shop.caller.tenant_id, code) for _ in range(8)))
    assert sum(token is not None for token in tokens) == 1


async def test_both_are_good_for_a_while(own: tuple[Engine, Clock], shop: Shop) -> None:
    """What has expired is dropped when the next code is made."""
    engine, clock = own
    member, tenant_id = (await enrolled(engine, shop)).member, shop.caller.tenant_id
    late, early = [await recognising.issue(engine, shop.caller, member.id) for _ in range(2)]
    token = await recognising.exchange(engine, tenant_id, early)
    assert token is not None
    clock.now = NOW + CODE_LIFETIME
    assert await recognising.exchange(engine, tenant_id, late) is None
    assert await recognising.recognise(engine, tenant_id, token) == member.id
    clock.now = NOW + TOKEN_LIFETIME
    assert await recognising.recognise(engine, tenant_id, token) is None
    await recognising.issue(engine, shop.caller, member.id)
    assert len(await fetch(engine, "SELECT 1 FROM recognitions WHERE tenant_id = $1", tenant_id)) == 1
