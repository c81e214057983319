"""Reads the credentials that a client sends in the Authorization header."""

import base64

from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Request


def token_of(request: Request) -> str:
    """The bearer token (RFC 6750).

    Raises:
        Unauthorized: there is none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()


def basic_of(request: Request) -> tuple[str, str] | None:
    """The user name and password of basic authentication (RFC 7617), or None where another scheme is used.

    Raises:
        Unauthorized: the scheme is basic and what follows is not.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:  # not Base64, not ASCII, or not UTF-8 inside
        raise Unauthorized from None
    if not colon:
        raise Unauthorized
    return name, password
