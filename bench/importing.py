"""Reads a million members with opening balances in, as `guerdon import members` does; `python -m bench.importing`."""

import asyncio
import json
import resource
import time
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console

from bench import hosting
from bench.loads import BenchmarkError
from guerdon.demo import tenant
from guerdon.engine import Engine, auditing, housing, importing
from guerdon.engine.importing import Plan, Prepared
from guerdon.settings import SettingError, Settings
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench")
RESULT = Path("var/bench.json")
POINTS = 7
_WRITTEN = """
SELECT
    (SELECT count(*) FROM members WHERE surface = 'import') AS members,
    (SELECT coalesce(sum(posted), 0)::bigint FROM accounts a JOIN memberships s ON s.account_id = a.id
     JOIN members m ON m.id = s.member_id WHERE m.surface = 'import') AS points,
    (SELECT coalesce(sum(l.remaining), 0)::bigint FROM memberships s JOIN members m ON m.id = s.member_id
     CROSS JOIN LATERAL ledger_lots(s.account_id, s.bucket, 0) l WHERE m.surface = 'import') AS lots
"""

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import took."""

    rows: int
    read_seconds: float
    write_seconds: float
    most_mb: float

    @property
    def rows_per_second(self) -> float:
        """Read, checked and written."""
        return self.rows / (self.read_seconds + self.write_seconds)


def write_file(path: Path, rows: int) -> None:
    """A file of members, each with names and points of a day of its own."""
    now = datetime.now(UTC)
    with path.open("w", encoding="utf-8") as lines:
        lines.write("id,email,phone,first_name,last_name,city,points,earned_at,expires_at\n")
        for n in range(rows):
            earned, lapses = now - timedelta(days=n % 300 + 1), now + timedelta(days=n % 600 + 1)
            lines.write(
                f"C{n:08},member{n}@mail{n % 50}.example.com,+45{20_000_000 + n},First{n % 1_000},Last{n % 5_000},"
                f"Town {n % 300},{POINTS},{earned:%Y-%m-%dT%H:%M:%SZ},{lapses:%Y-%m-%d}\n"
            )


async def run(database_url: str, path: Path, rows: int) -> Taken:
    """Imports a file into the demo tenant, and looks at what has come of it.

    Raises:
        BenchmarkError: something is missing, or an audit finds something.
    """
    async with Engine.running(database_url, connections=3) as engine:
        await tenant.seed(engine)
        began = time.perf_counter()
        prepared = None
        async with aclosing(importing.prepare(engine, Plan(slug=tenant.DEMO, kind="members", path=path))) as steps:
            async for step in steps:
                prepared = step
        read = time.perf_counter() - began
        if not isinstance(prepared, Prepared) or prepared.made.bad:
            raise BenchmarkError("the file has bad rows")
        async for _ in importing.write(engine, prepared):
            pass
        took = time.perf_counter() - began - read
        # Of both processes that read the file.
        most = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
        found = [f async for s in auditing.audit(engine, auditing.Plan(tenant.DEMO, 10_000, False)) for f in s.found]  # noqa: FBT003
    connection = await asyncpg.connect(database_url)
    try:
        there = await connection.fetchrow(_WRITTEN)
    finally:
        await connection.close()
    if found or tuple(there or ()) != (rows, rows * POINTS, rows * POINTS):
        raise BenchmarkError(f"what came of {rows} rows: {there}, {found[:3]}")
    return Taken(rows, read, took, most)


def keep(taken: Taken) -> None:
    """Puts the figure beside the others."""
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    made = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    made["import_rows_per_s"] = round(taken.rows_per_second, 1)
    RESULT.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def main(*, rows: Annotated[int, typer.Option(min=1, help="Members.")] = 1_000_000) -> None:
    """Measure an import of members with opening balances."""
    folder = FOLDER.absolute()
    try:
        with hosting.alone(folder), hosting.postgres(Settings.read().database_url, folder / "data") as address:
            path = folder / "members.csv"
            write_file(path, rows)
            with hosting.database(address, "import") as database_url, housing.database(database_url, folder):
                taken = asyncio.run(run(database_url, path, rows))
            path.unlink()
        keep(taken)
        console.print(
            f"{rows:,} members with opening balances: {taken.rows_per_second:,.0f} rows/s; read and checked in "
            f"{taken.read_seconds:.1f} s, written in {taken.write_seconds:.1f} s; {taken.most_mb:.0f} MB at most"
        )
    except (BenchmarkError, EmbeddedError, SettingError) as error:
        console.print(f"[red]no figures:[/] {error}")
        raise typer.Exit(1) from None


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
