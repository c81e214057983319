"""A rule set is read whole, or everything that is wrong with it is told."""

from decimal import Decimal
from typing import Any

import pytest

from core.rules.baskets import BASE, rule, rules
from guerdon.core.rules.readings import RulesInvalid, read
from guerdon.core.rules.sets import Discounts, Multiply, PerSpend, Tax

REVIEW = {"review": {"fields": {"stars": {"type": "number", "required": True}, "text": {"type": "text"}}}}


def number(**bounds: Any) -> dict[str, Any]:
    """A field of an event."""
    return {"type": "number", **bounds}


def reviewed(**fields: Any) -> dict[str, Any]:
    """A rule for reviews with such fields."""
    return rule("a", per_event={"points": 1}, when={"event": "review", "fields": fields})


WHOLE: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "basis": {"tax": "excluded", "discounts": "before"},
    "rounding": "half_up",
    "decimals": 2,
    "multipliers": "add",
    "exclude": {"categories": ["tobacco"]},
    "events": REVIEW,
    "rules": [
        {**BASE, "name": "One for one", "caps": [{"points": 100, "per": "day"}, {"times": 2, "per": "week"}]},
        rule("step", per_spend={"points": 5, "per": 10, "whole_steps": True}),
        rule("cup", per_item={"points": 3}, lines={"skus": ["cup"], "except_categories": ["old"]}),
        rule("visit", per_visit={"points": 10}, when={"every_visit": 5, "min_spend": Decimal("7.5")}),
        rule("review", per_event={"points": 50}, when={"event": "review", "fields": {"stars": {"min": 4}}}),
        rule("stars", per_field={"points": 1, "field": "stars"}, when={"event": "review"}),
        rule("double", multiply={"by": 2, "of": ["base"]}, when={"time": {"weekdays": ["sat"], "from": "09:00"}}),
        rule("five", challenge={"points": 500, "goal": 5, "within": "month"}),
        rule("row", streak={"points": 20, "every": "week", "length": 4}),
        rule("friend", referral={"points": 100, "referrer_points": 200}, when={"first_purchase": True}),
        rule("cake", per_visit={"points": 100}, when={"birthday": "week"}, caps=[{"times": 1, "per": "year"}]),
    ],
    "caps": [{"points": 1000, "per": "month"}, {"points": 500, "per": "order"}],
}


def test_everything_is_read() -> None:
    found = read(WHOLE)
    assert (found.tax, found.discounts, found.decimals) == (Tax.EXCLUDED, Discounts.BEFORE, 2)
    assert [each.id for each in found.rules] == [each["id"] for each in WHOLE["rules"]]
    assert found.rules[1].gives == PerSpend(Decimal(5), Decimal(10), True)  # noqa: FBT003
    assert found.rules[6].gives == Multiply(Decimal(2), frozenset({"base"}))
    assert [cap.per for cap in found.caps] == ["month", None]


@pytest.mark.parametrize(
    ("tree", "pointer"),
    [
        (None, ""),
        ({}, "/rules"),
        ({"rules": 1}, "/rules"),
        ({"rules": [1]}, "/rules/0"),
        ({"rules": [], "colour": 1}, "/colour"),
        ({"rules": [], "time_zone": "Mars"}, "/time_zone"),
        ({"rules": [], "time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"rules": [], "time_zone": "localtime"}, "/time_zone"),
        ({"rules": [], "time_zone": "right/Europe/Berlin"}, "/time_zone"),
        ({"rules": [], "rounding": "sideways"}, "/rounding"),
        ({"rules": [], "decimals": 7}, "/decimals"),
        ({"rules": [], "basis": {"tax": True}}, "/basis/tax"),
        ({"rules": [], "caps": [{"per": "day"}]}, "/caps/0"),
        ({"rules": [], "caps": [{"times": 1, "per": "day"}]}, "/caps/0/times"),
        ({"rules": [], "events": {"a b": {}}}, "/events/a b"),
        ({"rules": [], "events": {"a": {"fields": {"x": {"type": "date"}}}}}, "/events/a/fields/x/type"),
        ({"rules": [], "events": {"a": {"fields": {"x": number(min=2, max=1)}}}}, "/events/a/fields/x/max"),
        ({"rules": [], "events": {"a": {"fields": {"x": number(one_of=["b"])}}}}, "/events/a/fields/x/one_of"),
        ({"rules": [], "events": {"a": {"fields": {"x": {"type": "text", "min": 1}}}}}, "/events/a/fields/x/min"),
        (
            {"rules": [], "events": {"a": {"fields": {"x": {"type": "text", "one_of": []}}}}},
            "/events/a/fields/x/one_of",
        ),
        (
            {"events": REVIEW, "rules": [reviewed(stars={"min": 5, "max": 4})]},
            "/rules/0/when/fields/stars/max",
        ),
        ({"events": REVIEW, "rules": [reviewed(text={"one_of": []})]}, "/rules/0/when/fields/text/one_of"),
        ({"rules": [{"id": "A", "give": {"per_visit": {"points": 1}}}]}, "/rules/0/id"),
        ({"rules": [BASE, BASE]}, "/rules/1/id"),
        ({"rules": [{"id": "a"}]}, "/rules/0/give"),
        ({"rules": [{"id": "a", "give": {}}]}, "/rules/0/give"),
        ({"rules": [rule("a", per_visit={"points": 1}, per_item={"points": 1})]}, "/rules/0/give"),
        ({"rules": [rule("a", per_spend={"points": 0})]}, "/rules/0/give/per_spend/points"),
        ({"rules": [rule("a", per_spend={"points": 1, "per": 0})]}, "/rules/0/give/per_spend/per"),
        ({"rules": [rule("a", multiply={"by": 1})]}, "/rules/0/give/multiply/by"),
        ({"rules": [rule("a", multiply={"by": 2, "of": ["b"]})]}, "/rules/0/give/multiply/of"),
        ({"rules": [rule("a", streak={"points": 1, "every": "ever", "length": 3})]}, "/rules/0/give/streak/every"),
        ({"rules": [rule("a", referral={})]}, "/rules/0/give/referral"),
        ({"rules": [rule("a", per_field={"points": 1, "field": "x"})]}, "/rules/0/give/per_field"),
        ({"rules": [rule("a", per_visit={"points": 1}, when={"event": "x"})]}, "/rules/0/when/event"),
        (
            {"rules": [rule("a", per_visit={"points": 1}, caps=[{"times": 1, "per": "order"}])]},
            "/rules/0/caps/0/per",
        ),
        (
            {
                "events": REVIEW,
                "rules": [rule("a", per_field={"points": 1, "field": "text"}, when={"event": "review"})],
            },
            "/rules/0/give/per_field/field",
        ),
        (
            {"events": REVIEW, "rules": [rule("a", per_spend={"points": 1}, when={"event": "review"})]},
            "/rules/0/give",
        ),
        (
            {"events": REVIEW, "rules": [rule("a", per_event={"points": 1}, when={"event": "review", "min_spend": 5})]},
            "/rules/0/when/min_spend",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tree: object, pointer: str) -> None:
    with pytest.raises(RulesInvalid) as refused:
        read(tree)
    assert pointer in {problem.pointer for problem in refused.value.problems}, str(refused.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(RulesInvalid, match=r"/rounding must be .*; /rules/0/give/per_visit/points must be above 0"):
        rules(rule("a", per_visit={"points": 0}), rounding="x")
