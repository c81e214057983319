"""What can go wrong before or around the engine; each surface spells every one of them, as it does refusals."""

from dataclasses import dataclass


class Failure(Exception):  # noqa: N818 - beside Refusal: a name for what happened
    """A request that did not come through as HTTP and JSON should, or a fault of our own."""


@dataclass(eq=False)
class MalformedBody(Failure):
    """The body is not JSON that we can read."""

    detail: str


@dataclass(eq=False)
class InvalidField(Failure):
    """A member of the body (or a parameter) is missing, of the wrong type, or out of its bounds.

    Attributes:
        name: the member's name on the wire; empty when the whole body is of the wrong type.
        detail: what is wrong, in words.
        missing: the member was left out.
        path: the names of the members it is in, outermost first; its own is not one of them.
        is_parameter: it is behind the question mark, not in the body.
        also: what else is wrong: of each, a JSON pointer into the body, a tab, and what is wrong there.
    """

    name: str
    detail: str
    missing: bool = False
    path: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    is_parameter: bool = False


@dataclass(eq=False)
class Unauthorized(Failure):
    """Missing, unknown or expired credentials."""

    detail: str = "unauthorized"


@dataclass(eq=False)
class Forbidden(Failure):
    """Good credentials that may not do this."""

    detail: str = "forbidden"


@dataclass(eq=False)
class UnknownPath(Failure):
    """No operation has this path."""


@dataclass(eq=False)
class WrongMethod(Failure):
    """The path exists; the method does not."""

    allowed: tuple[str, ...] = ()


@dataclass(eq=False)
class BodyTooLarge(Failure):
    """The body is larger than the surface takes."""

    limit_bytes: int


@dataclass(eq=False)
class TooManyRequests(Failure):
    """The caller has had its share of requests for now."""

    retry_after_seconds: int


@dataclass(eq=False)
class Crashed(Failure):
    """An error of ours; what it was is in the log, under the request's id."""


FAILURES: tuple[type[Failure], ...] = tuple(Failure.__subclasses__())
"""All of them. A surface's table of errors is complete when it has an answer to each."""
