"""Proves that the benchmarks measure what they say, and that they refuse to when rows are missing."""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from bench import checking, generator, hosting, measuring, running, seeding, wrk
from bench.baseline import Baseline
from bench.checking import Stored
from bench.loads import HOLE, BenchmarkError, Load, Outcome
from bench.measuring import Extent
from guerdon.demo.tenant import DEMO, token

TINY = Extent(customers=200, rounds=1, seconds=0.2, operations=20, scale=1)

KEYS = {
    "pgbench_tps", "earn_rps", "earn_p50_ms", "earn_p99_ms", "earn_ratio", "hot_rps", "balance_rps",
    "balance_p99_ms", "earn_single_p50_ms",
}  # fmt: skip

LOSE_ONE = """
DELETE FROM entries
WHERE (account_id, version) = (SELECT account_id, version FROM entries WHERE reference = 'own' LIMIT 1)
RETURNING kind
"""

OUTCOME = Outcome(acknowledged=100, failed=0, in_flight=3, seconds=1, p50_ms=1, p99_ms=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def small(cluster: str, folder: Path) -> Iterator[tuple[str, str]]:
    """A benchmark's own server with seeded customers: its base address, and the address of its database."""
    with hosting.database(cluster, "test") as database_url, hosting.server(database_url, folder) as base_url:
        asyncio.run(seeding.seed(database_url, TINY.customers))
        yield base_url, database_url


def earns(base_url: str, reference: str, **changes: Any) -> Load:
    load = Load(
        base_url=base_url,
        token=token(DEMO, "counterpoint"),
        method="POST",
        path="/counterpoint/Loyalty/Earn",
        body=f'{{"CustomerNumber":"{HOLE}","Points":10,"Reference":"{reference}"}}',
        status=204,
        customers=(1, TINY.customers),
        connections=8,
        seconds=0.2,
        seed=1,
    )
    return replace(load, **changes)


def test_a_run_measures_checks_and_writes_every_figure(cluster: str, tmp_path: Path) -> None:
    result = tmp_path / "bench.json"
    console = Console(record=True, width=120)
    made = running.run(cluster, tmp_path, result, console, extent=TINY, choice=running.Choice.OWN)
    assert json.loads(result.read_text()) == made
    assert made.keys() >= KEYS
    assert all(made[name] > 0 for name in KEYS)
    assert made["generator"] == "own"
    assert made["operations"].keys() == {"pgbench", "earn", "hot", "balance", "earn_single"}
    assert min(made["operations"].values()) >= TINY.operations
    assert made["mean_batch"]["earn_single"] == 1
    assert made["machine"].keys() >= {"cores", "cpu", "postgres", "python", "synchronous_commit"}
    shown = console.export_text()
    assert all(name in shown for name in KEYS)
    databases = asyncio.run(_names(cluster, "SELECT datname FROM pg_database"))
    ours = re.compile(f"guerdon_bench_(guerdon|pgbench)_{os.getpid()}_")
    assert not [name for name in databases if ours.match(name)]


def test_what_was_acknowledged_is_stored_and_a_missing_row_is_noticed(small: tuple[str, str]) -> None:
    base_url, database_url = small
    outcome = generator.run(earns(base_url, "own"))
    found = asyncio.run(checking.stored(database_url, "own"))
    assert found.entries == outcome.acknowledged > 0
    assert 1 <= found.batches <= found.entries
    checking.check(outcome, found, 10)
    asyncio.run(checking.check_books(database_url))

    asyncio.run(_names(database_url, LOSE_ONE))
    with pytest.raises(BenchmarkError, match="were acknowledged"):
        checking.check(outcome, asyncio.run(checking.stored(database_url, "own")), 10)
    with pytest.raises(BenchmarkError, match="1 accounts disagree"):
        asyncio.run(checking.check_books(database_url))


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        pytest.param(OUTCOME, Stored(99, 990, 1), id="one is missing"),
        pytest.param(OUTCOME, Stored(104, 1040, 1), id="more than were in flight"),
        pytest.param(OUTCOME, Stored(100, 999, 1), id="points are missing"),
        pytest.param(replace(OUTCOME, failed=1), Stored(100, 1000, 1), id="a request failed"),
        pytest.param(replace(OUTCOME, acknowledged=0), Stored(0, 0, 0), id="nothing was done"),
    ],
)
def test_figures_that_do_not_add_up_are_refused(outcome: Outcome, found: Stored) -> None:
    with pytest.raises(BenchmarkError):
        checking.check(outcome, found, 10)


@pytest.mark.parametrize("entries", [100, 103])
def test_what_was_in_flight_at_the_end_may_be_stored_or_not(entries: int) -> None:
    checking.check(OUTCOME, Stored(entries, entries * 10, 7), 10)


def test_answers_other_than_the_acknowledgement_are_failures(small: tuple[str, str]) -> None:
    refused = generator.run(earns(small[0], "nobody", customers=(TINY.customers + 1, TINY.customers + 9)))
    assert (refused.acknowledged, refused.first_failure) == (0, '404 {"Message":"CustomerNumber Not Found"}')
    assert refused.failed > 0
    with pytest.raises(BenchmarkError, match="CustomerNumber Not Found"):
        checking.check_answers(refused)


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="does not answer"):
        generator.run(earns("http://127.0.0.1:9", "nowhere"))


def test_what_wrk_is_told_and_what_it_says() -> None:
    load = earns("http://127.0.0.1:9", "r", seconds=1.5)
    told = wrk.arguments(load)
    assert told[told.index("-d") + 1] == "2s"
    assert told[told.index("--") + 1 :] == [load.method, load.path, load.body, "1", "200", "1", load.token]
    said = 'figures {"requests": 120, "duration": 2000000, "status": 20, "socket": 3, "p50": 1500, "p99": 9000}'
    outcome = wrk.outcome(load, f"Running 2s test\n\n{said}\n")
    assert (outcome.acknowledged, outcome.failed, outcome.in_flight) == (100, 23, 8)
    assert (outcome.rps, outcome.p50_ms, outcome.p99_ms) == (50, 1.5, 9)
    with pytest.raises(BenchmarkError, match="unexpected"):
        wrk.outcome(load, "no figures")


def test_a_second_benchmark_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with hosting.alone(tmp_path), pytest.raises(BenchmarkError, match="another benchmark"), hosting.alone(tmp_path):
        pass


def test_a_figure_is_the_median_of_its_rounds() -> None:
    results = measuring.Results()
    for measure in measuring.MEASURES:
        results.loads[measure.name] = [replace(OUTCOME, acknowledged=n) for n in (100, 400, 200)]
    results.pgbench = [Baseline(10, tps) for tps in (100.0, 100.0, 50.0)]
    figures = measuring.figures(results)
    assert (figures["earn_rps"], figures["pgbench_tps"], figures["earn_ratio"]) == (200, 100, 4)
    assert figures.keys() == KEYS


async def _names(database_url: str, query: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()
