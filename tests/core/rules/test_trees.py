"""Taking JSON values apart: what is wrong is told by its place, and all of it."""

from decimal import Decimal
from typing import Any

import pytest

from guerdon.core.rules.periods import Period
from guerdon.core.rules.trees import MOST_PROBLEMS, Reader


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        ("number", [1, Decimal("0.000001"), Decimal("1E+3"), 10**12 - 1],
         [True, "1", None, 10**12, Decimal("0.0000001"), Decimal("1E+999999"), Decimal("NaN"), Decimal("Infinity")]),
        ("flag", [True, False], [0, 1, "true", None]),
        ("text", ["a", "é" * 255], ["", "a" * 256, 1, None, "a\0"]),
        ("texts", [["a"], ["a", "b"]], [[], "a", [1], {}, ["a"] * 1001]),
        ("moment", ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00.5+02:00"],
         ["2026-07-01", "2026-07-01T12:00:00", "2026-13-01T12:00:00Z", 5, "soon"]),
        ("clock", ["00:00", "23:59"], ["24:00", "7:00", "12:60", 12, None]),
    ],
)  # fmt: skip
def test_what_is_taken_and_what_is_not(read: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        reader = Reader()
        getattr(reader, read)(value)
        assert reader.problems == [], value
    for value in bad:
        reader = Reader()
        getattr(reader, read)(value)
        assert reader.problems, value


def test_bounds_and_choices() -> None:
    reader = Reader()
    reader.number(0, above=0)
    reader.number(Decimal(-1), least=0)
    for value in (0, 11, True, "3"):
        reader.integer(value, 1, 10)
    for choice in ("never", None, 3, "ever"):
        reader.choice(choice, Period, (Period.EVER,))
    assert len(reader.problems) == 10
    assert reader.integer(3, 1, 10) == 3
    assert reader.choice("day", Period) is Period.DAY


def test_places_are_pointers() -> None:
    reader = Reader()
    with reader.at("a/b", "~c"):
        reader.members({"x": 1}, ("y",), ("y",))
    assert [(p.pointer, p.detail) for p in reader.problems] == [
        ("/a~1b/~0c/x", "is not known here; known are y"),
        ("/a~1b/~0c/y", "is required"),
    ]


def test_there_is_an_end_to_it() -> None:
    reader = Reader()
    reader.items([None] * 1000, 1000, reader.text)
    assert len(reader.problems) == MOST_PROBLEMS
