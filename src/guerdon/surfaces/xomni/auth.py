"""How a XOMNI client proves who it is, and whose PII it speaks for: tokens, API users, and the PIIToken header."""

import base64
from datetime import timedelta
from functools import partial
from urllib.parse import unquote_plus
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.surfaces.xomni.wire import INSECURE, PLAIN_HTTP, RIGHTS
from guerdon.web import guessing
from guerdon.web.bearer import basic_of, token_of
from guerdon.web.failures import Forbidden, InvalidField, Unauthorized, UnknownPath
from guerdon.web.operations import Request

SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of an API user's or an application's."},
    "basic": {"type": "http", "scheme": "basic", "description": "An API user's name and password (versions 2 and 3)."},
    "pii": {
        "type": "apiKey",
        "in": "header",
        "name": "PIIToken",
        "description": "Base64 of `username:...;password:...` of the PII user.",
    },
}
OF_PII = (("token", "pii"), ("basic", "pii"))
"""Who asks for a PII user shows its own credentials too."""

PRIVATE = "/private/"
NAME, PASSWORD = "username:", ";password:"
TOKEN_LIFETIME = timedelta(hours=1)


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the token, or the API user, speaks for.

    Raises:
        Unauthorized: there is none, or it is not good.
        Forbidden: the caller does not have the right to this part of the API, or came without TLS.
        UnknownPath: the host is another tenant's, or nobody's.
        TooManyRequests: there were too many wrong passwords of the API user.
    """
    check_secure(request)
    tenant_id = await tenant_of(engine, request)
    basic = basic_of(request)
    if basic is not None:
        caller = await by_secret(engine, request, *basic)
    else:
        caller = await admitting.by_token(engine, "xomni", token_of(request))
    if caller is None:
        raise Unauthorized
    if tenant_id not in (None, caller.tenant_id):
        raise UnknownPath
    right = "private" if request.operation.paths[0].startswith(PRIVATE) else "public"
    if right not in rights_of(caller):
        raise Forbidden
    return caller


def check_secure(request: Request) -> None:
    """That credentials did not come in clear, as the proxy tells that ends TLS in front of the server.

    Raises:
        Forbidden: they did, and that is not allowed here.
    """
    if not request.base_url.startswith("https:") and PLAIN_HTTP not in request.switches:
        raise Forbidden(INSECURE)


async def tenant_of(engine: Engine, request: Request) -> UUID | None:
    """The tenant that the host names, as in `{tenantName}.api.xomni.com`; None where hosts name none here.

    Raises:
        UnknownPath: there is no such tenant.
    """
    if not request.label:
        return None
    found = await admitting.tenant(engine, request.label)
    if found is None:
        raise UnknownPath
    return found


def client_of(request: Request) -> tuple[str, str] | None:
    """An application's id and secret by basic authentication, each written as in a form (RFC 6749, 2.3.1).

    Raises:
        Unauthorized: the scheme is basic and what follows is not.
    """
    basic = basic_of(request)
    return (unquote_plus(basic[0]), unquote_plus(basic[1])) if basic else None


async def sign_in(
    engine: Engine, request: Request, client: tuple[str, str] | None, user: tuple[str, str] | None
) -> tuple[str, Caller]:
    """A new token of a user's or, without one, of an application's, and the caller that it speaks for.

    Raises:
        Unauthorized: the application's secret is not good.
        InvalidField: the user's password is not good.
        Forbidden: the caller came without TLS.
        UnknownPath: there is no such tenant as the host names.
        TooManyRequests: there were too many secrets or passwords that were wrong.
    """
    check_secure(request)
    tenant_id = await tenant_of(engine, request)
    if user is not None and client is not None:
        application = await by_secret(engine, request, *client)
        if application is None or tenant_id not in (None, application.tenant_id):
            raise Unauthorized
        tenant_id = application.tenant_id
    pair = user or client
    issued = None
    if pair:
        signing_in = partial(admitting.sign_in, engine, "xomni", *pair, TOKEN_LIFETIME, tenant_id)
        issued = await guessing.tried(request, _whose(request, pair[0]), signing_in)
    caller = await admitting.by_token(engine, "xomni", issued[0]) if issued else None
    if issued is None or caller is None:
        raise InvalidField("password", "is not good") if user else Unauthorized
    return issued[0], caller


def rights_of(caller: Caller) -> list[str]:
    """What the caller may do, in the order of the rights' numbers; a credential without scopes may do everything."""
    return [right for right in RIGHTS if not caller.scopes or right in caller.scopes]


async def by_secret(engine: Engine, request: Request, name: str, secret: str) -> Caller | None:
    """The caller that an API user's or application's name and secret speak for, or None.

    Raises:
        TooManyRequests: there were too many that were wrong.
    """
    trying = partial(admitting.by_secret, engine, "xomni", name, secret)
    return await guessing.tried(request, _whose(request, name), trying)


def _whose(request: Request, name: str) -> tuple[str, ...]:
    """Who guesses at the secret of a name from elsewhere does not lock out who knows it."""
    return "xomni", guessing.source_of(request), name


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
