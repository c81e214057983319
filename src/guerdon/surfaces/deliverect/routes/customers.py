"""Customers, their wallets and the ladder of tiers, for channels."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from guerdon.core.members import Identifier, Member
from guerdon.core.memberships import Membership
from guerdon.core.programs import ChannelLink
from guerdon.core.refusals import IdentifierTaken, MemberNotFound
from guerdon.engine import Engine, answering, enrolling, finding, placing, posting, reading, recognising, tracing
from guerdon.surfaces.deliverect.mapping import customers as words
from guerdon.surfaces.deliverect.wire import EXISTING_CUSTOMERS
from guerdon.surfaces.deliverect.wire import customers as wire
from guerdon.web.operations import Call, Operation

Result = TypeVar("Result")


async def create_customer(engine: Engine, call: Call[wire.CreateCustomerRequest]) -> wire.Customer:
    """Create a customer of the channel link's loyalty program."""
    link = await link_of(engine, call)

    async def made(within: Engine) -> wire.Customer:
        enrolled = await enrolling.enrol(within, words.to_enrolment(call, link))
        return words.as_created(await _customer(within, link, enrolled.member, enrolled.membership), link)

    try:
        return await answering.together(engine, made)
    except IdentifierTaken:
        there = await _there(engine, call) if EXISTING_CUSTOMERS in call.request.switches else None
        if there is None:
            raise
    return words.as_created(await _customer(engine, link, *await _customer_of(engine, call, link, there)), link)


async def get_customer(engine: Engine, call: Call[None]) -> wire.Customer:
    """Look a customer up; whatever is given must name one and the same person."""
    link = await link_of(engine, call)
    member, membership = await found_by_query(engine, call, link)
    return await _customer(engine, link, member, membership)


async def get_wallet(engine: Engine, call: Call[None]) -> wire.Wallet:
    """Tell what a customer can spend, and when it lapses."""
    link = await link_of(engine, call)
    _, membership = await found_by_query(engine, call, link)
    lapses = await tracing.coming_lapses(engine, membership.account_id)
    return words.from_account(membership, lapses, await reading.program(engine, call.caller, link.program_id))


async def get_tiers(engine: Engine, call: Call[None]) -> list[wire.ListedTier]:
    """Tell the ladder of tiers, lowest step first."""
    link = await link_of(engine, call)
    return words.from_ladder(await reading.tiers(engine, link.program_id), link)


async def link_of(engine: Engine, call: Call[Any]) -> ChannelLink:
    """The channel link in the path, or what stands for the account in it."""
    path = call.request.path
    if "accountId" in path:
        return await reading.channel_account(engine, call.caller, path["accountId"])
    return await reading.channel_link(engine, call.caller, path["channelLinkId"])


async def found_by_query(engine: Engine, call: Call[Any], link: ChannelLink) -> tuple[Member, Membership]:
    """The one customer that everything behind the question mark names, with the membership in the link's program."""
    lookups = words.to_lookups(call.request.query)
    found = [await _member(engine, call, names) for names in lookups]
    if len(set(found)) > 1:
        raise MemberNotFound(lookups[0][0].value)
    return await _customer_of(engine, call, link, found[0])


async def found_by_token(engine: Engine, call: Call[Any], link: ChannelLink, token: str) -> tuple[Member, Membership]:
    """The customer who signed on with a token, with the membership in the link's program."""
    member_id = await recognising.recognise(engine, call.caller.tenant_id, token)
    if member_id is None:
        raise MemberNotFound("token")
    return await _customer_of(engine, call, link, member_id)


async def _customer_of(engine: Engine, call: Call[Any], link: ChannelLink, member_id: Any) -> tuple[Member, Membership]:
    member = await reading.member(engine, call.caller, member_id)
    return member, words.in_program(await reading.memberships_of(engine, call.caller, member.id), link)


async def membership_of(engine: Engine, call: Call[Any], link: ChannelLink, names: Sequence[Identifier]) -> Membership:
    """The membership in the link's program of whoever answers to the first of these names that anybody has."""
    member_id = await finding.member(engine, call.caller, names)
    return words.in_program(await reading.memberships_of(engine, call.caller, member_id), link)


async def for_membership(
    engine: Engine,
    call: Call[Any],
    link: ChannelLink,
    names: Sequence[Identifier],
    work: Callable[[Membership], Awaitable[Result]],
) -> Result:
    """What is done for the membership of whoever answers to the names, or of who that has gone up in meanwhile."""

    async def attempt() -> Result:
        return await work(await membership_of(engine, call, link, names))

    return await posting.following(attempt)


async def _there(engine: Engine, call: Call[wire.CreateCustomerRequest]) -> Any:
    """The one who answers to what somebody was to be created by, or to a part of it; None where that is several."""
    found = set()
    for names in words.to_lookups(words.to_query(call)):
        with suppress(MemberNotFound):
            found.add(await finding.member(engine, call.caller, names))
    return found.pop() if len(found) == 1 else None


async def _member(engine: Engine, call: Call[Any], names: Sequence[Identifier]) -> Any:
    """Who answers to the names, or signed on with what stands in their place."""
    try:
        return await finding.member(engine, call.caller, names)
    except MemberNotFound:
        member_id = await recognising.recognise(engine, call.caller.tenant_id, names[0].value)
        if member_id is None:
            raise
        return member_id


async def _customer(engine: Engine, link: ChannelLink, member: Member, membership: Membership) -> wire.Customer:
    tier = await placing.seen(engine, membership, engine.clock()) if link.shows_tiers else None
    return words.from_member(member, membership, link, tier)


BY_QUERY = ("email", "phoneNumber", "providerId")

NO_PROFILE = {400: "No active loyalty profile found"}
NOBODY = {400: "No active loyalty profile found, or a parameter is missing or wrong", 404: "Loyalty customer not found"}
EXISTS = {409: "Loyalty customer already exists"}
NO_BUYER = {404: "Loyalty customer not found"}

OPERATIONS = (
    Operation(
        name="Create Loyalty Customer",
        method="POST",
        paths=("/loyalty/{channelLinkId}/customer", "/loyalty/account/{accountId}/customer"),
        handle=create_customer,
        body=wire.CreateCustomerRequest,
        answer=wire.Customer,
        source="Deliverect Loyalty API for channels: Create Loyalty Customer",
        problems=EXISTS,
    ),
    Operation(
        name="Get Loyalty Customer",
        method="GET",
        paths=("/loyalty/{channelLinkId}/customer", "/loyalty/account/{accountId}/customer"),
        handle=get_customer,
        answer=wire.Customer,
        query=BY_QUERY,
        source="Deliverect Loyalty API for channels: Get Loyalty Customer",
        problems=NOBODY,
    ),
    Operation(
        name="Get Loyalty Customer Wallet",
        method="GET",
        paths=("/loyalty/{channelLinkId}/customer/wallet", "/loyalty/account/{accountId}/customer/wallet"),
        handle=get_wallet,
        answer=wire.Wallet,
        query=BY_QUERY,
        source="Deliverect Loyalty API for channels: Get Loyalty Customer Wallet",
        problems=NOBODY,
    ),
    Operation(
        name="Get Loyalty Tiers",
        method="GET",
        paths=("/loyalty/{channelLinkId}/tiers", "/loyalty/account/{accountId}/tiers"),
        handle=get_tiers,
        answer=list[wire.ListedTier],
        source="Deliverect Loyalty API for channels: Get Loyalty Tiers",
        problems=NO_PROFILE,
    ),
)
