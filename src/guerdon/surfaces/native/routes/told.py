"""What the native API's operations say of themselves in its description, and how those that are no postings write."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from guerdon.engine import Engine, answering
from guerdon.engine.answering import Given
from guerdon.surfaces.native import mapping, wire
from guerdon.surfaces.native.mapping import Done, moments
from guerdon.web import parsing
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Answer, Call, Operation

READ_PROBLEMS = {
    401: "No token, or not a good one",
    403: "The key may not do this",
    404: "No such thing within the merchant",
    429: "The caller's share of requests is used up; `Retry-After` says when there is a new one",
}
QUERY_PROBLEMS = {400: "A parameter is missing or wrong", **{n: READ_PROBLEMS[n] for n in (401, 403, 429)}}
PAGE_PROBLEMS = {**QUERY_PROBLEMS, **READ_PROBLEMS}
WRITE_PROBLEMS = {
    **READ_PROBLEMS,
    400: "The body or a header is wrong; nothing was changed",
    409: "Refused, by the code in the answer; nothing was changed",
    413: "The body is too large",
    500: "A fault of ours, or of the database: repeat the request with its key to learn what happened",
    503: "Too much is waiting; nothing was begun",
}
CHANGE_PROBLEMS = {**WRITE_PROBLEMS, 412: "It was changed since it was read; nothing was changed"}

_REPLAYED = {wire.REPLAYED: "`true` where an equal request with the same key was answered before."}
_TAGGED = {wire.ETAG: "The version of the resource, for `If-Match`."}
_SOURCE = "Guerdon: the native API"

READ: dict[str, Any] = {"method": "GET", "source": _SOURCE, "scope": "read"}
READ_ONE: dict[str, Any] = {**READ, "problems": READ_PROBLEMS, "answer_headers": _TAGGED}
WRITE: dict[str, Any] = {
    "method": "POST",
    "source": _SOURCE,
    "keyed": True,
    "problems": WRITE_PROBLEMS,
    "answer_headers": _REPLAYED,
    "scope": "write",
}
UNKEYED: dict[str, Any] = {**WRITE, "keyed": False, "answer_headers": {}}
"""A write that keeps no answer for a key."""

ASK: dict[str, Any] = {**UNKEYED, "scope": "read"}
"""What takes a body and writes nothing: there is nothing to repeat."""

CREATE: dict[str, Any] = {**WRITE, "answer_headers": _REPLAYED | _TAGGED}
CHANGE: dict[str, Any] = {**CREATE, "method": "PATCH", "conditional": True, "problems": CHANGE_PROBLEMS}
DELETE: dict[str, Any] = {**CHANGE, "method": "DELETE", "status": 204, "answer_headers": _REPLAYED}


def administers(told: dict[str, Any]) -> dict[str, Any]:
    """The same for who may change how things are set up."""
    return {**told, "scope": "admin"}


def whole(told: dict[str, Any]) -> dict[str, Any]:
    """The same, for keys that are for all programs only."""
    return {**told, "scope": f"{told['scope']} {wire.WHOLE}"}


Query = TypeVar("Query")


def asked(call: Call[Any], model: type[Query]) -> Query:
    """The parameters behind the question mark: one that is misspelled would list what nobody asked for.

    Raises:
        InvalidField: there is one that the model does not have, or that cannot be.
    """
    try:
        query, strangers = parsing.read(call.request.query, model, strict=False)
    except InvalidField as wrong:
        raise replace(wrong, is_parameter=True) from None
    if strangers:
        raise InvalidField(strangers[0], "no such parameter", is_parameter=True)
    for name, text in call.request.query.items():
        moments.said(name, text, getattr(query, name))
    return query


def closed(operation: Operation) -> Operation:
    """An operation that takes nothing that it would not heed: no parameters where it has none, no key to repeat by."""
    is_bare = operation.method == "GET" and not operation.query
    if not is_bare and (operation.method == "GET" or operation.keyed or operation.scope == READ["scope"]):
        return operation

    @wraps(operation.handle)
    async def handle(engine: Engine, call: Call[Any]) -> object:
        if is_bare:
            asked(call, wire.NoQuery)
        elif call.key is not None:
            raise InvalidField("Idempotency-Key", "is not taken here: this write keeps no answer to give again")
        return await operation.handle(engine, call)

    return replace(operation, handle=handle, problems={**QUERY_PROBLEMS, **operation.problems})


Writing = Callable[[Engine, Call[Any]], Awaitable[Done]]


def written(handle: Writing) -> Callable[[Engine, Call[Any]], Awaitable[Answer]]:
    """A write that is no posting: all that it does is one transaction, answered once for its key."""
    return _written(handle, is_kept=True)


def written_anew(handle: Writing) -> Callable[[Engine, Call[Any]], Awaitable[Answer]]:
    """The same without a memory, for an answer that is not to be kept."""
    return _written(handle, is_kept=False)


def _written(handle: Writing, *, is_kept: bool) -> Callable[[Engine, Call[Any]], Awaitable[Answer]]:
    @wraps(handle)
    async def carried_out(engine: Engine, call: Call[Any]) -> Answer:
        async def work(inside: Engine) -> Given:
            return mapping.given(call, await handle(inside, call), engine.new_id())

        return mapping.once(await answering.once(engine, mapping.to_write(call, is_kept=is_kept), work))

    return carried_out
