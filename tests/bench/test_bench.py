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

from bench import checking, generator, hosting, measures, running, seeding, wrk
from bench.baseline import Baseline
from bench.checking import Stored
from bench.expiring import Lapse
from bench.loads import BenchmarkError, Load, Outcome
from bench.measures import AUTHORIZE, BALANCE, EARN
from bench.measuring import Extent
from conftest import cloned, served
from guerdon.demo.tenant import DEMO, token
from guerdon.engine import batching

TINY = Extent(customers=200, deep=2, rounds=1, seconds=0.2, operations=20, scale=1, pressing=40, lapsing=20)

KEYS = {
    "pgbench_tps", "earn_rps", "earn_p50_ms", "earn_p99_ms", "earn_ratio", "hot_rps", "hold_capture_pairs_per_s",
    "balance_rps", "balance_p99_ms", "earn_single_p50_ms", "mixed_rps", "mixed_p99_ms", "expiry_lots_per_s",
    "rss_mb", "bytes_per_earn", "workers2_rps", "overload_accepted_rps", "overload_refused_share", "overload_p99_ms",
}  # fmt: skip

LOSE_ONE = """
DELETE FROM entries
WHERE (account_id, version) = (SELECT account_id, version FROM entries WHERE reference = 'own' LIMIT 1)
RETURNING kind
"""

OUTCOME = Outcome(acknowledged=100, failed=0, in_flight=3, seconds=1, p50_ms=1, p99_ms=2, groups={"written": 100})
PAIRS = replace(OUTCOME, groups={"written": 49, "authorized": 51})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def small(cluster: str, folder: Path) -> Iterator[tuple[str, str]]:
    """A benchmark's own server with seeded customers: its base address, and the address of its database."""
    with hosting.database(cluster, "test") as database_url, hosting.server(database_url, folder) as server:
        asyncio.run(running.enrolled(database_url, TINY))
        yield server.base_url, database_url


def load(base_url: str, reference: str, **changes: Any) -> Load:
    made = Load(
        base_url=base_url,
        token=token(DEMO, "counterpoint"),
        requests=(EARN.named(reference),),
        customers=(1, TINY.customers),
        connections=8,
        seconds=0.2,
        seed=1,
    )
    return replace(made, **changes)


def test_a_run_measures_checks_and_writes_every_figure(cluster: str, tmp_path: Path) -> None:
    result = tmp_path / "bench.json"
    console = Console(record=True, width=120)
    made = running.run(cluster, tmp_path, result, console, extent=TINY, choice=running.Choice.OWN)
    assert json.loads(result.read_text()) == made
    assert made.keys() >= KEYS
    assert all(made[name] > 0 for name in KEYS - {"overload_refused_share", "bytes_per_earn"})
    assert made["generator"] == "own"
    assert made["operations"].keys() == {"pgbench", "expiry", *(measure.name for measure in measures.MEASURES)}
    assert min(made["operations"].values()) >= TINY.operations / 2  # of a pair, two requests are one
    assert made["mean_batch"]["earn_single"] == 1
    assert running.DEEP_ENTRIES * 0.09 < made["balance_rows"] < running.DEEP_ENTRIES * 0.12  # a year of ten
    assert made["machine"].keys() >= {"cores", "cpu", "postgres", "python", "synchronous_commit"}
    shown = console.export_text()
    assert all(name in shown for name in KEYS)
    databases = asyncio.run(_names(cluster, "SELECT datname FROM pg_database"))
    ours = re.compile(f"guerdon_bench_(guerdon|pgbench|expiry)_{os.getpid()}_")
    assert not [name for name in databases if ours.match(name)]


def test_what_was_acknowledged_is_stored_and_a_missing_row_is_noticed(small: tuple[str, str]) -> None:
    base_url, database_url = small
    outcome = generator.run(load(base_url, "own"))
    found = asyncio.run(checking.stored(database_url, "own"))
    assert found.entries == outcome.acknowledged > 0
    assert 1 <= found.batches <= found.entries
    checking.check(outcome, found)
    asyncio.run(checking.check_books(database_url))

    asyncio.run(_names(database_url, LOSE_ONE))
    with pytest.raises(BenchmarkError, match="were acknowledged"):
        checking.check(outcome, asyncio.run(checking.stored(database_url, "own")))
    with pytest.raises(BenchmarkError, match="1 accounts disagree"):
        asyncio.run(checking.check_books(database_url))


def made_by(generators: str) -> Any:
    """The generator by its name."""
    if generators == wrk.NAME and not wrk.is_installed():
        pytest.skip("wrk is not installed")
    return {generator.NAME: generator.run, wrk.NAME: wrk.run}[generators]


@pytest.mark.parametrize("name", [generator.NAME, wrk.NAME])
def test_authorizations_are_confirmed(small: tuple[str, str], name: str) -> None:
    """Each code that is answered is used once, for the customer that it was given for."""
    outcome = made_by(name)(load(small[0], f"pairs-{name}", requests=(AUTHORIZE.named(f"pairs-{name}"),)))
    found = asyncio.run(checking.stored(small[1], f"pairs-{name}"))
    checking.check(outcome, found)
    assert found.captures > 0
    assert found.earns == 0
    assert found.placed - found.captures <= 8 + outcome.in_flight


@pytest.mark.parametrize("name", [generator.NAME, wrk.NAME])
def test_requests_are_drawn_by_their_shares(small: tuple[str, str], name: str) -> None:
    """Of a hundred things that are asked for, seventy are balances, twenty earns, and ten holds with their captures."""
    kinds = tuple(request.named(f"mixed-{name}") for request in (BALANCE, EARN, AUTHORIZE))
    outcome = made_by(name)(load(small[0], f"mixed-{name}", requests=kinds, seconds=2))
    found = asyncio.run(checking.stored(small[1], f"mixed-{name}"))
    checking.check(outcome, found)
    drawn = outcome.groups["read"] + found.earns + found.placed
    assert drawn > 30
    assert 0.4 < outcome.groups["read"] / drawn < 0.95
    assert found.earns > 0
    assert found.placed > 0


def test_a_load_above_capacity_is_told_to_come_back(
    cluster: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is no failure, and what was accepted is stored; without that leave it is one."""
    monkeypatch.setattr(batching, "MOST_WAITING", 2)
    with cloned(cluster, template) as database_url, served(database_url) as base_url:
        asyncio.run(seeding.seed(database_url, 10))
        pressing = load(base_url, "pressing", customers=(1, 10), connections=40, presses=True)
        outcome = generator.run(pressing)
        checking.check(outcome, asyncio.run(checking.stored(database_url, "pressing")))
        assert outcome.refused > 0
        assert 0 < outcome.refused_share < 1
        outcome = generator.run(replace(pressing, presses=False))
        assert outcome.first_failure.startswith("503 ")


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        pytest.param(OUTCOME, Stored(earns=99, points=990), id="one is missing"),
        pytest.param(OUTCOME, Stored(earns=104, points=1040), id="more than were in flight"),
        pytest.param(OUTCOME, Stored(earns=100, points=999), id="points are missing"),
        pytest.param(replace(OUTCOME, failed=1), Stored(earns=100, points=1000), id="a request failed"),
        pytest.param(replace(OUTCOME, acknowledged=0, groups={}), Stored(), id="nothing was done"),
        pytest.param(replace(OUTCOME, acknowledged=101), Stored(earns=100, points=1000), id="an answer of no kind"),
        pytest.param(PAIRS, Stored(captures=49, points=-49, placed=50, captured=49), id="a hold is missing"),
        pytest.param(PAIRS, Stored(captures=49, points=-49, placed=51, captured=48), id="a capture of no hold"),
    ],
)
def test_figures_that_do_not_add_up_are_refused(outcome: Outcome, found: Stored) -> None:
    with pytest.raises(BenchmarkError):
        checking.check(outcome, found)


@pytest.mark.parametrize("entries", [100, 103])
def test_what_was_in_flight_at_the_end_may_be_stored_or_not(entries: int) -> None:
    checking.check(OUTCOME, Stored(earns=entries, points=entries * 10))
    checking.check(PAIRS, Stored(captures=50, points=-50, placed=51, captured=50))


def test_answers_other_than_the_acknowledgement_are_failures(small: tuple[str, str]) -> None:
    nobody = (TINY.customers + TINY.deep + 1, TINY.customers + TINY.deep + 9)
    refused = generator.run(load(small[0], "nobody", customers=nobody))
    assert (refused.acknowledged, refused.first_failure) == (0, '404 {"Message":"CustomerNumber Not Found"}')
    assert refused.failed > 0
    with pytest.raises(BenchmarkError, match="CustomerNumber Not Found"):
        checking.check_answers(refused)


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="does not answer"):
        generator.run(load("http://127.0.0.1:9", "nowhere"))


def test_what_wrk_is_told_and_what_it_says() -> None:
    made = load("http://127.0.0.1:9", "r", seconds=1.5)
    told = wrk.arguments(made)
    assert told[told.index("-d") + 1] == "2s"
    earn = EARN.named("r")
    assert told[told.index("--") + 1 :] == ["1", "200", "1", made.token, "", "POST", earn.path, earn.body, "20"]
    counts = '"written": 0, "authorized": 0, "read": 0'
    times = '"duration": 2000000, "p50": 1500, "p99": 9000'
    said = f'figures {{"requests": 120, "status": 20, "socket": 3, {times}, {counts}}}'
    outcome = wrk.outcome(made, f"Running 2s test\n\n{said}\n")
    assert (outcome.acknowledged, outcome.failed, outcome.in_flight) == (100, 23, 8)
    assert outcome.groups == {"written": 100}
    assert (outcome.rps, outcome.p50_ms, outcome.p99_ms) == (50, 1.5, 9)
    with pytest.raises(BenchmarkError, match="unexpected"):
        wrk.outcome(made, "no figures")


def test_a_second_benchmark_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with hosting.alone(tmp_path), pytest.raises(BenchmarkError, match="another benchmark"), hosting.alone(tmp_path):
        pass


def test_a_figure_is_the_median_of_its_rounds() -> None:
    results = measures.Results(grown=[(3_000, 10), (1_000, 10)], peak_mb=99, lapse=Lapse(1_000, 2, 500, 1))
    for measure in measures.MEASURES:
        rounds = [replace(OUTCOME, acknowledged=n, refused=n // 4, groups={"written": n // 2}) for n in (100, 400, 200)]
        results.loads[measure.name] = rounds
    results.pgbench = [Baseline(10, tps) for tps in (100.0, 100.0, 50.0)]
    figures = measures.figures(results)
    assert (figures["earn_rps"], figures["pgbench_tps"], figures["earn_ratio"]) == (200, 100, 4)
    assert (figures["hold_capture_pairs_per_s"], figures["overload_refused_share"]) == (100, 0.2)
    assert (figures["expiry_lots_per_s"], figures["bytes_per_earn"], figures["rss_mb"]) == (500, 200, 99)
    assert measures.operations(results)["hold_capture"] == 350
    assert figures.keys() == KEYS


async def _names(database_url: str, query: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()
