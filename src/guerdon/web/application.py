"""The one way a surface becomes an application of its own: it answers every path and failure in its own dialect."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

import falcon.routing
import structlog
import uuid_utils
from falcon.uri import parse_query_string

from guerdon.core.callers import Caller
from guerdon.core.refusals import Refusal
from guerdon.web import drift, encoding, metrics, openapi, parsing, reference
from guerdon.web.exchange import Application, Incoming
from guerdon.web.failures import (
    BodyTooLarge,
    Crashed,
    Failure,
    InvalidField,
    MalformedBody,
    TooManyRequests,
    UnknownPath,
    WrongMethod,
)
from guerdon.web.limiting import Limiter
from guerdon.web.operations import Answer, Call, Operation, Request
from guerdon.web.surface import STRICT, Surface

log = structlog.get_logger()

NOBODY = Caller(uuid.UUID(int=0), "", uuid.UUID(int=0))
"""Who calls an operation that asks for no credentials."""

_CLOSED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""A page that loads nothing, and from which nothing is loaded."""

_PLAIN = "identity"
"""The encoding of a body that is none."""

_NONE: Mapping[str, str] = {}


def application(surface: Surface, engine: Any, clock: Callable[[], datetime]) -> Application:
    """The surface as an application that answers every path and every failure in its own dialect.

    Args:
        surface: the declaration.
        engine: handed to every handler.
        clock: what every request's `at` is read from.
    """
    return _Surfaced(surface, engine, clock)


class _Surfaced(Application):
    """A surface with the engine that it asks."""

    def __init__(self, surface: Surface, engine: Any, clock: Callable[[], datetime]) -> None:
        self.body_limit_bytes = surface.body_limit_bytes
        self._surface = surface
        self._engine = engine
        self._clock = clock
        self._routes = _Routes(surface)
        self._minutes = {name: time.minutes for name, time in surface.times.items()} | dict(surface.minutes)
        self._limiter = Limiter(surface.rate, surface.counts) if surface.rate else None

    async def respond(self, incoming: Incoming) -> Answer:
        """The answer of an operation, or the surface's spelling of what went wrong."""
        surface = self._surface
        request_id = str(uuid_utils.uuid4())
        operation: Operation | None = None
        told: dict[str, str] = {}
        try:
            operation, path = self._routes.found(incoming)
            answer = await self._carried_out(operation, path, incoming, request_id, told)
        except (Refusal, Failure) as problem:
            answer = surface.spell(operation, request_id, problem)
        except Exception:
            name = operation.name if operation else incoming.path
            log.exception("crashed", surface=surface.name, operation=name, request_id=request_id)
            answer = surface.spell(operation, request_id, Crashed())
        metrics.count(surface.name, operation.name if operation else "", str(answer.status))
        if common := {**surface.headers(request_id), **told}:
            return Answer(answer.status, answer.body, {**common, **answer.headers}, answer.media_type)
        return answer

    async def _carried_out(
        self,
        operation: Operation,
        path: Mapping[str, str],
        incoming: Incoming,
        request_id: str,
        told: dict[str, str],
    ) -> Answer:
        """Finds out who asks, reads what is asked, and asks: credentials first, unless they are in the body.

        What the caller is told of its share of requests, whatever comes of this one, is put into `told`.
        """
        surface = self._surface
        if incoming.body is None:
            raise BodyTooLarge(surface.body_limit_bytes)
        if surface.reads_all and incoming.body and incoming.headers.get("content-encoding", _PLAIN).lower() != _PLAIN:
            raise MalformedBody("a Content-Encoding is not taken")
        request = Request(
            operation=operation,
            id=request_id,
            at=self._clock(),
            headers=incoming.headers,
            path=path,
            query=_parameters(incoming.query, once=surface.reads_all) if incoming.query else {},
            tree=_tree(surface, operation, incoming) if surface.token_in_body else None,
            switches=surface.on,
            minutes=self._minutes,
            raw=incoming.body,
            base=incoming.base,
            label=incoming.label,
            peer=incoming.peer,
        )
        caller = await surface.authenticate(self._engine, request) if operation.secured else NOBODY
        if self._limiter is not None and operation.secured:
            self._count(self._limiter, caller, request.at, told)
        body = _body(surface, operation, request, incoming)
        result = await operation.handle(self._engine, Call(request=request, caller=caller, body=body))
        if isinstance(result, Answer):
            return result
        return Answer(operation.status, None if result is None else encoding.encode(result))

    def _count(self, limiter: Limiter, caller: Caller, at: datetime, told: dict[str, str]) -> None:
        try:
            left, seconds = limiter.count(caller.credential_id, at)
        except TooManyRequests as refused:
            told.update(limiter.told(0, refused.retry_after_seconds) if self._surface.tells_rate else {})
            raise
        told.update(limiter.told(left, seconds) if self._surface.tells_rate else {})


class _Routes:
    """Which operation a method and a path name."""

    def __init__(self, surface: Surface) -> None:
        self._fixed: dict[str, Mapping[str, Operation]] = {}
        self._router = falcon.routing.CompiledRouter()
        described = cache(lambda: openapi.describe(surface))

        def at(base: str) -> dict[str, Any]:
            return {**described(), "servers": [{"url": base or "/"}]}

        by_path: dict[str, dict[str, Operation]] = {
            "/openapi.json": {"GET": _served("openapi", lambda base: Answer(200, encoding.encode(at(base))))}
        }
        if surface.examples:
            media_type = "text/html; charset=utf-8"
            page = _served("reference", lambda base: Answer(200, reference.page(at(base)), _CLOSED, media_type))
            by_path["/reference"] = {"GET": page}
        for operation in surface.operations:
            for path in operation.paths:
                by_path.setdefault(path, {})[operation.method] = operation
        for path, methods in by_path.items():
            if "{" in path:
                self._router.add_route(path, _Resource(methods))
            else:
                self._fixed[path] = methods
        self._canonical = surface.paths.canonical(by_path)

    def found(self, incoming: Incoming) -> tuple[Operation, Mapping[str, str]]:
        """The operation, and the parameters in its path.

        Raises:
            UnknownPath: no operation has it.
            WrongMethod: others have it.
        """
        path, parameters = incoming.path, _NONE
        methods = self._fixed.get(path)
        if methods is None:
            # Falcon's router knows paths as they are documented; what else counts as the same is the surface's choice.
            found = None if path.endswith("/") or "//" in path else self._router.find(path)
            if found is None:
                path = self._canonical(path)
                methods = self._fixed.get(path)
                found = None if methods is not None or path.startswith("//") else self._router.find(path)
            if found is not None:
                resource, _, parameters, _ = found
                methods = cast(_Resource, resource).methods
            if methods is None or any("\0" in value for value in parameters.values()):
                raise UnknownPath
        operation = methods.get(incoming.method)
        if operation is None:
            raise WrongMethod(tuple(methods))
        return operation, parameters


class _Resource:
    """What Falcon's router finds: the operations of a path, by method."""

    def __init__(self, methods: Mapping[str, Operation]) -> None:
        self.methods = methods


def _served(name: str, made: Callable[[str], Answer]) -> Operation:
    """Serves what is the same for all who reach the surface at one place: its description, for machines or for people.

    Args:
        name: of the operation.
        made: the answer, from the path that the surface is below; it is asked once for each.
    """
    at = cache(made)

    async def serve(_engine: Any, call: Call[None]) -> Answer:
        return await asyncio.to_thread(at, call.request.base)  # the first time it takes a moment

    return Operation(name=name, method="GET", paths=(), handle=serve, secured=False)


def _parameters(query: str, *, once: bool) -> dict[str, str]:
    """The parameters behind the question mark; the last of several counts, unless each is to be there once."""
    given = parse_query_string(query, keep_blank=True, csv=False)
    if once and (twice := next((name for name, value in given.items() if isinstance(value, list)), None)):
        raise InvalidField(twice, "is there more than once", is_parameter=True)
    return {name: value[-1] if isinstance(value, list) else value for name, value in given.items()}


def _tree(surface: Surface, operation: Operation, incoming: Incoming) -> Any:
    raw = incoming.body or b""
    if operation.body is None:
        return None
    if operation.form:
        return parsing.form(raw, incoming.headers.get("content-type", ""))
    if operation.optional_body and not raw.strip():
        return {}
    return parsing.parse(raw, trailing_commas=surface.trailing_commas)


def _body(surface: Surface, operation: Operation, request: Request, incoming: Incoming) -> Any:
    model, raw = operation.body, incoming.body or b""
    if model is None or model is bytes:
        return model and raw
    if request.tree is None and not operation.form:
        if operation.optional_body and not raw.strip():
            raw = b"{}"
        plain = parsing.plainly(raw, model)
        if plain is not None:
            return plain
    tree = _tree(surface, operation, incoming) if request.tree is None else request.tree
    body, strangers = parsing.read(tree, model, fold_names=surface.fold_names)
    if strangers:
        drift.report(surface.name, operation.name, strangers)
        if STRICT in surface.on:
            raise InvalidField(strangers[0], "unknown member")
    return body
