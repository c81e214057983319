"""Earns with many millions of accounts against earns with a hundred thousand, in one run; `python -m bench.large`."""

import asyncio
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console

from bench import filling, generator, hosting, reporting, seeding, wrk
from bench.checking import Stored, check
from bench.hosting import Server
from bench.loads import BenchmarkError, Load, Outcome
from bench.measures import EARN
from guerdon.demo import tenant
from guerdon.demo.tenant import CUSTOMER_NAMESPACE, DEMO
from guerdon.engine import housing
from guerdon.settings import SettingError, Settings
from guerdon.storage import embedded
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench/large")
RESULT = Path("var/bench.json")
CONNECTIONS = 64
WARM_UP_SECONDS = 90.0
"""Of each side. A page that is first changed after a checkpoint is logged in full, and checkpoints are half an hour
apart: their first minutes are a busy server's worst."""

# Seeded entries have no reference: one look at the table finds those of all loads.
_STORED = """
SELECT reference, count(*) AS earns, sum(points)::bigint AS points, count(DISTINCT recorded_at) AS batches
FROM entries WHERE reference IS NOT NULL GROUP BY reference
"""

MEMORY_SHARE = 0.5
"""Of this machine's memory, for PostgreSQL's buffers: with less, most pages are copied in and out at each use."""

SIZED = {"max_wal_size": "24GB", "min_wal_size": "4GB", "checkpoint_timeout": "30min"}
"""As `docs/operating/sizing.md` advises for millions of members."""

# What an earn reads, of every customer: a server with so many has been running for longer than a minute.
_TOUCH = """
SELECT count(*)
FROM identifiers i
CROSS JOIN LATERAL (SELECT m.account_id FROM memberships m WHERE m.member_id = i.member_id LIMIT 1) m
CROSS JOIN LATERAL (SELECT a.bucket FROM accounts a WHERE a.id = m.account_id LIMIT 1) a
CROSS JOIN LATERAL (
    SELECT e.version FROM entries e WHERE e.account_id = m.account_id AND e.bucket = a.bucket
    ORDER BY e.version DESC LIMIT 1
) e
WHERE i.tenant_id = $1 AND i.namespace = $2 AND hashtext(i.canonical) & 1 = $3
"""
_ROW_BY_ROW = {f"enable_{way}": "off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")}

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: a server on a database of so many customers."""

    customers: int
    database_url: str
    server: Server


def main(
    *,
    customers: Annotated[int, typer.Option(min=1_000, help="Of the large side.")] = 10_000_000,
    small: Annotated[int, typer.Option(min=1_000, help="Customers of the small side.")] = 100_000,
    entries: Annotated[int, typer.Option(min=1, help="Of each customer.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side is measured, in turns.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each load.")] = 10.0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the databases for another run: seeding takes the longest.")
    ] = False,
) -> None:
    """Measure earns with millions of accounts, as a ratio to earns with a hundred thousand."""
    try:
        run(
            Settings.read().database_url,
            FOLDER.absolute(),
            RESULT,
            (small, customers),
            entries,
            rounds,
            seconds,
            keep=keep,
        )
    except (BenchmarkError, EmbeddedError, SettingError) as error:
        console.print(f"[red]no figures:[/] {error}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("stopped; nothing was written")
        raise typer.Exit(130) from None


def run(
    postgres_url: str | None,
    folder: Path,
    result: Path,
    sizes: tuple[int, int],
    entries: int,
    rounds: int,
    seconds: float,
    *,
    keep: bool,
) -> dict[str, Any]:
    """Seeds what is not there, measures both sides in turns, checks, and adds the figures to the document.

    Raises:
        BenchmarkError: a request failed, or the tables do not have what was acknowledged.
    """
    with hosting.alone(folder), ExitStack() as stack:
        if not keep and postgres_url is None:
            stack.callback(shutil.rmtree, folder / "data", ignore_errors=True)
        address = postgres_url or stack.enter_context(_sized(folder / "data"))
        sides = [stack.enter_context(_side(address, folder, size, entries, keep=keep)) for size in sizes]
        seen = _measured(sides, rounds, seconds)
        facts = asyncio.run(reporting.machine(sides[0].database_url))
    made = _document(sides, seen, entries, facts)
    _add(result, made)
    console.print(f"large_ratio {made['large_ratio']:.2f}: {made['large']}")
    return made


@contextmanager
def _sized(data: Path) -> Iterator[str]:
    """A PostgreSQL of our own that has the memory which so many accounts take."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    settings = {"shared_buffers": f"{int(megabytes * MEMORY_SHARE)}MB", **SIZED}
    with embedded.running(data) as address:
        asyncio.run(_set(address, settings))
    console.print("PostgreSQL has", ", ".join(f"{name} = {value}" for name, value in settings.items()))
    with embedded.running(data) as address:
        yield address


async def _set(address: str, settings: dict[str, str]) -> None:
    connection = await asyncpg.connect(address)
    try:
        for name, value in settings.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    finally:
        await connection.close()


@contextmanager
def _side(address: str, folder: Path, customers: int, entries: int, *, keep: bool) -> Iterator[Side]:
    with (
        hosting.named_database(address, f"guerdon_bench_large_{customers}_{entries}", keep=keep) as (
            url,
            is_seeded,
            seeded,
        ),
        housing.database(url, folder),
    ):
        if not is_seeded:
            began = time.monotonic()
            asyncio.run(seeding.found(url))
            asyncio.run(
                filling.fill(url, customers, entries, lambda said: console.print(f"seeding {customers:,}: {said}"))
            )
            seeded()
            console.print(f"seeded {customers:,} customers in {(time.monotonic() - began) / 60:.1f} min")
        with hosting.server(url, folder / f"server{customers}") as server:
            yield Side(customers, url, server)


def _measured(sides: list[Side], rounds: int, seconds: float) -> dict[int, list[Outcome]]:
    """Rounds of both sides, all checked at the end: a look at fifty million entries is not for in between."""
    seen: dict[int, list[tuple[str, Outcome]]] = {side.customers: [] for side in sides}
    for side in sides:
        began = time.monotonic()
        asyncio.run(_touched(side))
        console.print(f"every one of {side.customers:,} customers was read in {time.monotonic() - began:.0f} s")
    for turn in range(rounds + 1):
        for side in sides:
            outcome = _load(side, reference := f"large-{uuid.uuid4().hex[:12]}", seconds if turn else WARM_UP_SECONDS)
            seen[side.customers].append((reference, outcome))
            console.print(
                f"{f'round {turn} of {rounds}' if turn else 'warming up'}: {side.customers:,} customers: "
                f"{outcome.rps:,.0f}/s, p50 {outcome.p50_ms:.2f} ms, p99 {outcome.p99_ms:.2f} ms"
            )
    for side in sides:
        found = asyncio.run(_stored(side.database_url))
        for reference, outcome in seen[side.customers]:
            check(outcome, found.get(reference, Stored()))
    return {customers: [outcome for _, outcome in outcomes[1:]] for customers, outcomes in seen.items()}


async def _touched(side: Side) -> None:
    """Reads, on two connections, what is read of each customer when it earns.

    Raises:
        BenchmarkError: there are not as many as there should be.
    """

    async def half(rest: int) -> int:
        connection = await asyncpg.connect(side.database_url, server_settings=_ROW_BY_ROW)
        try:
            found: int = await connection.fetchval(_TOUCH, tenant.id_of(DEMO, "tenant"), CUSTOMER_NAMESPACE, rest)
            return found
        finally:
            await connection.close()

    found = sum(await asyncio.gather(*map(half, (0, 1))))
    if found < side.customers:
        raise BenchmarkError(f"{found:,} customers are found of {side.customers:,}")


def _load(side: Side, reference: str, seconds: float) -> Outcome:
    side.server.calm_down()
    load = Load(
        base_url=side.server.base_url,
        token=tenant.token(DEMO, "counterpoint"),
        requests=(EARN.named(reference),),
        customers=(1, side.customers),
        connections=CONNECTIONS,
        seconds=seconds,
        seed=uuid.uuid4().int % 2**31,
    )
    return (wrk.run if wrk.is_installed() else generator.run)(load)


async def _stored(database_url: str) -> dict[str, Stored]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(_STORED)
    finally:
        await connection.close()
    return {row["reference"]: Stored(earns=row["earns"], points=row["points"], batches=row["batches"]) for row in rows}


def _document(sides: list[Side], seen: dict[int, list[Outcome]], entries: int, facts: dict[str, Any]) -> dict[str, Any]:
    few, many = (seen[side.customers] for side in sides)
    return {
        "large_ratio": round(median(a.rps / b.rps for a, b in zip(many, few, strict=True)), 3),
        "large": {
            "customers": [side.customers for side in sides],
            "entries_each": entries,
            "earn_rps": [round(median(one.rps for one in side), 1) for side in (few, many)],
            "earn_p99_ms": [round(median(one.p99_ms for one in side), 2) for side in (few, many)],
            "operations": [sum(one.acknowledged for one in side) for side in (few, many)],
            "connections": CONNECTIONS,
            "machine": facts,
        },
    }


def _add(result: Path, made: dict[str, Any]) -> None:
    """Beside what `python -m bench` has written."""
    known: dict[str, Any] = {}
    if result.exists():
        known = json.loads(result.read_text(encoding="utf-8"))
    reporting.write(result, known | made)


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
