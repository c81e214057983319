"""Makes a load with a small generator of our own: one event loop, keep-alive connections, every answer checked."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

from bench.loads import HOLE, BenchmarkError, Load, Outcome, customer

NAME = "own"
LONGEST_WAIT_SECONDS = 10.0
"""For the last answers, once no more requests are sent."""


def run(load: Load) -> Outcome:
    """Makes the load; what is in flight at the end is waited for.

    Raises:
        BenchmarkError: the server hung up or stopped answering.
    """
    return asyncio.run(_run(load))


@dataclass(slots=True)
class _Tally:
    """What all connections have seen so far."""

    ends_at: float
    latencies: list[float] = field(default_factory=list)
    failed: int = 0
    first_failure: str = ""


async def _run(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    address = urlsplit(load.base_url)
    host, port = address.hostname or "", address.port or 80
    draw = random.Random(load.seed)
    began = time.perf_counter()
    tally = _Tally(began + load.seconds)
    clients = [_Client(load, draw, tally) for _ in range(load.connections)]
    try:
        for client in clients:
            await loop.create_connection(lambda one=client: one, host, port)  # type: ignore[misc]
        async with asyncio.timeout(load.seconds + LONGEST_WAIT_SECONDS):
            await asyncio.gather(*[client.finished for client in clients])
    except (OSError, TimeoutError) as error:
        raise BenchmarkError(f"the server at {load.base_url} does not answer: {error!r}") from None
    finally:
        for client in clients:
            client.close()
    return _outcome(tally, time.perf_counter() - began)


def _outcome(tally: _Tally, seconds: float) -> Outcome:
    times = sorted(tally.latencies) or [0.0]
    return Outcome(
        acknowledged=len(tally.latencies),
        failed=tally.failed,
        in_flight=0,
        seconds=seconds,
        p50_ms=times[len(times) * 50 // 100] * 1e3,
        p99_ms=times[len(times) * 99 // 100] * 1e3,
        first_failure=tally.first_failure,
    )


class _Client(asyncio.Protocol):
    """One connection: sends, waits for the answer, sends the next."""

    def __init__(self, load: Load, draw: random.Random, tally: _Tally) -> None:
        self._load = load
        self._draw = draw
        self._tally = tally
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self._sent_at = 0.0
        self._body: list[bytes] = []
        self._before, self._after = _message(load)
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._send(transport)

    def data_received(self, data: bytes) -> None:
        """Goes on with the answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Keeps what the parser found of a body, in case it explains a failure."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Counts an answer."""
        now = time.perf_counter()
        status = self._parser.get_status_code()
        if status == self._load.status:
            self._tally.latencies.append(now - self._sent_at)
        else:
            self._tally.failed += 1
            body = b"".join(self._body).decode(errors="replace")
            self._tally.first_failure = self._tally.first_failure or f"{status} {body[:500]}"
        self._body.clear()
        if self._transport is None or self.finished.done():
            return
        if now >= self._tally.ends_at:
            self.finished.set_result(None)
        else:
            self._send(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hanging up is an error unless we are done."""
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionResetError("the server hung up"))

    def close(self) -> None:
        """Hangs up."""
        self.finished.cancel()
        if self._transport is not None:
            self._transport.close()

    def _send(self, transport: asyncio.WriteTransport) -> None:
        number = customer(self._draw.randint(*self._load.customers)).encode()
        self._sent_at = time.perf_counter()
        transport.write(number.join((self._before, self._after)))


def _message(load: Load) -> tuple[bytes, bytes]:
    """The request as it is sent, in two parts: a customer's number goes in between."""
    length = len(load.body.replace(HOLE, customer(0)).encode())
    head = [
        f"{load.method} {load.path} HTTP/1.1",
        f"Host: {urlsplit(load.base_url).netloc}",
        f"Authorization: Bearer {load.token}",
    ]
    if load.body:
        head += ["Content-Type: application/json", f"Content-Length: {length}"]
    before, _, after = ("\r\n".join(head) + "\r\n\r\n" + load.body).partition(HOLE)
    return before.encode(), after.encode()
