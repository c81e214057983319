"""Progress is a bar on a screen, and a line now and then elsewhere."""

from io import StringIO

import pytest
from rich.console import Console

from guerdon.cli import progressing


class Seconds:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    clock = Seconds()
    monkeypatch.setattr(progressing, "time", clock)
    return clock


def test_lines_come_at_the_ends_and_now_and_then(seconds: Seconds) -> None:
    """With the rate of this run, and the time that is left."""
    written = StringIO()
    with progressing.progress(Console(file=written, width=100), "rows audited") as report:
        for done, now in (
            (1_000, 100.0),
            (1_100, 105.0),
            (1_500, 110.0),
            (1_600, 112.0),
            (2_000, 115.0),
            (2_000, 115.0),
        ):
            seconds.now = now
            report(done, 2_000)
    assert written.getvalue().splitlines() == [
        "1,000 of 2,000 rows audited",
        "1,500 of 2,000 rows audited, 50/s, 10 s left",
        "2,000 of 2,000 rows audited, 67/s",
    ]


def test_a_screen_has_a_bar(seconds: Seconds) -> None:
    """With how many of how many, and the rate."""
    written = StringIO()
    with progressing.progress(Console(file=written, width=120, force_terminal=True), "rows audited") as report:
        report(0, 2_000)
        seconds.now += 10
        report(500, 2_000)
    shown = written.getvalue()
    assert "rows audited" in shown
    assert "500/2000" in shown
    assert "50/s" in shown
