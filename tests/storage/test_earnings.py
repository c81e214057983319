"""Earnings as rows: counted by days of a time zone, less what was taken back."""

from datetime import date, timedelta
from decimal import Decimal

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.core.orders import Order, OrderState
from guerdon.core.rules.occasions import Tally
from guerdon.engine import Engine
from guerdon.storage import earnings, orders

D = Decimal


async def test_they_are_counted_as_they_are_left(engine: Engine, shop: Shop) -> None:
    """23:30 in London is the day after in Berlin."""
    ana, ben = [(await enrolled(engine, shop)).membership for _ in range(2)]
    late = NOW.replace(hour=22, minute=30)
    order = Order(id=engine.new_id(), reference="A", state=OrderState.PLACED, account_id=ana.account_id, placed_at=late)
    async with engine.database.transaction() as connection:
        locked = await earnings.lock_accounts(connection, [ben.account_id, ana.account_id])
        assert set(locked) == {ana.account_id, ben.account_id}
        await orders.insert(connection, shop.caller, order)
        await earnings.write(
            connection, order.id, late, [(ana.account_id, "a", D(5), D(1)), (ben.account_id, "a", D(3), D(0))]
        )
        await earnings.take_back(connection, order.id, [(ana.account_id, "a", D(2), D("0.5"))])
        both = [ana.account_id, ben.account_id]
        found = await earnings.tallies(connection, both, "Europe/Berlin", date(2026, 7, 3))
        assert found[ana.account_id] == (Tally("a", date(2026, 7, 3), D(3), 1, D("0.5")),)
        assert found[ben.account_id] == (Tally("a", date(2026, 7, 3), D(3), 1, D(0)),)
        assert (await earnings.tallies(connection, both, "UTC", date(2026, 7, 3)))[ana.account_id] == ()
        assert (await earnings.tallies(connection, both, "UTC", date(2026, 7, 2), late))[ana.account_id] == ()
        assert await earnings.of_orders(connection, [order.id]) == {order.id: {ana.account_id: 3, ben.account_id: 3}}
        await earnings.take_all_back(connection, order.id)
        (tally,) = (await earnings.tallies(connection, both, "UTC", date(2026, 7, 2)))[ana.account_id]
        assert not any((tally.points, tally.times, tally.measure))
        assert await earnings.of_orders(connection, [order.id]) == {order.id: {ana.account_id: 0, ben.account_id: 0}}


async def test_who_referred_whom_stays_so(engine: Engine, shop: Shop) -> None:
    ana, ben, eve = [(await enrolled(engine, shop)).membership for _ in range(3)]
    async with engine.database.transaction() as connection:
        for referrer in (ben, eve):
            await earnings.refer(connection, ana.account_id, referrer.account_id, NOW)
        assert await earnings.referrer_of(connection, ana.account_id) == ben.account_id
        assert await earnings.pasts(connection, [ana.account_id], NOW + timedelta(1)) == {
            ana.account_id: (0, ben.account_id, NOW)
        }
        holder = (await earnings.holders(connection, [ana.account_id]))[ana.account_id]
        assert (holder.member_id, holder.membership_id, holder.born) == (ana.member_id, ana.id, None)
