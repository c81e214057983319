"""A surface as data: one API spoken by the server, and the habits of its vendor."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guerdon.core.callers import Caller
from guerdon.core.refusals import Refusal
from guerdon.web.failures import Failure
from guerdon.web.limiting import Rate
from guerdon.web.operations import Answer, Operation, Request
from guerdon.web.paths import PathStyle

BODY_LIMIT_BYTES = 1 << 20

BEARER = {"type": "http", "scheme": "bearer", "description": "A token that the merchant was given."}
"""The scheme of most surfaces."""

STRICT = "strict"
"""The switch by which a surface refuses members that a model does not have."""


@dataclass(frozen=True, slots=True)
class Time:
    """How long something lasts, in minutes, and what that is; 0 is without end, for what has none by default only."""

    minutes: int
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One API spoken by the server.

    Attributes:
        name: the word for it in settings, entries and logs.
        prefix: where it is reached on the common port.
        title: for people.
        version: of the vendor's API that is spoken.
        operations: all of them.
        authenticate: who is calling; raises Unauthorized or Forbidden.
        spell: a refusal or failure in the vendor's dialect, total over both.
        error: the model of an error body, or all models where there are several, for the description.
        error_media_type: of an error body, for the description.
        summary: what the surface is for, for the description.
        path_types: the types of parameters in paths that are more than texts, by name, for the description.
        schemes: how callers may show who they are, as OpenAPI has it, by name; for the description.
        security: which of the schemes let a caller in, those of each entry together; for the description.
        token_in_body: credentials are members of the body, so that it is read before anybody is let in.
        paths: how strictly paths are taken.
        fold_names: member names in any case.
        reads_all: what would be left unread is refused: a parameter that is there twice, and a body in an encoding.
        trailing_commas: JSON as old .NET servers read it.
        body_limit_bytes: larger bodies are refused unread.
        headers: what every answer carries, from the request's id.
        vendor_rate: how often the vendor lets one caller ask.
        rate: how often we let one caller ask; None is as often as it likes.
        counts: the file in which all processes of a server count that together; None where there is one process.
        examples: recorded requests and answers by operation, in a file, for its description, which is served as a page
            for people at `reference` too, then.
        tells_rate: answers say what is left of the caller's share.
        switches: habits that can be turned on, by name, with what each of them does.
        on: those that are turned on; as it is declared, those of the demo.
        times: what lasts how long where nothing else is set, by name.
        minutes: what is set of them.
    """

    name: str
    prefix: str
    title: str
    version: str
    operations: tuple[Operation, ...]
    authenticate: Callable[[Any, Request], Awaitable[Caller]]
    spell: Callable[[Operation | None, str, Refusal | Failure], Answer]
    error: type[Any] | tuple[type[Any], ...] | None = None
    error_media_type: str = "application/json"
    summary: str = ""
    path_types: Mapping[str, Any] = field(default_factory=dict)
    schemes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {"token": BEARER})
    security: tuple[tuple[str, ...], ...] = (("token",),)
    token_in_body: bool = False
    paths: PathStyle = field(default_factory=PathStyle)
    fold_names: bool = False
    reads_all: bool = False
    trailing_commas: bool = False
    body_limit_bytes: int = BODY_LIMIT_BYTES
    headers: Callable[[str], Mapping[str, str]] = field(default=lambda _: {})
    vendor_rate: Rate | None = None
    rate: Rate | None = None
    counts: Path | None = None
    examples: Path | None = None
    tells_rate: bool = False
    switches: Mapping[str, str] = field(default_factory=dict)
    on: frozenset[str] = frozenset()
    times: Mapping[str, Time] = field(default_factory=dict)
    minutes: Mapping[str, int] = field(default_factory=dict)
