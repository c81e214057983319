"""Deliverect's operations for channels: parse, map, ask, map."""

from guerdon.core.members import Member
from guerdon.core.memberships import Membership
from guerdon.core.programs import ChannelLink
from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, admitting, enrolling, finding, reading
from guerdon.surfaces.deliverect import auth, mapping, wire
from guerdon.web.failures import Unauthorized
from guerdon.web.operations import Call, Operation


async def access_token(engine: Engine, call: Call[wire.TokenRequest]) -> wire.TokenResponse:
    """Trade a client's id and secret for a token."""
    body = call.body
    issued = await admitting.sign_in(engine, "deliverect", body.client_id, body.client_secret, auth.TOKEN_LIFETIME)
    caller = await admitting.by_token(engine, "deliverect", issued[0]) if issued else None
    if issued is None or caller is None:
        raise Unauthorized
    return mapping.from_token(*issued, auth.TOKEN_LIFETIME, caller.scopes)


async def create_customer(engine: Engine, call: Call[wire.CreateCustomerRequest]) -> wire.Customer:
    """Create a customer of the channel link's loyalty program."""
    link = await reading.channel_link(engine, call.caller, call.request.path["channelLinkId"])
    enrolled = await enrolling.enrol(engine, mapping.to_enrolment(call, link))
    return await _customer(engine, link, enrolled.member, enrolled.membership)


async def get_customer(engine: Engine, call: Call[None]) -> wire.Customer:
    """Look a customer up; whatever is given must name one and the same person."""
    link = await reading.channel_link(engine, call.caller, call.request.path["channelLinkId"])
    lookups = mapping.to_lookups(call.request.query)
    found = [await finding.member(engine, call.caller, names) for names in lookups]
    if len(set(found)) > 1:
        raise MemberNotFound(lookups[0][0].value)
    member = await reading.member(engine, call.caller, found[0])
    held = await reading.memberships_of(engine, call.caller, member.id)
    return await _customer(engine, link, member, mapping.in_program(held, link))


async def _customer(engine: Engine, link: ChannelLink, member: Member, membership: Membership) -> wire.Customer:
    ladder = await reading.tiers(engine, link.program_id) if link.shows_tiers else []
    return mapping.from_member(member, membership, link, ladder)


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
    ),
    Operation(
        name="Create Loyalty Customer",
        method="POST",
        paths=("/loyalty/{channelLinkId}/customer",),
        handle=create_customer,
        body=wire.CreateCustomerRequest,
        answer=wire.Customer,
        source="Deliverect Loyalty API for channels: Create Loyalty Customer",
    ),
    Operation(
        name="Get Loyalty Customer",
        method="GET",
        paths=("/loyalty/{channelLinkId}/customer",),
        handle=get_customer,
        answer=wire.Customer,
        query=("email", "phoneNumber", "providerId"),
        source="Deliverect Loyalty API for channels: Get Loyalty Customer",
    ),
)
