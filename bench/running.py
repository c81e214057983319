"""One run from beginning to end: hosts, seeds, measures, reports, and leaves nothing behind but the result."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import baseline, generator, hosting, measuring, reporting, seeding, wrk
from bench.loads import BenchmarkError
from bench.measuring import Extent, Generator, Subject
from bench.telling import Teller, telling

PREPARATIONS = 4


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
    console.print(f"load generator: {name}")
    with telling(console, PREPARATIONS + measuring.steps(extent)) as teller:
        with _prepared(postgres_url, folder.absolute(), extent, teller) as (base_url, database_url, pgbench_url):
            subject = Subject(base_url, database_url, pgbench_url, made, extent, teller)
            results = measuring.run(subject)
            facts = asyncio.run(reporting.machine(database_url))
        document = reporting.document(results, facts, extent, name)
    reporting.write(result, document)
    console.print(reporting.table(document, list(measuring.figures(results))))
    console.print(f"written to {result}")
    return document


def _generator(choice: Choice) -> tuple[str, Generator]:
    if choice is Choice.OWN or (choice is Choice.ANY and not wrk.is_installed()):
        return generator.NAME, generator.run
    if not wrk.is_installed():
        raise BenchmarkError("wrk is not installed")
    return wrk.NAME, wrk.run


@contextmanager
def _prepared(postgres_url: str | None, folder: Path, extent: Extent, teller: Teller) -> Iterator[tuple[str, str, str]]:
    """The addresses of a server with enrolled customers, of its database, and of pgbench's filled database."""
    teller.now("starting PostgreSQL")
    with (
        hosting.alone(folder),
        hosting.postgres(postgres_url, folder / "data") as address,
        hosting.database(address, "guerdon") as database_url,
        hosting.database(address, "pgbench") as pgbench_url,
    ):
        teller.now("starting the server")
        with hosting.server(database_url, folder / "server") as base_url:
            teller.now(f"enrolling {extent.customers:,} customers")
            asyncio.run(seeding.seed(database_url, extent.customers))
            teller.now(f"filling pgbench's tables, scale {extent.scale}")
            baseline.prepare(pgbench_url, extent.scale)
            yield base_url, database_url, pgbench_url
