"""What comes in over HTTP and what answers it, whatever carries the two: here ASGI, in `serving` a socket."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import msgspec

from guerdon.web.operations import Answer

BODILESS = frozenset({204, 304})
"""Statuses whose answers have no body by the rules of HTTP, and so no length of one."""


class Incoming(msgspec.Struct, frozen=True):
    """A request as it arrived.

    Attributes:
        method: in capital letters.
        path: decoded; never empty.
        query: what is behind the question mark, as it was sent.
        headers: names in lower case; one that came several times has its values joined by commas.
        body: all of it; None where it was larger than the application takes.
        base: the part of the path that was taken off on the way here.
        label: the first one of the host, where the application has all hosts of a domain to itself; else empty.
        peer: the address at the other end of the connection; empty where there is none.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes | None
    base: str = ""
    label: str = ""
    peer: str = ""


class Application(ABC):
    """Answers requests; also an ASGI application.

    Attributes:
        body_limit_bytes: of a body that is read; a larger one is not, and its request has none.
    """

    body_limit_bytes: int

    @abstractmethod
    async def respond(self, incoming: Incoming) -> Answer:
        """The answer to one request; nothing that a request may hold makes it raise."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request by ASGI."""
        headers = headers_of(scope["headers"])
        try:
            body = await _read(receive, headers, self.body_limit_bytes)
        except ConnectionResetError:
            return
        query = scope.get("query_string", b"").decode("utf-8", "replace")
        peer = (scope.get("client") or ("",))[0]
        answer = await self.respond(Incoming(scope["method"], scope["path"] or "/", query, headers, body, peer=peer))
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields(answer)]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content(answer)})


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of a request by name, from pairs whose names are in lower case."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def content(answer: Answer) -> bytes:
    """The bytes of an answer's body."""
    return b"" if answer.body is None or answer.status in BODILESS else answer.body


def fields(answer: Answer) -> list[tuple[str, str]]:
    """All header fields of an answer, those that describe its body included."""
    named = list(answer.headers.items())
    if answer.status in BODILESS:
        return named
    described = [("content-type", answer.media_type)] if answer.body else []
    return [*named, *described, ("content-length", str(len(content(answer))))]


async def _read(receive: Any, headers: dict[str, str], limit_bytes: int) -> bytes | None:
    """The body, or None where it is too large; what says so itself is not read.

    Raises:
        ConnectionResetError: the client went away before all of it had come.
    """
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if max(len(body), int(headers.get("content-length") or 0)) > limit_bytes:
            return None
    return body
