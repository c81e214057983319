"""A connection speaks HTTP over a real socket: in order, within limits, to any client, and to what is none."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
import uvicorn

from guerdon.web import serving
from guerdon.web.exchange import Application, Incoming
from guerdon.web.operations import Answer
from guerdon.web.serving import LARGEST_HEAD_BYTES, Connection

LIMIT = 100_000


class Echo(Application):
    """Answers with what came in; keeps it, and waits where the path says so."""

    body_limit_bytes = LIMIT

    def __init__(self) -> None:
        self.came: list[Incoming] = []
        self.comes = asyncio.Event()
        self.let = asyncio.Event()

    async def respond(self, incoming: Incoming) -> Answer:
        """What the path asks for."""
        self.came.append(incoming)
        self.comes.set()
        match incoming.path:
            case "/none":
                return Answer(204, None, {"X-A": "1"})
            case "/wait":
                await self.let.wait()
            case "/crash":
                raise ZeroDivisionError("a secret")
            case "/split":
                return Answer(200, b"{}", {"X-A": "1\r\nX-B: 2"})
            case "/large":
                return Answer(200, b"x" * 3_000_000, {}, "text/plain")
            case _:
                pass
        return Answer(200, b"too large" if incoming.body is None else incoming.path.encode() + b"|" + incoming.body)


@asynccontextmanager
async def serving_it(application: Application, **more: Any) -> AsyncIterator[int]:
    """The port of a server with the application on it, until the end of the block."""
    config = uvicorn.Config(
        application,
        http=Connection,
        lifespan="off",
        log_level="critical",
        ws="none",
        access_log=False,
        proxy_headers=False,
        **more,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server._serve([listener]))
        while not server.started:  # noqa: ASYNC110 - the library has no event for it
            await asyncio.sleep(0)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await asyncio.wait_for(running, 30)


@pytest.fixture
async def echo() -> Echo:
    """The application."""
    return Echo()


@pytest.fixture
async def port(echo: Echo) -> AsyncIterator[int]:
    """Where it is served."""
    async with serving_it(echo) as number:
        yield number


async def told(port: int, *parts: bytes, ends: bool = True) -> bytes:
    """All that comes back for what is sent, part by part, until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0)
    if ends:
        writer.write(b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    got = b""
    with suppress(ConnectionResetError):
        got = await asyncio.wait_for(reader.read(), 30)
    await closed(writer)
    return got


async def closed(writer: asyncio.StreamWriter) -> None:
    """Lets go of the server."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def answers(got: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """The answers in a stream, each as status, headers and body; the last one must close the connection."""
    found = []
    while got:
        head, _, got = got.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        size = int(headers.get("content-length", "0"))
        found.append((int(first.split()[1]), headers, got[:size]))
        got = got[size:]
    assert found[-1][1]["connection"] == "close"
    assert all("connection" not in headers for _, headers, _ in found[:-1])
    return found


def bodies(got: bytes) -> list[bytes]:
    """The bodies of all answers but the last one."""
    return [body for _, _, body in answers(got)[:-1]]


async def test_a_real_client(port: int, echo: Echo) -> None:
    """On one connection: bodies of any size, none at all, headers in any case, a path with what needs an escape."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        for size in (0, 1, 70_000, LIMIT):
            got = await http.post("/a/ü%20b?c=%20d&e=ü", content=b"x" * size, headers={"X-Name": "Value"})
            assert (got.status_code, got.content) == (200, "/a/ü b|".encode() + b"x" * size)
        assert (echo.came[0].method, echo.came[0].query) == ("POST", "c=%20d&e=%C3%BC")
        assert echo.came[0].headers["x-name"] == "Value"
        got = await http.get("/none")
        assert (got.status_code, got.content, got.headers["x-a"]) == (204, b"", "1")
        assert not {"content-type", "content-length"} & set(got.headers)
        assert "date" in got.headers
        got = await http.head("/a")
        assert (got.content, got.headers["content-length"]) == (b"", "3")


async def test_a_request_comes_in_any_parts(port: int) -> None:
    """Byte by byte, in chunks, with trailers that are no headers."""
    request = b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz"
    assert bodies(await told(port, *(request[n : n + 1] for n in range(len(request))))) == [b"/a|xyz"]
    chunked = b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n1\r\nz\r\n0\r\n"
    assert bodies(await told(port, chunked + b"\r\n")) == [b"/a|xyz"]


async def test_trailers_are_no_headers(port: int, echo: Echo) -> None:
    """Who could add one behind the body could else add credentials."""
    chunked = (
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nAuthorization: x\r\n\r\n"
    )
    assert bodies(await told(port, chunked)) == [b"/a|z"]
    assert "authorization" not in echo.came[0].headers


async def test_requests_behind_one_another(port: int, echo: Echo) -> None:
    """Sent without waiting, they are answered in their order, one at a time."""
    requests = b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n" + b"".join(
        f"POST /{n} HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n{n}".encode() for n in range(5)
    )
    asked = asyncio.create_task(told(port, requests))
    await echo.comes.wait()
    assert [incoming.path for incoming in echo.came] == ["/wait"]
    echo.let.set()
    assert bodies(await asked) == [b"/wait|", *(f"/{n}|{n}".encode() for n in range(5))]


@pytest.mark.parametrize(
    "framing",
    [f"Content-Length: {LIMIT + 1}\r\n\r\n".encode(), f"Transfer-Encoding: chunked\r\n\r\n{LIMIT + 1:x}\r\n".encode()],
)
async def test_a_body_that_is_too_large(port: int, framing: bytes) -> None:
    """Is not kept; what comes after it on the same connection is understood."""
    end = b"\r\n0\r\n\r\n" if b"chunked" in framing else b""
    body = b"x" * (LIMIT + 1)
    assert bodies(await told(port, b"POST /a HTTP/1.1\r\nHost: h\r\n" + framing + body + end)) == [b"too large"]


async def test_a_client_that_asks_before_it_sends(port: int) -> None:
    """Is told to go on, but not with a body that is too large."""
    head = b"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "
    got = await told(port, head + b"1\r\n\r\n", b"z")
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"1000000\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    await closed(writer)


@pytest.mark.parametrize(
    "request_head",
    [b"GET /a HTTP/1.0\r\n\r\n", b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"],
)
async def test_a_last_request(port: int, request_head: bytes) -> None:
    """The client says so, or does not know better: the connection is closed behind the answer."""
    ((status, _, body),) = answers(await told(port, request_head, ends=False))
    assert (status, body) == (200, b"/a|")


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
async def test_another_protocol_is_not_spoken(port: int, protocol: bytes) -> None:
    """Asked for politely, the request is answered all the same."""
    upgrade = b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
    ((status, _, body),) = answers(await told(port, upgrade, ends=False))
    assert (status, body) == (200, b"/a|")


@pytest.mark.parametrize(
    "framed", [b"Content-Length: 2\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"]
)
async def test_who_asks_for_another_protocol_is_heard_out(port: int, framed: bytes) -> None:
    """Its body is read, as Java's client sends one; what is behind it is not, asked for politely or not."""
    head = b"POST /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    whole = head + framed
    for parts in ((whole,), (whole + whole * 9,), (head, framed), tuple(bytes([byte]) for byte in whole)):
        ((status, headers, body),) = answers(await told(port, *parts, ends=False))
        assert (status, headers["connection"], body) == (200, "close", b"/a|{}")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /a HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /a HTTP/1.1\r\nX: " + b"x" * LARGEST_HEAD_BYTES + b"\r\n\r\n",
        b"GET /" + b"x" * (LARGEST_HEAD_BYTES + 1),
        b"GET /a HTTP/1.1\r\n" + b"a: b\r\n" * (LARGEST_HEAD_BYTES // 6 + 9),
    ],
    ids=lambda raw: repr(raw[:40]),
)
async def test_what_is_not_http(port: int, nonsense: bytes) -> None:
    """Or has no end: is told so, and the connection is closed; what was asked before it is answered."""
    ((status, _, _),) = answers(await told(port, nonsense, ends=False))
    assert status == 400
    before, *_ = await told(port, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", nonsense, ends=False), b""
    assert before.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_what_was_asked_before_what_is_not_http(port: int) -> None:
    """All of it is answered, also what came together with the nonsense."""
    requests = b"".join(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n".encode() for n in range(3))
    found = answers(await told(port, requests + b"\x16\x03\x01", ends=False))
    assert [body for *_, body in found] == [b"/0|", b"/1|", b"/2|"]


@pytest.mark.parametrize("path", ["/crash", "/split"])
async def test_a_fault_of_ours(port: int, path: str) -> None:
    """Is a plain 500 without what happened, also where a header would have become two."""
    ((status, headers, body),) = answers(await told(port, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()))
    assert (status, body) == (500, b"Internal Server Error")
    assert "X-B" not in headers


async def test_a_whole_address_as_the_target(port: int, echo: Echo) -> None:
    """As it is sent to a proxy (RFC 9112 3.2.2); and what is behind a # is not the server's."""
    await told(port, b"GET http://h:1/a?b HTTP/1.1\r\nHost: h\r\n\r\nGET /c?d#e HTTP/1.1\r\nHost: h\r\n\r\n")
    assert [(each.path, each.query) for each in echo.came[:2]] == [("/a", "b"), ("/c", "d")]


async def test_a_client_that_does_not_read(port: int, echo: Echo) -> None:
    """Is not asked for more until it has taken what it was given; then nothing is missing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
    writer.write(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n" * 20)
    await writer.drain()
    for _ in range(200):
        await asyncio.sleep(0)
    assert len(echo.came) < 20
    size = 0
    while size < 20 * 3_000_000:
        part = await asyncio.wait_for(reader.read(1 << 20), 30)
        assert part, f"the server let go after {size} bytes"
        size += len(part)
    assert len(echo.came) == 20
    await closed(writer)


async def test_a_slow_reader_is_waited_for(echo: Echo) -> None:
    """It is owed answers: that it asks for nothing more meanwhile does not make it idle."""
    async with serving_it(echo, timeout_keep_alive=0.001) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n" * 5)
        await asyncio.wait({asyncio.create_task(reader.readexactly(10_000))})
        await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.05)
        got = 10_000
        while part := await asyncio.wait_for(reader.read(1 << 20), 30):
            got += len(part)
        assert got > 5 * 3_000_000
        await closed(writer)


async def test_a_client_that_takes_nothing_is_let_go(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is owed would be kept for good."""
    monkeypatch.setattr(serving, "STALLED_SECONDS", 0.01)
    async with serving_it(echo, timeout_keep_alive=0.01) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n" * 20)
        await echo.comes.wait()
        await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.1)
        with suppress(ConnectionResetError):
            while await asyncio.wait_for(reader.read(1 << 20), 30):
                pass
        assert len(echo.came) < 20
        await closed(writer)


async def test_a_client_that_leaves(port: int, echo: Echo) -> None:
    """What it asked for is carried out, and the server goes on."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
    await echo.comes.wait()
    writer.transport.abort()
    await closed(writer)
    echo.let.set()
    assert bodies(await told(port, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")) == [b"/a|"]


@pytest.mark.parametrize("sent", [b"", b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", b"GET /a HTTP/1.1\r\nHo"])
async def test_a_silent_client_is_let_go(echo: Echo, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Before, between and within its requests."""
    monkeypatch.setattr(serving, "STALLED_SECONDS", 0.01)
    async with serving_it(echo, timeout_keep_alive=0.01) as port:
        await told(port, sent, ends=False)


async def test_a_slow_answer_is_waited_for(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the client's patience that counts then, not ours."""
    monkeypatch.setattr(serving, "STALLED_SECONDS", 0.3)  # and not less: the request has to come first
    async with serving_it(echo, timeout_keep_alive=0.05) as port:
        asked = asyncio.create_task(told(port, b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n", ends=False))
        await asyncio.wait({asked}, timeout=0.5)
        assert not asked.done()
        echo.let.set()
        assert b"/wait|" in await asked


async def test_an_orderly_end(echo: Echo) -> None:
    """Idle connections are closed, and requests in flight are answered first."""
    context = serving_it(echo)
    port = await context.__aenter__()
    idle, idle_writer = await asyncio.open_connection("127.0.0.1", port)
    requests = b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
    asked = asyncio.create_task(told(port, requests, ends=False))
    await echo.comes.wait()
    ending = asyncio.create_task(context.__aexit__(None, None, None))
    assert await idle.read() == b""
    assert not asked.done()
    echo.let.set()
    assert [(status, body) for status, _, body in answers(await asked)] == [(200, b"/wait|"), (200, b"/a|")]
    await ending
    await closed(idle_writer)
