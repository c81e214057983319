"""What is measured: the loads, and the figures that are read from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from bench.baseline import CLIENTS, Baseline
from bench.expiring import Lapse
from bench.loads import CODE, CUSTOMER, HELD_POINTS, NUMBER, POINTS, REASON, REFERENCE, Outcome, Request

EARN = Request(
    method="POST",
    path="/counterpoint/Loyalty/Earn",
    body=f'{{"CustomerNumber":"{CUSTOMER}","Points":{POINTS},"Reason":"{REASON}","Reference":"{REFERENCE}"}}',
    status=204,
    share=20,
)
BALANCE = Request(method="GET", path=f"/counterpoint/Loyalty/{CUSTOMER}/BalanceCheck", share=70)
CONFIRM = Request(
    method="POST",
    path="/counterpoint/Authorize/Confirm",
    body=f'{{"Ref":"{CUSTOMER}","AuthCode":"{CODE}"}}',
    status=204,
    share=0,
)
AUTHORIZE = Request(
    method="POST",
    path="/counterpoint/Loyalty/Authorize",
    body=f'{{"Type":"Loyalty","Ref":"{CUSTOMER}","SaleId":"{REFERENCE}-{NUMBER}","RequestedPoints":{HELD_POINTS}}}',
    share=10,
    then=CONFIRM,
)


class Who(Enum):
    """Which customers a load draws from."""

    ALL = "all customers"
    HOT = "one account"
    DEEP = "customers with a long history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One load by name.

    Attributes:
        what: is asked, for people.
        requests: that are drawn from.
        connections: at once; None is as many as the extent says for a load above capacity.
        who: is drawn from.
        workers: processes of the server that is asked.
        weighs: the growth of the tables during the load is kept.
    """

    name: str
    what: str
    requests: tuple[Request, ...]
    connections: int | None = 64
    who: Who = Who.ALL
    workers: int = 1
    weighs: bool = False

    @property
    def writes(self) -> bool:
        """Whether anything is to be on disk before it is answered."""
        return any(request.status == 204 or request.then for request in self.requests)

    @property
    def told(self) -> str:
        """What it is, for people."""
        processes = "" if self.workers == 1 else f", {self.workers} server processes"
        return f"{self.what}, {self.who.value}{processes}"


MEASURES = (
    Measure(name="earn", what="earns", requests=(EARN,), weighs=True),
    Measure(name="hot", what="earns", requests=(EARN,), who=Who.HOT),
    Measure(name="hold_capture", what="authorizations, each confirmed", requests=(AUTHORIZE,)),
    Measure(name="balance", what="balance checks", requests=(BALANCE,), who=Who.DEEP),
    Measure(name="earn_single", what="earns", requests=(EARN,), connections=1),
    Measure(
        name="mixed",
        what="70 balance checks, 20 earns, 10 confirmed authorizations",
        requests=(BALANCE, EARN, AUTHORIZE),
    ),
    Measure(name="workers2", what="earns", requests=(EARN,), workers=2),
    Measure(name="overload", what="earns above capacity", requests=(EARN,), connections=None),
)


@dataclass(slots=True)
class Results:
    """What was seen, round by round; `grown` are bytes and the earns that took them."""

    pgbench: list[Baseline] = field(default_factory=list)
    loads: dict[str, list[Outcome]] = field(default_factory=dict)
    batches: dict[str, list[float]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=lambda: {"pgbench": CLIENTS})
    grown: list[tuple[int, int]] = field(default_factory=list)
    balance_rows: int = 0
    peak_mb: float = 0
    lapse: Lapse | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number by the name that it has in the document, the load it is read from, and its unit."""

    name: str
    load: str
    unit: str
    of: Callable[[Results], float]


def _median(load: str, of: Callable[[Outcome], float]) -> Callable[[Results], float]:
    return lambda results: median(of(outcome) for outcome in results.loads[load])


def _rps(name: str, load: str) -> Figure:
    return Figure(name, load, "/s", _median(load, lambda outcome: outcome.rps))


def _p50(name: str, load: str) -> Figure:
    return Figure(name, load, " ms", _median(load, lambda outcome: outcome.p50_ms))


def _p99(name: str, load: str) -> Figure:
    return Figure(name, load, " ms", _median(load, lambda outcome: outcome.p99_ms))


def _ratio(results: Results) -> float:
    """Of earns to what pgbench did in the same round."""
    rounds = zip(results.loads["earn"], results.pgbench, strict=True)
    return median(earn.rps / base.tps for earn, base in rounds)


def _lapses(results: Results) -> float:
    assert results.lapse is not None
    return results.lapse.lots_per_second


FIGURES = (
    Figure("pgbench_tps", "pgbench", "/s", lambda results: median(base.tps for base in results.pgbench)),
    _rps("earn_rps", "earn"),
    _p50("earn_p50_ms", "earn"),
    _p99("earn_p99_ms", "earn"),
    Figure("earn_ratio", "earn", " x", _ratio),
    _rps("hot_rps", "hot"),
    Figure(
        "hold_capture_pairs_per_s", "hold_capture", "/s", _median("hold_capture", lambda outcome: outcome.written_rps)
    ),
    _rps("balance_rps", "balance"),
    _p99("balance_p99_ms", "balance"),
    _p50("earn_single_p50_ms", "earn_single"),
    _rps("mixed_rps", "mixed"),
    _p99("mixed_p99_ms", "mixed"),
    Figure("expiry_lots_per_s", "expiry", "/s", _lapses),
    _rps("workers2_rps", "workers2"),
    _rps("overload_accepted_rps", "overload"),
    Figure("overload_refused_share", "overload", "", _median("overload", lambda outcome: outcome.refused_share)),
    _p99("overload_p99_ms", "overload"),
    Figure("rss_mb", "earn", " MB", lambda results: results.peak_mb),
    Figure(
        "bytes_per_earn", "earn", " B",
        lambda results: sum(grown for grown, _ in results.grown) / max(sum(earns for _, earns in results.grown), 1),
    ),
)  # fmt: skip


def figures(results: Results) -> dict[str, float]:
    """The figures by name: of a load, medians over the rounds."""
    return {figure.name: figure.of(results) for figure in FIGURES}


def operations(results: Results) -> dict[str, int]:
    """How many operations each load's figures rest on, all rounds together; a pair is one."""
    counts = {
        name: sum(outcome.groups["written"] if name == "hold_capture" else outcome.acknowledged for outcome in outcomes)
        for name, outcomes in results.loads.items()
    }
    lapsed = {"expiry": results.lapse.lots} if results.lapse else {}
    return {"pgbench": sum(base.transactions for base in results.pgbench), **counts, **lapsed}
