"""Shows how far a long command is: a bar with rate and time left on a screen, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_SECONDS = 10.0
"""How often to print a line where there is no screen."""

Report = Callable[[int, int], None]
"""Told how many are done, of how many."""


@contextmanager
def progress(console: Console, what: str) -> Iterator[Report]:
    """Shows progress during the block.

    Args:
        console: where to.
        what: what is counted, such as `rows audited`.
    """
    if not console.is_terminal:
        yield _Lines(console, what).report
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", style="cyan"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=None, rate="")
        begun = _Rate()

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, rate=f"{begun.of(done):,.0f}/s")

        yield report


class _Rate:
    """How many a second, since the first report: what an earlier run has done does not count."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def of(self, done: int) -> float:
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
        since, before = self._first
        return (done - before) / max(now - since, 0.001)


class _Lines:
    """Prints a line at the first report, the last one, and now and then between them."""

    def __init__(self, console: Console, what: str) -> None:
        self._console = console
        self._what = what
        self._rate = _Rate()
        self._printed_at: float | None = None
        self._printed: tuple[int, int] | None = None

    def report(self, done: int, total: int) -> None:
        rate = self._rate.of(done)
        now = time.monotonic()
        is_soon = self._printed_at is not None and now - self._printed_at < LINE_SECONDS
        if (is_soon and done < total) or self._printed == (done, total):
            return
        self._printed_at, self._printed = now, (done, total)
        speed = f", {rate:,.0f}/s" if rate else ""
        left = f", {(total - done) / rate:,.0f} s left" if rate and done < total else ""
        self._console.print(f"{done:,} of {total:,} {self._what}{speed}{left}", markup=False)
