"""One run from beginning to end: hosts, seeds, measures, reports, and leaves nothing behind but the result."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import baseline, expiring, generator, histories, hosting, measuring, reporting, seeding, wrk
from bench.expiring import Lapse
from bench.histories import History
from bench.loads import BenchmarkError
from bench.measures import MEASURES
from bench.measuring import Extent, Generator, Subject
from bench.telling import Teller, telling
from guerdon.engine import housing

PREPARATIONS = 6
DEEP_ENTRIES = 1_000


class Choice(StrEnum):
    """What makes the load; `any` is wrk where it is installed."""

    ANY = "any"
    WRK = wrk.NAME
    OWN = generator.NAME


def run(
    postgres_url: str | None, folder: Path, result: Path, console: Console, *, extent: Extent, choice: Choice
) -> dict[str, Any]:
    """Measures on a PostgreSQL (None: one of our own), prints the table, and writes and returns the document.

    Raises:
        BenchmarkError: something failed, or the tables do not have what was acknowledged.
        EmbeddedError: our own PostgreSQL cannot run here.
    """
    name, made = _generator(choice)
    hosting.let_many_in()
    console.print(f"load generator: {name}")
    with telling(console, PREPARATIONS + measuring.steps(extent)) as teller:
        teller.now("starting PostgreSQL")
        with hosting.alone(folder), hosting.postgres(postgres_url, folder.absolute() / "data") as address:
            lapse = _lapsed(address, folder.absolute(), extent, teller)
            with _prepared(address, folder.absolute(), extent, made, teller) as subject:
                results = measuring.run(subject)
                facts = asyncio.run(reporting.machine(subject.database_url))
        results.lapse = lapse
        document = reporting.document(results, facts, extent, name)
    reporting.write(result, document)
    console.print(reporting.table(document))
    console.print(f"written to {result}")
    return document


def _generator(choice: Choice) -> tuple[str, Generator]:
    if choice is Choice.OWN or (choice is Choice.ANY and not wrk.is_installed()):
        return generator.NAME, generator.run
    if not wrk.is_installed():
        raise BenchmarkError("wrk is not installed")
    return wrk.NAME, wrk.run


def _lapsed(address: str, folder: Path, extent: Extent, teller: Teller) -> Lapse:
    """What a run of lapses does, in a database of its own."""
    teller.now(f"seeding {extent.lapsing * expiring.LOTS_EACH:,} lots that have lapsed")
    with hosting.database(address, "expiry") as database_url, housing.database(database_url, folder):
        asyncio.run(expiring.seed(database_url, extent.lapsing))
        teller.now("letting them lapse")
        lapse = asyncio.run(expiring.run(database_url, extent.lapsing))
        teller.result(f"{lapse.lots_per_second:,.0f} lots/s")
    return lapse


@contextmanager
def _prepared(address: str, folder: Path, extent: Extent, made: Generator, teller: Teller) -> Iterator[Subject]:
    """What is measured: servers on one database of customers, and pgbench's filled database."""
    with (
        hosting.database(address, "guerdon") as database_url,
        housing.database(database_url, folder),
        hosting.database(address, "pgbench") as pgbench_url,
        ExitStack() as servers,
    ):
        teller.now(f"enrolling {extent.customers:,} customers, and {extent.deep:,} with a long history")
        asyncio.run(enrolled(database_url, extent))
        teller.now(f"filling pgbench's tables, scale {extent.scale}")
        baseline.prepare(pgbench_url, extent.scale)
        # Customers that come while a server looks are news to it, and it would tell of them during the loads.
        teller.now("starting the servers")
        running = {
            workers: servers.enter_context(hosting.server(database_url, folder / f"server{workers}", workers=workers))
            for workers in sorted({measure.workers for measure in MEASURES})
        }
        yield Subject(
            servers=running, database_url=database_url, pgbench_url=pgbench_url, generator=made,
            pressing=generator.run, extent=extent, teller=teller,
        )  # fmt: skip


async def enrolled(database_url: str, extent: Extent) -> None:
    """Customers with a few lots, and some with a thousand entries over ten years, a hundred of them within the last."""
    now = datetime.now(UTC)
    last = extent.customers + extent.deep
    await seeding.found(database_url)
    await seeding.seed(database_url, last)
    few = History(entries=3, points=1_000, first_at=now - timedelta(days=90), apart=timedelta(days=20))
    await histories.write(database_url, 1, extent.customers, few)
    many = History(
        entries=DEEP_ENTRIES, points=10, first_at=now - timedelta(days=3650), apart=timedelta(days=3650) / DEEP_ENTRIES
    )
    await histories.write(database_url, extent.customers + 1, last, many)
