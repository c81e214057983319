"""Campaigns count in their window, and give no more than their budget; what is cut is told."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW
from core.rules.baskets import BASE, D, of, order, reckoned, rule, rules
from guerdon.core.rules.backtests import Past, Played, Replay
from guerdon.core.rules.campaigns import CampaignState, left_of, state_of
from guerdon.core.rules.periods import Period
from guerdon.core.rules.reckonings import budgets_asked
from guerdon.core.rules.returns import Back
from guerdon.core.rules.sets import Campaign, RuleSet
from guerdon.core.rules.versions import VersionState

HOUR = timedelta(hours=1)
EXTRA = rule("extra", per_visit={"points": 10}, campaign="summer")


def summer(*more: dict[str, Any], budget: Any = 100, **about: Any) -> RuleSet:
    """Points for spending, and a campaign."""
    return rules(BASE, EXTRA, *more, campaigns=[{"code": "summer", "budget": budget}], **about)


@pytest.mark.parametrize(
    ("hours", "because"), [(-1.001, "not_begun"), (-1, None), (0, None), (0.999, None), (1, "ended")]
)
def test_rules_of_a_campaign_count_in_its_window_only(hours: float, because: str | None) -> None:
    """Its beginning is in it, its end is not; and other conditions hold too."""
    window = {"starts_at": (NOW - HOUR).isoformat(), "ends_at": (NOW + HOUR).isoformat()}
    double = rule("double", multiply={"by": 2}, campaign="summer", when={"channels": ["app"]})
    found = rules(BASE, EXTRA, double, campaigns=[{"code": "summer", **window}])
    reckoning = reckoned(found, order(7, at=NOW + hours * HOUR))
    assert of(reckoning, "base").points == 7
    assert (of(reckoning, "extra").points, of(reckoning, "extra").because) == (0 if because else 10, because)
    assert of(reckoning, "double").because == (because or "other_channel")


def test_a_budget_leaves_what_is_left_of_it_and_says_so() -> None:
    found = summer(rule("more", per_visit={"points": 5}, campaign="summer"))
    reckoning = reckoned(found, order(20), spent={"summer": D(88), "winter": D(999)})
    assert [given.points for given in reckoning.given] == [20, 10, 2]
    assert [given.campaign for given in reckoning.given] == [None, "summer", "summer"]
    more = of(reckoning, "more")
    (cut,) = more.cuts
    assert (more.because, more.before_caps, more.shares) == ("over_budget", 5, (2,))
    assert (cut.campaign, cut.per, cut.limit, cut.used, cut.cut) == ("summer", Period.EVER, 100, 98, 3)
    assert reckoned(found, order(20), spent={"summer": D(500)}).points == 20


def test_what_a_budget_cuts_makes_room_under_the_caps_of_the_set() -> None:
    """So the other campaign is asked for its budget, though it had nothing to give while the first gave all."""
    found = rules(
        EXTRA,
        rule("more", per_visit={"points": 10}, campaign="winter"),
        campaigns=[{"code": "winter", "budget": 50}, {"code": "summer", "budget": 50}],
        caps=[{"points": 10, "per": "order"}],
    )
    first = reckoned(found, order(1))
    assert [given.points for given in first.given] == [10, 0]
    assert budgets_asked(found, first) == ["summer", "winter"]
    assert [given.points for given in reckoned(found, order(1), spent={"summer": D(46)}).given] == [4, 6]
    assert budgets_asked(found, reckoned(found, order(event="none"))) == []


def test_referrers_are_given_of_the_budget_too() -> None:
    friend = rule("friend", referral={"points": 4, "referrer_points": 9}, campaign="summer")
    given = of(reckoned(summer(friend), order(1), referrer=(), spent={"summer": D(80)}), "friend")
    assert (given.points, given.referrer_points, given.cuts[0].cut, given.cuts[0].used) == (4, 6, 3, 90)


def test_a_budget_is_rounded_down_to_what_points_have() -> None:
    found = summer(budget=D("10.9"))
    assert of(reckoned(found, order(1), spent={"summer": D("1.5")}), "extra").points == 9


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"campaigns": [{}]}, "/campaigns/0/code"),
        ({"campaigns": [{"code": "A b"}]}, "/campaigns/0/code"),
        ({"campaigns": [{"code": "summer", "budget": 0}]}, "/campaigns/0/budget"),
        ({"campaigns": [{"code": "summer"}, {"code": "summer"}]}, "/campaigns/1/code"),
        ({"campaigns": [{"code": "other"}]}, "/rules/0/campaign"),
        ({"campaigns": {}}, "/campaigns"),
        (
            {"campaigns": [{"code": "summer", "starts_at": NOW.isoformat(), "ends_at": NOW.isoformat()}]},
            "/campaigns/0/ends_at",
        ),
    ],
)
def test_what_is_no_campaign(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ValueError, match=pointer):
        rules(EXTRA, **wrong)


def test_where_a_campaign_is_in_its_life() -> None:
    campaign = Campaign(code="summer", starts_at=NOW, ends_at=NOW + HOUR, budget=D(10))
    states = [state_of(campaign, VersionState.LIVE, D(9), NOW + hours * HOUR) for hours in (-1, 0, 1)]
    assert states == [CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.ENDED]
    assert state_of(campaign, VersionState.LIVE, D(10), NOW) is CampaignState.SPENT
    assert state_of(campaign, VersionState.SCHEDULED, D(0), NOW) is CampaignState.SCHEDULED
    assert state_of(campaign, VersionState.PAST, D(0), NOW) is CampaignState.ENDED
    assert left_of(campaign, D(12)) == 0
    assert left_of(Campaign(code="a"), D(12)) is None


def test_a_replay_begins_with_the_whole_budget_and_draws_on_it_in_order() -> None:
    """What comes back is there for those that happen after it."""
    replay = Replay(summer(budget=25))
    accounts = [uuid.uuid4() for _ in range(2)]
    for account_id in accounts:
        replay.pasts[account_id] = Past()
    given = []
    for hours in range(5):
        returns = ((NOW + 3.5 * HOUR, Back()),) if not hours else ()
        played = Played(
            account_id=accounts[hours % 2],
            occasion=order(1, at=NOW + hours * HOUR),
            tier=None,
            actual={},
            returns=returns,
        )
        found = replay.play(played)
        assert found is not None
        given.append(of(found, "extra").points)
    assert given == [10, 10, 5, 0, 10]
    assert replay.report.by_rule["extra"] == Decimal(25)
