"""A request that comes by ASGI is read whole, within the limit, and answered with the headers that HTTP asks for."""

from typing import Any

import pytest

from guerdon.web.exchange import Application, Incoming, fields, headers_of
from guerdon.web.operations import Answer


class Keeping(Application):
    """Keeps what comes in, and gives the answer it was made with."""

    body_limit_bytes = 10

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or Answer(204)
        self.came: list[Incoming] = []

    async def respond(self, incoming: Incoming) -> Answer:
        """The answer that was given."""
        self.came.append(incoming)
        return self.answer


async def exchanged(application: Application, *messages: dict[str, Any], **scope: Any) -> list[dict[str, Any]]:
    """What an application sends back for a request."""
    left = list(messages) or [{"type": "http.request"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application({"type": "http", "method": "POST", "path": "/a", "headers": [], **scope}, receive, send)
    return sent


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    """A part of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_comes_in_parts() -> None:
    """And is one to the application."""
    application = Keeping()
    await exchanged(application, part(b"ab", more=True), part(b"", more=True), part(b"cd"))
    await exchanged(application, query_string=b"a=%20&b=\xff", path="")
    assert [each.body for each in application.came] == [b"abcd", b""]
    assert (application.came[1].path, application.came[1].query) == ("/", "a=%20&b=\ufffd")


@pytest.mark.parametrize("size", [9, 10, 11, 100])
async def test_a_large_body_is_none(size: int) -> None:
    """As soon as it is known to be larger than the limit, by what it says or by what has come; nothing more is read."""
    application = Keeping()
    first = part(b"x" * min(size, 11), more=size > 11)
    await exchanged(application, first)
    await exchanged(application, part(b"", more=size > 10), headers=[(b"content-length", str(size).encode())])
    kept = [b"x" * size, b""] if size <= 10 else [None, None]
    assert [each.body for each in application.came] == kept


async def test_a_client_that_leaves_is_not_answered() -> None:
    """Nor is half a body taken for a whole one."""
    application = Keeping()
    assert await exchanged(application, {"type": "http.disconnect"}) == []
    assert await exchanged(application, part(b"half", more=True), {"type": "http.disconnect"}) == []
    assert application.came == []


def test_headers_that_come_several_times() -> None:
    """Are one, as RFC 9110 5.3 has it."""
    pairs = [(b"a", b"1"), (b"b", b"\xe9"), (b"a", b"2")]
    assert headers_of(pairs) == {"a": "1,2", "b": "é"}


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (Answer(200, b"{}"), {"content-type": "application/json", "content-length": "2"}),
        (Answer(200, b"x", {}, "text/plain"), {"content-type": "text/plain", "content-length": "1"}),
        (Answer(202), {"content-length": "0"}),
        (Answer(302, None, {"Location": "/b"}), {"Location": "/b", "content-length": "0"}),
        (Answer(204), {}),
        (Answer(204, b"never", {"X-A": "1"}), {"X-A": "1"}),
        (Answer(404, b"", {"X-A": "1"}), {"X-A": "1", "content-length": "0"}),
    ],
)
async def test_what_describes_the_body(answer: Answer, named: dict[str, str]) -> None:
    """Its type where there is one, its length where there can be one; to HEAD, as if it were GET."""
    assert dict(fields(answer)) == named
    for method in ("GET", "HEAD"):
        start, body = await exchanged(Keeping(answer), method=method)
        assert start["status"] == answer.status
        assert dict(start["headers"]) == {name.lower().encode(): value.encode() for name, value in named.items()}
        assert len(body["body"]) == (int(named.get("content-length", "0")) if method == "GET" else 0)
