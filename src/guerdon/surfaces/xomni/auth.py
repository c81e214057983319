"""How a XOMNI client proves who it is: a bearer token since version 4, an API user and password before."""

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.web.bearer import basic_of, token_of
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Request


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the token, or the API user, speaks for."""
    basic = basic_of(request)
    if basic is not None:
        caller = await admitting.by_secret(engine, "xomni", *basic)
    else:
        caller = await admitting.by_token(engine, "xomni", token_of(request))
    if caller is None:
        raise Unauthorized
    return caller
