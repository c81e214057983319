"""Programs, the wallet and cards on an order, for channels; partners are asked the same in their own words."""

from collections.abc import Sequence
from typing import Any

from guerdon.core.memberships import Membership
from guerdon.core.programs import ChannelLink
from guerdon.core.refusals import NoRedemptionRate
from guerdon.engine import Engine, reading, redeeming
from guerdon.engine.redeeming import Outcome
from guerdon.surfaces.deliverect.mapping import orders, session_of
from guerdon.surfaces.deliverect.mapping import programs as words
from guerdon.surfaces.deliverect.routes import customers
from guerdon.surfaces.deliverect.wire import FUTURE_ANSWERS
from guerdon.surfaces.deliverect.wire import programs as wire
from guerdon.web.operations import Call, Operation


async def retrieve(engine: Engine, call: Call[wire.RetrieveRequest]) -> list[wire.Program]:
    """List the programs, and say which of them the customer could use on the order."""
    orders.check_type(call.body.order)
    return await retrieved(engine, call, await customers.link_of(engine, call))


async def validate(
    engine: Engine, call: Call[wire.ValidateRequest]
) -> list[wire.ValidatedProgram] | list[wire.Validated]:
    """Reserve the selected programs for the session, check them again, and free the others."""
    outcomes = await validated(engine, call, await customers.link_of(engine, call))
    if FUTURE_ANSWERS in call.request.switches:
        return [words.from_outcome_only(outcome, call.body.order) for outcome in outcomes]
    return [words.from_outcome(outcome, call.body.order) for outcome in outcomes]


async def validate_wallet(engine: Engine, call: Call[wire.WalletRequest]) -> wire.ValidatedWallet:
    """Reserve money of the wallet for the session."""
    return await wallet_validated(engine, call, await customers.link_of(engine, call))


async def validate_cards(engine: Engine, call: Call[wire.CardsRequest]) -> list[wire.ValidatedCard]:
    """Reserve compensation cards for the session, check them again, and free the others."""
    link, cards = await customers.link_of(engine, call), call.body.compensation_card_ids
    outcomes = await _reserved(engine, call, link, cards, are_cards=True)
    return [words.from_card(outcome, call.body.order) for outcome in outcomes]


async def retrieved(engine: Engine, call: Call[Any], link: ChannelLink) -> list[wire.Program]:
    """The programs of a link as they are for the order's customer."""
    order = call.body.order
    membership = await customers.membership_of(engine, call, link, orders.to_names(order))
    basket, session = orders.to_basket(order), session_of(call)
    offers = await redeeming.offers(engine, membership, basket, session=session, at=call.at)
    return [words.from_reward(reward, objections, order) for reward, objections in offers]


async def validated(engine: Engine, call: Call[Any], link: ChannelLink) -> list[Outcome]:
    """What comes of the selected programs for the order's customer."""
    return await _reserved(engine, call, link, call.body.program_ids)


async def wallet_validated(engine: Engine, call: Call[Any], link: ChannelLink) -> wire.ValidatedWallet:
    """What comes of a payment with the wallet for the order's customer; where points are no money, it has none."""

    async def paid(membership: Membership) -> wire.ValidatedWallet:
        ask = words.to_payment(call, membership)
        program = await reading.program(engine, call.caller, link.program_id)
        try:
            outcome = await redeeming.pay(engine, ask)
        except NoRedemptionRate:
            outcome = words.NO_CASH
        return words.from_paid(outcome, call.body.order, ask.amount, program)

    return await customers.for_membership(engine, call, link, orders.to_names(call.body.order), paid)


async def _reserved(
    engine: Engine, call: Call[Any], link: ChannelLink, codes: Sequence[str], *, are_cards: bool = False
) -> list[Outcome]:
    async def reserved(membership: Membership) -> list[Outcome]:
        return await redeeming.reserve(engine, words.to_reservation(call, membership, codes, are_cards=are_cards))

    return await customers.for_membership(engine, call, link, orders.to_names(call.body.order), reserved)


OPERATIONS = (
    Operation(
        name="Get Loyalty Programs",
        method="POST",
        paths=("/loyalty/{channelLinkId}/programs/retrieve",),
        handle=retrieve,
        body=wire.RetrieveRequest,
        answer=list[wire.Program],
        source="Deliverect Loyalty API for channels: Get Loyalty Programs",
        problems={**customers.NO_BUYER, 422: "An order type that is missing or not 1 to 5"},
    ),
    Operation(
        name="Validate Loyalty Programs",
        method="POST",
        paths=("/loyalty/{channelLinkId}/programs/validate",),
        handle=validate,
        body=wire.ValidateRequest,
        answer=list[wire.ValidatedProgram],
        source="Deliverect Loyalty API for channels: Validate Loyalty Programs",
        problems=customers.NO_BUYER,
    ),
    Operation(
        name="Validate Wallet Application",
        method="POST",
        paths=("/loyalty/{channelLinkId}/wallet/validate", "/loyalty/{channelLinkId}/customer/wallet/validate"),
        handle=validate_wallet,
        body=wire.WalletRequest,
        answer=wire.ValidatedWallet,
        source="Deliverect Loyalty API for channels: Validate wallet application",
        problems=customers.NO_BUYER,
    ),
    Operation(
        name="Validate Compensation Cards",
        method="POST",
        paths=("/loyalty/{channelLinkId}/compensationCards/validate",),
        handle=validate_cards,
        body=wire.CardsRequest,
        answer=list[wire.ValidatedCard],
        source="Deliverect Loyalty API for channels: Validate Compensation Cards",
        problems=customers.NO_BUYER,
    ),
)
