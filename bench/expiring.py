"""Lets a great many lots lapse in one run, chunk by chunk as an operator's job does; `python -m bench.expiring`."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console

from bench import histories, hosting, seeding
from bench.histories import History
from bench.loads import BenchmarkError
from guerdon.engine import Engine, expiring, housing
from guerdon.settings import SettingError, Settings
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench")
LOTS_EACH = 10
POINTS = 10
CONNECTIONS = 2
"""As many as the command takes, each with a transaction."""
_LEFT = """
SELECT
    (SELECT count(*) FROM accounts a, ledger_lots(a.id, a.bucket, 0) l WHERE l.remaining > 0) AS lots,
    (SELECT count(*) FROM accounts WHERE posted <> 0 OR due_at <= $1) AS accounts,
    (SELECT coalesce(-sum(points), 0)::bigint FROM entries WHERE kind = 'expire') AS lapsed
"""

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Lapse:
    """What a run did."""

    lots: int
    seconds: float
    chunk: int
    connections: int

    @property
    def lots_per_second(self) -> float:
        """Lots that lapsed each second, with all that is written about them."""
        return self.lots / self.seconds


async def seed(database_url: str, customers: int) -> None:
    """Gives so many customers lots whose day was yesterday, in a database that has the newest schema."""
    await seeding.found(database_url)
    await seeding.seed(database_url, customers)
    now = datetime.now(UTC)
    history = History(
        entries=LOTS_EACH, points=POINTS, first_at=now - timedelta(days=400), apart=timedelta(days=3),
        expires_at=now - timedelta(days=1),
    )  # fmt: skip
    await histories.write(database_url, 1, customers, history)


async def run(
    database_url: str, customers: int, *, chunk: int = expiring.CHUNK, connections: int = CONNECTIONS
) -> Lapse:
    """Settles every account that something is due on, as `guerdon ledger expire` does.

    Raises:
        BenchmarkError: something is left, or more than what was due is gone.
    """
    async with Engine.running(database_url, connections=connections) as engine:
        began = time.perf_counter()
        async for step in expiring.expire(engine, chunk, connections):
            if step.failed:
                raise BenchmarkError(f"{len(step.failed)} accounts cannot be settled")
        seconds = time.perf_counter() - began
        now = engine.clock()
    connection = await asyncpg.connect(database_url)
    try:
        left = await connection.fetchrow(_LEFT, now)
    finally:
        await connection.close()
    assert left is not None
    # The one account of the demo's story has points that do not lapse.
    if left["lots"] > 1 or left["accounts"] > 1 or left["lapsed"] != customers * LOTS_EACH * POINTS:
        raise BenchmarkError(f"what is left of {customers} accounts once everything has lapsed: {dict(left)}")
    return Lapse(customers * LOTS_EACH, seconds, chunk, connections)


def main(
    *,
    customers: Annotated[int, typer.Option(min=1, help="Accounts, of ten lots each.")] = 20_000,
    chunk: Annotated[
        list[int] | None, typer.Option(min=1, help="Accounts in a transaction; may be given again.")
    ] = None,
    connections: Annotated[int, typer.Option(min=1, help="At once.")] = CONNECTIONS,
) -> None:
    """Measure a run of lapses with chunks of several sizes."""
    folder = FOLDER.absolute()
    try:
        with hosting.alone(folder), hosting.postgres(Settings.read().database_url, folder / "data") as address:
            for size in chunk or [expiring.CHUNK]:
                with hosting.database(address, "expiry") as database_url, housing.database(database_url, folder):
                    asyncio.run(seed(database_url, customers))
                    lapse = asyncio.run(run(database_url, customers, chunk=size, connections=connections))
                console.print(
                    f"chunks of {size:,} accounts, {connections} at once: {lapse.lots_per_second:,.0f} lots/s"
                )
    except (BenchmarkError, EmbeddedError, SettingError) as error:
        console.print(f"[red]no figures:[/] {error}")
        raise typer.Exit(1) from None


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
