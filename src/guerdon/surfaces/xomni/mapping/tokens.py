"""XOMNI's request for a token to credentials, and a token to its words; pure."""

from collections.abc import Sequence
from datetime import timedelta

from guerdon.surfaces.xomni import wire
from guerdon.web.failures import InvalidField

Pair = tuple[str, str]


def to_client(body: wire.TokenRequest, in_header: Pair | None) -> Pair | None:
    """The application's id and secret; None where it shows none.

    Raises:
        InvalidField: it shows them in two ways.
    """
    if in_header is not None and body.client_secret is not None:
        raise InvalidField("client_secret", "is in the header as well")
    if in_header is not None or body.client_id is None or body.client_secret is None:
        return in_header
    return body.client_id, body.client_secret


def to_user(body: wire.TokenRequest) -> Pair | None:
    """The API user's name and password; None where the application asks for itself.

    Raises:
        InvalidField: one of them is missing.
    """
    if body.grant_type != "password":
        return None
    for name, value in (("username", body.username), ("password", body.password)):
        if value is None:
            raise InvalidField(name, "is required", missing=True)
    return body.username or "", body.password or ""


def from_token(token: str, lifetime: timedelta, rights: Sequence[str]) -> wire.Token:
    """What OAuth's clients read of a token."""
    return wire.Token(token, "Bearer", int(lifetime.total_seconds()), " ".join(rights))
