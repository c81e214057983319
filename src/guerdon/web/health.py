"""Tells whether the server is up and can reach its database, what it serves, and what it has counted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from guerdon.web import metrics
from guerdon.web.exchange import Application, Incoming
from guerdon.web.operations import Answer


def application(
    ready: Callable[[], Awaitable[bool]], index: Mapping[str, Any], figures: metrics.Figures
) -> Application:
    """Answers `/`, `/health/live`, `/health/ready` and `/metrics`; 404 for everything else.

    Args:
        ready: whether requests can be served now.
        index: what `/` says.
        figures: what `/metrics` says.
    """
    return _Health(ready, index, figures)


class _Health(Application):
    """Says how the server is; reads no body."""

    body_limit_bytes = 0

    def __init__(
        self, ready: Callable[[], Awaitable[bool]], index: Mapping[str, Any], figures: metrics.Figures
    ) -> None:
        self._ready = ready
        self._index = index
        self._figures = figures

    async def respond(self, incoming: Incoming) -> Answer:
        if incoming.path == "/metrics":
            return Answer(200, self._figures.text(), media_type=metrics.MEDIA_TYPE)
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
