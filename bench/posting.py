"""What the posting function costs by itself, without HTTP, for each verb and batch; `python -m bench.posting`."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
import uuid_utils.compat
from rich.console import Console
from rich.table import Table

from bench import histories, hosting, seeding
from bench.loads import BenchmarkError
from guerdon.core.callers import Caller
from guerdon.core.commands import Capture, Command, Earn, Hold, Posting
from guerdon.demo import tenant
from guerdon.engine import Engine, housing
from guerdon.settings import SettingError, Settings
from guerdon.storage import ledger
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench")
VERBS = ("earn", "hold", "capture")
BATCHES = (1, 25, 64, 256)
LOTS = 4
"""Of each account, with points left, when the first command comes."""

POINTS = Decimal(1)
WARM_UP = 10
"""Batches before the first that counts: plans are made, pages are read."""

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Cost:
    """What commands of one kind in batches of one size came to; processor time is that of the one backend."""

    verb: str
    batch: int
    commands: int
    seconds: float
    cpu_seconds: float
    wal_bytes: int


@dataclass(slots=True)
class Subject:
    """One connection, and accounts to draw from; `open_holds` are those that no capture has taken yet."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    pid: int
    accounts: list[UUID]
    caller: Caller
    draw: random.Random
    open_holds: list[tuple[UUID, UUID]] = field(default_factory=list)


def main(
    *,
    customers: Annotated[int, typer.Option(min=1_000, help="Accounts to draw from.")] = 100_000,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each verb and batch.")] = 2.0,
) -> None:
    """Measure the posting function for earns, holds and captures in batches of several sizes, on one connection."""
    try:
        url = Settings.read().database_url
        with (
            hosting.alone(FOLDER.absolute()),
            hosting.postgres(url, FOLDER.absolute() / "data") as address,
            hosting.database(address, "posting") as database_url,
            housing.database(database_url, FOLDER),
        ):
            console.print(f"seeding {customers:,} accounts of {LOTS} lots each")
            costs = asyncio.run(_measured(database_url, customers, seconds))
    except (BenchmarkError, EmbeddedError, SettingError) as error:
        console.print(f"[red]no figures:[/] {error}")
        raise typer.Exit(1) from None
    console.print(_table(costs, customers))


async def _measured(database_url: str, customers: int, seconds: float) -> list[Cost]:
    async with Engine.running(database_url) as engine:
        await tenant.seed(engine)
    await seeding.seed(database_url, customers)
    past = datetime.now(UTC) - timedelta(days=90)
    history = histories.History(entries=LOTS, points=1_000, first_at=past, apart=timedelta(days=1))
    await histories.write(database_url, 1, customers, history)
    connection = await asyncpg.connect(database_url, server_settings={"jit": "off", "timezone": "UTC"})
    try:
        subject = Subject(
            connection,
            connection.get_server_pid(),
            [row["id"] for row in await connection.fetch("SELECT id FROM accounts WHERE posted >= 1000")],
            Caller(tenant.id_of(tenant.DEMO, "tenant"), "counterpoint", tenant.id_of(tenant.DEMO, "seed")),
            random.Random(7),
        )
        costs = []
        for batch in BATCHES:
            for verb in VERBS:
                costs.append(await _cost(subject, verb, batch, seconds))
                console.print(_told(costs[-1]))
        return costs
    finally:
        await connection.close()


async def _cost(subject: Subject, verb: str, batch: int, seconds: float) -> Cost:
    if verb == "capture":
        await _place_holds(subject, batch)
    for _ in range(WARM_UP):
        await _post(subject, _commands(subject, verb, batch))
    spent, wal_at = 0.0, await subject.connection.fetchval("SELECT pg_current_wal_lsn()")
    cpu, done = _cpu_seconds(subject.pid), 0
    while spent < seconds and (verb != "capture" or len(subject.open_holds) >= batch):
        commands = _commands(subject, verb, batch)
        began = time.perf_counter()
        await _post(subject, commands)
        spent += time.perf_counter() - began
        done += len(commands)
    cpu = _cpu_seconds(subject.pid) - cpu
    wal = await subject.connection.fetchval("SELECT pg_current_wal_lsn() - $1::pg_lsn", wal_at)
    return Cost(verb, batch, done, spent, cpu, int(wal))


async def _place_holds(subject: Subject, batch: int) -> None:
    """Enough holds for the captures of one measurement."""
    while len(subject.open_holds) < min(batch * 400, 20_000):
        await _post(subject, _commands(subject, "hold", 200))


def _commands(subject: Subject, verb: str, batch: int) -> list[Command]:
    caller, now = subject.caller, datetime.now(UTC)
    if verb == "capture":
        holds = [subject.open_holds.pop() for _ in range(batch)]
        return [Capture(caller=caller, at=now, account_id=account, hold_id=hold) for account, hold in holds]
    accounts = subject.draw.sample(subject.accounts, batch)
    if verb == "earn":
        return [
            Earn(caller=caller, at=now, account_id=one, points=POINTS, reason="Benchmark", reference="posting")
            for one in accounts
        ]
    return [
        Hold(caller=caller, at=now, account_id=one, points=POINTS, hold_id=uuid_utils.compat.uuid7(), reference="hold")
        for one in accounts
    ]


async def _post(subject: Subject, commands: list[Command]) -> None:
    """Posts one batch in one call, where no two commands have an account in common."""
    answers = await ledger.post_wave(subject.connection, commands, datetime.now(UTC))
    for command, answer in zip(commands, answers or [], strict=True):
        if not isinstance(answer, Posting):
            raise BenchmarkError(f"{command.verb} was refused: {answer!r}")
        if isinstance(command, Hold):
            subject.open_holds.append((command.account_id, command.hold_id))


def _cpu_seconds(pid: int) -> float:
    """What a process of this machine has computed so far."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return float("nan")


def _told(cost: Cost) -> str:
    return (
        f"{cost.verb:8} {cost.batch:4}  {cost.commands / cost.seconds:9,.0f}/s  "
        f"{cost.cpu_seconds / cost.commands * 1e6:8,.1f} us CPU each  {cost.wal_bytes / cost.commands:7,.0f} B WAL each"
    )


def _rows(costs: list[Cost]) -> Iterator[tuple[str, ...]]:
    for cost in costs:
        yield (
            cost.verb, str(cost.batch), f"{cost.commands / cost.seconds:,.0f}/s",
            f"{cost.cpu_seconds / cost.commands * 1e6:,.1f}", f"{cost.seconds / cost.commands * cost.batch * 1e3:,.2f}",
            f"{cost.wal_bytes / cost.commands:,.0f}", f"{cost.commands:,}",
        )  # fmt: skip


def _table(costs: list[Cost], customers: int) -> Table:
    made = Table(title=f"ledger_post on one connection, durable; {customers:,} accounts of {LOTS} lots")
    for name in ("verb", "batch", "commands", "CPU us each", "ms a batch", "WAL bytes each", "operations"):
        made.add_column(name, justify="left" if name == "verb" else "right")
    for row in _rows(costs):
        made.add_row(*row)
    return made


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
