"""Counters of campaigns: orders under a budget take turns, and see what came before; nothing else waits for them."""

import asyncio
from decimal import Decimal

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.core.orders import Order, OrderState
from guerdon.engine import Engine
from guerdon.storage import campaigns
from guerdon.storage.campaigns import Total
from storage.racing import WAITING

D = Decimal


async def test_whoever_waited_sees_what_was_given_meanwhile(engine: Engine, shop: Shop) -> None:
    """While a budget is locked, orders without one and returns add to the same campaign, and are in the sum."""
    buyer = (await enrolled(engine, shop)).membership
    order = Order(
        id=engine.new_id(),
        reference="A",
        state=OrderState.PLACED,
        account_id=buyer.account_id,
        program_id=shop.program.id,
        placed_at=NOW,
    )
    tenant_id, program_id, codes = shop.caller.tenant_id, shop.program.id, ["a", "b"]

    async def second() -> dict[str, Decimal]:
        async with engine.database.transaction() as connection:
            return await campaigns.lock(connection, tenant_id, program_id, codes, codes)

    async with engine.database.transaction() as first:
        assert await campaigns.lock(first, tenant_id, program_id, codes, codes) == {"a": 0, "b": 0}
        async with engine.database.transaction() as other:
            await campaigns.add(other, tenant_id, order, {"a": Total(D(7), 1)}, [])
        waiting = asyncio.create_task(second())
        await campaigns.add(first, tenant_id, order, {"a": Total(D(5), 1), "b": Total(D(3), 1)}, codes)
        async with engine.database.connection() as watching:
            while not await watching.fetchval(WAITING):
                assert not waiting.done()
    assert await waiting == {"a": 12, "b": 3}
    async with engine.database.transaction() as connection:
        await campaigns.add(connection, tenant_id, order, {"a": Total(D(-12), -2)}, [])
        assert await campaigns.totals(connection, program_id, ["a", "b", "c"]) == {
            "a": Total(has_lock=True),
            "b": Total(D(3), 1, has_lock=True),
        }
