"""Events are as the rules say that they are, or are not taken."""

from typing import Any

import pytest

from core.rules.baskets import D, rules
from guerdon.core.rules.schemas import objection

SET = rules(
    events={
        "review": {
            "fields": {
                "stars": {"type": "number", "required": True, "min": 1, "max": 5},
                "kind": {"type": "text", "one_of": ["food", "room"]},
                "verified": {"type": "flag"},
            }
        }
    }
)


@pytest.mark.parametrize(
    ("event", "fields", "field"),
    [
        ("review", {"stars": D(5)}, None),
        ("review", {"stars": D(1), "kind": "room", "verified": True}, None),
        ("walk", {}, ""),
        ("review", {}, "stars"),
        ("review", {"stars": "5"}, "stars"),
        ("review", {"stars": True}, "stars"),
        ("review", {"stars": D(0)}, "stars"),
        ("review", {"stars": D("5.1")}, "stars"),
        ("review", {"stars": D(5), "kind": "bar"}, "kind"),
        ("review", {"stars": D(5), "verified": "yes"}, "verified"),
        ("review", {"stars": D(5), "colour": "red"}, "colour"),
    ],
)
def test_an_event(event: str, fields: dict[str, Any], field: str | None) -> None:
    found = objection(SET, event, fields)
    assert (found[0] if found else None) == field
