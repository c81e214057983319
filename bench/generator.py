"""Makes a load with a small generator of our own: one event loop, keep-alive connections, every answer checked."""

import asyncio
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import accumulate
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

from bench.loads import CODE, CODE_BEGINS, CUSTOMER, NUMBER, BenchmarkError, Load, Outcome, Request, customer

NAME = "own"
LONGEST_WAIT_SECONDS = 15.0
"""For the last answers, once no more requests are sent."""

AT_ONCE = 200
"""Connections that are being made: more would overflow the queue of those that wait to be let in."""

REFUSED = 503


def run(load: Load) -> Outcome:
    """Makes the load; what is in flight at the end is waited for.

    Raises:
        BenchmarkError: the server hung up or stopped answering.
    """
    return uvloop.run(_run(load))


@dataclass(slots=True)
class _Tally:
    """What all connections have seen so far."""

    ends_at: float = 0
    latencies: list[float] = field(default_factory=list)
    groups: "Counter[str]" = field(default_factory=Counter)
    refused: int = 0
    failed: int = 0
    first_failure: str = ""


class _Script:
    """What is asked next, by whichever connection is free."""

    def __init__(self, load: Load) -> None:
        self._draw = random.Random(load.seed)
        self._kinds = load.requests
        self._shares = list(accumulate(request.share for request in load.requests))
        self._customers = load.customers
        self._following: deque[tuple[Request, str, str]] = deque()
        self._sent = 0
        self._end_of_head = (
            f" HTTP/1.1\r\nHost: {urlsplit(load.base_url).netloc}\r\nAuthorization: Bearer {load.token}\r\n"
        )

    def next(self) -> tuple[Request, str, bytes]:
        """A request, the customer it is about, and the bytes to send."""
        if self._following:
            request, who, code = self._following.popleft()
        else:
            (request,) = self._draw.choices(self._kinds, cum_weights=self._shares)
            who, code = customer(self._draw.randint(*self._customers)), ""
        self._sent += 1
        path = request.path.replace(CUSTOMER, who)
        head = f"{request.method} {path}{self._end_of_head}"
        if not request.body:
            return request, who, f"{head}\r\n".encode()
        body = request.body.replace(CUSTOMER, who).replace(NUMBER, str(self._sent)).replace(CODE, code)
        told = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        return request, who, told.encode()

    def seen(self, request: Request, who: str, answer: str) -> None:
        """Notes what is to follow an answer."""
        if request.then:
            self._following.append((request.then, who, answer.partition(CODE_BEGINS)[2].partition('"')[0]))


async def _run(load: Load) -> Outcome:
    address = urlsplit(load.base_url)
    host, port = address.hostname or "", address.port or 80
    script, tally = _Script(load), _Tally()
    clients = [_Client(script, tally, presses=load.presses) for _ in range(load.connections)]
    began = time.perf_counter()
    try:
        for start in range(0, len(clients), AT_ONCE):
            await asyncio.gather(*[_connect(client, host, port) for client in clients[start : start + AT_ONCE]])
        began = time.perf_counter()
        tally.ends_at = began + load.seconds
        for client in clients:
            client.begin()
        async with asyncio.timeout(load.seconds + LONGEST_WAIT_SECONDS):
            await asyncio.gather(*[client.finished for client in clients])
    except (OSError, TimeoutError) as error:
        raise BenchmarkError(f"the server at {load.base_url} does not answer: {error!r}") from None
    finally:
        for client in clients:
            client.close()
    return _outcome(tally, time.perf_counter() - began)


async def _connect(client: "_Client", host: str, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: client, host, port)


def _outcome(tally: _Tally, seconds: float) -> Outcome:
    times = sorted(tally.latencies) or [0.0]
    return Outcome(
        acknowledged=len(tally.latencies),
        failed=tally.failed,
        in_flight=0,
        seconds=seconds,
        p50_ms=times[len(times) * 50 // 100] * 1e3,
        p99_ms=times[len(times) * 99 // 100] * 1e3,
        groups=dict(tally.groups),
        refused=tally.refused,
        first_failure=tally.first_failure,
    )


class _Client(asyncio.Protocol):
    """One connection: sends, waits for the answer, sends the next."""

    def __init__(self, script: _Script, tally: _Tally, *, presses: bool) -> None:
        self._script = script
        self._tally = tally
        self._presses = presses
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self._asked: tuple[Request, str] | None = None
        self._sent_at = 0.0
        self._retry_after = b""
        self._body: list[bytes] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Is ready to begin."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def begin(self) -> None:
        """Sends the next request, unless the time is up."""
        if self._transport is None or self.finished.done():
            return
        if time.perf_counter() >= self._tally.ends_at:
            self.finished.set_result(None)
            return
        request, who, told = self._script.next()
        self._asked = request, who
        self._retry_after = b""
        self._sent_at = time.perf_counter()
        self._transport.write(told)

    def data_received(self, data: bytes) -> None:
        """Goes on with the answer."""
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Looks for when to come back."""
        if name.lower() == b"retry-after":
            self._retry_after = value

    def on_body(self, body: bytes) -> None:
        """Keeps what the parser found of a body: a code, or what explains a failure."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Counts an answer."""
        assert self._asked is not None
        (request, who), status = self._asked, self._parser.get_status_code()
        body = b"".join(self._body).decode(errors="replace")
        self._body.clear()
        if status == REFUSED and self._presses and self._retry_after:
            self._tally.refused += 1
            asyncio.get_running_loop().call_later(float(self._retry_after), self.begin)
            return
        if status == request.status:
            self._tally.latencies.append(time.perf_counter() - self._sent_at)
            self._tally.groups[request.group] += 1
            self._script.seen(request, who, body)
        else:
            self._tally.failed += 1
            self._tally.first_failure = self._tally.first_failure or f"{status} {body[:500]}"
        self.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hanging up is an error unless we are done."""
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionResetError("the server hung up"))

    def close(self) -> None:
        """Hangs up."""
        self.finished.cancel()
        if self._transport is not None:
            self._transport.close()
