"""Calls an ASGI application as a server would, without one: what was sent back, and the scope it was called with."""

import json
from typing import Any

from guerdon.web.exchange import Application


async def asked(application: Application, path: str) -> tuple[int, Any]:
    """The status and JSON body of the answer to a GET."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await application({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)
    start, body = sent
    length = dict(start["headers"])[b"content-length"]
    assert int(length) == len(body["body"])
    return start["status"], json.loads(body["body"])
