"""What Deliverect asks of a loyalty partner before an order: registration, customers, tiers, wallet and programs."""

from functools import partial
from typing import Any

from guerdon.core.programs import ChannelLink
from guerdon.core.refusals import NoActiveProgram
from guerdon.engine import Engine, admitting, answering, enrolling, linking, placing, reading, recognising, tracing
from guerdon.surfaces.deliverect.mapping import customers as people
from guerdon.surfaces.deliverect.mapping import partners as words
from guerdon.surfaces.deliverect.mapping import programs as rewards
from guerdon.surfaces.deliverect.routes import customers, programs
from guerdon.surfaces.deliverect.wire import partners as wire
from guerdon.surfaces.deliverect.wire import programs as bodies
from guerdon.web import guessing
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call, Operation


async def register(engine: Engine, call: Call[wire.RegistrationRequest]) -> wire.RegistrationResponse:
    """Take a merchant's installation, and say where everything is."""
    profile_id, account = words.to_profile(call)
    await _known(engine, call, "apiKey", call.request.path["partner"], call.body.api_key)
    await linking.install(engine, call.caller, profile_id, account)
    return words.from_registration(call)


async def exchange(engine: Engine, call: Call[wire.CodeExchangeRequest]) -> wire.CodeExchangeResponse:
    """Trade the code of a single sign-on for a token that tells who came."""
    await _known(engine, call, "client_secret", call.body.client_id, call.body.client_secret)
    token = await recognising.exchange(engine, call.caller.tenant_id, call.body.code)
    return words.from_exchange(token, call.at)


async def get_customer(engine: Engine, call: Call[None]) -> wire.PartnerCustomer:
    """Look a customer up; whatever is given must name one and the same person."""
    link = await _profile(engine, call)
    token = words.token_of(call.request)
    found = (
        customers.found_by_token(engine, call, link, token) if token else customers.found_by_query(engine, call, link)
    )
    member, membership = await found
    tier = await placing.seen(engine, membership, call.at)
    return words.from_member(member, membership, link, tier)


async def create_customer(engine: Engine, call: Call[wire.CreatePartnerCustomerRequest]) -> wire.PartnerCustomer:
    """Create a customer of the profile's loyalty program."""
    link = await reading.channel_profile(engine, call.caller, call.body.loyalty_profile_id)

    async def made(within: Engine) -> wire.PartnerCustomer:
        enrolled = await enrolling.enrol(within, people.to_enrolment(call, link))
        tier = await placing.seen(within, enrolled.membership, call.at)
        return words.from_member(enrolled.member, enrolled.membership, link, tier)

    return await answering.together(engine, made)


async def get_tiers(engine: Engine, call: Call[None]) -> list[wire.PartnerTier]:
    """Tell the ladder of tiers, lowest step first."""
    link = await _profile(engine, call)
    return words.from_ladder(await reading.tiers(engine, link.program_id), link)


async def get_wallet(engine: Engine, call: Call[None]) -> wire.PartnerWallet:
    """Tell what a customer can spend, and when it lapses."""
    link = await _profile(engine, call)
    _, membership = await customers.found_by_query(engine, call, link)
    lapses = await tracing.coming_lapses(engine, membership.account_id)
    return words.from_account(membership, lapses, await reading.program(engine, call.caller, link.program_id))


async def validate_wallet(engine: Engine, call: Call[bodies.PartnerWalletRequest]) -> bodies.ValidatedWallet:
    """Reserve money of the wallet for the session."""
    link = await reading.channel_profile(engine, call.caller, call.body.loyalty_profile_id)
    return await programs.wallet_validated(engine, call, link)


async def retrieve(engine: Engine, call: Call[bodies.PartnerRetrieveRequest]) -> list[bodies.Program]:
    """List the programs, and say which of them the customer could use on the order."""
    link = await reading.channel_profile(engine, call.caller, call.body.loyalty_profile_id)
    return await programs.retrieved(engine, call, link)


async def validate(engine: Engine, call: Call[bodies.PartnerValidateRequest]) -> list[bodies.Validated]:
    """Reserve the selected programs for the session, check them again, and free the others."""
    link = await reading.channel_profile(engine, call.caller, call.body.loyalty_profile_id)
    outcomes = await programs.validated(engine, call, link)
    return [rewards.from_outcome_only(outcome, call.body.order) for outcome in outcomes]


async def _known(engine: Engine, call: Call[Any], member: str, name: str, secret: str) -> None:
    """Makes sure that who signed shows its own secret in a member of the body, too."""
    trying = partial(admitting.by_secret, engine, "deliverect", name, secret)
    if await guessing.tried(call.request, (str(call.caller.credential_id), name), trying) != call.caller:
        raise InvalidField(member, "is not known")


async def _profile(engine: Engine, call: Call[None]) -> ChannelLink:
    profile_id = call.request.query.get("loyaltyProfileId", "")
    if not profile_id:
        raise NoActiveProgram(profile_id)
    return await reading.channel_profile(engine, call.caller, profile_id)


CONTEXT = ("accountId", "loyaltyProfileId", "locationId", "channelLinkId")

OPERATIONS = (
    Operation(
        name="Register Loyalty Partner",
        method="POST",
        paths=("/partner/{partner}/registration",),
        handle=register,
        body=wire.RegistrationRequest,
        answer=wire.RegistrationResponse,
        source="Deliverect Loyalty API for partners: Register Loyalty Partner",
    ),
    Operation(
        name="Loyalty SSO Token Exchange",
        method="POST",
        paths=("/partner/{partner}/oauth/token",),
        handle=exchange,
        body=wire.CodeExchangeRequest,
        answer=wire.CodeExchangeResponse,
        source="Deliverect Loyalty API for partners: Loyalty SSO - OAuth token exchange",
    ),
    Operation(
        name="Get Loyalty Customer (partner)",
        method="GET",
        paths=("/partner/{partner}/customer",),
        handle=get_customer,
        answer=wire.PartnerCustomer,
        query=(*CONTEXT, *customers.BY_QUERY),
        source="Deliverect Loyalty API for partners: Get Loyalty Customer",
        problems=customers.NOBODY,
    ),
    Operation(
        name="Create Loyalty Customer (partner)",
        method="POST",
        paths=("/partner/{partner}/customer",),
        handle=create_customer,
        body=wire.CreatePartnerCustomerRequest,
        answer=wire.PartnerCustomer,
        status=201,
        source="Deliverect Loyalty API for partners: Create Loyalty Customer",
        problems=customers.EXISTS,
    ),
    Operation(
        name="Get Loyalty Tiers (partner)",
        method="GET",
        paths=("/partner/{partner}/tiers",),
        handle=get_tiers,
        answer=list[wire.PartnerTier],
        query=CONTEXT,
        source="Deliverect Loyalty API for partners: Get Loyalty Tiers",
        problems=customers.NO_PROFILE,
    ),
    Operation(
        name="Get Loyalty Customer Wallet (partner)",
        method="GET",
        paths=("/partner/{partner}/customer/wallet",),
        handle=get_wallet,
        answer=wire.PartnerWallet,
        query=(*CONTEXT, *customers.BY_QUERY),
        source="Deliverect Loyalty API for partners: Get Loyalty Customer Wallet",
        problems=customers.NOBODY,
    ),
    Operation(
        name="Validate Wallet (partner)",
        method="POST",
        paths=("/partner/{partner}/wallet/validate",),
        handle=validate_wallet,
        body=bodies.PartnerWalletRequest,
        answer=bodies.ValidatedWallet,
        source="Deliverect Loyalty API for partners: Validate Wallet",
        problems=customers.NO_BUYER,
    ),
    Operation(
        name="Get Loyalty Programs (partner)",
        method="POST",
        paths=("/partner/{partner}/programs",),
        handle=retrieve,
        body=bodies.PartnerRetrieveRequest,
        answer=list[bodies.Program],
        source="Deliverect Loyalty API for partners: Get Loyalty Programs",
        problems=customers.NO_BUYER,
    ),
    Operation(
        name="Validate Programs (partner)",
        method="POST",
        paths=("/partner/{partner}/programs/validate",),
        handle=validate,
        body=bodies.PartnerValidateRequest,
        answer=list[bodies.Validated],
        source="Deliverect Loyalty API for partners: Validate Programs",
        problems=customers.NO_BUYER,
    ),
)
