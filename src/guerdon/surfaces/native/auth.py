"""How a client of the native API proves who it is, and what its key lets it do."""

from uuid import UUID

from guerdon.core import callers
from guerdon.core.callers import Caller
from guerdon.core.refusals import TenantNotFound
from guerdon.engine import Engine, admitting, tenanting
from guerdon.surfaces.native.wire import INVALID_TOKEN, OPERATOR, WHOLE
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
        TenantNotFound: the operator names a tenant that there is not.
    """
    scope, _, extent = request.operation.scope.partition(" ")
    if scope == OPERATOR and admitting.is_operator(engine, token_of(request)):
        return await _operator(engine, request)
    caller = await admitting.by_token(engine, "native", token_of(request))
    if caller is None:
        raise Unauthorized(INVALID_TOKEN)
    if scope == OPERATOR:
        raise Forbidden
    if caller.scopes and not caller.scopes & INCLUDED[scope]:
        raise Forbidden
    if extent == WHOLE and caller.program_ids is not None:
        raise Forbidden
    return caller


async def _operator(engine: Engine, request: Request) -> Caller:
    """Whoever runs the server, in the place of the tenant that is named; of nobody where none is."""
    text = request.path.get("tenant_id")
    if text is None:
        return Caller(callers.OPERATOR, "native", callers.OPERATOR)
    try:
        tenant_id = UUID(text)
    except ValueError:
        raise TenantNotFound(text) from None
    return Caller((await tenanting.tenant(engine, tenant_id)).id, "native", callers.OPERATOR)
