"""Runs the rounds: pgbench, then each load, each checked against the tables."""

import asyncio
import json
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import asyncpg

from bench import baseline, checking
from bench.hosting import Server
from bench.loads import CUSTOMER, BenchmarkError, Load, Outcome, customer
from bench.measures import BALANCE, MEASURES, Measure, Results, Who
from bench.telling import Teller
from guerdon.demo.tenant import DEMO, token

WARM_UP_SECONDS = 1.0
MARGIN = 1.2
"""How much longer than just long enough a load runs, because the rate varies."""

LONGEST_SECONDS = 120.0

_SIZE = """
SELECT sum(pg_total_relation_size(oid))::bigint
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""

Generator = Callable[[Load], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured.

    Attributes:
        customers: enrolled before the first load, with a few lots each.
        deep: further customers, with a long history.
        rounds: how often each load is run.
        seconds: of a load, at least.
        operations: of a load, at least, all rounds together; it runs longer where it is slow.
        scale: of pgbench's tables.
        pressing: connections of the load above capacity.
        lapsing: accounts of the run of lapses.
    """

    customers: int = 100_000
    deep: int = 200
    rounds: int = 3
    seconds: float = 4.0
    operations: int = 10_000
    scale: int = 10
    pressing: int = 6_000
    lapsing: int = 100_000

    @property
    def operations_a_round(self) -> int:
        """What each round has to do so that all do enough."""
        return -(-self.operations // self.rounds)


QUICK = Extent(customers=10_000, deep=20, rounds=1, seconds=1.0, operations=0, scale=1, lapsing=2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured, with what, and who is told of each result.

    Attributes:
        servers: by how many processes they have.
        generator: makes the loads that the server can follow.
        pressing: makes the load that it cannot.
    """

    servers: Mapping[int, Server]
    database_url: str
    pgbench_url: str
    generator: Generator
    pressing: Generator
    extent: Extent
    teller: Teller


def steps(extent: Extent) -> int:
    """How many times `run` tells what it does."""
    return len(MEASURES) + extent.rounds * (1 + len(MEASURES))


def run(subject: Subject) -> Results:
    """Measures everything over HTTP.

    Raises:
        BenchmarkError: a request failed, or the tables do not have what was acknowledged.
    """
    results = Results(balance_rows=_rows_of_a_balance(subject))
    results.connections |= {measure.name: _connections(subject, measure) for measure in MEASURES}
    seconds = {measure.name: _seconds_needed(subject, measure) for measure in MEASURES}
    for index in range(1, subject.extent.rounds + 1):
        of = f"round {index} of {subject.extent.rounds}"
        subject.teller.now(f"{of}: pgbench, {baseline.CLIENTS} clients")
        done = baseline.run(subject.pgbench_url, max(1, round(subject.extent.seconds)))
        results.pgbench.append(done)
        subject.teller.result(f"{done.tps:,.0f}/s")
        for measure in MEASURES:
            subject.teller.now(f"{of}: {measure.told}, {_connections(subject, measure):,} at once")
            before = asyncio.run(_size(subject.database_url)) if measure.weighs else 0
            outcome, batch = _long_enough(subject, measure, seconds)
            if measure.weighs:
                grown = asyncio.run(_size(subject.database_url)) - before
                results.grown.append((grown, outcome.acknowledged))
            results.loads.setdefault(measure.name, []).append(outcome)
            if batch:
                results.batches.setdefault(measure.name, []).append(batch)
            subject.teller.result(_told(outcome))
    results.peak_mb = subject.servers[1].peak_mb()
    subject.teller.result(f"peak resident memory of the server: {results.peak_mb:,.0f} MB")
    asyncio.run(checking.check_books(subject.database_url))
    return results


def _told(outcome: Outcome) -> str:
    refused = f", {outcome.refused_share:.0%} told to come back" if outcome.refused else ""
    return f"{outcome.rps:,.0f}/s, p50 {outcome.p50_ms:.2f} ms, p99 {outcome.p99_ms:.2f} ms{refused}"


def _connections(subject: Subject, measure: Measure) -> int:
    return subject.extent.pressing if measure.connections is None else measure.connections


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
    """One checked load, and how many entries one statement wrote on average (0 where there were none)."""
    reference = f"{measure.name}-{uuid.uuid4().hex[:12]}"
    last = subject.extent.customers
    customers = {Who.ALL: (1, last), Who.HOT: (0, 0), Who.DEEP: (last + 1, last + subject.extent.deep)}
    generator = subject.generator if measure.connections else subject.pressing
    server = subject.servers[measure.workers]
    server.calm_down()
    outcome = generator(
        Load(
            base_url=server.base_url,
            token=token(DEMO, "counterpoint"),
            requests=tuple(request.named(reference) for request in measure.requests),
            customers=customers[measure.who],
            connections=_connections(subject, measure),
            seconds=seconds,
            seed=uuid.uuid4().int % 2**31,
            presses=measure.connections is None,
        )
    )
    if not measure.writes:
        checking.check_answers(outcome)
        return outcome, 0
    found = asyncio.run(checking.stored(subject.database_url, reference))
    checking.check(outcome, found)
    return outcome, found.entries / max(found.batches, 1)


async def _size(database_url: str) -> int:
    """Bytes of all tables with their indexes."""
    connection = await asyncpg.connect(database_url)
    try:
        size: int = await connection.fetchval(_SIZE)
    finally:
        await connection.close()
    return size


def _rows_of_a_balance(subject: Subject) -> int:
    """How many rows the answer to a balance check with a long history has."""
    who = customer(subject.extent.customers + 1)
    request = urllib.request.Request(  # noqa: S310 - our own server
        subject.servers[1].base_url + BALANCE.path.replace(CUSTOMER, who),
        headers={"Authorization": f"Bearer {token(DEMO, 'counterpoint')}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return len(json.load(answer)["Loyalty"]["History"])
    except OSError as error:
        raise BenchmarkError(f"a balance check failed: {error}") from None
