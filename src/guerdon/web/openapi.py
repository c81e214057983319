"""Describes a surface as an OpenAPI 3.1 document, from the same declaration that serves it."""

import inspect
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from guerdon.core.refusals import Overloaded, Refusal
from guerdon.web import examples, parsing
from guerdon.web.failures import (
    BodyTooLarge,
    Crashed,
    Failure,
    Forbidden,
    InvalidField,
    MalformedBody,
    TooManyRequests,
    Unauthorized,
)
from guerdon.web.operations import LONGEST_KEY, OCTETS, Operation
from guerdon.web.surface import Surface

Json = dict[str, Any]

_PARAMETER = re.compile(r"\{(\w+)\}")
_COMPONENT = "#/components/schemas/{name}"

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeat of the request safe: the same key and the same request have one effect, and are "
    "answered alike. Unique for good; a UUID does well.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "example": "0f3c9e1a-5d1e-4c0b-9a53-5f4f7f2f6f10",
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what is to be changed: if it is another one by now, the answer is 412.",
    "schema": {"type": "string"},
}

_BYTES = {OCTETS: {"schema": {"type": "string", "format": "binary"}}}

_HEADERS = {
    "WWW-Authenticate": "Which credentials are asked for (RFC 9110, section 11.6.1).",
    "Retry-After": "Seconds to wait before the next try.",
}


def describe(surface: Surface) -> Json:
    """The document as plain values."""
    described = _Described(surface)
    paths: dict[str, Json] = {}
    for operation in surface.operations:
        for path in operation.paths:
            paths.setdefault(path, {})[operation.method.lower()] = described.operation(operation, path)
    info = {"title": surface.title, "version": surface.version}
    document = {
        "openapi": "3.1.0",
        "info": {**info, "description": surface.summary} if surface.summary else info,
        "servers": [{"url": surface.prefix}],
        "paths": paths,
        "components": {"schemas": described.components, "securitySchemes": surface.schemes},
    }
    if tags := dict.fromkeys(operation.tag for operation in surface.operations if operation.tag):
        document["tags"] = [{"name": tag} for tag in tags]
    plain: Json = _numbers(document)
    if surface.examples:
        examples.add(plain, parsing.parse(surface.examples.read_bytes()))
    return plain


class _Described:
    """The schemas of a surface's models, and what is said with them."""

    def __init__(self, surface: Surface) -> None:
        used = [model for operation in surface.operations for model in (operation.body, operation.answer)]
        models = [model for model in used if model is not None and model is not bytes]
        errors = surface.error if isinstance(surface.error, tuple) else tuple(filter(None, [surface.error]))
        models += errors
        schemas, self.components = msgspec.json.schema_components(models, ref_template=_COMPONENT)
        self._schema_of = dict(zip(map(repr, models), schemas, strict=True))
        error = [self._schema_of[repr(model)] for model in errors]
        self._error = {"anyOf": error} if len(error) > 1 else next(iter(error), None)
        self._surface = surface

    def operation(self, operation: Operation, path: str) -> Json:
        """One operation object, for one of its paths: the first has the operation's name, the others are counted."""
        place = operation.paths.index(path) + 1
        described: Json = {
            "operationId": operation.name if place == 1 else f"{operation.name} ({place})",
            "summary": (inspect.getdoc(operation.handle) or operation.name).splitlines()[0],
        }
        if operation.tag:
            described["tags"] = [operation.tag]
        headers = [*([_KEY] if operation.keyed else []), *([_IF_MATCH] if operation.conditional else [])]
        described["parameters"] = [*self._path(path), *_query(operation), *headers]
        if operation.body is not None:
            described["requestBody"] = {"required": not operation.optional_body, "content": self._body(operation)}
        described["responses"] = self._responses(operation)
        if operation.secured and (ways := operation.security or self._surface.security):
            described["security"] = [{name: [] for name in together} for together in ways]
        return described

    def _body(self, operation: Operation) -> Json:
        if operation.body is bytes:
            return _BYTES
        return {
            parsing.FORM if operation.form else "application/json": {"schema": self._schema_of[repr(operation.body)]}
        }

    def _path(self, path: str) -> Iterator[Json]:
        for name in _PARAMETER.findall(path):
            kind = self._surface.path_types.get(name, str)
            yield _parameter(name, "path", msgspec.json.schema(kind), required=True)

    def _responses(self, operation: Operation) -> Json:
        done: Json = {"description": "Done"}
        if operation.answer is bytes:
            done["content"] = _BYTES
        elif operation.answer is not None:
            schema = self._schema_of[repr(operation.answer)]
            component = self.components.get(schema.get("$ref", "").rpartition("/")[2], {})
            done["description"] = component.get("description", "Done").splitlines()[0]
            done["content"] = {"application/json": {"schema": schema}}
        if operation.answer_headers:
            done["headers"] = {name: _header(text) for name, text in operation.answer_headers.items()}
        responses = {str(operation.status): done}
        texts, headers = self._failures(operation)
        for status, text in sorted({**texts, **operation.problems}.items()):
            is_error = status >= HTTPStatus.BAD_REQUEST
            responses[str(status)] = self._problem(text, headers.get(status, ())) if is_error else {"description": text}
        if self._error is not None:
            responses["default"] = self._problem("A refusal or a failure")
        return responses

    def _failures(self, operation: Operation) -> tuple[dict[int, str], dict[int, tuple[str, ...]]]:
        """What can go wrong with any operation of its kind, by status: in words, and the headers that go with it."""
        texts: dict[int, str] = {}
        headers: dict[int, tuple[str, ...]] = {}
        # What is declared for an operation alone may be of these two as well: their headers are told there too.
        possible = list(_possible(self._surface, operation))
        for problem in (*possible, TooManyRequests(1), Unauthorized()):
            spelled = self._surface.spell(operation, "", problem)
            if problem in possible:
                text = (inspect.getdoc(type(problem)) or "").splitlines()[0]
                texts[spelled.status] = f"{texts[spelled.status]} {text}" if spelled.status in texts else text
            known = headers.get(spelled.status, _HEADERS)
            headers[spelled.status] = tuple(name for name in known if name in spelled.headers)
        return texts, headers

    def _problem(self, text: str, headers: Sequence[str] = ()) -> Json:
        described: Json = {"description": text}
        if headers:
            described["headers"] = {name: _header(_HEADERS[name]) for name in headers}
        if self._error is not None:
            described["content"] = {self._surface.error_media_type: {"schema": self._error}}
        return described


def _possible(surface: Surface, operation: Operation) -> Iterator[Refusal | Failure]:
    yield Crashed()
    yield Overloaded(1)
    if operation.secured:
        yield from (Unauthorized(), Forbidden())
    if operation.body is not None:
        yield from (MalformedBody(""), BodyTooLarge(surface.body_limit_bytes))
    if operation.body is not None or operation.query:
        yield InvalidField("", "")
    if surface.rate or surface.vendor_rate:
        yield TooManyRequests(1)


def _query(operation: Operation) -> Iterator[Json]:
    if isinstance(operation.query, tuple):
        for name in operation.query:
            yield _parameter(name, "query", {"type": "string"}, required=False)
        return
    _, components = msgspec.json.schema_components([operation.query])
    model = components[operation.query.__name__]
    for name, schema in model["properties"].items():
        yield _parameter(name, "query", schema, required=name in model["required"])


def _parameter(name: str, where: str, schema: Json, *, required: bool) -> Json:
    parameter = {"name": name, "in": where, "required": required}
    if "description" in schema:
        parameter["description"] = schema["description"]
    return {**parameter, "schema": {key: value for key, value in schema.items() if key != "description"}}


def _header(text: str) -> Json:
    return {"description": text, "schema": {"type": "string"}}


def _numbers(node: Any) -> Any:
    """Decimals go over the wire as JSON numbers with every digit; the schema generator says string."""
    if isinstance(node, dict):
        if node.get("format") == "decimal":
            return {**{k: v for k, v in node.items() if k != "format"}, "type": "number"}
        return {key: _numbers(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_numbers(item) for item in node]
    return node
