"""Conditions and selections are read from JSON, and what is wrong with them is told by its place."""

from datetime import time
from typing import Any

import pytest

from guerdon.core.rules.conditions import conditions, selection
from guerdon.core.rules.sets import Birthday, Field, Selection
from guerdon.core.rules.trees import Reader

EVENTS = {"review": {"stars": Field(type="number")}}


def test_they_are_read() -> None:
    reader = Reader()
    found: Any = conditions(
        reader,
        {
            "event": "review",
            "fields": {"stars": {"one_of": [4, 5], "min": 1}},
            "tiers": ["gold"],
            "birthday": "month",
            "time": {
                "weekdays": ["mon", "sun"],
                "from": "22:00",
                "until": "02:00",
                "starts_at": "2026-01-01T00:00:00Z",
            },
        },
        EVENTS,
    )
    assert reader.problems == []
    assert (found.tiers, found.birthday) == ({"gold"}, Birthday.MONTH)
    assert (found.window.weekdays, found.window.begins, found.window.ends) == ({0, 6}, time(22), time(2))
    assert (found.tests[0].name, found.tests[0].one_of, found.tests[0].least) == ("stars", (4, 5), 1)
    assert selection(reader, {"except_skus": ["a"]}) == Selection(not_skus=frozenset("a"))


@pytest.mark.parametrize(
    ("tree", "pointer"),
    [
        ([], ""),
        ({"tier": ["gold"]}, "/tier"),
        ({"tiers": "gold"}, "/tiers"),
        ({"event": "unknown"}, "/event"),
        ({"event": "review", "fields": {"colour": {}}}, "/fields/colour"),
        ({"event": "review", "fields": {"stars": {"one_of": 5}}}, "/fields/stars/one_of"),
        ({"event": "review", "fields": {"stars": {"min": "5"}}}, "/fields/stars/min"),
        ({"time": {"weekdays": ["Monday"]}}, "/time/weekdays"),
        ({"time": {"from": "9"}}, "/time/from"),
        ({"time": {"from": "09:00", "until": "09:00"}}, "/time/until"),
        ({"time": {"until": "00:00"}}, "/time/until"),
        ({"time": {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}}, "/time/ends_at"),
        ({"min_spend": 0}, "/min_spend"),
        ({"every_visit": 1}, "/every_visit"),
        ({"first_purchase": 1}, "/first_purchase"),
        ({"birthday": "soon"}, "/birthday"),
    ],
)
def test_what_is_wrong_is_told(tree: Any, pointer: str) -> None:
    reader = Reader()
    conditions(reader, tree, EVENTS)
    assert pointer in {problem.pointer for problem in reader.problems}


def test_what_is_left_out_for_good_has_no_exceptions() -> None:
    reader = Reader()
    selection(reader, {"except_skus": ["a"]}, only_named=True)
    assert [problem.pointer for problem in reader.problems] == ["/except_skus"]
