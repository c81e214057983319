"""Shows what is being done now and what came of it: a bar on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Teller:
    """Tells people how far a run is."""

    def __init__(self, console: Console, progress: Progress, steps: int) -> None:
        self._console = console
        self._progress = progress
        self._steps = progress.add_task("", total=steps)
        self._shown = False

    def now(self, what: str) -> None:
        """What runs now; what ran before is over."""
        self._progress.update(self._steps, description=what, advance=1 if self._shown else 0)
        self._shown = True
        if not self._console.is_terminal:
            self._console.print(f"{what} ...", soft_wrap=True)

    def result(self, what: str) -> None:
        """What came of it."""
        self._console.print(f"  {what}", soft_wrap=True)


@contextmanager
def telling(console: Console, steps: int) -> Iterator[Teller]:
    """A teller for a run of so many steps."""
    columns = (
        SpinnerColumn(),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Teller(console, progress, steps)
