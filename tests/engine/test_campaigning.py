"""Campaigns on a real database: budgets hold whatever comes at once, and what comes back is there again."""

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW
from core.rules.baskets import BASE, order, rule
from engine.buying import Store, given, open_store
from engine.people import fetch
from guerdon.core.callers import Caller
from guerdon.core.refusals import CampaignNotFound, ProgramNotFound
from guerdon.core.rules.matching import Because
from guerdon.engine import Engine, campaigning, ordering, previewing, ruling
from guerdon.engine.campaigning import Shown
from guerdon.engine.previewing import Preview

AT_ONCE = 64
EXTRA = rule("extra", per_visit={"points": 10}, campaign="summer")


def summer(budget: Any = None, **more: Any) -> dict[str, Any]:
    """A campaign."""
    return {"code": "summer", **({} if budget is None else {"budget": budget}), **more}


async def shown(store: Store, code: str = "summer", caller: Caller | None = None) -> Shown:
    return await campaigning.get(store.engine, caller or store.shop.caller, store.shop.program.id, code, NOW)


async def total(store: Store, code: str = "summer") -> tuple[int, int]:
    """Points given and orders, as they are counted."""
    found = (await shown(store, code)).total
    return int(found.given), found.orders


async def summed(store: Store, *rules: str) -> int:
    """The same, added up from what is stored of every order."""
    rows = await fetch(
        store.engine,
        "SELECT coalesce(sum(e.points - e.taken_back), 0) FROM earnings e JOIN orders o ON o.id = e.order_id"
        " WHERE o.tenant_id = $1 AND e.rule = ANY ($2)",
        store.shop.caller.tenant_id,
        list(rules),
    )
    return int(rows[0][0])


async def test_a_budget_holds_whatever_comes_at_once(engine: Engine) -> None:
    """Orders of many members, on two budgets, with returns and cancellations between; not a point more."""
    friend = rule("friend", referral={"points": 1, "referrer_points": 2}, campaign="summer")
    late = rule("late", per_visit={"points": 7}, campaign="autumn")
    store = await open_store(
        engine, BASE, late, EXTRA, friend, campaigns=[summer(303), {"code": "autumn", "budget": 200}]
    )
    buyers = [await store.member() for _ in range(32)]
    first = [await store.buy(buyer, 1, referrer=buyers[0] if 0 < n < 4 else None) for n, buyer in enumerate(buyers[:8])]
    assert await total(store) == (8 * 10 + 3 * 3, 8)
    asked: list[Any] = [store.give_back(each) for each in first[:4]]
    asked += [ordering.cancel(engine, store.shop.caller, each.reference, NOW) for each in first[4:]]
    done = await asyncio.gather(*asked, *(store.buy(buyers[n % 32], 1) for n in range(AT_ONCE)))
    assert await total(store) == (await summed(store, "extra", "friend"), (await total(store))[1])
    assert (await total(store, "autumn"))[0] == await summed(store, "late") <= 200
    assert await summed(store, "extra", "friend") <= 303
    again = [await store.buy(buyers[0], 1) for _ in range(4)]
    assert (await total(store))[0] == await summed(store, "extra", "friend") == 303
    assert (await total(store, "autumn"))[0] == await summed(store, "late") == 200
    gave = [each for each in [*done[8:], *again] if {"extra", "friend"} & {*given(each)}]
    assert (await total(store))[1] == len(gave)
    cuts = Counter(cut.campaign for each in again if each.reckoning for g in each.reckoning.given for cut in g.cuts)
    assert set(cuts) == {"summer", "autumn"}
    assert (await shown(store)).state == "spent"
    rows = await fetch(engine, "SELECT given FROM campaign_totals WHERE program_id = $1", store.shop.program.id)
    assert len(rows) > 2


async def test_a_budget_counts_across_versions(engine: Engine) -> None:
    """What it gave before it had one, too; one that has become less leaves nothing, and takes nothing back."""
    store = await open_store(engine, BASE, EXTRA, campaigns=[summer()])
    buyer = await store.member()
    await asyncio.gather(*(store.buy(buyer, 1) for _ in range(3)))
    hours = [NOW + timedelta(hours=n) for n in range(5)]
    await store.publish(EXTRA, at=hours[1], campaigns=[summer(45)])
    await store.publish(BASE, at=hours[2])
    await store.publish(rule("other", per_visit={"points": 10}, campaign="summer"), at=hours[3], campaigns=[summer(20)])
    bought = [given(await store.buy(buyer, 1, at=at)) for at in (hours[1], hours[1], hours[2], hours[3], NOW)]
    assert bought == [{"extra": 10}, {"extra": 5}, {"base": 1}, {}, {"base": 1, "extra": 10}]
    assert await total(store) == (55, 6)


async def test_what_comes_back_is_there_again(engine: Engine) -> None:
    """In part, whole, and by cancellation; what was taken back before is not taken back twice."""
    store = await open_store(engine, rule("all", per_spend={"points": 1}, campaign="summer"), campaigns=[summer(100)])
    buyer = await store.member()
    bought = [await store.buy(buyer, 40) for _ in range(3)]
    assert [given(each) for each in bought] == [{"all": 40}, {"all": 40}, {"all": 20}]
    await store.give_back(bought[0], amount=Decimal(10))
    assert await total(store) == (90, 3)
    await ordering.cancel(engine, store.shop.caller, bought[0].reference, NOW)
    await ordering.cancel(engine, store.shop.caller, bought[0].reference, NOW)
    assert await total(store) == (60, 2)
    await store.give_back(bought[2])
    await ordering.cancel(engine, store.shop.caller, bought[2].reference, NOW)
    assert await total(store) == (40, 1)
    assert given(await store.buy(buyer, 70)) == {"all": 60}


async def test_nobody_waits_for_a_budget_that_is_spent(engine: Engine) -> None:
    store = await open_store(engine, BASE, EXTRA, campaigns=[summer(10)])
    buyer = await store.member()
    await store.buy(buyer, 1)
    async with engine.database.transaction() as connection:
        await connection.execute("SELECT 1 FROM campaign_totals WHERE code = 'summer' FOR UPDATE")
        assert given(await store.buy(buyer, 1)) == {"base": 1}


async def test_a_preview_reads_what_is_left_and_waits_for_nobody(engine: Engine) -> None:
    store = await open_store(engine, BASE, EXTRA, campaigns=[summer(15)])
    buyer = await store.member()
    ask = Preview(caller=store.shop.caller, program_id=store.shop.program.id, occasion=order("3"))
    assert (await previewing.preview(engine, ask)).reckoning.points == 13
    await store.buy(buyer, 3)
    async with engine.database.transaction() as connection:
        await connection.execute("SELECT 1 FROM campaign_totals WHERE code = 'summer' FOR UPDATE")
        previewed = await previewing.preview(engine, ask)
    assert int(previewed.reckoning.points) == 8
    assert previewed.reckoning.given[1].because is Because.OVER_BUDGET
    assert await total(store) == (10, 1)


async def test_campaigns_are_those_of_the_rules_that_say_them(engine: Engine) -> None:
    """The live version, or else the next, or else the last; drafts say nothing, and others' programs are not there."""
    store = await open_store(engine, EXTRA, campaigns=[summer(), {"code": "spring", "name": "Spring"}])
    await store.publish(EXTRA, campaigns=[summer(9, ends_at="2099-01-01T00:00:00Z")])
    await store.publish(EXTRA, at=NOW + timedelta(days=2), campaigns=[summer(8), {"code": "winter", "budget": 8}])
    await store.publish(EXTRA, at=NOW + timedelta(days=1), campaigns=[summer(7), {"code": "winter", "budget": 7}])
    await ruling.draft(engine, store.drafting(EXTRA, campaigns=[summer(6), {"code": "draft"}]))
    program_id = store.shop.program.id
    found = await campaigning.page(engine, store.shop.caller, program_id, NOW, after=None, limit=9)
    told = [(each.campaign.code, each.state, each.version, each.campaign.budget, each.rules) for each in found]
    assert told == [
        ("spring", "ended", 1, None, ()),
        ("summer", "running", 2, 9, ("extra",)),
        ("winter", "scheduled", 4, 7, ()),
    ]
    later = await campaigning.page(engine, store.shop.caller, program_id, NOW, after="spring", limit=1)
    assert [each.campaign.code for each in later] == ["summer"]
    for code in ("draft", "nothing"):
        with pytest.raises(CampaignNotFound):
            await shown(store, code)
    with pytest.raises(ProgramNotFound):
        await shown(store, caller=(await open_store(engine)).shop.caller)
