"""The figures as a table for people and as JSON for machines, with the machine they were taken on."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from rich.table import Table

from bench import baseline, measuring
from bench.measuring import Extent, Results
from guerdon.engine.batching import MOST_IN_A_BATCH

_UNITS = {"rps": "/s", "tps": "/s", "ms": " ms", "ratio": " x"}
_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


async def machine(database_url: str) -> dict[str, Any]:
    """Where the figures come from: processor, versions, and what PostgreSQL promises of a commit."""
    connection = await asyncpg.connect(database_url)
    try:
        said = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in _SETTINGS}
    finally:
        await connection.close()
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgres": said.pop("server_version").split()[0],
        **said,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def document(results: Results, facts: dict[str, Any], extent: Extent, generator: str) -> dict[str, Any]:
    """Everything, for `var/bench.json`."""
    return {
        **{name: round(value, 3) for name, value in measuring.figures(results).items()},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "generator": generator,
        "customers": extent.customers,
        "rounds": extent.rounds,
        "operations": measuring.operations(results),
        "mean_batch": measuring.batches(results),
        "most_in_a_batch": MOST_IN_A_BATCH,
        "machine": facts,
    }


def write(path: Path, made: dict[str, Any]) -> None:
    """Puts the document where machines look for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def table(made: dict[str, Any], figures: Sequence[str]) -> Table:
    """The document for people: one figure a row, with how it was taken."""
    facts = made["machine"]
    shown = Table(
        title=f"{facts['cores']} x {facts['cpu']}, {facts['system']}\n"
        f"PostgreSQL {facts['postgres']}, Python {facts['python']}; {made['date'][:10]}",
        caption=f"medians of {made['rounds']} rounds; {made['customers']:,} customers; "
        f"fsync {facts['fsync']}, synchronous_commit {facts['synchronous_commit']}\n"
        f"batch: earns written by one statement on average, at most {made['most_in_a_batch']}",
    )
    for name in ("figure", "value", "batch", "at once", "operations", "generator"):
        shown.add_column(name, justify="left" if name in ("figure", "generator") else "right", no_wrap=True)
    for name in figures:
        load = _load_of(name)
        shown.add_row(
            name,
            f"{made[name]:,.2f}{_UNITS[name.rpartition('_')[2]]}",
            str(made["mean_batch"].get(load, "")),
            str(_connections(load)),
            f"{made['operations'][load]:,}",
            "pgbench" if load == "pgbench" else made["generator"],
        )
    return shown


def _load_of(figure: str) -> str:
    """The load that a figure is of: the longest name that it begins with."""
    names = ["pgbench", *(measure.name for measure in measuring.MEASURES)]
    return max((name for name in names if figure.startswith(name)), key=len)


def _connections(load: str) -> int:
    if load == "pgbench":
        return baseline.CLIENTS
    (count,) = (measure.connections for measure in measuring.MEASURES if measure.name == load)
    return count
