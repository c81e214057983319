"""The figures as a table for people and as JSON for machines, with the machine they were taken on."""

import json
import os
import platform
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import asyncpg
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import generator, measures
from bench.measures import Results
from bench.measuring import Extent
from guerdon.engine.batching import MOST_IN_A_BATCH

WITHOUT_DECIMALS = 1_000

LARGE = (
    "large_ratio", "large",
    "mews_add_1000_ms", "mews_update_1000_ms", "mews_page_first_ms", "mews_page_last_ms", "mews",
)  # fmt: skip

OVERLOADED_BY = generator.NAME
"""wrk cannot tell the latency of what was accepted from that of what was refused."""

_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "huge_pages_status")


async def machine(database_url: str) -> dict[str, Any]:
    """Where the figures come from: processor, versions, and what PostgreSQL promises of a commit."""
    connection = await asyncpg.connect(database_url)
    try:
        said = {name: await connection.fetchval("SELECT current_setting($1, true)", name) for name in _SETTINGS}
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


def document(results: Results, facts: dict[str, Any], extent: Extent, made_by: str) -> dict[str, Any]:
    """Everything, for `var/bench.json`."""
    assert results.lapse is not None
    return {
        **{name: round(value, 3) for name, value in measures.figures(results).items()},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "generator": made_by,
        "customers": extent.customers,
        "rounds": extent.rounds,
        "operations": measures.operations(results),
        "connections": {**results.connections, "expiry": results.lapse.connections},
        "mean_batch": {name: round(fmean(sizes), 1) for name, sizes in results.batches.items()},
        "most_in_a_batch": MOST_IN_A_BATCH,
        "balance_rows": results.balance_rows,
        "expiry_chunk": results.lapse.chunk,
        "machine": facts,
    }


def write(path: Path, made: dict[str, Any]) -> None:
    """Puts the document where machines look for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError, ValueError):
        # What the benchmarks of many accounts have found stays until they are run again.
        made = {name: made_of for name, made_of in json.loads(path.read_text()).items() if name in LARGE} | made
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def table(made: dict[str, Any]) -> Table:
    """The document for people: one figure a row, with how it was taken."""
    facts = made["machine"]
    shown = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title=f"{facts['cores']} x {facts['cpu']}, {facts['system']}\n"
        f"PostgreSQL {facts['postgres']}, Python {facts['python']}; {made['date'][:10]}",
        caption=f"medians of {made['rounds']} rounds; {made['customers']:,} customers; generator: {made['generator']}, "
        f"of the overload {OVERLOADED_BY}\n"
        f"batch: entries written by one statement on average (at most {made['most_in_a_batch']} commands), "
        f"of a lapse the {made['expiry_chunk']} accounts of a transaction\n"
        f"a balance check answers {made['balance_rows']} rows\n"
        f"durable: fsync {facts['fsync']}, synchronous_commit {facts['synchronous_commit']}, before it is answered",
    )
    for name in ("figure", "value", "batch", "at once", "durable", "operations"):
        shown.add_column(name, justify="left" if name in ("figure", "durable") else "right", no_wrap=True)
    kept = "yes" if (facts["fsync"], facts["synchronous_commit"]) == ("on", "on") else "NO"
    reads = {measure.name for measure in measures.MEASURES if not measure.writes}
    batches = {**made["mean_batch"], "expiry": made["expiry_chunk"]}
    for figure in measures.FIGURES:
        shown.add_row(
            figure.name,
            f"{made[figure.name]:,.{0 if made[figure.name] >= WITHOUT_DECIMALS else 2}f}{figure.unit}",
            str(batches.get(figure.load, "")),
            f"{made['connections'][figure.load]:,}",
            "reads" if figure.load in reads else kept,
            f"{made['operations'][figure.load]:,}",
        )
    return shown
