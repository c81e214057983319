"""Tokens for clients of XOMNI's versions 4."""

from guerdon.engine import Engine
from guerdon.surfaces.xomni import auth, wire
from guerdon.surfaces.xomni.mapping import tokens as words
from guerdon.web.operations import Call, Operation


async def request_token(engine: Engine, call: Call[wire.TokenRequest]) -> wire.Token:
    """Trade an application's secret, or an API user's password, for a token."""
    client = words.to_client(call.body, auth.client_of(call.request))
    token, caller = await auth.sign_in(engine, call.request, client, words.to_user(call.body))
    return words.from_token(token, auth.TOKEN_LIFETIME, auth.rights_of(caller))


OPERATIONS = (
    Operation(
        name="Requesting an access token",
        method="POST",
        paths=("/oauth/token",),
        handle=request_token,
        body=wire.TokenRequest,
        form=True,
        answer=wire.Token,
        secured=False,
        source="RFC 6749, 4.3 and 4.4: the vendor's own page was never published",
        problems={401: "The application's secret is not good"},
    ),
)
