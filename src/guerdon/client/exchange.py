"""Writes requests and reads answers of the native API, whoever carries them; points keep every digit."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

import httpx
import msgspec

from guerdon.client.operations import Operation
from guerdon.surfaces.native.wire import ETAG, REPLAYED
from guerdon.surfaces.native.wire.problems import Problem

Answer = TypeVar("Answer")

OCTETS = "application/octet-stream"
MOST_TRIES = 4
AGAIN = frozenset({429, 503})
"""Statuses that say that nothing was begun."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Reply(Generic[Answer]):
    """An answer.

    Attributes:
        body: what came back.
        etag: the version of the resource, for `if_match`.
        replayed: an equal request with the same key was answered before.
        request_id: to find the request in the server's log.
    """

    body: Answer
    etag: str | None
    replayed: bool
    request_id: str | None


class ApiError(Exception):
    """A refusal or a failure, with its problem document (RFC 9457)."""

    def __init__(self, problem: Problem) -> None:
        errors = problem.errors if isinstance(problem.errors, list) else []
        told = [f"{each.pointer or each.parameter or each.header or 'the body'} {each.detail}" for each in errors]
        super().__init__(f"{problem.status} {problem.code}: {'; '.join(told) or problem.detail}")
        self.problem = problem


def request_of(
    http: httpx.Client | httpx.AsyncClient,
    operation: Operation[Any, Any],
    path: Mapping[str, object],
    *,
    body: msgspec.Struct | bytes | None,
    query: Mapping[str, object],
    key: str | None,
    if_match: str | None,
) -> httpx.Request:
    """The request of an operation; a write that takes a key and is given none has a new one, to be repeated with.

    Raises:
        KeyError: a parameter of the path is missing.
    """
    headers = {}
    if body is not None:
        headers["Content-Type"] = OCTETS if isinstance(body, bytes) else "application/json"
    if operation.is_keyed:
        headers["Idempotency-Key"] = key or str(uuid.uuid4())
    if if_match is not None:
        headers["If-Match"] = if_match
    named = {name: quote(str(value), safe="") for name, value in path.items()}
    params = {name: _text(value) for name, value in query.items() if value is not None}
    content = body if body is None or isinstance(body, bytes) else _ENCODER.encode(body)
    return http.build_request(
        operation.method, operation.path.format_map(named), params=params, headers=headers, content=content
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(msgspec.to_builtins(value)).replace("True", "true")


def reply_of(operation: Operation[Any, Answer], response: httpx.Response) -> Reply[Answer]:
    """What an answer says.

    Raises:
        ApiError: it is a refusal or a failure.
    """
    if response.is_error:
        raise ApiError(_problem(response))
    body: Any = response.content if operation.answer is bytes else None
    if operation.answer not in {bytes, None}:
        body = msgspec.json.decode(response.content, type=operation.answer)
    headers = response.headers
    replayed = headers.get(REPLAYED) == "true"
    return Reply(cast(Answer, body), headers.get(ETAG), replayed, headers.get("X-Request-Id"))


def _problem(response: httpx.Response) -> Problem:
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:  # of a proxy in front
        title = response.reason_phrase or "error"
        return Problem("about:blank", title, response.status_code, response.text[:300], "unknown", "")


def wait_seconds(operation: Operation[Any, Any], response: httpx.Response | None, tried: int) -> float | None:
    """How long to wait before the same request again; None is not at all.

    Without an answer, only what can be repeated is: reads, and writes that have a key.
    """
    if tried >= MOST_TRIES or not (operation.method in {"GET", "PUT"} or operation.is_keyed or response is not None):
        return None
    if response is None:
        return float(2 ** (tried - 1)) / 4
    if response.status_code not in AGAIN:
        return None
    given = response.headers.get("Retry-After", "1")
    return float(given) if given.isdigit() else 1.0
