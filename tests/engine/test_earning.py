"""Earning by rules: what they ask of the member is as it was stored, and caps hold whatever comes at once."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW
from core.rules.baskets import BASE, line, order, rule
from engine.buying import Store, given, open_store
from engine.merchants import tier
from engine.people import fetch
from guerdon.core.orders import Order, OrderState
from guerdon.core.refusals import EventInvalid, KeyReused, OrderNotFound
from guerdon.core.rules.matching import Because
from guerdon.core.rules.occasions import Occasion
from guerdon.engine import Engine, auditing, campaigning, merging, ordering, previewing, reading, subscribing
from guerdon.engine.previewing import Preview
from guerdon.storage import earnings, tenants

AT_ONCE = 64


async def test_an_order_earns_by_the_version_that_is_live_and_says_so(engine: Engine) -> None:
    """By the one that was live when it happened; before any, by the program's rate."""
    store = await open_store(engine)
    buyer = await store.member()
    await store.publish({**BASE, "give": {"per_spend": {"points": 2}}}, at=NOW + timedelta(hours=1))
    await store.publish({**BASE, "give": {"per_spend": {"points": 3}}}, at=NOW + timedelta(hours=2))
    moments = [NOW + timedelta(minutes=minutes) for minutes in (59, 60, 119, 120)]
    bought = [await store.buy(buyer, "10.90", at=at) for at in moments]
    assert [each.rule_version for each in bought] == [0, 1, 1, 2]
    entries = await reading.entries(engine, store.shop.caller, buyer.id, before=99, limit=9)
    assert [(int(entry.points), entry.cause) for entry in entries[::-1]] == [
        (10, "rules:0"), (21, "rules:1"), (21, "rules:1"), (32, "rules:2")
    ]  # fmt: skip


async def test_an_order_counts_once_and_its_id_is_for_no_other(engine: Engine) -> None:
    store = await open_store(engine, BASE)
    buyer = await store.member()
    ask = store.buying(buyer, 10, reference="A-1")
    first, *others = await asyncio.gather(*(ordering.place(engine, ask) for _ in range(8)))
    assert {each.id for each in others} == {first.id}
    assert given(first) == {"base": 10}
    with pytest.raises(KeyReused):
        await store.buy(buyer, 11, reference="A-1")
    assert await store.posted(buyer) == 10


async def test_a_cap_holds_whatever_comes_at_once(engine: Engine) -> None:
    """64 orders of one member, ten points each, and not one point above the cap of a rule or of the set."""
    store = await open_store(
        engine,
        {**BASE, "caps": [{"points": 105, "per": "day"}]},
        rule("visit", per_visit={"points": 3}, caps=[{"times": 7, "per": "month"}]),
        caps=[{"points": 120, "per": "week"}],
    )
    buyer, other = await store.member(), await store.member()
    done = await asyncio.gather(*(store.buy(buyer, 10) for _ in range(AT_ONCE)), store.buy(other, 10))
    assert await store.posted(buyer) == 120
    assert await store.posted(other) == 13
    total = sum((each.reckoning.points for each in done[:-1] if each.reckoning), Decimal(0))
    rules = [given(each) for each in done[:-1]]
    assert (int(total), sum(each.get("base", 0) for each in rules) <= 105) == (120, True)
    assert sum("visit" in each for each in rules) <= 7
    cut = [each for order in done if order.reckoning for each in order.reckoning.given if each.cuts]
    assert cut
    assert all(each.because is Because.CAPPED for each in cut)


async def test_one_first_purchase_whatever_comes_at_once(engine: Engine) -> None:
    store = await open_store(engine, rule("first", per_visit={"points": 50}, when={"first_purchase": True}))
    buyer = await store.member()
    await asyncio.gather(*(store.buy(buyer, 1) for _ in range(8)))
    assert await store.posted(buyer) == 50


async def test_what_is_counted_is_what_is_left_of_it(engine: Engine) -> None:
    """Returns and cancellations free caps, and take back progress and visits."""
    store = await open_store(
        engine,
        {**BASE, "caps": [{"points": 30, "per": "day"}]},
        rule("third", per_visit={"points": 5}, when={"every_visit": 3}),
        rule("spent", challenge={"points": 100, "goal": 50, "measure": "spend", "within": "month"}),
    )
    buyer = await store.member()
    first, second = await store.buy(buyer, 20), await store.buy(buyer, 20, reference="B")
    assert (given(first), given(second)) == ({"base": 20}, {"base": 10})
    await store.give_back(first)
    await ordering.cancel(engine, store.shop.caller, "B", NOW)
    assert await store.posted(buyer) == 0
    for expected in ({"base": 20}, {"base": 10}, {"third": 5, "spent": 100}, {}):
        assert given(await store.buy(buyer, 20)) == expected


async def test_a_streak_a_birthday_and_a_tier(engine: Engine) -> None:
    store = await open_store(engine)
    gold = replace(tier(store.shop.program.id), code="gold", min_lifetime=Decimal(1000))
    await engine.database.retrying(lambda connection: tenants.insert_tier(connection, gold))
    await store.publish(
        rule("row", streak={"points": 20, "every": "week", "length": 3}),
        rule("cake", per_visit={"points": 7}, when={"birthday": "day"}),
        rule("gold", per_visit={"points": 9}, when={"tiers": ["gold"]}),
        at=NOW - timedelta(days=90),
    )
    buyer = await store.member()
    statement = 'UPDATE members SET profile = profile || \'{"date_of_birth": "1990-07-02"}\' WHERE id = $1 RETURNING id'
    assert await fetch(engine, statement, buyer.member_id)
    days = (15, 14, 8, 1, 0)
    found = [given(await store.buy(buyer, 1, at=NOW - timedelta(days=day))) for day in days]
    assert found == [{}, {}, {}, {"row": 20}, {"cake": 7}]


async def test_both_sides_of_a_referral_and_back(engine: Engine) -> None:
    friend = rule("friend", referral={"points": 100, "referrer_points": 50}, when={"first_purchase": True})
    store = await open_store(engine, friend)
    ana, ben = await store.member(), await store.member()
    bought = await store.buy(ben, 30, 10, referrer=ana)
    assert (await store.posted(ana), await store.posted(ben)) == (50, 100)
    assert given(await store.buy(ben, 1, referrer=ana)) == {}
    await store.give_back(bought, amount=Decimal(20))
    assert (await store.posted(ana), await store.posted(ben)) == (25, 50)
    await ordering.cancel(engine, store.shop.caller, bought.reference, NOW)
    assert (await store.posted(ana), await store.posted(ben)) == (0, 0)


async def test_who_referred_a_member_may_go_up_in_another(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """That one earns from then on, at the same moment too, and gives back what the other had; nobody refers itself."""
    store = await open_store(engine, rule("friend", referral={"points": 100, "referrer_points": 50}))
    ana, ben, cem, dora = [await store.member() for _ in range(4)]
    bought = await store.buy(ben, 1, referrer=ana)
    lock = earnings.lock_accounts

    async def late(*locked: Any) -> Any:
        await merging.merge(engine, store.shop.caller, into_id=cem.member_id, from_id=ana.member_id)
        return await lock(*locked)

    with monkeypatch.context() as patch:
        patch.setattr(earnings, "lock_accounts", late)
        await store.buy(ben, 1)
    assert (await store.posted(ben), await store.posted(cem)) == (200, 100)
    await merging.merge(engine, store.shop.caller, into_id=dora.member_id, from_id=cem.member_id)
    await ordering.cancel(engine, store.shop.caller, bought.reference, NOW)
    assert (await store.posted(ben), await store.posted(dora)) == (100, 50)
    await merging.merge(engine, store.shop.caller, into_id=ben.member_id, from_id=dora.member_id)
    assert given(await store.buy(ben, 1)) == {}
    assert await auditing.accounts(engine, [each.account_id for each in (ana, ben, cem, dora)]) == (4, [])


async def test_who_referred_a_member_and_left_earns_no_more(engine: Engine) -> None:
    """Nor who may not take part; the member does all the same, and the budget is what is left for others."""
    friend = rule("friend", referral={"points": 100, "referrer_points": 50}, campaign="c")
    store = await open_store(engine, friend, campaigns=[{"code": "c", "budget": 350}])
    ana, ben, cem, dora = [await store.member() for _ in range(4)]
    await fetch(engine, "UPDATE memberships SET state = 'canceled' WHERE id = $1 RETURNING id", ana.id)
    await fetch(engine, "UPDATE memberships SET deleted_at = updated_at WHERE id = $1 RETURNING id", cem.id)
    for buyer, referrer in ((ben, ana), (dora, cem), (ben, ana)):
        asked = Preview(
            caller=store.shop.caller,
            program_id=store.shop.program.id,
            occasion=order(1, at=NOW),
            membership=buyer,
            referrer=referrer.account_id,
        )
        told = (await previewing.preview(engine, asked)).reckoning
        bought = await store.buy(buyer, 1, referrer=referrer)
        assert given(bought) == {"friend": 100}
        assert bought.reckoning == told
        assert told.referrer_points == 0
    accounts = [each.account_id for each in (ana, ben, cem, dora)]
    rows = await fetch(engine, "SELECT id, posted::int FROM accounts WHERE id = ANY ($1)", accounts)
    assert [dict(map(tuple, rows))[each] for each in accounts] == [0, 200, 0, 100]
    assert (await campaigning.get(engine, store.shop.caller, store.shop.program.id, "c", NOW)).total.given == 300


async def test_two_members_made_one_share_what_was_counted_for_each(engine: Engine) -> None:
    """Until they are two again."""
    store = await open_store(
        engine,
        {**BASE, "caps": [{"points": 30, "per": "day"}]},
        rule("first", per_visit={"points": 5}, when={"first_purchase": True}),
    )
    ana, ben = await store.member(), await store.member()
    assert given(await store.buy(ben, 20)) == {"base": 20, "first": 5}
    merge, _ = await merging.merge(engine, store.shop.caller, into_id=ana.member_id, from_id=ben.member_id)
    assert given(await store.buy(ana, 20)) == {"base": 10}
    await merging.unmerge(engine, store.shop.caller, merge.id)
    assert given(await store.buy(ana, 30)) == {"base": 20}


async def test_two_who_refer_each_other_at_once(engine: Engine) -> None:
    """Both accounts are locked in one order."""
    store = await open_store(engine, rule("friend", referral={"points": 1, "referrer_points": 1}))
    ana, ben = await store.member(), await store.member()
    await asyncio.gather(*(store.buy(a, 1, referrer=b) for a, b in [(ana, ben), (ben, ana)] * 8))
    assert (await store.posted(ana), await store.posted(ben)) == (16, 16)
    checked, found = await auditing.accounts(engine, [ana.account_id, ben.account_id])
    assert (checked, found) == (2, [])


async def test_an_event_earns_once_under_an_id_of_its_own(engine: Engine) -> None:
    events = {"review": {"fields": {"stars": {"type": "number", "required": True}}}}
    store = await open_store(
        engine,
        rule("review", per_event={"points": 15}, when={"event": "review", "fields": {"stars": {"min": 4}}}),
        events=events,
    )
    buyer = await store.member()
    await store.buy(buyer, 1, reference="A-1")
    for stars in (5, 5):
        told = await store.buy(buyer, event="review", fields={"stars": Decimal(stars)}, reference="A-1")
    assert (told.event, given(told), await store.posted(buyer)) == ("review", {"review": 15}, 15)
    assert told.occasion is not None
    assert told.occasion.fields == {"stars": 5}
    for event in ("review", "walk"):
        with pytest.raises(EventInvalid):
            await store.buy(buyer, event=event, reference="A-2")
    assert given(await store.buy(buyer, event="review", fields={"stars": Decimal(3)}, reference="A-2")) == {}


async def test_lines_come_back_from_the_database_as_they_were(store_of_one: Store) -> None:
    buyer = await store_of_one.member()
    ask = store_of_one.buying(buyer, line("20.37076232692728", "a", "0.5", tax="1.10"), discount=Decimal("0.10"))
    await ordering.place(store_of_one.engine, ask)
    kept = await ordering.place(store_of_one.engine, ask)
    assert kept.occasion == ask.occasion


@pytest.fixture
async def store_of_one(engine: Engine) -> Store:
    """A store with one rule."""
    return await open_store(engine, BASE)


async def test_an_event_is_taken_back_whole(engine: Engine) -> None:
    """Its points go, those of who referred the member too, and its caps are free: once, whoever asks at once."""
    walk = rule("walk", per_event={"points": 5}, when={"event": "walk"})
    store = await open_store(
        engine,
        {**walk, "caps": [{"times": 1, "per": "ever"}]},
        rule("join", referral={"points": 100, "referrer_points": 50}, when={"event": "walk"}),
        events={"walk": {}},
    )
    listening = await subscribing.create(engine, store.shop.caller, "https://shop.example.com/", events=[])
    ana, ben = await store.member(), await store.member()

    async def walks(reference: str) -> Order:
        occasion = Occasion(at=NOW, event="walk")
        ask = replace(store.buying(ben, reference=reference, referrer=ana), amount=Decimal(0), occasion=occasion)
        return await ordering.place(engine, ask)

    first, second = await walks("1"), await walks("2")
    assert (given(first), given(second)) == ({"walk": 5, "join": 100}, {"join": 100})
    gone = [ordering.cancel_event(engine, store.shop.caller, first.id, NOW) for _ in range(4)]
    assert {each.state for each in await asyncio.gather(*gone)} == {OrderState.CANCELLED}
    assert (await store.posted(ana), await store.posted(ben)) == (50, 100)
    assert (await walks("1")).state is OrderState.CANCELLED
    assert given(await walks("3")) == {"walk": 5, "join": 100}
    told = "SELECT data FROM webhook_happenings WHERE tenant_id = $1 AND type = 'event.cancelled'"
    (row,) = await fetch(engine, told, listening.tenant_id)
    assert {"event_id": str(first.id), "name": "walk", "reference": "1"}.items() <= json.loads(row["data"]).items()
    bought = await store.buy(ben, 1)
    stranger = (await open_store(engine)).shop.caller
    for caller, of in ((store.shop.caller, bought), (stranger, second)):
        with pytest.raises(OrderNotFound):
            await ordering.cancel_event(engine, caller, of.id, NOW)
