"""The one way a surface becomes an application of its own: it answers every path and failure in its own dialect."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import falcon
import falcon.asgi
import msgspec
import structlog

from guerdon.core.callers import Caller
from guerdon.core.refusals import Refusal
from guerdon.web import drift, openapi, parsing
from guerdon.web.failures import BodyTooLarge, Crashed, Failure, UnknownPath, WrongMethod
from guerdon.web.operations import Answer, Call, Operation, Request
from guerdon.web.surface import Surface

log = structlog.get_logger()

NOBODY = Caller(uuid.UUID(int=0), "", uuid.UUID(int=0))
"""Who calls an operation that asks for no credentials."""

Application = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


def application(surface: Surface, engine: Any, clock: Callable[[], datetime]) -> Application:
    """The surface as an application that answers every path and every failure in its own dialect.

    Args:
        surface: the declaration.
        engine: handed to every handler.
        clock: what every request's `at` is read from.
    """
    app = falcon.asgi.App(router=_Router())
    app.req_options.strip_url_path_trailing_slash = False
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in surface.operations:
        for path in operation.paths:
            by_path.setdefault(path, {})[operation.method] = operation
    for path, methods in by_path.items():
        app.add_route(path, _resource(surface, engine, clock, methods))
    description = msgspec.json.encode(openapi.describe(surface))
    app.add_route("/openapi.json", _Description(description))
    for kind in (Exception, falcon.HTTPError):
        app.add_error_handler(kind, _unrouted(surface))
    canonical = surface.paths.canonical([*by_path, "/openapi.json"])

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "path": canonical(scope["path"])}, receive, send)

    return mounted


class _Router(falcon.routing.CompiledRouter):
    """Falcon's own takes any number of slashes at the beginning for one; how many count is the surface's choice."""

    def find(self, uri: str, req: falcon.Request | None = None) -> Any:
        return None if uri.startswith("//") else super().find(uri, req)


class _Description:
    """Serves the surface's OpenAPI description."""

    def __init__(self, description: bytes) -> None:
        self._description = description

    async def on_get(self, _request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        response.data = self._description
        response.content_type = "application/json"


def _resource(surface: Surface, engine: Any, clock: Callable[[], datetime], methods: Mapping[str, Operation]) -> object:
    """What the router calls: one responder per method; the router's own answer to OPTIONS is no vendor's."""

    async def refuse(_request: falcon.asgi.Request, _response: falcon.asgi.Response, **_path: str) -> None:
        raise falcon.HTTPMethodNotAllowed(list(methods))

    responders: dict[str, Any] = {f"on_{method.lower()}": staticmethod(refuse) for method in falcon.HTTP_METHODS}
    for method, operation in methods.items():
        responders[f"on_{method.lower()}"] = staticmethod(_responder(surface, engine, clock, operation))
    return type("Resource", (), responders)()


def _responder(surface: Surface, engine: Any, clock: Callable[[], datetime], operation: Operation) -> Any:
    encoder = msgspec.json.Encoder(decimal_format="number")

    async def respond(incoming: falcon.asgi.Request, outgoing: falcon.asgi.Response, **path: str) -> None:
        request_id = str(uuid.uuid4())
        try:
            request, caller = await _admitted(surface, engine, operation, incoming, request_id, clock(), path)
            body = _body(surface, operation, request.tree)
            result = await operation.handle(engine, Call(request=request, caller=caller, body=body))
            if isinstance(result, Answer):
                answer = result
            elif result is None:
                answer = Answer(operation.status)
            else:
                answer = Answer(operation.status, encoder.encode(result))
        except (Refusal, Failure) as problem:
            answer = surface.spell(operation, request_id, problem)
        except Exception:
            log.exception("crashed", surface=surface.name, operation=operation.name, request_id=request_id)
            answer = surface.spell(operation, request_id, Crashed())
        _send(surface, request_id, answer, outgoing)

    return respond


async def _admitted(
    surface: Surface,
    engine: Any,
    operation: Operation,
    incoming: falcon.asgi.Request,
    request_id: str,
    at: datetime,
    path: Mapping[str, str],
) -> tuple[Request, Caller]:
    """Reads the request and finds out who sent it: credentials first, unless they are in the body."""
    if any("\0" in value for value in path.values()):
        raise UnknownPath
    raw = await _read(incoming, surface.body_limit_bytes)
    headers = incoming.headers_lower
    query = {name: value[-1] if isinstance(value, list) else value for name, value in incoming.params.items()}

    def request(tree: Any) -> Request:
        return Request(
            operation=operation,
            id=request_id,
            at=at,
            headers=headers,
            path=path,
            query=query,
            tree=tree,
        )

    def tree() -> Any:
        if operation.body is None:
            return None
        if not raw.strip() and operation.optional_body:
            return {}
        return parsing.parse(raw, trailing_commas=surface.trailing_commas)

    if not operation.secured:
        return request(tree()), NOBODY
    if surface.token_in_body:
        read = request(tree())
        return read, await surface.authenticate(engine, read)
    caller = await surface.authenticate(engine, request(None))
    return request(tree()), caller


async def _read(incoming: falcon.asgi.Request, limit_bytes: int) -> bytes:
    if (incoming.content_length or 0) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    raw = await incoming.stream.read(limit_bytes + 1)
    if len(raw) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    return raw


def _body(surface: Surface, operation: Operation, tree: Any) -> Any:
    if operation.body is None:
        return None
    body, strangers = parsing.read(tree, operation.body, fold_names=surface.fold_names)
    if strangers:
        drift.report(surface.name, operation.name, strangers)
    return body


def _unrouted(surface: Surface) -> Any:
    """Errors of the router: no such path, no such method."""

    async def spelled(
        incoming: falcon.asgi.Request, outgoing: falcon.asgi.Response, error: Exception, _parameters: Any
    ) -> None:
        request_id = str(uuid.uuid4())
        problem: Failure
        if isinstance(error, falcon.HTTPMethodNotAllowed):
            allowed = (error.headers or {}) if isinstance(error.headers, dict) else dict(error.headers or [])
            problem = WrongMethod(tuple(allowed.get("Allow", "").split(", ")))
        elif isinstance(error, falcon.HTTPError):
            problem = UnknownPath()
        else:
            log.error("crashed", surface=surface.name, path=incoming.path, request_id=request_id, exc_info=error)
            problem = Crashed()
        _send(surface, request_id, surface.spell(None, request_id, problem), outgoing)

    return spelled


def _send(surface: Surface, request_id: str, answer: Answer, outgoing: falcon.asgi.Response) -> None:
    outgoing.status = answer.status
    for name, value in {**surface.headers(request_id), **answer.headers}.items():
        outgoing.set_header(name, value)
    if answer.body is not None:
        outgoing.data = answer.body
        outgoing.content_type = answer.media_type
