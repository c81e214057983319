"""Returns: what comes back takes its points back, once, in parts that add up."""

import asyncio
from decimal import Decimal

import pytest

from conftest import NOW
from core.rules.baskets import BASE, line, rule
from engine.buying import Store, open_store
from guerdon.core.commands import Adjust
from guerdon.core.orders import OrderState
from guerdon.core.refusals import KeyReused, OrderNotFound, ReturnExceedsOrder
from guerdon.engine import Engine, auditing, merging, ordering, posting, reading


@pytest.fixture
async def store(engine: Engine) -> Store:
    """A store that gives by spending, and for the visit."""
    return await open_store(engine, BASE, rule("visit", per_visit={"points": 10}))


async def test_items_and_amounts_take_back_in_proportion_and_add_up(store: Store) -> None:
    buyer = await store.member()
    bought = await store.buy(buyer, line("10"), line("6.67", "b", 3))
    assert await store.posted(buyer) == 40
    taken = []
    for back in ({"units": {"b": Decimal(1)}}, {"amount": Decimal(5)}, {"units": {"b": Decimal(2)}}, {}):
        found = await store.give_back(bought, **back)
        taken.append(int(found.given.points))
        assert found.given.shortfall == 0
    assert (taken, sum(taken)) == ([9, 6, 14, 11], 40)
    assert (found.order.state, await store.posted(buyer)) == (OrderState.RETURNED, 0)
    (entry, *_) = await reading.entries(store.engine, store.shop.caller, buyer.id, before=99, limit=1)
    assert (entry.kind, entry.reason, entry.reference, entry.cause) == (
        "reverse",
        "return",
        bought.reference,
        "rules:1",
    )


async def test_a_return_counts_once_and_its_id_is_for_no_other(store: Store) -> None:
    buyer = await store.member()
    bought = await store.buy(buyer, 10)
    done = await asyncio.gather(*(store.give_back(bought, reference="R", amount=Decimal(5)) for _ in range(8)))
    assert sum(not each.replayed for each in done) == 1
    assert {each.given.version for each in done} == {2}
    assert await store.posted(buyer) == 10
    with pytest.raises(KeyReused):
        await store.give_back(bought, reference="R", amount=Decimal(6))


async def test_returns_at_once_never_take_more_than_there_was(store: Store) -> None:
    buyer = await store.member()
    bought = await store.buy(buyer, line("2.50", quantity=4))
    asked = [store.give_back(bought, units={"a": Decimal(1)}) for _ in range(9)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in done if isinstance(each, Exception)] == [ReturnExceedsOrder] * 5
    assert await store.posted(buyer) == 0
    assert await auditing.accounts(store.engine, [buyer.account_id]) == (1, [])


async def test_what_is_spent_already_is_taken_by_the_return_policy(store: Store) -> None:
    buyer = await store.member()
    bought = await store.buy(buyer, 10)
    spend = Adjust(caller=store.shop.caller, account_id=buyer.account_id, at=NOW, points=Decimal(-15))
    await posting.post(store.engine, spend)
    found = await store.give_back(bought)
    assert (int(found.given.points), int(found.given.shortfall), await store.posted(buyer)) == (20, 15, 0)


async def test_what_cannot_come_back(store: Store) -> None:
    buyer = await store.member()
    bought = await store.buy(buyer, 10, reference="A")
    for back in ({"units": {"b": Decimal(1)}}, {"units": {"a": Decimal(2)}}, {"amount": Decimal("10.01")}):
        with pytest.raises(ReturnExceedsOrder):
            await store.give_back(bought, **back)
    stranger = await open_store(store.engine, BASE)
    with pytest.raises(OrderNotFound):
        await stranger.give_back(bought)
    await ordering.cancel(store.engine, store.shop.caller, "A", NOW)
    with pytest.raises(ReturnExceedsOrder):
        await store.give_back(bought)
    assert await store.posted(buyer) == 0


async def test_what_is_left_of_a_returned_order_is_cancelled_with_it(store: Store) -> None:
    buyer = await store.member()
    bought = await store.buy(buyer, 10, reference="A")
    await store.give_back(bought, amount=Decimal(4))
    cancelled = await ordering.cancel(store.engine, store.shop.caller, "A", NOW)
    assert (cancelled.state, await store.posted(buyer)) == (OrderState.CANCELLED, 0)


async def test_what_a_member_bought_that_went_up_in_another_comes_back(store: Store) -> None:
    ana, ben = await store.member(), await store.member()
    bought = await store.buy(ben, 10)
    await merging.merge(store.engine, store.shop.caller, into_id=ana.member_id, from_id=ben.member_id)
    assert (await store.give_back(bought, amount=Decimal(5))).given.shortfall == 0
    assert await store.posted(ana) == 10
    assert (await store.give_back(bought)).order.state is OrderState.RETURNED
    assert await store.posted(ana) == 0
    assert await auditing.accounts(store.engine, [ana.account_id, ben.account_id]) == (2, [])


async def test_an_order_that_earned_nothing_comes_back_too(store: Store) -> None:
    free = await open_store(store.engine, rule("much", per_spend={"points": 1, "per": 100}))
    bought = await free.buy(await free.member(), 10)
    found = await free.give_back(bought)
    assert (found.order.state, int(found.given.points), found.given.version) == (OrderState.RETURNED, 0, None)
