"""The native API's words to commands, and what the engine answers to its words; pure."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from msgspec import UnsetType

from guerdon.core.changes import Change
from guerdon.core.commands import Posting
from guerdon.core.points import ZERO, exact, minus, positive
from guerdon.core.refusals import EntryNotFound, PointsOutOfRange, PreconditionFailed, Refusal
from guerdon.engine.answering import Given, Write
from guerdon.surfaces.native import wire
from guerdon.surfaces.native.mapping import moments
from guerdon.web.encoding import encode
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Answer, Call

HIGHEST_VERSION = 2**63 - 1

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"[1-9][0-9]{0,18}")
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)

PASSING = frozenset({"memberships", "balance", "standing", "stock_left", "last_used_at"})
"""Members of resources that change without anybody's changing them: no part of what their entity tags stand for.

A resource that has others says so itself.
"""

SECRET = frozenset({"secret", "api_key"})
"""Members of a resource that have a secret: no part of what is written into the log."""

Value = TypeVar("Value")


class Done(NamedTuple):
    """What came of a write that is no posting.

    Attributes:
        kind: of what was written, for the log; without one, or where all is as it was before, it is not logged.
        id: of what was written.
        after: as it is now; None where it is gone.
        before: as it was; None where it was not there.
        about: the member whose data the answer has.
        is_told: what was there before and after goes into the log.
        tenant_id: whose log it goes into, where that is not the caller's.
        replayed: it had been done before, without a key: nothing was written.
    """

    kind: str
    id: UUID
    after: msgspec.Struct | None
    before: msgspec.Struct | None = None
    about: UUID | None = None
    is_told: bool = True
    tenant_id: UUID | None = None
    replayed: bool = False


def id_of(call: Call[Any], name: str, absent: Callable[[str], Refusal]) -> UUID:
    """An id in the path; a text that is no UUID is the id of nothing.

    Raises:
        Refusal: the one that `absent` makes.
    """
    text = call.request.path[name]
    if not _UUID.fullmatch(text):
        raise absent(text)
    return UUID(text)


def version_of(call: Call[Any]) -> int:
    """The version of an entry in the path; a text that is no version is the version of nothing.

    Raises:
        EntryNotFound: it is none.
    """
    text = call.request.path["version"]
    if not _VERSION.fullmatch(text) or int(text) > HIGHEST_VERSION:
        raise EntryNotFound(text)
    return int(text)


def amount(points: Any) -> Decimal:
    """The points of a body: a JSON number above zero.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: zero and below, too large or too fine.
    """
    return positive(_number(points))


def figure(points: Any) -> Decimal:
    """A figure of a body: a JSON number of either sign.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: too large or too fine.
    """
    return exact(_number(points))


def change(points: Any) -> Decimal:
    """A change of a body: a JSON number of either sign that is not zero.

    Raises:
        InvalidField: not a number.
        PointsOutOfRange: zero, too large or too fine.
    """
    value = figure(points)
    if not value:
        raise PointsOutOfRange(str(points)[:60])
    return value


def at_least_zero(name: str, given_: Any, path: tuple[str, ...] = ()) -> Decimal:
    """A number of a body that is zero or more.

    Raises:
        InvalidField: not a number, below zero, too large or too fine.
    """
    if isinstance(given_, bool) or not isinstance(given_, int | Decimal):
        raise InvalidField(name, "Expected a number", path=path)
    try:
        value = exact(given_)
    except PointsOutOfRange:
        raise InvalidField(name, "out of range", path=path) from None
    if value < ZERO:
        raise InvalidField(name, "must not be below zero", path=path)
    return value or ZERO


def _number(points: Any) -> int | Decimal:
    if isinstance(points, bool) or not isinstance(points, int | Decimal):
        raise InvalidField("points", "Expected a number")
    return points


def shown(points: Decimal) -> Decimal:
    """Points with the digits that the ledger has; no points without any."""
    return points or ZERO


def answer(call: Call[Any], posting: Posting, body: msgspec.Struct) -> Answer:
    """An answer to a write, marked where it was given before."""
    headers = {wire.REPLAYED: "true"} if posting.replayed else {}
    return Answer(call.request.operation.status, encode(body), headers)


def after(posting: Posting) -> wire.BalanceAfter:
    """The figures right after a posting."""
    available = minus(posting.posted, posting.held)
    return wire.BalanceAfter(shown(posting.posted), shown(posting.held), shown(available))


# --- writes that are no postings


def to_write(call: Call[Any], *, is_kept: bool = True) -> Write:
    """A request as one to be carried out once for its key, unless its answer is not to be kept: it has a secret.

    Raises:
        InvalidField: a moment of the body is out of all bounds.
    """
    request = call.request
    body = None if call.body is None else msgspec.to_builtins(call.body, builtin_types=(Decimal, datetime))
    # A key that is for some programs is not shown what another one was answered.
    within = sorted(map(str, call.caller.program_ids or ()))
    said = (request.operation.name, sorted(request.path.items()), sorted(request.query.items()), _same(body), within)
    fingerprint = hashlib.sha256(repr(said).encode()).digest()
    return Write(caller=call.caller, at=call.at, key=call.key if is_kept else None, fingerprint=fingerprint)


def _same(value: Any, path: tuple[str, ...] = ()) -> Any:
    """Equal for what is the same: 10, 10.0 and 1e1, a moment in any offset, members in any order."""
    if isinstance(value, dict):
        return sorted((name, _same(member, (*path, name))) for name, member in value.items())
    if isinstance(value, list | tuple):
        return [_same(item, (*path, str(n))) for n, item in enumerate(value)]
    if isinstance(value, datetime):
        return moments.bounded(path[-1], value, path[:-1]).isoformat()
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    sign, digits, exponent = Decimal(value).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    return (sign, text.rstrip("0"), int(exponent) + len(text) - len(text.rstrip("0"))) if text else 0


def given(call: Call[Any], done: Done, change_id: UUID) -> Given:
    """The answer to a write, and its line in the log of changes."""
    change = None
    if done.kind and not _is_as_before(done):
        change = Change(
            id=change_id,
            at=call.at,
            surface=call.caller.surface,
            actor=call.caller.credential_id,
            action=call.request.operation.name,
            kind=done.kind,
            subject_id=done.id,
            before=_logged(done.before) if done.is_told else None,
            after=_logged(done.after) if done.is_told else None,
        )
    body = None if done.after is None else encode(done.after)
    operation = call.request.operation
    headers = {wire.REPLAYED: "true"} if done.replayed else {}
    if done.after is not None and wire.ETAG in operation.answer_headers:
        headers[wire.ETAG] = etag(done.after)
    return Given(
        status=operation.status,
        body=body,
        headers=headers,
        about=done.about,
        change=change,
        tenant_id=done.tenant_id,
    )


def _is_as_before(done: Done) -> bool:
    return done.before is not None and done.after is not None and etag(done.before) == etag(done.after)


def _logged(resource: msgspec.Struct | None) -> str | None:
    """A resource for the log, as JSON: without what changes by itself, and without secrets."""
    return None if resource is None else _lasting(resource, PASSING | SECRET).decode()


def _lasting(resource: msgspec.Struct, without: frozenset[str]) -> bytes:
    members = _DECODER.decode(encode(resource))
    passing = without | getattr(type(resource), "PASSING", frozenset())
    return encode({name: value for name, value in members.items() if name not in passing})


def once(told: Given) -> Answer:
    """The answer to a write, marked where it was given before."""
    headers = {**told.headers, wire.REPLAYED: "true"} if told.replayed else dict(told.headers)
    return Answer(told.status, told.body, headers)


# --- versions of a resource


def etag(resource: msgspec.Struct) -> str:
    """The entity tag of a resource: the same for as long as nobody changes it."""
    return f'"{hashlib.sha256(_lasting(resource, PASSING)).hexdigest()[:24]}"'


def tagged(call: Call[Any], resource: msgspec.Struct) -> Answer:
    """A resource with its entity tag."""
    return Answer(call.request.operation.status, encode(resource), {wire.ETAG: etag(resource)})


def expected(call: Call[Any], resource: msgspec.Struct) -> None:
    """Checks that a resource is as the client has seen it, where it says so.

    Raises:
        PreconditionFailed: it was changed since.
    """
    if call.if_match and etag(resource) not in call.if_match:
        raise PreconditionFailed


def or_kept(given_: Value | UnsetType, stored: Value) -> Value:
    """What is to be from now on: what was not named stays as it was."""
    return stored if isinstance(given_, UnsetType) else given_
