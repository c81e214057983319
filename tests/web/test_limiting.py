"""Each caller has its share of requests, counted from the first one of a burst."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import NOW
from guerdon.web import limiting
from guerdon.web.failures import TooManyRequests
from guerdon.web.limiting import Limiter, Rate

SECOND = timedelta(seconds=1)
ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.mark.parametrize("together", [False, True])
def test_a_share_is_counted_from_the_first_request(tmp_path: Path, *, together: bool) -> None:
    """And a new one begins when its time is over, not before."""
    limiter = Limiter(Rate(requests=2, seconds=30), tmp_path / "counts" if together else None)
    limiter.count(ONE, NOW)
    limiter.count(ONE, NOW + 29 * SECOND)
    for after, wait in ((29 * SECOND, 1), (10 * SECOND, 20), (timedelta(seconds=29.999), 1)):
        with pytest.raises(TooManyRequests) as refused:
            limiter.count(ONE, NOW + after)
        assert refused.value.retry_after_seconds == wait
    limiter.count(ONE, NOW + 30 * SECOND)
    limiter.count(ONE, NOW + 59 * SECOND)
    with pytest.raises(TooManyRequests):
        limiter.count(ONE, NOW + 59 * SECOND)
    limiter.forget(ONE)
    assert limiter.count(ONE, NOW + 59 * SECOND) == (1, 30)


def test_each_caller_has_its_own() -> None:
    """One that asks too often is not in anybody's way."""
    limiter = Limiter(Rate(requests=1, seconds=30))
    limiter.count(ONE, NOW)
    limiter.count(OTHER, NOW)
    with pytest.raises(TooManyRequests):
        limiter.count(ONE, NOW)


@pytest.mark.parametrize("together", [False, True])
def test_a_clock_that_is_set_back_begins_anew(tmp_path: Path, *, together: bool) -> None:
    """Nobody waits for hours because the server's clock was wrong."""
    limiter = Limiter(Rate(requests=1, seconds=30), tmp_path / "counts" if together else None)
    limiter.count(ONE, NOW)
    limiter.count(ONE, NOW - timedelta(hours=1))


def test_what_is_over_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with the number of callers that ever were; those with a burst going on are kept."""
    monkeypatch.setattr(limiting, "MOST_COUNTED", 2)
    limiter = Limiter(Rate(requests=1, seconds=30))
    limiter.count(ONE, NOW)
    limiter.count(OTHER, NOW + 20 * SECOND)
    limiter.count(uuid.UUID(int=3), NOW + 31 * SECOND)
    with pytest.raises(TooManyRequests):
        limiter.count(OTHER, NOW + 31 * SECOND)
    limiter.count(uuid.UUID(int=4), NOW + 31 * SECOND)
    limiter.count(OTHER, NOW + 31 * SECOND)


def test_processes_that_count_together_give_one_share(tmp_path: Path) -> None:
    """Whichever is asked, however many callers there are, and whether or not another is asked at the same moment."""
    rate = Rate(requests=400, seconds=30)
    callers = [uuid.UUID(int=number) for number in range(3)]

    def counted(_: int) -> list[int]:
        limiter = Limiter(rate, tmp_path / "counts")
        return [limiter.count(caller, NOW)[0] for _ in range(100) for caller in callers]

    with ThreadPoolExecutor(4) as processes:
        left = [each for told in processes.map(counted, range(4)) for each in told]
    assert sorted(left) == sorted([*range(400)] * len(callers))
    for caller in callers:
        with pytest.raises(TooManyRequests):
            Limiter(rate, tmp_path / "counts").count(caller, NOW)


def test_a_caller_whose_places_are_taken_takes_the_oldest(tmp_path: Path) -> None:
    """The file does not grow; whoever is forgotten has a new share."""
    limiter = Limiter(Rate(requests=1, seconds=30), tmp_path / "counts")
    callers = [uuid.UUID(int=limiting.PLACES * number) for number in range(limiting.NEIGHBOURS + 1)]
    size = (tmp_path / "counts").stat().st_size
    for number, caller in enumerate(callers):
        limiter.count(caller, NOW + number * SECOND)
    with pytest.raises(TooManyRequests):
        limiter.count(callers[1], NOW + 9 * SECOND)
    limiter.count(callers[0], NOW + 9 * SECOND)
    assert (tmp_path / "counts").stat().st_size == size


def test_a_caller_is_told_what_is_left() -> None:
    """Of the share that it is in, and after how many seconds there is a new one."""
    limiter = Limiter(Rate(requests=2, seconds=30))
    assert [limiter.count(ONE, NOW), limiter.count(ONE, NOW + 10 * SECOND)] == [(1, 30), (0, 20)]
    assert limiter.told(0, 20) == {"RateLimit-Policy": '"default";q=2;w=30', "RateLimit": '"default";r=0;t=20'}
