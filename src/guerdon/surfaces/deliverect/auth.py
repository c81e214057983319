"""How a Deliverect channel proves who it is: a bearer token for its client id and secret, good for an hour."""

from datetime import timedelta

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.web.bearer import token_of
from guerdon.web.failures import Forbidden, Unauthorized
from guerdon.web.operations import Request

TOKEN_LIFETIME = timedelta(seconds=3600)

LOYALTY_SCOPES = frozenset({"genericChannel", "genericCommerce"})
"""Each opens the loyalty routes, with or without a part behind a colon; the vendor documents no scope for them."""


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the bearer token speaks for; a credential without scopes may do everything."""
    caller = await admitting.by_token(engine, "deliverect", token_of(request))
    if caller is None:
        raise Unauthorized
    if caller.scopes and LOYALTY_SCOPES.isdisjoint(scope.partition(":")[0] for scope in caller.scopes):
        raise Forbidden
    return caller
