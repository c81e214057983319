"""Members that a model does not have are counted, named in the log once, and cannot fill the memory."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from guerdon.web import drift


@pytest.fixture(autouse=True)
def seen() -> Iterator[Counter[tuple[str, str, str]]]:
    """The count, empty, and afterwards as it was."""
    both: tuple[Counter[Any], Counter[Any]] = (drift.seen, drift._kept)
    before = [counter.copy() for counter in both]
    for counter in both:
        counter.clear()
    yield drift.seen
    for counter, known in zip(both, before, strict=True):
        counter.clear()
        counter.update(known)


def test_each_is_counted_and_told_once(seen: Counter[tuple[str, str, str]]) -> None:
    """The second thousand of the same would bury everything else in the log."""
    with capture_logs() as logs:
        for _ in range(3):
            drift.report("native", "Earn", ["Colour", "Size"])
        drift.report("native", "Hold", ["Colour"])
    assert seen == {("native", "Earn", "Colour"): 3, ("native", "Earn", "Size"): 3, ("native", "Hold", "Colour"): 1}
    told = [(line["operation"], line["member"]) for line in logs]
    assert told == [("Earn", "Colour"), ("Earn", "Size"), ("Hold", "Colour")]


def test_a_client_cannot_fill_the_memory(seen: Counter[tuple[str, str, str]]) -> None:
    """Names that differ each time are counted together; those that are known, and other operations', by themselves."""
    drift.report("native", "Earn", ["Colour"])
    drift.report("native", "Earn", [f"x{number}" for number in range(drift.MOST_KEPT * 2)])
    drift.report("native", "Earn", ["Colour"])
    drift.report("native", "Hold", ["Size"])
    assert len(seen) == drift.MOST_KEPT + 2
    assert (seen["native", "Earn", "Colour"], seen["native", "Hold", "Size"]) == (2, 1)
    assert seen["native", "Earn", drift.OTHERS] == drift.MOST_KEPT + 1


@pytest.mark.parametrize("stranger", ["", "x" * 81, "anna@example.com", "+4512345678", "Anna Holm", "a\nb", "\u00e9"])
def test_what_is_no_name_is_not_told(seen: Counter[tuple[str, str, str]], stranger: str) -> None:
    """It may be a value that was put in the wrong place, and goes into the log."""
    with capture_logs() as logs:
        drift.report("native", "Earn", [stranger])
    assert [line["member"] for line in logs] == [member for _, _, member in seen] == [drift.OTHERS]
