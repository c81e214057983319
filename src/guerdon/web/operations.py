"""One operation of a surface as data, one call of it, and the answer that goes out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from guerdon.core.callers import Caller
from guerdon.web.failures import InvalidField

LONGEST_KEY = 255
OCTETS = "application/octet-stream"

Body = TypeVar("Body")


class Answer(msgspec.Struct, frozen=True):
    """A finished HTTP answer; no body means none, not an empty JSON text, and then no media type is sent."""

    status: int
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    media_type: str = "application/json"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What came in, before anybody has looked at who sent it.

    Attributes:
        operation: which operation was called.
        id: of the request, for logs and for the vendors that show it.
        at: when it came in.
        headers: names in lower case.
        path: the parameters in the path.
        query: the parameters behind the question mark; the last one wins.
        tree: the JSON body as plain values, where the surface's credentials are members of it; else None.
        switches: the surface's habits that are turned on.
        minutes: how long what the surface has times for lasts, by name.
        raw: the body as it came, for signatures.
        base: what the path is below, on the host that was asked.
        label: the first one of that host, where the surface has all hosts of a domain to itself; else empty.
        peer: the address at the other end of the connection.
    """

    operation: "Operation"
    id: str
    at: datetime
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, str]
    tree: Any = None
    switches: frozenset[str] = frozenset()
    minutes: Mapping[str, int] = {}
    raw: bytes = b""
    base: str = ""
    label: str = ""
    peer: str = ""

    @property
    def base_url(self) -> str:
        """Where the client reaches the surface, as far as it says: of a proxy in front, what the proxy says."""
        scheme = self.headers.get("x-forwarded-proto", "http").partition(",")[0].strip()
        host = self.headers.get("x-forwarded-host") or self.headers.get("host", "localhost")
        return f"{scheme}://{host.partition(',')[0].strip()}{self.base}"


class Call(msgspec.Struct, Generic[Body], frozen=True, kw_only=True):
    """A request that was let in and understood."""

    request: Request
    caller: Caller
    body: Body

    @property
    def at(self) -> datetime:
        """When the request came in."""
        return self.request.at

    @property
    def key(self) -> str | None:
        """The idempotency key, where the client sent one: its own, apart from those of other surfaces.

        Raises:
            InvalidField: longer than 255 characters, or empty.
        """
        sent = self.request.headers.get("idempotency-key")
        if sent is None:
            return None
        if not 1 <= len(sent) <= LONGEST_KEY:
            raise InvalidField("Idempotency-Key", f"must have 1 to {LONGEST_KEY} characters")
        return f"{self.caller.surface}:{sent}"

    @property
    def if_match(self) -> tuple[str, ...]:
        """The versions that the client will have changed, as entity tags; none where it takes any.

        Raises:
            InvalidField: there is none in the header, so that nobody knows which one was meant.
        """
        sent = self.request.headers.get("if-match", "*").strip()
        if not sent:
            raise InvalidField("If-Match", "must be an entity tag, or *")
        return () if sent == "*" else tuple(tag.strip() for tag in sent.split(","))


Handler = Callable[[Any, Call[Any]], Awaitable[object]]
"""Takes the engine and the call; returns a wire model, an `Answer`, or None for an empty body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Attributes:
        name: as the vendor calls it.
        method: the HTTP method.
        paths: below the prefix, with `{parameters}`; the first is the documented one.
        handle: what carries it out.
        body: the model of its JSON body, or bytes, as they come; None takes no body.
        optional_body: an absent or empty body is read as `{}`.
        form: the body is a form as browsers send it, and not JSON.
        answer: the model of what comes back, or bytes; None is an empty body.
        status: of success.
        secured: whether the caller must show credentials.
        security: for the description, where it takes other credentials than the surface's other operations; see there.
        source: where the vendor documents it.
        query: parameters it reads behind the question mark: their names, or the model of them.
        keyed: whether it is described with an `Idempotency-Key`.
        conditional: whether it is described with an `If-Match`.
        scope: what a caller must be allowed, in the surface's words.
        tag: the heading it is described under.
        problems: what its refusals mean, by HTTP status; what can go wrong with any operation is described anyway.
        answer_headers: what headers of its answer mean, by name.
    """

    name: str
    method: str
    paths: tuple[str, ...]
    handle: Handler
    body: type[Any] | None = None
    optional_body: bool = False
    form: bool = False
    answer: Any = None
    status: int = 200
    secured: bool = True
    security: tuple[tuple[str, ...], ...] = ()
    source: str = ""
    query: tuple[str, ...] | type[Any] = ()
    keyed: bool = False
    conditional: bool = False
    scope: str = ""
    tag: str = ""
    problems: Mapping[int, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
