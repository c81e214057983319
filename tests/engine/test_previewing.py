"""Previews say what an order would give and write nothing; and orders are shown with what came back."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from conftest import NOW
from core.rules.baskets import BASE, order, rule
from engine.buying import Store, open_store
from engine.people import fetch
from guerdon.core.refusals import EventInvalid, OrderNotFound, ProgramNotFound, RuleSetNotFound
from guerdon.engine import Engine, merging, previewing, reading, ruling
from guerdon.engine.previewing import Preview


@pytest.fixture
async def store(engine: Engine) -> Store:
    """A store with a cap and something for the first purchase, and a draft."""
    first = rule("first", per_visit={"points": 50}, when={"first_purchase": True})
    opened = await open_store(engine, {**BASE, "caps": [{"points": 15, "per": "day"}]}, first)
    await ruling.draft(engine, opened.drafting(rule("draft", per_visit={"points": 1})))
    return opened


def asked(store: Store, price: str = "10", **more: object) -> Preview:
    """What is to be reckoned."""
    named: dict[str, object] = {"program_id": store.shop.program.id, "occasion": order(price), **more}
    return Preview(caller=store.shop.caller, **named)  # type: ignore[arg-type]


async def test_a_preview_is_what_the_order_gives_then(store: Store) -> None:
    buyer = await store.member()
    for points in (60, 5, 0):
        previewed = await previewing.preview(store.engine, asked(store, membership=buyer))
        before = await fetch(store.engine, "SELECT count(*) FROM orders WHERE membership_id = $1", buyer.id)
        bought = await store.buy(buyer, "10")
        assert (previewed.version, previewed.reckoning) == (1, bought.reckoning)
        assert bought.reckoning is not None
        assert bought.reckoning.points == points
        assert before[0][0] == {60: 0, 5: 1, 0: 2}[points]


async def test_who_was_referred_by_who_went_up_in_it_is_so_in_a_preview_too(engine: Engine) -> None:
    """Nobody referred it any more, and nobody else does either."""
    store = await open_store(engine, rule("friend", referral={"points": 5, "referrer_points": 7}))
    ana, ben, cem = [await store.member() for _ in range(3)]
    await store.buy(ben, "10", referrer=ana)
    await merging.merge(engine, store.shop.caller, into_id=ben.member_id, from_id=ana.member_id)
    now = await reading.membership(engine, store.shop.caller, ben.id)
    previewed = await previewing.preview(engine, asked(store, membership=now, referrer=cem.account_id))
    assert previewed.reckoning == (await store.buy(now, "10", referrer=cem)).reckoning


async def test_of_a_guest_a_draft_and_another_day(store: Store) -> None:
    assert (await previewing.preview(store.engine, asked(store))).reckoning.points == 60
    draft = await previewing.preview(store.engine, asked(store, version=2))
    assert (draft.version, int(draft.reckoning.points)) == (2, 1)
    earlier = order("10", at=NOW - timedelta(days=1))
    assert (await previewing.preview(store.engine, asked(store, occasion=earlier))).version == 0


async def test_what_is_not_there(store: Store) -> None:
    with pytest.raises(RuleSetNotFound):
        await previewing.preview(store.engine, asked(store, version=3))
    with pytest.raises(ProgramNotFound):
        await previewing.preview(store.engine, asked(store, program_id=uuid.uuid4()))
    with pytest.raises(EventInvalid):
        await previewing.preview(store.engine, asked(store, occasion=order(event="walk")))
    with pytest.raises(OrderNotFound):
        await previewing.order(store.engine, store.shop.caller, uuid.uuid4())


async def test_an_order_is_shown_with_what_came_back(store: Store) -> None:
    bought = await store.buy(await store.member(), "10")
    await store.give_back(bought, amount=Decimal(4), reference="R")
    shown = await previewing.order(store.engine, store.shop.caller, bought.id)
    assert shown.order == bought
    assert [(each.reference, int(each.points), int(each.back.amount or 0)) for each in shown.returns] == [("R", 24, 4)]
    stranger = await open_store(store.engine)
    with pytest.raises(OrderNotFound):
        await previewing.order(store.engine, stranger.shop.caller, bought.id)
