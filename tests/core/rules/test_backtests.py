"""What orders would have given by other rules: each with what those before it in the replay led to."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from conftest import NOW
from core.rules.baskets import BASE, D, order, rule, rules
from guerdon.core.rules.backtests import Past, Played, Replay
from guerdon.core.rules.occasions import Tally
from guerdon.core.rules.returns import Back
from guerdon.core.rules.sets import RuleSet

ANA, BEN = uuid.UUID(int=1), uuid.UUID(int=2)


def replay(found: RuleSet, *played: Played, **pasts: Any) -> Replay:
    """A replay of orders, Ana's past as it is given, Ben's empty."""
    made = Replay(found)
    assert made.missing([ANA, BEN, ANA]) == [ANA, BEN]
    made.pasts |= {ANA: Past(**pasts), BEN: Past()}
    for each in played:
        made.play(each)
    return made


def played(account: uuid.UUID, price: Any, actual: int, days: int = 0, tier: str | None = None) -> Played:
    """An order of so many days later."""
    bought = order(price, at=NOW + timedelta(days=days))
    return Played(account_id=account, occasion=bought, tier=tier, actual={account: D(actual)} if actual else {})


def test_the_difference_is_told_by_member_tier_and_day() -> None:
    found = rules(BASE, rule("gold", multiply={"by": 2}, when={"tiers": ["gold"]}))
    report: Any = replay(found, played(ANA, 10, 10), played(ANA, 10, 10, 1, "gold"), played(BEN, "7.50", 9, 1)).report
    assert (report.totals.orders, report.totals.actual, report.totals.draft, report.totals.difference) == (3, 29, 37, 8)
    assert {tier: each.difference for tier, each in report.by_tier.items()} == {None: -2, "gold": 10}
    assert [each.difference for each in report.by_day.values()] == [0, 8]
    assert [(account, each.difference) for account, each in report.changed] == [(ANA, 10), (BEN, -2)]
    assert report.by_rule == {"base": 27, "gold": 10}
    assert report.by_reason == {"other_tier": 2}


def test_caps_go_on_by_what_the_replay_gives() -> None:
    found = rules({**BASE, "caps": [{"points": 25, "per": "month"}]})
    before = Tally("base", NOW.date(), D(10), 1, D(0))
    made = replay(found, played(ANA, 10, 10), played(ANA, 10, 10), played(BEN, 10, 10), tallies=[before])
    assert made.report.totals.draft == 10 + 5 + 10


def test_first_purchases_and_referrals() -> None:
    friend = rule("friend", referral={"points": 5, "referrer_points": 3}, when={"first_purchase": True})
    made = replay(rules(friend), played(ANA, 1, 0), played(ANA, 1, 0, 1), referrer=BEN)
    assert {account: each.draft for account, each in made.report.by_member.items()} == {ANA: 5, BEN: 3}
    assert made.report.totals.draft == 8
    assert replay(rules(friend), played(ANA, 1, 0), referrer=BEN, orders=1).report.totals.draft == 0


def test_what_comes_back_makes_room_again() -> None:
    """From then on; its points are in neither side, and one that came back whole is no order."""
    found = rules({**BASE, "caps": [{"points": 10, "per": "month"}]}, rule("hi", per_visit={"points": 6}))
    hour = timedelta(hours=1)
    back = ((NOW + hour, Back(amount=D(5))), (NOW + 3 * hour, Back()), (NOW + 4 * hour, Back()))
    first = replace(played(ANA, 10, 0), returns=back)
    later = [Played(account_id=ANA, occasion=order(10, at=NOW + n * hour), tier=None, actual={}) for n in (0, 2, 4)]
    made = replay(found, first, *later)
    made.give_back()
    total = made.report.totals
    assert [total.orders, int(total.draft)] == [3, 0 + 6 + 5 + 6 + 5 + 6]
    assert made.report.by_rule == {"base": 10, "hi": 18}
    assert made.report.by_member[ANA] == total


def test_an_event_that_the_rules_do_not_know_gives_nothing() -> None:
    walk = Played(account_id=ANA, occasion=order(event="walk"), tier=None, actual={ANA: D(4)})
    report: Any = replay(rules(BASE), walk).report
    assert (report.unknown, report.totals.difference) == (1, -4)
