"""The same small operation in each framework: parse a JSON body into a model, answer `{}`."""

import sys
from importlib import import_module
from typing import Any

import msgspec
import uvicorn

PATH = "/counterpoint/Loyalty/Earn"
EMPTY = b"{}"
JSON = "application/json"


class Earn(msgspec.Struct, rename="pascal"):
    """What the body must be."""

    customer_number: str
    points: int
    reason: str | None = None
    reference: str | None = None


def _read(raw: bytes) -> Earn:
    return msgspec.json.decode(raw, type=Earn)


def bare() -> Any:
    """No framework: the body is read and the path compared by hand."""
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(EMPTY)).encode())]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        raw, more = b"", True
        while more:
            message = await receive()
            raw, more = raw + message.get("body", b""), message.get("more_body", False)
        found = scope["path"] == PATH
        if found:
            _read(raw)
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": EMPTY})

    return application


def falcon() -> Any:
    """Falcon."""

    class Resource:
        async def on_post(self, request: Any, response: Any) -> None:
            _read(await request.stream.read())
            response.data, response.content_type = EMPTY, JSON

    application = import_module("falcon.asgi").App()
    application.add_route(PATH, Resource())
    return application


def starlette() -> Any:
    """Starlette."""
    response = import_module("starlette.responses").Response

    async def earn(request: Any) -> Any:
        _read(await request.body())
        return response(EMPTY, media_type=JSON)

    route = import_module("starlette.routing").Route(PATH, earn, methods=["POST"])
    return import_module("starlette.applications").Starlette(routes=[route])


def litestar() -> Any:
    """Litestar, which is given the raw request as the others are."""
    library = import_module("litestar")

    async def earn(request: Any) -> Any:
        _read(await request.body())
        return library.Response(content=EMPTY, media_type=JSON)

    earn.__annotations__ = {"request": library.Request, "return": library.Response}
    handler = library.post(PATH, status_code=200)(earn)
    return library.Litestar([handler], openapi_config=None, logging_config=None)


def own() -> Any:
    """What Guerdon's surfaces are, on the connection that they are served by."""
    exchange, answer = import_module("guerdon.web.exchange"), import_module("guerdon.web.operations").Answer

    class Application(exchange.Application):  # type: ignore[misc, name-defined]
        body_limit_bytes = 1 << 20

        async def respond(self, incoming: Any) -> Any:
            if incoming.path != PATH:
                return answer(404)
            _read(incoming.body)
            return answer(200, EMPTY)

    return Application()


def main(name: str, port: int) -> None:
    """Serves one of them by its name."""
    http = import_module("guerdon.web.serving").Connection if name == "own" else "httptools"
    application = globals()[name]()
    uvicorn.run(
        application, http=http, port=port, access_log=False, log_level="error", lifespan="off", proxy_headers=False
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
