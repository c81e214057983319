"""Orders to baskets and to what is placed, and whose they are; pure."""

from collections.abc import Iterator
from decimal import Decimal

from guerdon.core.members import Identifier, Profile
from guerdon.core.memberships import Membership
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.rewards import Basket, Line, subtotal_of
from guerdon.engine import contacts
from guerdon.engine.ordering import Placing
from guerdon.surfaces.deliverect.mapping import USUAL_DIGITS, money, session_of
from guerdon.surfaces.deliverect.mapping.customers import names
from guerdon.surfaces.deliverect.wire import orders as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

ORDER_TYPES = range(1, 6)
"""Pick-up, delivery, eat-in, curbside, drive-thru; 0 is unknown, and not an answer to what kind of order it is."""

CARD, WALLET = "compensation_card", "wallet_cash"
"""Types of discounts that are not programs."""

FLAT_OFF = ("order_flat_off", "discount_amount")
"""What a channel may call so much off an order: old samples have the program's type."""

LONGEST_PLACE = 255

MOST_UNITS = 2**53
"""Of a choice in all: as many as can be written of it by itself."""

CHARGES = ("tip", "driver_tip", "service_charge", "delivery_cost", "bag_fee", "small_order_fee")
"""What a customer pays that is not for what was ordered: it earns nothing."""


def check_type(order: wire.Order) -> None:
    """Whether the order says what kind it is.

    Raises:
        InvalidField: `orderType` is missing or none of the known ones.
    """
    if order.order_type not in ORDER_TYPES:
        raise InvalidField("orderType", "must be a number from 1 to 5", missing=order.order_type is None)


def to_names(order: wire.Order) -> tuple[Identifier, ...]:
    """Whose order it is: the provider's id alone, or else the email address and the phone number, in this order.

    Raises:
        InvalidField: nothing that a customer could be found by.
    """
    customer = order.customer or wire.OrderCustomer()
    if customer.loyalty_provider_customer_id:
        return names(customer.loyalty_provider_customer_id)
    found = contacts.recognised(Profile(email=customer.email or None, phone=customer.phone_number or None))
    if not found:
        raise InvalidField("customer", "loyaltyProviderCustomerId, email or phoneNumber is required", missing=True)
    return found


def digits_of(order: wire.Order) -> int:
    """How many digits the order's currency has."""
    return USUAL_DIGITS if order.decimal_digits is None else order.decimal_digits


def to_basket(order: wire.Order) -> Basket:
    """What is wanted; its total is what the order would come to without the loyalty discounts that it has already.

    Raises:
        InvalidField: an amount that is none.
    """
    lines = tuple(_lines(order))
    subtotal = _amount(order, "sub_total")
    if subtotal is None and lines:
        subtotal = plus(subtotal_of(lines), _extras(order))
    paid = _paid(order)
    taken = [_taken(order, discount) for discount in loyalty(order)]
    total = subtotal if paid is None else plus(paid, sum(taken, ZERO))
    return Basket(lines, subtotal, total)


def to_pay(order: wire.Order) -> Decimal | None:
    """What is still to be paid, what the wallet pays already counted in; None where the order does not tell."""
    basket = to_basket(order)
    if basket.total is None:
        return None
    others = [_taken(order, each) for each in loyalty(order) if not is_wallets(each)]
    if _paid(order) is None:
        others += [_taken(order, each) for each in order.discounts or () if not is_loyalty(each)]
    return max(ZERO, minus(basket.total, sum(others, ZERO)))


def is_loyalty(discount: wire.AppliedDiscount) -> bool:
    """Whether a discount came from here: old samples have cards from the restaurant."""
    return discount.provider == "loyalty" or discount.type in (CARD, WALLET) or discount.program_id is not None


def loyalty(order: wire.Order) -> list[wire.AppliedDiscount]:
    """The discounts of an order that came from here."""
    return [discount for discount in order.discounts or () if is_loyalty(discount)]


def is_wallets(discount: wire.AppliedDiscount) -> bool:
    """Whether a discount is money of the wallet: by its type, or as what we give of it, so much off without any id."""
    is_nobodys = discount.provider == "loyalty" and not (discount.program_id or discount.external_id)
    return discount.type == WALLET or (is_nobodys and discount.type in FLAT_OFF)


def has_wallets(order: wire.Order) -> bool:
    """Whether the order has money of the wallet already."""
    return any(map(is_wallets, order.discounts or ()))


def code_of(discount: wire.AppliedDiscount) -> str | None:
    """The program or card of a discount; None of the wallet's, and of one that does not say."""
    return None if is_wallets(discount) else discount.program_id or discount.external_id or None


def applied(order: wire.Order) -> frozenset[str]:
    """The programs and cards that the order has already."""
    return frozenset(filter(None, map(code_of, loyalty(order))))


def to_placing(call: Call[wire.OrderNotice], membership: Membership) -> Placing:
    """An order to earn and spend by: each program once, and what tips and charges leave of the payment.

    Raises:
        InvalidField: an amount that is none.
    """
    order = call.body
    uses: dict[str, Decimal | None] = {}
    paid = ZERO
    for discount in loyalty(order):
        code = code_of(discount)
        if code is not None:
            uses[code] = plus(uses.get(code) or ZERO, _taken(order, discount)) or None
        elif is_wallets(discount):
            paid = plus(paid, _taken(order, discount))
    return Placing(
        caller=call.caller,
        at=call.at,
        reference=order.order_id,
        membership=membership,
        amount=to_amount(order),
        uses=uses,
        paid=paid or None,
        session=session_of(call) if order.session_id else None,
        basket=to_basket(order),
        digits=digits_of(order),
        location=_place(order.location_id),
        channel=_place(order.channel_link_id),
    )


def _place(given: object) -> str | None:
    """A place that rules may ask for; one that is no text is none."""
    return given if isinstance(given, str) and 0 < len(given) <= LONGEST_PLACE and "\0" not in given else None


def to_amount(order: wire.Order) -> Decimal:
    """What an order earns for, in units of the currency: what is paid, without tips and charges; never below nothing.

    Raises:
        InvalidField: an amount that is none.
    """
    paid = _paid(order) or ZERO
    charges = sum((_amount(order, name) or ZERO for name in CHARGES), ZERO)
    return max(ZERO, minus(paid, charges))


def _paid(order: wire.Order) -> Decimal | None:
    if order.payment_amount is not None:
        return _amount(order, "payment_amount")
    if order.payment is None:
        return None
    return money("amount", order.payment.amount, digits_of(order))


def _amount(order: wire.Order, name: str) -> Decimal | None:
    head, *rest = name.split("_")
    return money(head + "".join(part.title() for part in rest), getattr(order, name), digits_of(order))


def _taken(order: wire.Order, discount: wire.AppliedDiscount) -> Decimal:
    """What a discount took off: its amount, or for lack of one the value of a wallet's or card's."""
    given = discount.amount
    if given is None and discount.type in (WALLET, CARD, *FLAT_OFF, "item_flat_off"):
        given = discount.value
    return max(ZERO, money("amount", given, digits_of(order)) or ZERO)


def _lines(order: wire.Order) -> Iterator[Line]:
    """One for each line that the order has, so that their places agree."""
    for item in order.items or ():
        price = money("price", item.price, digits_of(order)) or ZERO
        yield Line(item.plu or "", price, _units(item))


def _extras(order: wire.Order) -> Decimal:
    """What the choices that belong to items come to, and those that belong to choices, however deep.

    Raises:
        InvalidField: an amount that is none, or more of a choice than anybody could order.
    """
    total = ZERO
    left = [(choice, _units(item)) for item in order.items or () for choice in item.sub_items or ()]
    while left:
        choice, wholes = left.pop()
        units = wholes * _units(choice)
        if units > MOST_UNITS:
            raise InvalidField("quantity", "is too large")
        price = money("price", choice.price, digits_of(order)) or ZERO
        total = plus(total, subtotal_of([Line("", price, units)]))
        left += [(deeper, units) for deeper in choice.sub_items or ()]
    return total


def _units(item: wire.Item | wire.SubItem) -> int:
    return 1 if item.quantity is None else max(0, item.quantity)
