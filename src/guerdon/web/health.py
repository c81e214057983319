"""Tells whether the server is up and can reach its database, and what it serves."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from guerdon.web.application import Application


def application(ready: Callable[[], Awaitable[bool]], index: Mapping[str, Any]) -> Application:
    """Answers `/`, `/health/live` and `/health/ready`; 404 for everything else.

    Args:
        ready: whether requests can be served now.
        index: what `/` says.
    """

    async def respond(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        status, body = await _answer(scope["path"], ready, index)
        raw = msgspec.json.encode(body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": raw})

    return respond


async def _answer(
    path: str, ready: Callable[[], Awaitable[bool]], index: Mapping[str, Any]
) -> tuple[int, Mapping[str, Any]]:
    if path == "/":
        return 200, index
    if path == "/health/live":
        return 200, {"status": "live"}
    if path == "/health/ready":
        return (200, {"status": "ready"}) if await ready() else (503, {"status": "not ready"})
    return 404, {"title": "Not Found", "status": 404, "detail": "No surface is mounted at this path."}
