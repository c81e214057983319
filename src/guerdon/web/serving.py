"""Carries requests from a socket to an application and answers back, where uvicorn would go by way of ASGI."""

import asyncio
import re
from collections import deque
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import httptools
import structlog
import uvicorn
from uvicorn.server import ServerState

from guerdon.web.exchange import BODILESS, Application, Incoming
from guerdon.web.operations import Answer

log = structlog.get_logger()

LARGEST_HEAD_BYTES = 64 * 1024
"""Of a request's target and headers together: larger ones are refused, or they would fill the memory."""

STALLED_SECONDS = 60.0
"""How long a client may take from one part of a request to the next, for its first one, and to take from an answer."""

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_INVALID = Answer(400, b"Invalid HTTP request received.", {}, "text/plain; charset=utf-8")
_BROKEN = Answer(500, b"Internal Server Error", {}, "text/plain; charset=utf-8")


class Connection(asyncio.Protocol):
    """One client's connection: its requests are answered one after the other, in the order in which they came.

    Made by `uvicorn.Server`, which accepts and ends connections, as its own protocols are: this is one of them, and
    httptools' parser is the one inside. The application is the one that its configuration names.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 - uvicorn says it to all its protocols
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not isinstance(config.loaded_app, Application):
            raise TypeError("the application is another one, or something is wrapped around it (proxy_headers?)")
        self._application = config.loaded_app
        self._idle_seconds = float(config.timeout_keep_alive)
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._peer = ""
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = self._loop.time()
        self._patience = STALLED_SECONDS
        self._owed = 0
        self._waiting: deque[tuple[Incoming, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_last = False
        self._is_full = False
        self._is_paused = False
        self._common: tuple[object, str] = (None, "")
        self._begin()

    def _begin(self) -> None:
        """Nothing of the next request has come."""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._body: bytes | bytearray = b""
        self._is_head_whole = False
        self._is_taken = False
        """Whether the request has been handed on already, so that what else comes of it is let go."""

    # --- what the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._peer = (transport.get_extra_info("peername") or ("",))[0]
        self._state.connections.add(self)  # type: ignore[arg-type]
        self._timer = self._loop.call_later(self._idle_seconds, self._watch)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - it does not matter why
        """The client is gone; what it asked for is carried out all the same."""
        self._state.connections.discard(self)
        self._waiting.clear()
        if self._timer:
            self._timer.cancel()
        del self._parser  # it holds on to us

    def data_received(self, data: bytes) -> None:
        """A part of a request, or several requests."""
        self._heard_at = self._loop.time()
        self._patience = STALLED_SECONDS
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse()

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            # Nothing is spoken here but HTTP: the request is answered, and the client sees that it was not heeded.
            is_first, self._is_last = not self._is_last, True
            if self._is_head_whole and is_first:
                self._read_on(data[stopped.args[0] :])

    def _read_on(self, rest: bytes) -> None:
        """Reads the body behind a head that asks for another protocol, which the parser leaves to that one."""
        name = "content-length" if "content-length" in self._headers else "transfer-encoding"
        framed = f"{name}: {self._headers[name]}\r\n\r\n".encode("latin-1")
        method = self._parser.get_method()
        self._parser = httptools.HttpRequestParser(self)
        self._feed(method + b" / HTTP/1.1\r\n" + framed + rest)

    def pause_writing(self) -> None:
        """The client asks faster than it takes the answers."""
        self._is_full = True
        self._pause()

    def resume_writing(self) -> None:
        """It has taken them."""
        self._is_full = False
        if not self._task:
            self._next()

    def _pause(self) -> None:
        """Nothing more is read until what has come is answered."""
        if not self._is_paused and not self._transport.is_closing():
            self._is_paused = True
            self._transport.pause_reading()

    # --- what the parser says

    def on_url(self, part: bytes) -> None:
        """A part of the target."""
        if self._is_head_whole:
            return
        self._target += part
        self._weigh(len(part))

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        """A header."""
        self._weigh(len(raw_name) + len(raw_value) + len(": \r\n"))
        if self._is_head_whole:  # what comes behind a body is not among the headers (RFC 9110 6.5.1)
            return
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers = self._headers
        headers[name] = f"{headers[name]},{value}" if name in headers else value

    def _weigh(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > LARGEST_HEAD_BYTES:
            raise ValueError(LARGEST_HEAD_BYTES)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._is_head_whole:
            return
        self._is_head_whole = True
        headers = self._headers
        if int(headers.get("content-length") or 0) > self._application.body_limit_bytes:
            self._take(None)
        elif "expect" in headers and headers["expect"].lower() == "100-continue" and not self._task:
            self._transport.write(_CONTINUE)

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        if self._is_taken:
            return
        if self._body:
            self._body = bytearray(self._body) if isinstance(self._body, bytes) else self._body
            self._body += part
        else:
            self._body = part
        if len(self._body) > self._application.body_limit_bytes:
            self._take(None)

    def on_message_complete(self) -> None:
        """The request is whole, but for a body that the parser has not read (see `_read_on`)."""
        if self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT" and self._has_body():
            return
        if not self._is_taken:
            self._take(bytes(self._body))
        self._begin()

    def _has_body(self) -> bool:
        return "transfer-encoding" in self._headers or self._headers.get("content-length", "0").strip("0") != ""

    def _take(self, body: bytes | None) -> None:
        """Hands the request on, or puts it behind those that are not answered yet."""
        self._is_taken = True
        target = self._target.partition(b"#")[0]
        if not target.startswith(b"/"):
            parsed = httptools.parse_url(target)
            target = (parsed.path or b"/") + (b"?" + parsed.query if parsed.query else b"")
        raw_path, _, query = target.partition(b"?")
        path = raw_path.decode("utf-8", "replace")
        incoming = Incoming(
            self._parser.get_method().decode("ascii"),
            unquote(path) if "%" in path else path,
            query.decode("utf-8", "replace") if query else "",
            self._headers,
            body,
            peer=self._peer,
        )
        keep_alive = self._parser.should_keep_alive() and self._parser.get_http_version() != "1.0"
        if self._task or self._is_full:
            self._waiting.append((incoming, keep_alive))
            self._pause()
        else:
            self._start(incoming, keep_alive=keep_alive)

    # --- answers

    def _start(self, incoming: Incoming, *, keep_alive: bool) -> None:
        self._task = self._loop.create_task(self._answer(incoming, keep_alive=keep_alive))
        self._state.tasks.add(self._task)

    def _next(self) -> None:
        """Has the next request answered, or reads on where there is none."""
        if self._transport.is_closing() or self._is_full:
            return
        if self._waiting:
            incoming, keep_alive = self._waiting.popleft()
            self._start(incoming, keep_alive=keep_alive)
        elif self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    async def _answer(self, incoming: Incoming, *, keep_alive: bool) -> None:
        task = self._task
        try:
            answer = await self._application.respond(incoming)
            raw = self._rendered(answer, incoming, keep_alive=keep_alive)
        except asyncio.CancelledError:
            self._transport.abort()
            raise
        except Exception:
            log.exception("crashed", path=incoming.path)
            self._is_last = True
            raw = self._rendered(_BROKEN, incoming, keep_alive=False)
        finally:
            self._task = None
            self._state.tasks.discard(cast("asyncio.Task[None]", task))
            self._state.total_requests += 1
        if self._transport.is_closing():
            return
        self._transport.write(raw)
        if self._is_last or not keep_alive:
            self._transport.close()
            return
        self._heard_at = self._loop.time()
        if not self._target:
            self._patience = self._idle_seconds
        if self._is_paused:
            self._next()

    def _rendered(self, answer: Answer, incoming: Incoming | None, *, keep_alive: bool) -> bytes:
        """An answer as it is written.

        Raises:
            ValueError: a header has what would end it.
        """
        status, body = answer.status, answer.body
        head = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"
        common = self._state.default_headers  # another list each second: it has the date
        if self._common[0] is not common:
            self._common = common, "".join(f"{n.decode('latin-1')}: {v.decode('latin-1')}\r\n" for n, v in common)
        head += self._common[1]
        for name, value in answer.headers.items():
            if _CONTROL.search(value):
                raise ValueError(name)
            head += f"{name.lower()}: {value}\r\n"
        if status not in BODILESS:
            described = f"content-type: {answer.media_type}\r\n" if body else ""
            head += f"{described}content-length: {len(body or b'')}\r\n"
        head += "\r\n" if keep_alive and not self._is_last else "connection: close\r\n\r\n"
        has_body = body and status not in BODILESS and (incoming is None or incoming.method != "HEAD")
        return head.encode("latin-1") + body if has_body and body else head.encode("latin-1")

    def _refuse(self) -> None:
        """What came is not HTTP: what was asked before it is answered, and nothing after it is read."""
        self._end()
        if not self._task and not self._transport.is_closing():
            self._transport.write(self._rendered(_INVALID, None, keep_alive=False))
            self._transport.close()

    # --- the end

    def shutdown(self) -> None:
        """The server ends: what was asked is answered, and nothing after it."""
        self._end()
        if not self._task:
            self._transport.close()

    def _end(self) -> None:
        """The last request that has come is the last that is answered: one that waits, or the one that is under way."""
        if self._waiting:
            incoming, _ = self._waiting.pop()
            self._waiting.append((incoming, False))
        else:
            self._is_last = True

    def _watch(self) -> None:
        """Lets go of a client that has been silent for too long, or has taken nothing of what it is owed."""
        now = self._loop.time()
        owed = self._transport.get_write_buffer_size()
        if self._task or owed != self._owed:
            self._heard_at, self._owed = now, owed
        patience = STALLED_SECONDS if owed or self._waiting else self._patience
        left = self._heard_at + patience - now
        if left > 0:
            self._timer = self._loop.call_later(min(left, self._idle_seconds), self._watch)
        elif owed:
            self._transport.abort()
        else:
            self._transport.close()
