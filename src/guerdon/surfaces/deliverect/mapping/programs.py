"""Rewards to programs, selections to reservations, and what came of these to discounts and problems; pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO, over
from guerdon.core.programs import Program
from guerdon.core.rewards import PERCENTAGES, Basket, Objection, Reward, RewardKind, line_of
from guerdon.engine.redeeming import Outcome, Paid, Payment, Reservation
from guerdon.surfaces.deliverect.mapping import minor_of, moment, money, orders, session_of
from guerdon.surfaces.deliverect.wire import programs as wire
from guerdon.surfaces.deliverect.wire.orders import Order
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

TYPES: Mapping[RewardKind, wire.ProgramType] = {
    RewardKind.DISCOUNT_AMOUNT: "discount_amount",
    RewardKind.DISCOUNT_PERCENTAGE: "discount_percentage",
    RewardKind.ITEM_DISCOUNT_AMOUNT: "item_discount_amount",
    RewardKind.ITEM_DISCOUNT_PERCENTAGE: "item_discount_percentage",
    RewardKind.ITEM_FIXED_PRICE: "item_fixed_price",
    RewardKind.BUY_ONE_GET_ONE: "buy_one_get_one_free",
    RewardKind.FREE_ITEM: "free_item",
    RewardKind.VOUCHER_CODE: "unknown",
    RewardKind.CUSTOM: "unknown",
}

PROBLEMS: Mapping[Objection, tuple[str, str]] = {
    Objection.UNKNOWN: ("unknown_program", "The program does not exist"),
    Objection.BARRED: ("customer_blocked", "The customer may not use loyalty"),
    Objection.OTHER_TIER: ("other_tier", "The program is for another tier"),
    Objection.NOT_BEGUN: ("program_not_started", "The program has not begun"),
    Objection.ENDED: ("program_expired", "The program has expired"),
    Objection.OUT_OF_STOCK: ("out_of_stock", "The program is out of stock"),
    Objection.LIMIT_REACHED: ("limit_reached", "The customer has used the program as often as possible"),
    Objection.RESERVED_ELSEWHERE: ("program_locked", "The program is in use in a different session"),
    Objection.BELOW_MINIMUM: ("min_order_value", "The order is below the minimum order value"),
    Objection.ITEM_MISSING: ("item_missing", "The item is not in the order"),
    Objection.NOT_ENOUGH_POINTS: ("insufficient_points", "The customer does not have enough points"),
}

WALLET_PROBLEMS: Mapping[Objection, tuple[str, str]] = {
    **PROBLEMS,
    Objection.NOT_ENOUGH_POINTS: ("insufficient_balance", "The amount is above what the wallet can pay on this order"),
}

NO_CASH = Paid(ZERO, (Objection.NOT_ENOUGH_POINTS,))
"""What comes of a payment where points have no price: a refusal of this kind is no error of the call."""

PERCENT_DIGITS = 2


def to_reservation(
    call: Call[Any], membership: Membership, codes: Sequence[str], *, are_cards: bool = False
) -> Reservation:
    """What the customer has selected now, to be reserved for the channel's session."""
    return Reservation(
        caller=call.caller,
        at=call.at,
        membership=membership,
        session=session_of(call),
        codes=codes,
        basket=orders.to_basket(call.body.order),
        is_listed=not are_cards,
    )


def to_payment(call: Call[Any], membership: Membership) -> Payment:
    """Points in the place of money, to be reserved for the channel's session.

    Raises:
        InvalidField: an amount that is none, or nothing, or not of whole smallest units, which would be told rounded.
    """
    body: wire.WalletRequest = call.body
    amount = money("amount", body.wallet.amount, orders.digits_of(body.order)) or ZERO
    if amount <= ZERO:
        raise InvalidField("amount", "must be above zero")
    if body.wallet.amount % 1:
        raise InvalidField("amount", "must be a whole number")
    return Payment(
        caller=call.caller,
        at=call.at,
        membership=membership,
        session=session_of(call),
        amount=amount,
        most=orders.to_pay(body.order),
    )


def from_reward(reward: Reward, objections: Sequence[Objection], order: Order) -> wire.Program:
    """A reward as a program, applicable where nothing speaks against it."""
    digits = orders.digits_of(order)
    media = wire.Media(reward.media_url, reward.media_type or "image") if reward.media_url else None
    return wire.Program(
        program_id=reward.code,
        title=reward.title,
        type=TYPES[reward.kind],
        applicable=not objections,
        description=reward.description or "",
        cost=reward.cost,
        media=media,
        expires_at=moment(reward.ends_at),
        discount=None if reward.value is None else _value(reward, digits),
        item_plu=reward.sku,
        quantity=reward.quantity,
        min_order_value=None if reward.min_spend is None else minor_of(reward.min_spend, digits),
    )


def from_outcome(outcome: Outcome, order: Order) -> wire.ValidatedProgram:
    """What came of one program, to new clients and to old ones."""
    validated = from_outcome_only(outcome, order)
    errors = validated.validation_errors
    shown = from_reward(outcome.reward, outcome.objections, order) if outcome.reward else _nothing(outcome.code)
    return wire.ValidatedProgram(
        validation_errors=errors,
        validation_error=wire.OldProblem(errors[0].message) if errors else None,
        discounts=validated.discounts,
        **{name: getattr(shown, name) for name in wire.Program.__struct_fields__},
    )


def from_outcome_only(outcome: Outcome, order: Order) -> wire.Validated:
    """What came of one program; nothing more is taken off for one that the order has already."""
    is_new = outcome.code not in orders.applied(order)
    discounts = _discounts(outcome.reward, order) if outcome.reward and not outcome.objections and is_new else []
    return wire.Validated(outcome.code, _problems(outcome.objections, PROBLEMS), discounts)


def from_card(outcome: Outcome, order: Order) -> wire.ValidatedCard:
    """What came of one card; one that the order has already is told again, so that its value is up to date."""
    reward, errors = outcome.reward, []
    if outcome.objections:
        is_new = outcome.code not in orders.applied(order)
        what = ("invalid_code", "The card is not valid") if is_new else ("inapplicable_code", "The card does not apply")
        errors = [wire.Problem(*what)]
    discounts = _discounts(reward, order) if reward and not errors else []
    return wire.ValidatedCard(outcome.code, moment(reward.ends_at) if reward else None, errors, discounts)


def from_paid(paid: Paid, order: Order, amount: Decimal, program: Program) -> wire.ValidatedWallet:
    """What came of a payment; once it is on the order, nothing more is taken off."""
    digits = orders.digits_of(order)
    rate = program.points_per_unit
    most = ZERO if rate is None or paid.points <= 0 else over(paid.points, rate, digits)
    still = orders.to_pay(order)
    most = most if still is None else min(most, still)
    discounts: list[wire.Discount] = []
    if not paid.objections and not orders.has_wallets(order):
        offer = wire.Offer("flat_off", minor_of(amount, digits))
        discounts.append(wire.Discount("loyalty", None, offer, wire.Scope("order")))
    return wire.ValidatedWallet(_problems(paid.objections, WALLET_PROBLEMS), discounts, int(most.scaleb(digits)))


def _value(reward: Reward, digits: int) -> int:
    return minor_of(reward.value or ZERO, PERCENT_DIGITS if reward.kind in PERCENTAGES else digits)


def _problems(objections: Sequence[Objection], said: Mapping[Objection, tuple[str, str]]) -> list[wire.Problem]:
    return [wire.Problem(*said[objection]) for objection in objections]


def _discounts(reward: Reward, order: Order) -> list[wire.Discount]:
    """The discount that a reward is; what only the shop knows how to give is none."""
    value = _value(reward, orders.digits_of(order))
    match reward.kind:
        case RewardKind.DISCOUNT_AMOUNT | RewardKind.ITEM_DISCOUNT_AMOUNT:
            offer = wire.Offer("flat_off", value)
        case RewardKind.DISCOUNT_PERCENTAGE | RewardKind.ITEM_DISCOUNT_PERCENTAGE:
            offer = wire.Offer("percent_off", value)
        case RewardKind.ITEM_FIXED_PRICE:
            offer = wire.Offer("fixed_amount", value)
        case RewardKind.BUY_ONE_GET_ONE:
            offer = wire.Offer("free")
        case RewardKind.FREE_ITEM:
            offer = wire.Offer("free", UNSET, reward.quantity or 1)
        case RewardKind.CUSTOM | RewardKind.VOUCHER_CODE:
            return []
    return [wire.Discount("loyalty", reward.code, offer, _scope(reward, orders.to_basket(order)))]


def _scope(reward: Reward, basket: Basket) -> wire.Scope:
    if reward.kind in (RewardKind.DISCOUNT_AMOUNT, RewardKind.DISCOUNT_PERCENTAGE):
        return wire.Scope("order")
    line = line_of(reward, basket)
    if line is None:
        return wire.Scope("product", plu=reward.sku or "", quantity=reward.quantity or 1)
    return wire.Scope("item", line_index=line)


def _nothing(code: str) -> wire.Program:
    """What older clients are shown of a program that is not there."""
    return wire.Program(
        program_id=code,
        title="",
        type="unknown",
        applicable=False,
        description="",
        cost=ZERO,
        media=None,
        expires_at=None,
        discount=None,
        item_plu=None,
        quantity=None,
        min_order_value=None,
    )
