"""Refusals and failures as they cross the wire, each family in its own envelope."""

from typing import Any

from msgspec import Struct


class ErrorBody(Struct):
    """What the loyalty routes answer when they do not do what was asked; both texts are the same."""

    error: str
    http_code: int
    description: str


class CredentialsError(Struct):
    """A token or signature that is not good, or not good enough."""

    code: str
    description: str


class Unprocessable(Struct):
    """A request that was understood and makes no sense."""

    code: str
    message: str
    context: dict[str, Any]


class TokenError(Struct):
    """What the token endpoint answers when it gives none."""

    error: str
    error_description: str


class ServerFault(Struct):
    """What went wrong on our side."""

    code: str
    message: str


class ServerError(Struct):
    """The one member of the answer to a fault of our own."""

    error: ServerFault


ERRORS = (ErrorBody, CredentialsError, Unprocessable, TokenError, ServerError)
"""Whatever is answered where something was not done."""
