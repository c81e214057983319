"""What was written of a statement is found again for a window that shows the same, and the memory has its bound."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from guerdon.core.members import Identifier
from guerdon.core.statements import Known
from guerdon.engine.keeping import OVERHEAD_BYTES, Histories, History

NOW = datetime(2026, 5, 5, tzinfo=UTC)
DAY = timedelta(days=1)
TENANT = UUID(int=1)


def history(size: int) -> History:
    """Rows for a window that begins today, the first of them three days later."""
    return History(Known(UUID(int=2), 7), NOW, NOW + 3 * DAY, NOW + 9 * DAY, b"x" * size)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (NOW, NOW + 9 * DAY, True),
        (NOW + 3 * DAY, NOW + 9 * DAY, True),
        (NOW - timedelta(microseconds=1), NOW + 9 * DAY, False),
        (NOW + 3 * DAY + timedelta(microseconds=1), NOW + 9 * DAY, False),
        (NOW, NOW + 8 * DAY, False),
    ],
)
def test_a_window_that_shows_the_same(since: datetime, until: datetime, *, found: bool) -> None:
    """It may begin later, as long as no entry has left it."""
    histories, key = Histories(), ("till", TENANT, Identifier("card", "1"))
    histories.put(key, history(1))
    assert (histories.get(key, since, until) is not None) is found
    assert histories.get(("desk", *key[1:]), since, until) is None


def test_the_memory_has_its_bound() -> None:
    """Those that nobody has asked for the longest go first; one that is larger than all of it is not kept."""
    histories = Histories(most_bytes=100 + 3 * OVERHEAD_BYTES)
    keys = [("till", TENANT, Identifier("card", str(n))) for n in range(5)]

    def kept() -> list[int]:
        return [n for n, key in enumerate(keys) if histories._kept.get(key)]

    for n in range(4):
        histories.put(keys[n], history(30))
    assert kept() == [1, 2, 3]
    assert histories.get(keys[1], NOW, NOW + 9 * DAY) is not None
    histories.put(keys[4], history(30))
    assert kept() == [1, 3, 4]
    histories.put(keys[3], history(40))
    assert kept() == [1, 3, 4]
    histories.put(keys[3], history(41))
    assert kept() == [3, 4]
    histories.put(keys[0], history(101 + 2 * OVERHEAD_BYTES))
    assert kept() == []
    histories.put(keys[0], history(100 + 2 * OVERHEAD_BYTES))
    assert kept() == [0]
