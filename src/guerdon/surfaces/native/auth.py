"""How a client of the native API proves who it is, and what its key lets it do."""

from guerdon.core.callers import Caller
from guerdon.engine import Engine, admitting
from guerdon.surfaces.native.wire import INVALID_TOKEN, WHOLE
from guerdon.web.bearer import token_of
from guerdon.web.failures import Forbidden, Unauthorized
from guerdon.web.operations import Request

INCLUDED = {"read": {"read", "write", "admin"}, "write": {"write", "admin"}, "admin": {"admin"}}
"""The scopes that include each."""


async def authenticate(engine: Engine, request: Request) -> Caller:
    """The caller that the bearer token speaks for. A token without scopes, from before there were any, may do all.

    Raises:
        Unauthorized: there is no token, or it is not good.
        Forbidden: the key's scopes do not include the operation's, or it is for some programs only.
    """
    caller = await admitting.by_token(engine, "native", token_of(request))
    if caller is None:
        raise Unauthorized(INVALID_TOKEN)
    scope, _, extent = request.operation.scope.partition(" ")
    if caller.scopes and not caller.scopes & INCLUDED[scope]:
        raise Forbidden
    if extent == WHOLE and caller.program_ids is not None:
        raise Forbidden
    return caller
