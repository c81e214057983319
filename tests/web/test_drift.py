"""Members that a model does not have are counted, named in the log once, and cannot fill the memory."""

from collections import Counter
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from guerdon.web import drift


@pytest.fixture(autouse=True)
def seen() -> Iterator[Counter[tuple[str, str, str]]]:
    """The count, empty, and afterwards as it was."""
    before = drift.seen.copy()
    drift.seen.clear()
    yield drift.seen
    drift.seen.clear()
    drift.seen.update(before)


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
    """Names that differ each time stop being kept; those that are known go on being counted."""
    drift.report("native", "Earn", ["Colour"])
    drift.report("native", "Earn", [f"x{number}" for number in range(drift.MOST_KEPT * 2)])
    drift.report("native", "Earn", ["Colour"])
    assert len(seen) == drift.MOST_KEPT
    assert seen["native", "Earn", "Colour"] == 2


def test_a_long_name_is_cut(seen: Counter[tuple[str, str, str]]) -> None:
    """It goes into the log."""
    drift.report("native", "Earn", ["x" * 10_000])
    assert [len(member) for _, _, member in seen] == [drift.LONGEST_NAME]
