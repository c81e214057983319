"""Orders: what they use is spent, what they earn is earned, once; and cancelling undoes both."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from conftest import NOW
from core.rules.baskets import BASE, rule
from engine.buying import given, open_store
from engine.catalogues import Catalogue, open_catalogue
from engine.people import fetch
from guerdon.core.memberships import MembershipState
from guerdon.core.orders import OrderState
from guerdon.core.rewards import Basket, Line, RewardKind
from guerdon.engine import Engine, auditing, merging, ordering, reading, tracing
from guerdon.engine.ordering import Placing
from guerdon.engine.redeeming import RESERVED_FOR


@pytest.fixture
async def shop(engine: Engine) -> Catalogue:
    """A shop with a reward for sixty points, and one for ten."""
    opened = await open_catalogue(engine)
    await opened.add("a")
    await opened.add("b", 10)
    return opened


async def test_an_order_earns_by_the_rate(engine: Engine) -> None:
    shop = await open_catalogue(engine, earning_rate=Decimal("2.5"))
    buyer = await shop.buyer(0)
    reference = await shop.place(buyer, amount="10.10")
    assert await shop.figures(buyer) == (25, 0, 25)
    (entry,) = await reading.entries(engine, shop.shop.caller, buyer.id, before=9, limit=9)
    assert (entry.kind, entry.reference, entry.reason) == ("earn", reference, "order")


async def test_an_order_takes_what_was_reserved_for_it(shop: Catalogue) -> None:
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a")
    await shop.place(buyer, "a", amount="20", session="s")
    assert await shop.figures(buyer) == (60, 0, 120)
    assert await shop.redemptions(buyer.account_id) == [("fulfilled", 60)]


async def test_the_session_of_the_order_comes_first(shop: Catalogue) -> None:
    buyer = await shop.buyer(200)
    for session in ("one", "two"):
        await shop.reserve(buyer, "a", session=session)
    await shop.place(buyer, "a", session="two")
    rows = await fetch(
        shop.engine, "SELECT session, state FROM redemptions WHERE account_id = $1 ORDER BY id", buyer.account_id
    )
    assert [tuple(row) for row in rows] == [("one", "reserved"), ("two", "fulfilled")]
    assert await shop.figures(buyer) == (140, 60, 200)


@pytest.mark.parametrize("reserved", ["never", "long ago"])
async def test_what_is_not_reserved_is_spent_all_the_same(shop: Catalogue, reserved: str) -> None:
    buyer = await shop.buyer()
    if reserved == "long ago":
        await shop.reserve(buyer, "a", at=NOW - RESERVED_FOR)
    await shop.place(buyer, "a")
    assert await shop.figures(buyer) == (40, 0, 100)


async def test_an_order_that_the_points_are_not_enough_for_is_taken_all_the_same(shop: Catalogue) -> None:
    """The shop has given the reward; what the order earns does not pay for it."""
    buyer = await shop.buyer(59)
    await shop.place(buyer, "a", "unknown", amount="100")
    assert await shop.figures(buyer) == (159, 0, 159)
    assert await shop.redemptions(buyer.account_id) == []


async def test_one_that_is_used_without_being_reserved_leaves_the_stock(shop: Catalogue) -> None:
    mug = await shop.add("mug", 10, stock_left=1)
    buyer = await shop.buyer()
    first = await shop.place(buyer, "mug")
    assert await shop.left(mug) == 0
    await shop.place(buyer, "mug")
    assert await shop.left(mug) == 0
    await ordering.cancel(shop.engine, shop.shop.caller, first, NOW)
    assert await shop.left(mug) == 1


async def test_points_in_the_place_of_money_are_taken(shop: Catalogue) -> None:
    """As much as the order says, whatever was reserved."""
    buyer = await shop.buyer(1000)
    for reserved, paid, left in ((None, "1", 900), ("2", "2", 700), ("3", "1", 600), ("1", "2", 400)):
        if reserved:
            assert await shop.pay(buyer, reserved) == []
        await shop.place(buyer, paid=Decimal(paid), session="s")
        assert await shop.figures(buyer) == (left, 0, 1000)


async def test_an_order_counts_once(shop: Catalogue) -> None:
    """Whatever it says the second time."""
    buyer = await shop.buyer()
    ask = shop.order(buyer, "a", amount="20")
    first = await ordering.place(shop.engine, ask)
    again = await ordering.place(shop.engine, replace(ask, amount=Decimal(500), uses={}))
    assert (again, first.state) == (first, OrderState.PLACED)
    assert await shop.figures(buyer) == (60, 0, 120)


async def test_one_order_told_of_at_once_counts_once(shop: Catalogue) -> None:
    """Sixteen times, beside the orders of others."""
    buyer, other = await shop.buyer(), await shop.buyer()
    ask = shop.order(buyer, "a", amount="20")
    await asyncio.gather(
        *(ordering.place(shop.engine, ask) for _ in range(16)),
        *(shop.place(other, amount="1") for _ in range(8)),
    )
    assert await shop.figures(buyer) == (60, 0, 120)
    assert await shop.figures(other) == (108, 0, 108)


async def test_a_cancelled_order_is_undone_whole(shop: Catalogue) -> None:
    """What was spent goes back to its lots, what was earned goes, lifetime points too."""
    buyer = await shop.buyer()
    reference = await shop.place(buyer, "a", amount="20", paid=Decimal("0.10"))
    assert await shop.figures(buyer) == (50, 0, 120)
    cancelled = await ordering.cancel(shop.engine, shop.shop.caller, reference, NOW)
    assert cancelled.state is OrderState.CANCELLED
    assert await shop.figures(buyer) == (100, 0, 100)
    lots = await tracing.lots_of(shop.engine, shop.shop.caller, buyer.id, open_only=True, limit=9)
    assert [lot.remaining for lot in lots] == [100]
    assert [state for state, _ in await shop.redemptions(buyer.account_id)] == ["cancelled", "cancelled"]


async def test_cancelling_again_changes_nothing(shop: Catalogue) -> None:
    buyer = await shop.buyer()
    reference = await shop.place(buyer, "a", amount="20")
    await asyncio.gather(
        *(ordering.cancel(shop.engine, shop.shop.caller, reference, NOW + timedelta(seconds=n)) for n in range(8))
    )
    assert await shop.figures(buyer) == (100, 0, 100)


async def test_an_order_that_was_cancelled_before_it_came_counts_for_nothing(shop: Catalogue) -> None:
    buyer = await shop.buyer()
    ask = shop.order(buyer, "a", amount="20")
    await ordering.cancel(shop.engine, shop.shop.caller, ask.reference, NOW)
    placed = await ordering.place(shop.engine, ask)
    assert placed.state is OrderState.CANCELLED
    assert await shop.figures(buyer) == (100, 0, 100)


async def test_order_and_cancellation_at_once_leave_nothing(shop: Catalogue) -> None:
    """Whichever comes first."""
    buyer = await shop.buyer()
    asks = [shop.order(buyer, amount="20") for _ in range(12)]
    both = [(ordering.place(shop.engine, ask), shop.cancel(ask.reference)) for ask in asks]
    await asyncio.gather(*(each for pair in both for each in pair))
    assert await shop.figures(buyer) == (100, 0, 100)


async def test_points_that_are_gone_cannot_be_taken_back(shop: Catalogue) -> None:
    """By the program's policy: what is available goes, and the rest is let be."""
    buyer = await shop.buyer(0)
    reference = await shop.place(buyer, amount="60")
    await shop.place(buyer, "a")
    assert await shop.figures(buyer) == (0, 0, 60)
    await ordering.cancel(shop.engine, shop.shop.caller, reference, NOW)
    assert (await shop.figures(buyer))[:2] == (0, 0)


async def test_another_tenants_order_is_another(engine: Engine, shop: Catalogue) -> None:
    other = await open_catalogue(engine)
    ours, theirs = await shop.buyer(), await other.buyer()
    await shop.place(ours, amount="20", reference="A-1")
    await other.place(theirs, amount="20", reference="A-1")
    await ordering.cancel(engine, other.shop.caller, "A-1", NOW)
    assert (await shop.figures(ours), await other.figures(theirs)) == ((120, 0, 120), (100, 0, 100))


async def test_who_may_not_take_part_neither_earns_nor_spends(shop: Catalogue) -> None:
    buyer = replace(await shop.buyer(), state=MembershipState.CANCELED)
    await shop.place(buyer, "a", amount="20")
    assert await shop.figures(buyer) == (100, 0, 100)


async def test_the_books_are_right_after_all_of_it(shop: Catalogue) -> None:
    buyer = await shop.buyer(1000)
    for n in range(6):
        await shop.reserve(buyer, "a", session=f"s{n}")
        reference = await shop.place(buyer, "a", amount="7", session=f"s{n}", paid=Decimal("0.5"))
        if n % 2:
            await ordering.cancel(shop.engine, shop.shop.caller, reference, NOW)
    count, findings = await auditing.accounts(shop.engine, [buyer.account_id])
    assert (count, findings) == (1, [])


async def test_what_was_reserved_follows_the_member(shop: Catalogue) -> None:
    """Into the member it goes up in, where the order uses it; and back, where it has not been used."""
    survivor, gone = await shop.buyer(), await shop.buyer()
    for session in ("used", "kept"):
        await shop.reserve(gone, "a" if session == "used" else "b", session=session)
    merge = await shop.merge(survivor, gone)
    assert await shop.figures(survivor) == (200, 70, 200)
    await shop.place(survivor, "a", session="used")
    assert await shop.figures(survivor) == (140, 10, 200)
    assert await shop.redemptions(survivor.account_id) == [("fulfilled", 60), ("reserved", 10)]
    await merging.unmerge(shop.engine, shop.shop.caller, merge)
    assert await shop.redemptions(gone.account_id) == [("reserved", 10)]
    assert await shop.figures(gone) == (100, 10, 100)


@pytest.mark.parametrize("others", [1, 2])
@pytest.mark.parametrize("spent", [0, 90])
async def test_an_order_is_cancelled_whoever_its_member_has_become(shop: Catalogue, others: int, spent: int) -> None:
    """As if it had been the survivor's: its points pay for what was earned, and the merges can still be undone."""
    gone = await shop.buyer()
    reference = await shop.place(gone, "a", amount="50")
    assert await shop.figures(gone) == (90, 0, 150)
    merges, last = [], gone
    for _ in range(others):
        survivor = await shop.buyer(100)
        merges.append(await shop.merge(survivor, last))
        last = survivor
    had = 90 + 100 * others
    await shop.place(last, paid=Decimal(spent) / 100)
    assert await shop.figures(last) == (had - spent, 0, had + 60)
    await shop.cancel(reference)
    assert await shop.figures(last) == (had - spent + 10, 0, had + 10)
    (states,) = {state for state, _ in await shop.redemptions(gone.account_id)}
    assert states == "cancelled"
    await shop.cancel(reference)
    for merge in reversed(merges):
        await merging.unmerge(shop.engine, shop.shop.caller, merge)
    people = [gone.account_id, last.account_id]
    assert (await auditing.accounts(shop.engine, people))[1] == []
    assert sum([(await shop.figures(each))[0] for each in (gone, last)]) <= had - spent + 10


async def test_what_is_paid_beyond_what_was_reserved_and_there_is(shop: Catalogue) -> None:
    """Nothing is spent, and what was reserved for less is free again."""
    buyer = await shop.buyer()
    await shop.pay(buyer, "0.50")
    await shop.place(buyer, paid=Decimal("1.50"), session="s")
    assert await shop.redemptions(buyer.account_id) == [("cancelled", 50)]
    assert await shop.pay(buyer, "1.20") == ["not_enough_points"]
    assert await shop.figures(buyer) == (100, 0, 100)


async def test_a_cancelled_order_of_a_member_that_goes_up_meanwhile(shop: Catalogue) -> None:
    """Whichever comes first, the sum is the same."""
    for _ in range(4):
        survivor, gone = await shop.buyer(), await shop.buyer()
        reference = await shop.place(gone, "a", amount="50")
        await asyncio.gather(shop.cancel(reference), shop.merge(survivor, gone))
        assert await shop.figures(survivor) == (200, 0, 200)
        assert (await auditing.accounts(shop.engine, [survivor.account_id, gone.account_id]))[1] == []


@pytest.mark.parametrize(("said", "worth"), [(None, "2.60"), ("2.50", "2.50")])
async def test_what_a_use_was_worth_is_kept(shop: Catalogue, said: str | None, worth: str) -> None:
    """As the shop says, or reckoned from what was bought."""
    await shop.add("tenth", 10, kind=RewardKind.DISCOUNT_PERCENTAGE, value=Decimal(10))
    buyer = await shop.buyer()
    basket = Basket(subtotal=Decimal("25.95"))
    ask = replace(shop.order(buyer, basket=basket), uses={"tenth": None if said is None else Decimal(said)})
    await ordering.place(shop.engine, ask)
    (row,) = await fetch(shop.engine, "SELECT value FROM redemptions WHERE account_id = $1", buyer.account_id)
    assert str(row["value"]) == worth


@pytest.mark.parametrize("amount", ["30", "22.50", "26.00"])
async def test_an_order_without_lines_of_its_own_earns_by_rules_too(engine: Engine, amount: str) -> None:
    """By its basket, which comes to what was paid: less is a discount, more a line without an item."""
    store = await open_store(engine, BASE, rule("fries", per_item={"points": 5}, lines={"skus": ["FRI"]}))
    basket = Basket((Line("BRG", Decimal("11.50"), 2), Line("FRI", Decimal(3), 1), Line("TIP", Decimal(-1), 1)))
    ask = Placing(
        caller=store.shop.caller,
        at=NOW,
        reference="A",
        membership=await store.member(),
        amount=Decimal(amount),
        basket=basket,
        location="L",
    )
    placed = await ordering.place(engine, ask)
    assert given(placed) == {"base": int(Decimal(amount)), "fries": 5}
    assert placed.occasion is not None
    assert (placed.occasion.paid, placed.occasion.location) == (Decimal(amount), "L")
