"""Whoever watches the server learns whether it is up, and apart from that whether it can work."""

import pytest

from guerdon.web import health, metrics
from web.asgi import asked

INDEX = {"name": "guerdon"}


@pytest.mark.parametrize(
    ("path", "ready", "status", "body"),
    [
        ("/", True, 200, INDEX),
        ("/health/live", True, 200, {"status": "live"}),
        ("/health/live", False, 200, {"status": "live"}),
        ("/health/ready", True, 200, {"status": "ready"}),
        ("/health/ready", False, 503, {"status": "not ready"}),
    ],
)
async def test_what_it_says(path: str, *, ready: bool, status: int, body: dict[str, str]) -> None:
    """Without its database it is alive and not ready: to be left alone, and to be sent nothing."""

    async def answers() -> bool:
        return ready

    assert await asked(health.application(answers, INDEX, metrics.Figures()), path) == (status, body)


@pytest.mark.parametrize("path", ["/health", "/health/live/", "/nothing", "//"])
async def test_any_other_path_is_nobodys(path: str) -> None:
    """And says so in words."""

    async def answers() -> bool:
        return True

    status, body = await asked(health.application(answers, INDEX, metrics.Figures()), path)
    assert status == 404
    assert body["detail"]
