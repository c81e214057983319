"""What a load is and what came of it; the generators make one into the other."""

from dataclasses import dataclass, field, replace
from typing import Self

CUSTOMER, REFERENCE, NUMBER, CODE = "@customer@", "@reference@", "@number@", "@code@"
"""Where a customer's number, the load's reference, the request's own number, and a code go in a path or body."""

REASON = "Benchmark"
POINTS = 10
"""Of each earn."""

HELD_POINTS = 1
"""Of each authorization."""

CODE_BEGINS = '"AuthCode":"'
"""What stands before a code in an answer."""


class BenchmarkError(Exception):
    """The figures cannot be trusted, or could not be measured; the message says why."""


def customer(number: int) -> str:
    """The customer number of a seeded member; number 0 is the hot one, which no other load touches."""
    return f"B{number:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One kind of request.

    Attributes:
        method: of HTTP.
        path: with holes or without.
        body: likewise; empty is none.
        status: the one status that acknowledges the request.
        share: of the requests of a load that are drawn; 0 for one that only follows another.
        then: what follows as soon as its answer has brought a code.
    """

    method: str
    path: str
    body: str = ""
    status: int = 200
    share: int = 1
    then: "Request | None" = None

    @property
    def group(self) -> str:
        """What its answers are counted as: `written` entries, `authorized` holds, or what was only `read`."""
        if self.then:
            return "authorized"
        return "written" if self.status == 204 else "read"

    def named(self, reference: str) -> Self:
        """The same with the load's reference filled in."""
        filled = replace(
            self, path=self.path.replace(REFERENCE, reference), body=self.body.replace(REFERENCE, reference)
        )
        return replace(filled, then=self.then.named(reference)) if self.then else filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests drawn by their shares, one after the other on each connection, for some time.

    Attributes:
        base_url: of the server, without a path.
        token: shown as a bearer token.
        requests: the kinds that are drawn from.
        customers: the first and last customer that numbers are drawn from, uniformly.
        connections: kept open all the time, one request in flight on each.
        seconds: after which no further request is sent.
        seed: of the draw.
        presses: 503 with Retry-After is no failure: the connection comes back when it is told to.
    """

    base_url: str
    token: str
    requests: tuple[Request, ...]
    customers: tuple[int, int]
    connections: int
    seconds: float
    seed: int
    presses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a generator saw.

    Attributes:
        acknowledged: answers with the status that was asked for.
        failed: other answers, and requests that got none while they were waited for.
        in_flight: how many more may have been carried out without their answers being waited for, at most.
        seconds: from the first request to the last answer.
        p50_ms: the median latency of what was acknowledged.
        p99_ms: the latency that one in a hundred of them exceeded.
        groups: how many of the acknowledged were of each group.
        refused: how many were told to come back later.
        first_failure: the first answer that was not as asked for, where the generator keeps it.
    """

    acknowledged: int
    failed: int
    in_flight: int
    seconds: float
    p50_ms: float
    p99_ms: float
    groups: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    first_failure: str = ""

    @property
    def rps(self) -> float:
        """Acknowledged requests per second."""
        return self.acknowledged / self.seconds

    @property
    def written_rps(self) -> float:
        """Acknowledged entries per second."""
        return self.groups.get("written", 0) / self.seconds

    @property
    def refused_share(self) -> float:
        """Of all that was asked."""
        return self.refused / max(self.refused + self.acknowledged, 1)
