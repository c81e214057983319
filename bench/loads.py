"""What a load is and what came of it; the generators make one into the other."""

from dataclasses import dataclass

HOLE = "@customer@"
"""Where a customer's number goes in a path or body."""

REASON = "Benchmark"


class BenchmarkError(Exception):
    """The figures cannot be trusted, or could not be measured; the message says why."""


def customer(number: int) -> str:
    """The customer number of a seeded member; number 0 is the hot one, which no other load touches."""
    return f"B{number:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests of one kind, one after the other on each connection, for some time.

    Attributes:
        base_url: of the server, without a path.
        token: shown as a bearer token.
        method: of HTTP.
        path: with a HOLE or without one.
        body: likewise; empty is none.
        status: the one status that acknowledges the request.
        customers: the first and last customer that numbers are drawn from, uniformly.
        connections: kept open all the time, one request in flight on each.
        seconds: after which no further request is sent.
        seed: of the draw.
    """

    base_url: str
    token: str
    method: str
    path: str
    body: str
    status: int
    customers: tuple[int, int]
    connections: int
    seconds: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a generator saw.

    Attributes:
        acknowledged: answers with the status that was asked for.
        failed: other answers, and requests that got none while they were waited for.
        in_flight: how many more may have been carried out without their answers being waited for, at most.
        seconds: from the first request to the last answer.
        p50_ms: the median latency.
        p99_ms: the latency that one in a hundred exceeded.
        first_failure: the first answer that was not as asked for, where the generator keeps it.
    """

    acknowledged: int
    failed: int
    in_flight: int
    seconds: float
    p50_ms: float
    p99_ms: float
    first_failure: str = ""

    @property
    def rps(self) -> float:
        """Acknowledged requests per second."""
        return self.acknowledged / self.seconds
