"""How a CP Extender client proves who it is: a bearer token, from SSO/Login or given for good."""

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.web.bearer import token_of
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Request


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the bearer token speaks for."""
    caller = await admitting.by_token(engine, "counterpoint", token_of(request))
    if caller is None:
        raise Unauthorized
    return caller
