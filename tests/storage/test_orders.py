"""Orders as rows: once for each reference of a surface in a tenant."""

from dataclasses import replace
from decimal import Decimal

import pytest

from conftest import NOW, Shop, open_shop
from engine.people import enrolled
from guerdon.core.orders import Order, OrderState
from guerdon.engine import Engine
from guerdon.storage import orders


async def test_an_order_is_written_once(engine: Engine, shop: Shop) -> None:
    account_id = (await enrolled(engine, shop)).membership.account_id
    order = Order(
        id=engine.new_id(),
        reference="A-1",
        state=OrderState.PLACED,
        account_id=account_id,
        amount=Decimal("12.50"),
        placed_at=NOW,
    )
    another = replace(order, id=engine.new_id())
    other_surface = replace(shop.caller, surface="other")
    async with engine.database.transaction() as connection:
        assert await orders.insert(connection, shop.caller, order)
        assert not await orders.insert(connection, shop.caller, another)
        assert await orders.lock(connection, shop.caller, "A-1") == order
        with pytest.raises(LookupError):
            await orders.lock(connection, other_surface, "A-1")
        assert await orders.insert(connection, other_surface, another)
        cancelled = replace(order, state=OrderState.CANCELLED, version=7, cancelled_at=NOW)
        await orders.update(connection, cancelled)
        assert await orders.lock(connection, shop.caller, "A-1") == cancelled
        assert await orders.lock(connection, other_surface, "A-1") == another


async def test_another_tenant_has_orders_of_its_own(engine: Engine, shop: Shop) -> None:
    gone = Order(id=engine.new_id(), reference="A-1", state=OrderState.CANCELLED, cancelled_at=NOW)
    stranger = (await open_shop(engine)).caller
    async with engine.database.transaction() as connection:
        assert await orders.insert(connection, shop.caller, gone)
        with pytest.raises(LookupError):
            await orders.lock(connection, stranger, "A-1")
