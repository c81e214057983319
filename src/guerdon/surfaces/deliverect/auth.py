"""How a channel proves who it is, by a bearer token for an hour, and Deliverect itself, by a signature of the body."""

from datetime import timedelta

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.web.bearer import token_of
from guerdon.web.failures import Forbidden, Unauthorized
from guerdon.web.operations import Request

TOKEN_LIFETIME = timedelta(seconds=3600)

LOYALTY_SCOPES = frozenset({"genericChannel", "genericCommerce"})
"""Each opens the loyalty routes, with or without a part behind a colon; the vendor documents no scope for them."""

SIGNATURE = "x-server-authorization-hmac-sha256"
"""The header that Deliverect signs with; of a request without a body, the empty text is signed."""

OTHER_SIGNATURE = "x-deliverect-signature"
"""What the vendor's own node for n8n reads in its place."""

SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A channel's token."},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Server-Authorization-HMAC-SHA256",
        "description": "HMAC-SHA256 of the body as it is sent, by the partner's secret, in hexadecimal digits.",
    },
}
SIGNED = (("signature",),)
"""What Deliverect itself sends."""


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that a bearer token speaks for or, below the address of a partner, that has signed the request.

    A credential without scopes may do everything that a channel may.
    """
    if "partner" in request.path:
        return await _signed(engine, request)
    caller = await admitting.by_token(engine, "deliverect", token_of(request))
    if caller is None:
        raise Unauthorized
    if caller.scopes and LOYALTY_SCOPES.isdisjoint(scope.partition(":")[0] for scope in caller.scopes):
        raise Forbidden
    return caller


async def _signed(engine: Engine, request: Request) -> Caller:
    """Who signed: the address says whose secrets count, so that the body is not looked into before it is trusted."""
    signature = request.headers.get(SIGNATURE) or request.headers.get(OTHER_SIGNATURE) or ""
    caller = await admitting.by_signature(engine, "deliverect", request.path["partner"], request.raw, signature)
    if caller is None:
        raise Unauthorized
    return caller
