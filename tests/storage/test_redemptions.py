"""Redemptions as rows: written many at once, and read as long as they are good."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from conftest import NOW
from engine.catalogues import open_catalogue
from guerdon.core.orders import Order, OrderState
from guerdon.core.rewards import Redemption, RedemptionState
from guerdon.engine import Engine
from guerdon.storage import orders, redemptions
from guerdon.storage.redemptions import Locked

LATER = NOW + timedelta(minutes=15)


async def test_redemptions_come_back_as_they_were_written(engine: Engine) -> None:
    shop = await open_catalogue(engine)
    secret, buyer = await shop.add("secret", is_listed=False), await shop.buyer()
    made = [
        Redemption(
            id=engine.new_id(),
            reward_id=reward_id,
            account_id=buyer.account_id,
            state=RedemptionState.RESERVED,
            points=Decimal("1.50"),
            reserved_at=NOW,
            expires_at=LATER,
            value=value,
            session="s",
            hold_id=engine.new_id(),
        )
        for reward_id, value in ((secret.id, None), (None, Decimal("2.50")))
    ]
    order = Order(
        id=engine.new_id(), reference="A-1", state=OrderState.PLACED, account_id=buyer.account_id, placed_at=NOW
    )
    async with engine.database.transaction() as connection:
        assert await redemptions.lock_account(connection, buyer.account_id) == Locked(Decimal(100), is_closed=False)
        assert await redemptions.lock_account(connection, engine.new_id()) is None
        await redemptions.write(connection, shop.shop.caller, [])
        await redemptions.write(connection, shop.shop.caller, made)
        kept = await redemptions.reserved_of(connection, buyer.account_id, NOW)
        assert [tuple(each) for each in kept] == [(made[0], "secret", False), (made[1], None, True)]
        assert await redemptions.reserved_of(connection, buyer.account_id, LATER) == []
        await orders.insert(connection, shop.shop.caller, order)
        used = replace(
            made[0],
            state=RedemptionState.FULFILLED,
            order_id=order.id,
            version=2,
            issued_at=NOW,
            fulfilled_at=NOW,
            closed_at=NOW,
        )
        await redemptions.write(connection, shop.shop.caller, [used])
        assert [each.redemption for each in await redemptions.of_order(connection, order.id)] == [used]
        await redemptions.write(connection, shop.shop.caller, [replace(used, state=RedemptionState.CANCELLED)])
        assert await redemptions.of_order(connection, order.id) == []
