"""Tells whether the server is up and can reach its database, and what it serves."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from guerdon.web.exchange import Application, Incoming
from guerdon.web.operations import Answer


def application(ready: Callable[[], Awaitable[bool]], index: Mapping[str, Any]) -> Application:
    """Answers `/`, `/health/live` and `/health/ready`; 404 for everything else.

    Args:
        ready: whether requests can be served now.
        index: what `/` says.
    """
    return _Health(ready, index)


class _Health(Application):
    """Says how the server is; reads no body."""

    body_limit_bytes = 0

    def __init__(self, ready: Callable[[], Awaitable[bool]], index: Mapping[str, Any]) -> None:
        self._ready = ready
        self._index = index

    async def respond(self, incoming: Incoming) -> Answer:
        status, body = await self._answer(incoming.path)
        return Answer(status, msgspec.json.encode(body))

    async def _answer(self, path: str) -> tuple[int, Mapping[str, Any]]:
        if path == "/":
            return 200, self._index
        if path == "/health/live":
            return 200, {"status": "live"}
        if path == "/health/ready":
            return (200, {"status": "ready"}) if await self._ready() else (503, {"status": "not ready"})
        return 404, {"title": "Not Found", "status": 404, "detail": "No surface is mounted at this path."}
