"""The wallet as a channel uses it: points in the place of money, reserved for a session and spent with the order."""

from collections.abc import Callable
from typing import Any

import pytest

from surfaces.deliverect.channels import BURGER, OFF, Channel, a_session, an_order, refused
from surfaces.deliverect.partners import Deliverect
from surfaces.deliverect.test_programs import codes, validated

SAUCES = {"price": 10, "quantity": 2, "subItems": [{"price": 3, "quantity": 3, "subItems": [{"price": 1}]}]}
"""Choices of a choice: of the burger two, of each of these three, and of each of those one."""


def paid(channel: Channel, customer: str, amount: float, session: str | None = None, **order: Any) -> Any:
    """What comes of a payment with the wallet."""
    sent = an_order(customer, **{"subTotal": 2300, **order})
    answer = channel.ask("wallet/validate", sent, session or a_session(), wallet={"type": "cash", "amount": amount})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_wallet_and_programs_share_the_points(channel: Channel, buyer: Callable[[int], str]) -> None:
    """They are the same points: what is locked for the one is not there for the other."""
    customer, session = buyer(500), a_session()
    assert paid(channel, customer, 450, session)["validationErrors"] == []
    assert channel.look("customer/wallet", providerId=customer).json() == {
        "cash": {"balance": 0.5, "balanceAmount": 50, "expirations": []},
        "points": {"balance": 50, "expirations": []},
    }
    assert codes(validated(channel, customer, session, "3-off")) == {"3-off": ["insufficient_points"]}
    assert paid(channel, customer, 400, session)["maxRedeemableAmount"] == 500
    assert codes(validated(channel, customer, session, "3-off")) == {"3-off": []}
    assert channel.balance(customer) == 40


@pytest.mark.parametrize(
    ("order", "most"),
    [
        ({}, 500),
        ({"subTotal": 300}, 300),
        ({"payment": {"amount": 450}}, 450),
        ({"payment": {"amount": 450, "type": 1}, "discounts": [{"type": "wallet_cash", "amount": 40}]}, 490),
        ({"subTotal": 700, "discounts": [{**OFF, "programId": "3-off"}]}, 400),
        ({"subTotal": 700, "discounts": [{"type": "order_flat_off", "provider": "restaurant", "amount": 650}]}, 50),
        ({"subTotal": None, "items": [{**BURGER, "price": 120, "quantity": 2}]}, 240),
        ({"subTotal": None, "items": [{**BURGER, "price": 100, "subItems": [{"price": 25, "quantity": 1}]}]}, 250),
        ({"subTotal": None, "items": [{**BURGER, "price": 90, "subItems": [SAUCES]}]}, 268),
    ],
)
def test_the_wallet_pays_what_it_has_and_what_is_still_to_pay(
    channel: Channel, buyer: Callable[[int], str], order: dict[str, Any], most: int
) -> None:
    customer, session = buyer(500), a_session()
    found = paid(channel, customer, most + 1, session, **order)
    assert found["maxRedeemableAmount"] == most
    assert [error["code"] for error in found["validationErrors"]] == ["insufficient_balance"]
    assert found["discounts"] == []
    assert channel.balance(customer) == 500
    assert paid(channel, customer, most, session, **order)["validationErrors"] == []


@pytest.mark.parametrize(
    ("discount", "is_wallets"),
    [
        ({"type": "wallet_cash", "provider": "loyalty", "externalId": None}, True),
        ({"type": "wallet_cash"}, True),
        ({"type": "order_flat_off", "provider": "loyalty", "externalId": None}, True),
        ({"type": "discount_amount", "provider": "loyalty", "programId": ""}, True),
        ({"type": "order_flat_off", "provider": "restaurant"}, False),
        ({"type": "order_flat_off", "provider": "loyalty", "externalId": "gone"}, False),
        ({"type": "item_flat_off", "provider": "loyalty"}, False),
        ({"type": "order_percent_off", "provider": "loyalty"}, False),
        ({"type": "compensation_card", "provider": "loyalty"}, False),
        ({"provider": "loyalty"}, False),
    ],
)
def test_an_order_takes_of_the_wallet_what_validating_says_that_it_has(
    channel: Channel, deliverect: Deliverect, buyer: Callable[[int], str], discount: dict[str, Any], *, is_wallets: bool
) -> None:
    """Neither more, or a customer would pay what nobody has said, nor less, or the shop would have given it."""
    customer, discount = buyer(500), {**discount, "amount": 40}
    deliverect.order(customer, 0, discount)
    assert channel.balance(customer) == (460 if is_wallets else 500)
    found = paid(channel, customer, 100, discounts=[discount])
    assert (found["validationErrors"], found["discounts"] == []) == ([], is_wallets)


@pytest.mark.parametrize(
    "wallet",
    [
        None,
        {},
        {"type": "points", "amount": 1},
        {"type": "cash"},
        {"type": "cash", "amount": 0},
        {"type": "cash", "amount": -5},
        {"type": "cash", "amount": 10**25},
        {"type": "cash", "amount": 8.6},
    ],
)
def test_a_payment_that_cannot_be_is_refused(channel: Channel, buyer: Callable[[int], str], wallet: Any) -> None:
    assert refused(channel.ask("wallet/validate", an_order(buyer(9)), a_session(), wallet=wallet), 400)
