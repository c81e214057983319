"""Backtests: replayed by the rules that were live, orders give what they gave; by others, the difference is told."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW
from core.rules.baskets import BASE, rule
from engine.buying import Store, open_store
from guerdon.core.refusals import ProgramNotFound, RuleSetNotFound
from guerdon.core.rules.backtests import Report
from guerdon.core.rules.occasions import Occasion
from guerdon.engine import Engine, backtesting, joining, merging, ordering, ruling
from guerdon.engine.backtesting import Backtest, Told

DAY = timedelta(days=1)
RULES: list[dict[str, Any]] = [
    {**BASE, "caps": [{"points": 60, "per": "month"}]},
    rule("first", per_visit={"points": 50}, when={"first_purchase": True}),
    rule("third", challenge={"points": 9, "goal": 3, "within": "year"}),
    rule("row", streak={"points": 20, "every": "day", "length": 2}),
    rule("friend", referral={"points": 4, "referrer_points": 3}, when={"first_purchase": True}),
]


async def backtest(store: Store, version: int, days: int = 30, **more: Any) -> Told:
    """A replay of the days before tomorrow."""
    ask = Backtest(
        tenant_id=store.shop.caller.tenant_id,
        program_id=more.pop("program_id", store.shop.program.id),
        version=version,
        since=NOW + DAY - days * DAY,
        until=NOW + DAY,
    )
    return await backtesting.backtest(store.engine, ask, most_members=5, **more)


@pytest.fixture
async def store(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with a history of five days, replayed in several chunks."""
    monkeypatch.setattr(backtesting, "CHUNK", 3)
    opened = await open_store(engine, *RULES, at=NOW - 40 * DAY)
    ana, ben = await opened.member(), await opened.member()
    first = await opened.buy(ana, 25, at=NOW - 4 * DAY)
    await opened.give_back(first, amount=Decimal(20), returned_at=NOW - 4 * DAY)
    for day in (3, 1, 0):
        await opened.buy(ana, 25, at=NOW - day * DAY)
    bought = await opened.buy(ben, 10, 30, at=NOW - 2 * DAY, referrer=ana)
    await opened.give_back(bought, amount=Decimal(1))
    await opened.give_back(await opened.buy(ben, 500, at=NOW - 2 * DAY))
    mistake = await opened.buy(ben, 9, at=NOW)
    await ordering.cancel(engine, opened.shop.caller, mistake.reference, NOW + timedelta(hours=1))
    return opened


def figures(report: Report) -> tuple[int, int, int]:
    """Orders, and what they gave and would give."""
    return report.totals.orders, int(report.totals.actual), int(report.totals.draft)


async def test_by_the_rules_that_were_live_nothing_differs(store: Store) -> None:
    """Whenever the replay begins: what was before is taken as it was. What came back is left out, from when it did."""
    for days in (30, 3):
        told = await backtest(store, 1, days)
        assert figures(told.report)[1] == figures(told.report)[2]
        assert told.report.changed == []
    whole = await backtest(store, 1)
    assert figures(whole.report)[0] == 5
    ana, ben = sorted(whole.report.by_member.values(), key=lambda each: each.orders, reverse=True)
    assert [int(ana.draft), int(ben.draft)] == [5 + 25 * 3 + 50 - 40 + 9 + 20 + 20 + 3, 40 + 50 + 4 - 2]


async def test_who_was_referred_later_was_not_before(store: Store) -> None:
    """Of orders from before the one that told who referred the member, the referral gives nothing."""
    ana, cleo = await store.member(), await store.member()
    await store.buy(cleo, 10, at=NOW - 3 * DAY)
    await store.buy(cleo, 10, at=NOW - DAY, referrer=ana)
    told = await backtest(store, 1)
    assert told.report.changed == []


async def test_who_referred_earns_until_it_leaves(store: Store) -> None:
    """As it did: before, and no longer after."""
    dan, eve, fay = [await store.member() for _ in range(3)]
    await store.buy(eve, 10, at=NOW - 3 * DAY, referrer=dan)
    await joining.delete(store.engine, store.shop.caller, NOW - 2 * DAY, [dan.id])
    await store.buy(fay, 10, at=NOW - DAY, referrer=dan)
    told = await backtest(store, 1)
    assert told.report.by_member[dan.account_id].actual == 3
    assert told.report.changed == []


async def test_by_others_the_difference_is_told(store: Store) -> None:
    """Nothing is written: the second time it is the same."""
    await ruling.draft(store.engine, store.drafting(rule("visit", per_visit={"points": 100})))
    done: list[tuple[int, int]] = []
    for _ in range(2):
        told = await backtest(store, 2, progress=lambda *each: done.append(each))
        assert figures(told.report)[::2] == (5, 500 - 80 - 2)
        assert len(told.report.by_day) == 5
        (first, gains), *_ = told.report.changed
        assert told.holders[first].membership_id
        assert gains.difference == told.report.by_member[first].difference
    assert done == [(3, 7), (6, 7), (7, 7)] * 2


async def test_what_is_not_there(store: Store) -> None:
    with pytest.raises(RuleSetNotFound):
        await backtest(store, 9)
    with pytest.raises(ProgramNotFound):
        await backtest(store, 1, program_id=uuid.uuid4())


async def test_an_event_that_was_cancelled_counts_for_nothing(engine: Engine) -> None:
    walk = rule("walk", per_event={"points": 5}, when={"event": "walk"})
    store = await open_store(engine, walk, events={"walk": {}}, at=NOW - 5 * DAY)
    occasion = Occasion(at=NOW - DAY, event="walk")
    asked = store.buying(await store.member(), at=occasion.at)
    made = await ordering.place(engine, replace(asked, amount=Decimal(0), occasion=occasion))
    await ordering.cancel_event(engine, store.shop.caller, made.id, NOW)
    assert figures((await backtest(store, 1)).report) == (0, 0, 0)


async def test_the_first_purchase_after_an_event_that_was_cancelled_is_the_first(engine: Engine) -> None:
    walk = rule("walk", per_event={"points": 5}, when={"event": "walk"})
    first = rule("first", per_visit={"points": 50}, when={"first_purchase": True})
    store = await open_store(engine, walk, first, events={"walk": {}}, at=NOW - 5 * DAY)
    ana = await store.member()
    asked = replace(store.buying(ana, at=NOW - 2 * DAY), amount=Decimal(0))
    made = await ordering.place(engine, replace(asked, occasion=Occasion(at=NOW - 2 * DAY, event="walk")))
    await ordering.cancel_event(engine, store.shop.caller, made.id, NOW - DAY)
    await store.buy(ana, 5, at=NOW - timedelta(hours=1))
    assert figures((await backtest(store, 1)).report) == (1, 50, 50)


async def test_who_referred_and_went_up_in_another_is_that_one(engine: Engine) -> None:
    """For orders before the merge and after it; and nobody is, where that is the one who was referred."""
    friend = rule("friend", referral={"points": 4, "referrer_points": 3}, caps=[{"points": 8, "per": "year"}])
    store = await open_store(engine, friend, at=NOW - 5 * DAY)
    ana, ben, cem = [await store.member() for _ in range(3)]
    await store.buy(ben, 1, at=NOW - 2 * DAY, referrer=ana)
    await merging.merge(engine, store.shop.caller, into_id=cem.member_id, from_id=ana.member_id)
    await store.buy(ben, 1, at=NOW - DAY)
    report = (await backtest(store, 1)).report
    assert (figures(report), report.changed) == ((2, 14, 14), [])
    assert {account_id: int(each.draft) for account_id, each in report.by_member.items()} == {
        ben.account_id: 8, cem.account_id: 6
    }  # fmt: skip
    await merging.merge(engine, store.shop.caller, into_id=ben.member_id, from_id=cem.member_id)
    bought = await store.buy(ben, 1, at=NOW)
    assert bought.reckoning
    assert bought.reckoning.points == 0
    assert figures((await backtest(store, 1, 1)).report) == (1, 0, 0)
    assert figures((await backtest(store, 1)).report)[:2] == (3, 14)
