"""Compares a plain journal with journals partitioned by month of recording; `python -m bench.partitions`."""

import asyncio
import random
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import asyncpg
import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bench import hosting, journals, reporting
from bench.journals import DELETED, LOADED, MONTH, NOW, POST, READS, SIZES, VARIANTS, Variant
from bench.loads import BenchmarkError
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench/partitions")
BATCHES = (64, 256)
SHARE = 3
ACTOR = uuid.UUID(int=7)

console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is loaded and measured: a third of the accounts has a history, all are posted to."""

    accounts: int = 100_000
    history: int = 36
    rounds: int = 7
    burst: int = 12_800
    reads: int = 1_000
    warming: int = 150

    @property
    def regulars(self) -> int:
        return self.accounts // SHARE

    @property
    def loaded(self) -> int:
        return self.regulars * self.history


@dataclass
class Subject:
    """One variant with its connection, what was posted to it, and what was measured of it."""

    variant: Variant
    connection: Any
    pid: int
    url: str
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    versions: dict[int, int] = field(default_factory=dict)
    figures: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How often everything is measured, in turns.")] = 7,
    database_url: Annotated[str | None, typer.Option(help="Another PostgreSQL than one of our own.")] = None,
) -> None:
    """Measure posting to, reading and retiring months of a plain and of partitioned journals, in turns in one run."""
    try:
        run(database_url, FOLDER, console, Extent(rounds=rounds))
    except (BenchmarkError, EmbeddedError) as error:
        console.print(f"[red]no figures:[/] {error}", soft_wrap=True)
        raise typer.Exit(1) from None


def run(postgres_url: str | None, folder: Path, to: Console, extent: Extent) -> dict[str, dict[str, float]]:
    """Measures on a PostgreSQL (None: one of our own) and prints; the median of each figure by variant.

    Raises:
        BenchmarkError: the tables do not have what was posted.
        EmbeddedError: our own PostgreSQL cannot run here.
    """
    with (
        hosting.alone(folder),
        hosting.postgres(postgres_url, folder.absolute() / "data") as address,
        hosting.database(address, "partitions") as url,
    ):
        facts = asyncio.run(reporting.machine(url))
        seen = asyncio.run(_measured(url, to, extent))
    made = {name: {figure: median(values) for figure, values in figures.items()} for name, figures in seen.items()}
    to.print(_table(made, facts, extent))
    return made


async def _measured(url: str, to: Console, extent: Extent) -> dict[str, dict[str, list[float]]]:
    async with AsyncExitStack() as stack:
        subjects = [await stack.enter_async_context(_subject(url, variant)) for variant in VARIANTS]
        for subject in subjects:
            to.print(f"loading {extent.loaded:,} entries: {subject.variant.name}")
            await _load(subject, extent)
        for subject in subjects:
            await _warm(subject, extent)
        for step in _steps(extent):
            for subject in subjects:
                await step(subject)
            subjects.append(subjects.pop(0))
        subjects.sort(key=lambda subject: VARIANTS.index(subject.variant))
        for subject in subjects:
            await _check(subject)
        for number in range(min(extent.rounds, 3)):
            for subject in subjects:
                await _retire(subject, number)
        to.print(await _converted(subjects[0]))
        return {subject.variant.name: subject.figures for subject in subjects}


def _steps(extent: Extent) -> list[Callable[[Subject], Awaitable[None]]]:
    """What is measured in order, each on all variants in turn before the next; checkpoints come last."""
    warm: list[Callable[[Subject], Awaitable[None]]] = [
        *(partial(_post, extent=extent, size=size, name=f"post {size}") for size in BATCHES),
        *(partial(_read, extent=extent, name=name) for name in READS),
        partial(_first_read, extent=extent),
    ]
    return [*warm * extent.rounds, *[partial(_post_cold, extent=extent)] * extent.rounds]


def _connected(url: str, variant: Variant) -> Any:
    """A connection to the variant's schema whose statements keep one plan each; to be awaited."""
    settings = {"search_path": variant.schema, "plan_cache_mode": "force_generic_plan", "jit": "off"}
    return asyncpg.connect(url, server_settings=settings)


@asynccontextmanager
async def _subject(url: str, variant: Variant) -> AsyncIterator[Subject]:
    """The variant's empty table in a schema of its own."""
    connection: Any = await _connected(url, variant)
    try:
        for statement in variant.definition():
            await connection.execute(statement)
        yield Subject(variant, connection, connection.get_server_pid(), url)
    finally:
        await connection.close()


async def _load(subject: Subject, extent: Extent) -> None:
    """A history for every third account, evenly over the months, written in the order of time as postings are."""
    start = subject.variant.bounds[0]
    await subject.connection.execute(LOADED, extent.loaded, extent.regulars, SHARE, start, ACTOR, NOW, timeout=600)
    subject.versions = {number * SHARE: extent.history for number in range(extent.regulars)}
    for name, size in (await subject.connection.fetchrow(SIZES)).items():
        subject.figures[f"{name}, bytes an entry"].append(size / extent.loaded)
    await subject.connection.execute("VACUUM (ANALYZE) entries")


def _id(number: int) -> uuid.UUID:
    return uuid.UUID(f"01900000-0000-7000-8000-{number:012x}")


async def _post(subject: Subject, extent: Extent, size: int, name: str) -> None:
    """Batches of entries of random accounts, each in a durable transaction of its own."""
    statement = await subject.connection.prepare(POST)
    batches = [_batch(subject, extent, size) for _ in range(extent.burst // size)]
    wal = await _wal(subject)
    cpu, wall = _cpu_seconds(subject.pid), time.perf_counter()
    for batch in batches:
        await statement.fetch(*batch)
    entries = size * len(batches)
    wall, cpu = time.perf_counter() - wall, _cpu_seconds(subject.pid) - cpu
    subject.figures[f"{name}: entries/s"].append(entries / wall)
    subject.figures[f"{name}: CPU µs an entry"].append(cpu * 1e6 / entries)
    subject.figures[f"{name}: WAL bytes an entry"].append((await _wal(subject) - wal) / entries)


async def _warm(subject: Subject, extent: Extent) -> None:
    """Changes nearly every page of the index once, so that what follows seldom writes a whole page to the log."""
    statement = await subject.connection.prepare(POST)
    for _ in range(extent.warming):
        await statement.fetch(*_batch(subject, extent, BATCHES[1]))


async def _post_cold(subject: Subject, extent: Extent) -> None:
    """Right after a checkpoint, when the first change of a page writes the whole page to the log."""
    await subject.connection.execute("CHECKPOINT")
    await _post(subject, extent, BATCHES[0], f"post {BATCHES[0]} after a checkpoint")


def _batch(subject: Subject, extent: Extent, size: int) -> tuple[Any, ...]:
    numbers = subject.chance.sample(range(extent.accounts), min(size, extent.accounts))
    for number in numbers:
        subject.versions[number] = subject.versions.get(number, 0) + 1
    return (
        [_id(number) for number in numbers],
        [number % 1024 for number in numbers],
        [subject.versions[number] for number in numbers],
        [Decimal(100)] * size,
        NOW,
        ACTOR,
        [f"T-{number}" for number in numbers],
    )


async def _wal(subject: Subject) -> int:
    said: int = await subject.connection.fetchval("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
    return said


def _cpu_seconds(pid: int) -> float:
    """What a process has used of the processor; zero where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def _arguments(subject: Subject, extent: Extent, name: str) -> tuple[Any, ...]:
    """Of a read of a random account with a history; the window is the last sixth of the time."""
    number = subject.chance.randrange(extent.regulars) * SHARE
    since = NOW - timedelta(days=subject.variant.months * 30.4 / 6)
    bound = {"page": 2**40, "window": since, "balance as of": since}[name]
    return _id(number), number % 1024, bound


async def _read(subject: Subject, extent: Extent, name: str) -> None:
    """A kept plan, executed for one random account after another; the first fill the caches."""
    statement = await subject.connection.prepare(READS[name])
    arguments = [_arguments(subject, extent, name) for _ in range(extent.reads)]
    for one in arguments[: extent.reads // 10]:
        await statement.fetch(*one)
    cpu = _cpu_seconds(subject.pid)
    walls = [await _timed(statement.fetch(*one)) for one in arguments]
    cpu = _cpu_seconds(subject.pid) - cpu
    subject.figures[f"{name}: µs"].append(median(walls) * 1e3)
    subject.figures[f"{name}: CPU µs"].append(cpu * 1e6 / extent.reads)
    subject.figures[f"{name}: pages"].append(await _pages(subject, name, arguments[0]))


async def _pages(subject: Subject, name: str, arguments: Sequence[Any]) -> float:
    """The pages that one execution of the kept plan looks at."""
    said = ", ".join(f"'{argument}'" for argument in arguments)
    await subject.connection.execute(f"PREPARE read AS {READS[name]}")
    plan = await subject.connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE read ({said})")
    await subject.connection.execute("DEALLOCATE read")
    root = msgspec.json.decode(plan)[0]["Plan"]
    return float(root["Shared Hit Blocks"] + root["Shared Read Blocks"])


async def _first_read(subject: Subject, extent: Extent) -> None:
    """What a new connection pays before its plan is kept, and what it keeps in memory."""
    connection: Any = await _connected(subject.url, subject.variant)
    try:
        first = connection.fetch(READS["page"], *_arguments(subject, extent, "page"))
        subject.figures["first page of a connection: ms"].append(await _timed(first))
        held = await connection.fetchval("SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts")
        subject.figures["memory of that connection: kB"].append(held / 1024)
    finally:
        await connection.close()


async def _check(subject: Subject) -> None:
    found = await subject.connection.fetchrow("SELECT count(*), sum(points)::bigint FROM entries")
    posted = sum(subject.versions.values())
    if tuple(found) != (posted, posted * 100):
        raise BenchmarkError(f"{subject.variant.name} has {tuple(found)}, not {posted} entries of 100 points")


async def _retire(subject: Subject, number: int) -> None:
    """Reads what is oldest, then removes it: a partition, or a month of the plain table, which a vacuum must follow."""
    since, until = subject.variant.bounds[number : number + 2]
    connection, figures = subject.connection, subject.figures
    figures["read the oldest part: ms"].append(await _timed(connection.fetch(MONTH, since, until)))
    before, wal = sum(await connection.fetchrow(SIZES)), await _wal(subject)
    if subject.variant.partitions:
        detach = connection.execute(f"ALTER TABLE entries DETACH PARTITION entries_{number}")
        figures["remove it: ms"].append(await _timed(detach))
        figures["vacuum after it: ms"].append(0)
    else:
        figures["remove it: ms"].append(await _timed(connection.execute(DELETED, since, until)))
        figures["vacuum after it: ms"].append(await _timed(connection.execute("VACUUM entries")))
    figures["log of both: MB"].append((await _wal(subject) - wal) / 2**20)
    figures["files smaller by: MB"].append((before - sum(await connection.fetchrow(SIZES))) / 2**20)


async def _converted(subject: Subject) -> str:
    """Makes the plain table the first partition of a partitioned one, and says how long that took."""
    checked = sum([await _timed(subject.connection.execute(statement)) for statement in journals.BOUNDED])
    moved = await _timed(subject.connection.execute(journals.PARTITIONED_LATER))
    return f"plain to partitioned: {checked:,.0f} ms to check the bound beside postings, {moved:,.1f} ms under lock"


async def _timed(work: Awaitable[Any]) -> float:
    since = time.perf_counter()
    await work
    return (time.perf_counter() - since) * 1e3


def _table(made: dict[str, dict[str, float]], facts: dict[str, Any], extent: Extent) -> Table:
    """One figure a row, one journal a column, with the ratio to the plain one."""
    shown = Table(
        title=f"{facts['cores']} x {facts['cpu']}, {facts['system']}, PostgreSQL {facts['postgres']}, "
        f"Python {facts['python']}, fsync {facts['fsync']}, shared_buffers {facts['shared_buffers']}",
        caption=f"medians of {extent.rounds} rounds in turns; {extent.loaded:,} entries before, "
        f"{extent.history} on each of {extent.regulars:,} accounts; {extent.accounts:,} accounts are posted to",
    )
    shown.add_column("figure", no_wrap=True)
    for name in made:
        shown.add_column(name, justify="right", no_wrap=True)
    plain = next(iter(made.values()))
    for figure, base in plain.items():
        shown.add_row(figure, *(_cell(figures[figure], base) for figures in made.values()))
    return shown


def _cell(value: float, base: float) -> str:
    said = f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
    return f"{said} ({value / base:.2f})" if base else said


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
