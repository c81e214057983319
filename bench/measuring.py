"""Runs the rounds: pgbench, then each load, each checked; the figures are medians over the rounds."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean, median

from bench import baseline, checking
from bench.loads import HOLE, REASON, Load, Outcome
from bench.telling import Teller
from guerdon.demo.tenant import DEMO, token

POINTS = 10
"""Of each earn."""

WARM_UP_SECONDS = 1.0
MARGIN = 1.2
"""How much longer than just long enough a load runs, because the rate varies."""

LONGEST_SECONDS = 120.0

Generator = Callable[[Load], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured.

    Attributes:
        customers: enrolled before the first load.
        rounds: how often each load is run.
        seconds: of a load, at least.
        operations: of a load, at least, all rounds together; it runs longer where it is slow.
        scale: of pgbench's tables.
    """

    customers: int = 100_000
    rounds: int = 3
    seconds: float = 5.0
    operations: int = 10_000
    scale: int = 10

    @property
    def operations_a_round(self) -> int:
        """What each round has to do so that all do enough."""
        return -(-self.operations // self.rounds)


QUICK = Extent(customers=10_000, rounds=1, seconds=2.0, operations=0)


@dataclass(frozen=True, slots=True)
class Measure:
    """One load by name; `hot` is a single account instead of all."""

    name: str
    what: str
    connections: int
    earns: bool = True
    hot: bool = False

    @property
    def told(self) -> str:
        """What it is, for people."""
        return f"{self.what}, {self.connections} connection{'s' if self.connections > 1 else ''}"


MEASURES = (
    Measure("earn", "earns, all customers", 64),
    Measure("hot", "earns, one account", 64, hot=True),
    Measure("balance", "balance checks, all customers", 64, earns=False),
    Measure("earn_single", "earns, all customers", 1),
)


@dataclass(slots=True)
class Results:
    """What was seen, round by round."""

    pgbench: list[baseline.Baseline] = field(default_factory=list)
    loads: dict[str, list[Outcome]] = field(default_factory=dict)
    batches: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured, with what, and who is told of each result."""

    base_url: str
    database_url: str
    pgbench_url: str
    generator: Generator
    extent: Extent
    teller: Teller


def steps(extent: Extent) -> int:
    """How many times `run` tells what it does."""
    return len(MEASURES) + extent.rounds * (1 + len(MEASURES))


def run(subject: Subject) -> Results:
    """Measures everything.

    Raises:
        BenchmarkError: a request failed, or the tables do not have what was acknowledged.
    """
    results = Results()
    seconds = {measure.name: _seconds_needed(subject, measure) for measure in MEASURES}
    for index in range(1, subject.extent.rounds + 1):
        of = f"round {index} of {subject.extent.rounds}"
        subject.teller.now(f"{of}: pgbench, {baseline.CLIENTS} clients")
        done = baseline.run(subject.pgbench_url, max(1, round(subject.extent.seconds)))
        results.pgbench.append(done)
        subject.teller.result(f"{done.tps:,.0f}/s")
        for measure in MEASURES:
            subject.teller.now(f"{of}: {measure.told}")
            outcome, batch = _long_enough(subject, measure, seconds)
            results.loads.setdefault(measure.name, []).append(outcome)
            if batch:
                results.batches.setdefault(measure.name, []).append(batch)
            subject.teller.result(f"{outcome.rps:,.0f}/s, p50 {outcome.p50_ms:.2f} ms, p99 {outcome.p99_ms:.2f} ms")
    asyncio.run(checking.check_books(subject.database_url))
    return results


def _seconds_needed(subject: Subject, measure: Measure) -> float:
    """Warms up, and finds how long it takes to do enough operations."""
    subject.teller.now(f"warming up: {measure.told}")
    rate = _load(subject, measure, min(WARM_UP_SECONDS, subject.extent.seconds))[0].rps
    return max(subject.extent.seconds, MARGIN * subject.extent.operations_a_round / rate)


def _long_enough(subject: Subject, measure: Measure, seconds: dict[str, float]) -> tuple[Outcome, float]:
    while True:
        outcome, batch = _load(subject, measure, seconds[measure.name])
        if outcome.acknowledged >= subject.extent.operations_a_round or seconds[measure.name] >= LONGEST_SECONDS:
            return outcome, batch
        seconds[measure.name] = min(2 * seconds[measure.name], LONGEST_SECONDS)


def _load(subject: Subject, measure: Measure, seconds: float) -> tuple[Outcome, float]:
    """One checked load, and how many earns a batch of it had on average (0 where there were none)."""
    reference = f"{measure.name}-{uuid.uuid4().hex[:12]}"
    body = f'{{"CustomerNumber":"{HOLE}","Points":{POINTS},"Reason":"{REASON}","Reference":"{reference}"}}'
    outcome = subject.generator(
        Load(
            base_url=subject.base_url,
            token=token(DEMO, "counterpoint"),
            method="POST" if measure.earns else "GET",
            path="/counterpoint/Loyalty/Earn" if measure.earns else f"/counterpoint/Loyalty/{HOLE}/BalanceCheck",
            body=body if measure.earns else "",
            status=204 if measure.earns else 200,
            customers=(0, 0) if measure.hot else (1, subject.extent.customers),
            connections=measure.connections,
            seconds=seconds,
            seed=uuid.uuid4().int % 2**31,
        )
    )
    if not measure.earns:
        checking.check_answers(outcome)
        return outcome, 0
    found = asyncio.run(checking.stored(subject.database_url, reference))
    checking.check(outcome, found, POINTS)
    return outcome, found.entries / found.batches


def figures(results: Results) -> dict[str, float]:
    """The figures by name: medians over the rounds, the ratio from earns and pgbench of the same round."""
    loads = results.loads
    ratios = [earn.rps / base.tps for earn, base in zip(loads["earn"], results.pgbench, strict=True)]
    return {
        "pgbench_tps": median(base.tps for base in results.pgbench),
        "earn_rps": median(outcome.rps for outcome in loads["earn"]),
        "earn_p50_ms": median(outcome.p50_ms for outcome in loads["earn"]),
        "earn_p99_ms": median(outcome.p99_ms for outcome in loads["earn"]),
        "earn_ratio": median(ratios),
        "hot_rps": median(outcome.rps for outcome in loads["hot"]),
        "balance_rps": median(outcome.rps for outcome in loads["balance"]),
        "balance_p99_ms": median(outcome.p99_ms for outcome in loads["balance"]),
        "earn_single_p50_ms": median(outcome.p50_ms for outcome in loads["earn_single"]),
    }


def operations(results: Results) -> dict[str, int]:
    """How many operations each load's figures rest on, all rounds together."""
    counts = {name: sum(outcome.acknowledged for outcome in outcomes) for name, outcomes in results.loads.items()}
    return {"pgbench": sum(base.transactions for base in results.pgbench), **counts}


def batches(results: Results) -> dict[str, float]:
    """How many earns were written by one statement, on average."""
    return {name: round(fmean(sizes), 1) for name, sizes in results.batches.items()}
