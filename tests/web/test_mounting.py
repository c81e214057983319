"""A request goes to the application of its prefix, which sees its own paths only."""

from typing import Any

import msgspec
import pytest

from guerdon.web.application import Application
from guerdon.web.mounting import mounted
from web.asgi import asked


def telling(name: str) -> Application:
    """An application that answers with its name and the path it was given."""

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        body = msgspec.json.encode([name, scope["path"]])
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


@pytest.mark.parametrize(
    ("path", "answered"),
    [
        ("/v1/members", ["native", "/members"]),
        ("/v1/", ["native", "/"]),
        ("/v1", ["native", "/"]),
        ("/v1//members", ["native", "//members"]),
        ("/shop/v1/members", ["shop", "/v1/members"]),
        ("/v10/members", ["otherwise", "/v10/members"]),
        ("/V1/members", ["otherwise", "/V1/members"]),
        ("/members/v1", ["otherwise", "/members/v1"]),
        ("//v1", ["otherwise", "//v1"]),
        ("/", ["otherwise", "/"]),
    ],
)
async def test_who_answers(path: str, answered: list[str]) -> None:
    """The first part of the path decides, whole and in its case."""
    application = mounted({"/v1": telling("native"), "/shop": telling("shop")}, telling("otherwise"))
    assert await asked(application, path) == (200, answered)
