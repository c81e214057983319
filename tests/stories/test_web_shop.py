"""CP Extender's client, end to end: it finds who enrolled elsewhere, earns, holds, confirms, and all see the same."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec import UNSET

from stories.others import Others, Seen
from stories.webshop import Refused, WebShop


@pytest.fixture
def others(http: httpx.Client, facts: dict[str, Any]) -> Others:
    """The other surfaces."""
    return Others(http, facts)


@pytest.fixture
def shop(http: httpx.Client, facts: dict[str, Any]) -> WebShop:
    """A shop that has a name and a password, and no token yet."""
    known = facts["counterpoint"]
    return WebShop(http, known["base_url"], known["user_name"], known["password"])


def refused(status: int, message: str, call: Any, *arguments: Any, **named: Any) -> None:
    """The client throws."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    assert (caught.value.status, caught.value.message) == (status, message)


def test_an_order_from_beginning_to_end(shop: WebShop, others: Others) -> None:
    """The vendor's API enrols nobody: the tablet did, and the shop finds the customer by address."""
    email = f"{uuid.uuid4().hex}@example.org"
    assert shop.status() == "Ok"
    refused(404, "Id not found", shop.find, email)
    user = {"UserName": f"u-{uuid.uuid4().hex}", "EMailAddress": email, "Name": "Mira Kaya", "City": "Izmir"}
    made = others.ask("xomni", "POST", "/private/pii/loyalty", {**user, "AvailablePoints": Decimal("20.5")})
    customer = shop.find(email)
    assert (customer.full_name, customer.email, customer.bill_address.city) == ("Mira Kaya", email, "Izmir")
    number = customer.customer_id
    assert shop.customer(number) == customer
    member = others.member(email)
    assert (member["serial"], member["number"]) == (made["Id"], number)

    # Earned, and there at once.
    before = datetime.now(UTC).replace(microsecond=0)
    shop.earn(number, 250, "Newsletter signup", "PROMO-77")
    assert others.seen(member) == Seen(Decimal("270.5"), Decimal(0), (270, 0, 270), 270, Decimal("270.5"))

    # Held for an order, twice as checkouts do; replaced when the cart changes; never more than there is.
    held = shop.authorize(number, "W-1", RequestedPoints=100)
    assert shop.authorize(number, "W-1", RequestedPoints=100) == held
    more = shop.authorize(number, "W-1", RequestedAmount=1.2)
    assert (more.requested_points, more.requested_amount) == (120, 1.2)
    refused(400, "Bad Request", shop.confirm, held)
    refused(400, "No Balance Remaining", shop.authorize, number, "W-2", RequestedPoints=151)
    assert others.seen(member) == Seen(Decimal("270.5"), Decimal(120), (270, 120, 150), 270, Decimal("150.5"))
    assert others.wallet(number) == Decimal("150.5")

    # Another order is given up; this one is placed, and once more by a shop that did not hear so.
    other = shop.authorize(number, "W-2", RequestedPoints=150)
    shop.cancel(other)
    for _ in range(2):
        shop.confirm(more)
    assert others.seen(member) == Seen(Decimal("150.5"), Decimal(0), (150, 0, 150), 150, Decimal("150.5"))

    # The history explains the balance.
    loyalty = shop.balance(number, since=before)
    assert (loyalty.customer_number, loyalty.status) == (number, "active")
    assert sum(row.point_amount for row in loyalty.history) == loyalty.point_balance == 150
    summed = [(row.activity, row.point_amount, row.document, row.reason) for row in loyalty.history][-2:]
    assert summed == [(UNSET, 250, "PROMO-77", "Newsletter signup"), ("Charge", -120, "W-1", UNSET)]

    # Who leaves at the tablet is not enrolled at the shop.
    others.ask("xomni", "DELETE", f"/private/pii/loyalty/{made['Id']}")
    refused(400, "Not enrolled in Loyalty", shop.authorize, number, "W-3", RequestedPoints=1)
    refused(404, "Id not found", shop.find, email)


def test_a_token_that_has_ended(shop: WebShop, facts: dict[str, Any]) -> None:
    """The shop signs in again by itself; with a wrong password it does not get in."""
    shop.token = "ended"
    assert shop.balance(facts["counterpoint"]["second_customer"]).status == "active"
    assert shop.token != "ended"
    wrong = WebShop(shop.http, shop.base_url, shop.user_name, "wrong")
    refused(401, "Not Authorized", wrong.find, "nobody@example.org")
