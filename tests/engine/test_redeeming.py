"""Reservations: for a session, in one step, renewed, freed, ended by time; never more than there is."""

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock
from engine.catalogues import Catalogue, open_catalogue
from engine.people import fetch
from guerdon.core.commands import Void
from guerdon.core.refusals import NoRedemptionRate
from guerdon.core.rewards import Basket, Line, Objection, RewardKind
from guerdon.engine import Engine, posting, redeeming
from guerdon.engine.redeeming import RESERVED_FOR
from guerdon.storage import redemptions, rewards

LATER = NOW + RESERVED_FOR


@pytest.fixture
async def shop(engine: Engine) -> Catalogue:
    """A shop without rewards yet."""
    return await open_catalogue(engine)


async def test_the_catalogue_says_what_can_be_had(shop: Catalogue) -> None:
    """The cheapest first; what is not listed or not in use is not there."""
    await shop.add("dear", 101)
    await shop.add("cheap", 10)
    await shop.add("secret", 0, is_listed=False)
    await shop.add("old", 0, is_active=False)
    buyer = await shop.buyer()
    found = await redeeming.offers(shop.engine, buyer, Basket(), session="s", at=NOW)
    assert [(reward.code, list(objections)) for reward, objections in found] == [
        ("cheap", []),
        ("dear", [Objection.NOT_ENOUGH_POINTS]),
    ]


async def test_a_reward_comes_back_from_the_rows_as_it_went_in(shop: Catalogue) -> None:
    facts: dict[str, Any] = {
        "description": "d",
        "media_url": "https://example.com/r.png",
        "media_type": "image",
        "kind": RewardKind.ITEM_DISCOUNT_PERCENTAGE,
        "value": Decimal("12.5"),
        "sku": "BRG",
        "quantity": 2,
        "min_spend": Decimal("9.99"),
        "starts_at": NOW,
        "ends_at": LATER,
        "stock_left": 3,
        "most_per_member": 2,
        "per_days": 30,
    }
    added = await shop.add("full", **facts)
    ((found, _),) = await redeeming.offers(shop.engine, await shop.buyer(), Basket(), session=None, at=NOW)
    assert found == added


async def test_what_is_reserved_is_held_and_not_spent(shop: Catalogue) -> None:
    await shop.add("a")
    buyer = await shop.buyer()
    assert await shop.said(buyer, "a") == {"a": []}
    assert await shop.figures(buyer) == (100, 60, 100)
    assert await shop.redemptions(buyer.account_id) == [("reserved", 60)]


async def test_what_is_wanted_again_is_reserved_once_and_for_longer(shop: Catalogue) -> None:
    """A client that checks again before it takes the money must not lose what it has, nor pay twice."""
    await shop.add("a")
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a")
    assert await shop.said(buyer, "a", "a", at=LATER - timedelta(minutes=1)) == {"a": []}
    assert await shop.figures(buyer) == (100, 60, 100)
    (row,) = await fetch(shop.engine, "SELECT * FROM redemptions WHERE account_id = $1", buyer.account_id)
    assert (row["reserved_at"], row["expires_at"]) == (NOW, LATER - timedelta(minutes=1) + RESERVED_FOR)


async def test_what_is_no_longer_wanted_is_freed(shop: Catalogue) -> None:
    await shop.add("a")
    await shop.add("b", 30)
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a", "b")
    assert await shop.figures(buyer) == (100, 90, 100)
    await shop.reserve(buyer, "b")
    assert await shop.figures(buyer) == (100, 30, 100)
    await shop.reserve(buyer)
    assert await shop.figures(buyer) == (100, 0, 100)
    assert [state for state, _ in await shop.redemptions(buyer.account_id)] == ["cancelled", "cancelled"]


async def test_another_session_frees_nothing_of_this_one(shop: Catalogue) -> None:
    await shop.add("a")
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a", session="one")
    assert await shop.said(buyer, "a", session="two") == {"a": [Objection.NOT_ENOUGH_POINTS]}
    await shop.reserve(buyer, session="two")
    assert await shop.figures(buyer) == (100, 60, 100)


async def test_of_several_those_that_the_points_are_enough_for_are_reserved(shop: Catalogue) -> None:
    """In the order in which they were asked for."""
    for code in ("a", "b", "c"):
        await shop.add(code, 40)
    buyer = await shop.buyer()
    assert await shop.said(buyer, "c", "a", "b") == {"c": [], "a": [], "b": [Objection.NOT_ENOUGH_POINTS]}
    assert await shop.figures(buyer) == (100, 80, 100)


async def test_one_that_costs_nothing_needs_no_points(shop: Catalogue) -> None:
    await shop.add("gift", 0)
    buyer = await shop.buyer(0)
    assert await shop.said(buyer, "gift") == {"gift": []}
    assert await shop.redemptions(buyer.account_id) == [("reserved", 0)]
    await shop.reserve(buyer)
    assert await shop.redemptions(buyer.account_id) == [("cancelled", 0)]


async def test_what_cannot_be_had_is_not_reserved(shop: Catalogue) -> None:
    await shop.add("later", min_spend=Decimal(30))
    await shop.add("secret", is_listed=False)
    buyer = await shop.buyer()
    basket = Basket((Line("x", Decimal(10), 1),), Decimal(10), Decimal(10))
    assert await shop.said(buyer, "later", "secret", "none", basket=basket) == {
        "later": [Objection.BELOW_MINIMUM],
        "secret": [Objection.UNKNOWN],
        "none": [Objection.UNKNOWN],
    }
    assert await shop.figures(buyer) == (100, 0, 100)
    assert await shop.redemptions(buyer.account_id) == []


async def test_those_that_a_code_opens_are_a_kind_of_their_own(shop: Catalogue) -> None:
    """Dropping the one kind does not drop the other."""
    await shop.add("a")
    await shop.add("secret", 10, is_listed=False)
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a")
    assert await shop.said(buyer, "secret", "a", is_listed=False) == {"secret": [], "a": [Objection.UNKNOWN]}
    assert await shop.figures(buyer) == (100, 70, 100)
    await shop.reserve(buyer)
    assert await shop.figures(buyer) == (100, 10, 100)


async def test_a_reservation_ends_by_itself(shop: Catalogue) -> None:
    """Points and stock are there for others from the quarter of an hour on."""
    mug = await shop.add("mug", stock_left=1)
    first, second = await shop.buyer(), await shop.buyer()
    await shop.reserve(first, "mug")
    assert await shop.said(second, "mug", at=LATER - timedelta(seconds=1)) == {"mug": [Objection.OUT_OF_STOCK]}
    ((_, objections),) = await redeeming.offers(shop.engine, second, Basket(), session="s", at=LATER)
    assert list(objections) == []
    assert await shop.said(second, "mug", at=LATER) == {"mug": []}
    assert await shop.redemptions(first.account_id) == [("expired", 60)]
    assert await shop.left(mug) == 0


async def test_the_last_one_is_still_there_for_who_has_it(shop: Catalogue) -> None:
    mug = await shop.add("mug", stock_left=1)
    buyer, other = await shop.buyer(), await shop.buyer()
    for _ in range(3):
        assert await shop.said(buyer, "mug") == {"mug": []}
    assert await shop.left(mug) == 0
    ((_, mine),) = await redeeming.offers(shop.engine, await shop.look(buyer), Basket(), session="s", at=NOW)
    ((_, theirs),) = await redeeming.offers(shop.engine, other, Basket(), session="s", at=NOW)
    assert (list(mine), list(theirs)) == ([], [Objection.OUT_OF_STOCK])
    await shop.reserve(buyer)
    assert await shop.left(mug) == 1


async def test_a_limit_counts_what_was_used_and_what_other_sessions_have(shop: Catalogue) -> None:
    await shop.add("a", 10, most_per_member=2, per_days=7)
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a", session="one")
    await shop.place(buyer, "a", session="one")
    await shop.reserve(buyer, "a", session="two")
    assert await shop.said(buyer, "a", session="three") == {"a": [Objection.RESERVED_ELSEWHERE]}
    await shop.place(buyer, "a", session="two")
    assert await shop.said(buyer, "a", session="three") == {"a": [Objection.LIMIT_REACHED]}
    week = NOW + timedelta(days=7)
    assert await shop.said(buyer, "a", session="three", at=week) == {"a": []}


async def test_a_hold_that_somebody_freed_by_hand_is_placed_anew(shop: Catalogue) -> None:
    await shop.add("a")
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a")
    (row,) = await fetch(shop.engine, "SELECT hold_id FROM redemptions WHERE account_id = $1", buyer.account_id)
    void = Void(caller=shop.shop.caller, account_id=buyer.account_id, at=NOW, hold_id=row["hold_id"])
    await posting.post(shop.engine, void)
    assert await shop.said(buyer, "a") == {"a": []}
    assert await shop.figures(buyer) == (100, 60, 100)


async def test_stock_is_never_oversold(shop: Catalogue) -> None:
    """64 members at once, for five."""
    mug = await shop.add("mug", 10, stock_left=5)
    buyers = [await shop.buyer(10) for _ in range(64)]
    found = await asyncio.gather(*(shop.said(buyer, "mug") for buyer in buyers))
    assert Counter(tuple(said["mug"]) for said in found) == {(): 5, (Objection.OUT_OF_STOCK,): 59}
    assert await shop.left(mug) == 0


async def test_sessions_of_one_member_at_once_share_the_points(shop: Catalogue) -> None:
    await shop.add("a", 40)
    buyer = await shop.buyer()
    found = await asyncio.gather(*(shop.said(buyer, "a", session=f"s{n}") for n in range(8)))
    assert Counter(tuple(said["a"]) for said in found) == {(): 2, (Objection.NOT_ENOUGH_POINTS,): 6}
    assert await shop.figures(buyer) == (100, 80, 100)


async def test_one_session_twice_at_once_reserves_once(shop: Catalogue) -> None:
    await shop.add("a", 40, stock_left=5, most_per_member=1)
    buyer = await shop.buyer()
    found = await asyncio.gather(*(shop.said(buyer, "a") for _ in range(8)))
    assert found == [{"a": []}] * 8
    assert await shop.figures(buyer) == (100, 40, 100)


async def test_points_in_the_place_of_money(shop: Catalogue) -> None:
    """A hundred points for each unit; a second amount takes the place of the first."""
    buyer = await shop.buyer(500)
    assert await shop.pay(buyer, "3.50") == []
    assert await shop.figures(buyer) == (500, 350, 500)
    assert await shop.pay(buyer, "5") == []
    assert await shop.figures(buyer) == (500, 500, 500)
    assert await shop.pay(buyer, "5.01") == [Objection.NOT_ENOUGH_POINTS]
    assert await shop.figures(buyer) == (500, 0, 500)
    assert await shop.pay(buyer, "4", most="3.99") == [Objection.NOT_ENOUGH_POINTS]
    assert await shop.pay(buyer, "4", most="4") == []


async def test_without_a_price_points_are_no_money(engine: Engine) -> None:
    shop = await open_catalogue(engine, points_per_unit=None)
    with pytest.raises(NoRedemptionRate):
        await shop.pay(await shop.buyer(), "1")


async def test_what_has_ended_is_noted_even_where_nobody_asks(alone: Engine) -> None:
    """With stock, without, and points in the place of money; what is still good stays."""
    shop = await open_catalogue(alone)
    mug = await shop.add("mug", 10, stock_left=1)
    await shop.add("a", 10)
    buyer = await shop.buyer()
    await shop.reserve(buyer, "mug", "a", at=NOW - RESERVED_FOR)
    await shop.reserve(buyer, "a", session="later")
    assert await redeeming.expire(alone) == 2
    assert await redeeming.expire(alone) == 0
    assert await shop.left(mug) == 1
    assert sorted(await shop.redemptions(buyer.account_id)) == [("expired", 10), ("expired", 10), ("reserved", 10)]


async def test_stock_comes_back_once_from_what_ends_at_the_same_moment(
    shop: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job notes that a reservation has ended while its session, which still saw it, frees it."""
    mug = await shop.add("mug", 10, stock_left=5)
    buyer = await shop.buyer()
    await shop.reserve(buyer, "mug")
    lock = rewards.lock_stock

    async def late(*locked: Any) -> Any:
        async with shop.engine.database.transaction() as connection:
            await redemptions.lapse(connection, [mug.id], NOW + RESERVED_FOR)
        return await lock(*locked)

    monkeypatch.setattr(rewards, "lock_stock", late)
    await shop.reserve(buyer, at=NOW + RESERVED_FOR - timedelta.resolution)
    assert await shop.left(mug) == 5


async def test_a_payment_that_nobody_took_is_noted_too(dsn: str) -> None:
    clock = Clock()
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        shop = await open_catalogue(engine)
        buyer = await shop.buyer()
        await shop.pay(buyer, "0.50")
        clock.now = LATER
        while await redeeming.expire(engine):
            pass
        assert await shop.redemptions(buyer.account_id) == [("expired", 50)]
        assert await shop.figures(buyer) == (100, 0, 100)
