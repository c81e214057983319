"""A connection for tests that Hypothesis drives."""

from collections.abc import Iterator

import pytest

from storage.comparing import Bench, bench_on


@pytest.fixture(scope="module")
def bench(dsn: str) -> Iterator[Bench]:
    """One for each module."""
    with bench_on(dsn) as opened:
        yield opened
