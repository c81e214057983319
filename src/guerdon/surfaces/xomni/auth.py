"""How a XOMNI client proves who it is, and whose PII it speaks for: tokens, API users, and the PIIToken header."""

import base64

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.surfaces.xomni.wire import RIGHTS
from guerdon.web.bearer import basic_of, token_of
from guerdon.web.failures import Forbidden, Unauthorized
from guerdon.web.operations import Request

PRIVATE = "/private/"
NAME, PASSWORD = "username:", ";password:"


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the token, or the API user, speaks for.

    Raises:
        Unauthorized: there is none, or it is not good.
        Forbidden: the caller does not have the right to this part of the API.
    """
    basic = basic_of(request)
    if basic is not None:
        caller = await admitting.by_secret(engine, "xomni", *basic)
    else:
        caller = await admitting.by_token(engine, "xomni", token_of(request))
    if caller is None:
        raise Unauthorized
    right = "private" if request.operation.paths[0].startswith(PRIVATE) else "public"
    if right not in rights_of(caller):
        raise Forbidden
    return caller


def rights_of(caller: Caller) -> list[str]:
    """What the caller may do, in the order of the rights' numbers; a credential without scopes may do everything."""
    return [right for right in RIGHTS if not caller.scopes or right in caller.scopes]


def pii_of(request: Request) -> tuple[str, str]:
    """The user name and password in the PIIToken header: Base64 of `username:...;password:...`.

    Raises:
        Unauthorized: it is missing, nothing of the kind, or there are several that differ.
    """
    tokens = {token.strip() for token in request.headers.get("piitoken", "").split(",")}
    if len(tokens) > 1:
        raise Unauthorized
    try:
        text = base64.b64decode(tokens.pop(), validate=True).decode()
    except ValueError:  # not Base64, not ASCII, or not UTF-8 inside
        raise Unauthorized from None
    # At the last place where a password can begin: nobody's name has the words before it, a password may.
    name, password, secret = text.rpartition(PASSWORD)
    if not password or not name.startswith(NAME):
        raise Unauthorized
    return name.removeprefix(NAME), secret
