"""Tokens, configuration and single sign-on for channels."""

from functools import partial

from guerdon.engine import Engine, admitting, reading, recognising
from guerdon.surfaces.deliverect import auth
from guerdon.surfaces.deliverect.mapping import channels as words
from guerdon.surfaces.deliverect.routes import customers
from guerdon.surfaces.deliverect.wire import channels as wire
from guerdon.web import guessing
from guerdon.web.failures import InvalidField, Unauthorized
from guerdon.web.operations import Answer, Call, Operation


async def access_token(engine: Engine, call: Call[wire.TokenRequest]) -> wire.TokenResponse:
    """Trade a client's id and secret for a token."""
    body = call.body
    signing_in = partial(
        admitting.sign_in, engine, "deliverect", body.client_id, body.client_secret, auth.TOKEN_LIFETIME
    )
    whose = ("deliverect", guessing.source_of(call.request), body.client_id)
    issued = await guessing.tried(call.request, whose, signing_in)
    caller = await admitting.by_token(engine, "deliverect", issued[0]) if issued else None
    if issued is None or caller is None:
        raise Unauthorized
    return words.from_token(*issued, auth.TOKEN_LIFETIME, caller.scopes)


async def get_configuration(engine: Engine, call: Call[None]) -> wire.Configuration:
    """Tell which provider is behind a channel link or account, and what it can do."""
    link = await customers.link_of(engine, call)
    return words.from_program(await reading.program(engine, call.caller, link.program_id), link)


async def sign_on(engine: Engine, call: Call[None]) -> Answer:
    """Send a browser on to the shop, with a token that tells who it is; or as a guest, where its code is not good."""
    tenant_id, link = await reading.channel_link_anywhere(engine, call.request.path["channelLinkId"])
    code, wanted = (call.request.query.get(name) or None for name in ("code", "returnUrl"))
    if code is None:
        raise InvalidField("code", "is required", missing=True)
    words.to_location(link, wanted, None)
    token = await recognising.exchange(engine, tenant_id, code)
    return Answer(302, None, {"Location": words.to_location(link, wanted, token)})


OPERATIONS = (
    Operation(
        name="Get Access Token",
        method="POST",
        paths=("/oauth/token",),
        handle=access_token,
        body=wire.TokenRequest,
        answer=wire.TokenResponse,
        secured=False,
        source="Deliverect API: Get Access Token",
        problems={
            401: "The client's id or secret is not good",
            429: "Too many wrong secrets of the client; `Retry-After` says when there may be another",
        },
    ),
    Operation(
        name="Get Configuration",
        method="GET",
        paths=("/loyalty/{channelLinkId}/configuration",),
        handle=get_configuration,
        answer=wire.Configuration,
        source="Deliverect Loyalty API for channels: Get Configuration",
        problems=customers.NO_PROFILE,
    ),
    Operation(
        name="Get Configuration by Account",
        method="GET",
        paths=("/loyalty/account/{accountId}/configuration",),
        handle=get_configuration,
        answer=wire.Configuration,
        source="Deliverect Loyalty API for channels: Get Configuration",
        problems=customers.NO_PROFILE,
    ),
    Operation(
        name="Loyalty SSO Redirect",
        method="GET",
        paths=("/loyalty/{channelLinkId}/sso",),
        handle=sign_on,
        status=302,
        secured=False,
        query=("code", "returnUrl"),
        source="Deliverect Loyalty API: Loyalty SSO - redirect to ordering channel",
        problems={404: "No such channel link", 422: "No code, an address that is none, or a link without a shop"},
    ),
)
