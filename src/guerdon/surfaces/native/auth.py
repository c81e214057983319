"""How a client of the native API proves who it is: a bearer token that the merchant was given."""

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.surfaces.native.wire import INVALID_TOKEN
from guerdon.web.bearer import token_of
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Request


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the bearer token speaks for.

    Raises:
        Unauthorized: there is no token, or it is not good.
    """
    caller = await admitting.by_token(engine, "native", token_of(request))
    if caller is None:
        raise Unauthorized(INVALID_TOKEN)
    return caller
