"""Runs the benchmarks as `python -m bench`: a table, and `var/bench.json`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import hosting, running
from bench.loads import BenchmarkError
from bench.measuring import QUICK, Extent
from guerdon.settings import SettingError, Settings
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench")
RESULT = Path("var/bench.json")

console = Console(highlight=False)


def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="A short run: one round of 2 s, 10,000 customers.")] = False,
    generator: Annotated[
        running.Choice, typer.Option(help="What makes the load; by default wrk where it is installed.")
    ] = running.Choice.ANY,
    rounds: Annotated[int | None, typer.Option(min=1, help="How often each load is run.")] = None,
) -> None:
    """Measure earns and balance checks over HTTP against pgbench on the same PostgreSQL."""
    extent = QUICK if quick else Extent()
    if rounds:
        extent = replace(extent, rounds=rounds)
    try:
        running.run(Settings.read().database_url, FOLDER, RESULT, console, extent=extent, choice=generator)
    except (BenchmarkError, EmbeddedError, SettingError) as error:
        console.print(f"[red]no figures:[/] {error}", soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("stopped; nothing was written")
        raise typer.Exit(130) from None


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
