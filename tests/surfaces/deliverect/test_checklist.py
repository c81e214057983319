"""What a server that speaks Deliverect's loyalty API must get right, point by point, over a real socket."""

import uuid
from decimal import Decimal

import pytest

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.commands import Earn
from guerdon.core.members import Identifier
from guerdon.demo import tenant
from guerdon.engine import Engine, finding, posting
from surfaces.deliverect.channels import BURGER, OFF, Channel, a_phone, a_session, an_email, an_order
from surfaces.deliverect.partners import Deliverect

DEMO = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4())
THREE_OFF = {**OFF, "programId": "3-off"}


@pytest.fixture
def customer(channel: Channel, deliverect: Deliverect) -> str:
    """Somebody with a hundred points."""
    made: str = channel.create(email=an_email()).json()["providerId"]
    deliverect.order(made, 10_000)
    return made


def lock(channel: Channel, customer: str, session: str, *ids: str) -> list[str]:
    """Validates programs and returns the codes of what is refused."""
    answer = channel.ask("programs/validate", an_order(customer), session, programIds=list(ids))
    return [error["code"] for each in answer.json() for error in each["validationErrors"]]


def test_01_a_lock_is_of_a_session_and_ends_by_release_and_by_order(
    channel: Channel, deliverect: Deliverect, customer: str
) -> None:
    session, other = a_session(), a_session()
    assert lock(channel, customer, session, "3-off") == []
    assert lock(channel, customer, other, "3-off") == ["insufficient_points"]
    assert lock(channel, customer, session) == []
    assert lock(channel, customer, other, "3-off") == []
    deliverect.order(customer, 0, THREE_OFF, sessionId=other)
    assert channel.balance(customer) == 40


def test_02_order_and_cancellation_count_once_in_any_order(deliverect: Deliverect, customer: str) -> None:
    notice = deliverect.notice(customer, 1_000, THREE_OFF)
    for _ in range(2):
        deliverect.post(deliverect.urls["orderURL"], notice)
    assert deliverect.wallet(customer)["points"]["balance"] == 50
    for _ in range(2):
        deliverect.cancel(notice["orderId"])
    deliverect.post(deliverect.urls["orderURL"], notice)
    assert deliverect.wallet(customer)["points"]["balance"] == 100


def test_03_what_is_paid_earns_without_tips_and_charges(deliverect: Deliverect, customer: str) -> None:
    charges = ("tip", "driverTip", "serviceCharge", "deliveryCost", "bagFee", "smallOrderFee")
    deliverect.order(customer, 2_600, **dict.fromkeys(charges, 100))
    assert deliverect.wallet(customer)["points"]["balance"] == 120


def test_04_percent_are_of_the_subtotal_and_told_times_a_hundred(channel: Channel, deliverect: Deliverect) -> None:
    """How the discount is reckoned is in `test_percent_of_an_order_are_rounded_half_up_and_never_more_than_it`."""
    customer = channel.create(email=an_email()).json()["providerId"]
    deliverect.order(customer, 20_000)
    answer = channel.ask("programs/validate", an_order(customer), a_session(), programIds=["10-percent"]).json()
    assert answer[0]["discounts"][0]["offer"] == {"type": "percent_off", "value": 1000}


def test_05_a_program_costs_its_points_once_when_the_order_comes(deliverect: Deliverect, customer: str) -> None:
    deliverect.order(customer, 0, THREE_OFF, THREE_OFF)
    assert deliverect.wallet(customer)["points"]["balance"] == 40
    deliverect.order(customer, 500, THREE_OFF)
    assert deliverect.wallet(customer)["points"]["balance"] == 45


def test_06_a_tier_is_reached_by_lifetime_points_and_left_by_a_cancellation(
    channel: Channel, deliverect: Deliverect, customer: str
) -> None:
    """The ladder of the demo has one step; what it is compared with goes up and down."""
    order_id = deliverect.order(customer, 95_000)
    assert channel.get(providerId=customer).json()["lifetimePointsBalance"] == 1050
    deliverect.cancel(order_id)
    shown = channel.get(providerId=customer).json()
    assert (shown["lifetimePointsBalance"], shown["tier"]["name"]) == (100, "Bronze")


async def test_07_lifetime_points_are_whole_and_the_wallet_is_exact(engine: Engine, channel: Channel) -> None:
    customer = channel.create(email=an_email()).json()["providerId"]
    account_id = (await finding.account(engine, DEMO, [Identifier("deliverect.provider", customer)])).account_id
    await posting.post(engine, Earn(caller=DEMO, account_id=account_id, at=NOW, points=Decimal("10.5")))
    assert channel.get(providerId=customer).json()["lifetimePointsBalance"] == 10
    wallet = channel.look("customer/wallet", providerId=customer)
    assert wallet.json()["points"]["balance"] == 10.5
    assert '"balance":0.1,"balanceAmount":10,' in wallet.text


def test_08_mail_in_any_case_and_phones_in_one_form(channel: Channel) -> None:
    email, phone = an_email(), a_phone()
    made = channel.create(email=email, phoneNumber=phone, dateOfBirth="1984-03-09T23:59:59+02:00").json()
    assert made["dateOfBirth"] == "1984-03-09T00:00:00.000000+00:00"
    assert channel.get(email=email.upper()).json() == channel.get(phoneNumber=phone).json() == made


def test_09_what_a_channel_writes_back_is_understood(channel: Channel, customer: str) -> None:
    """The discount in the order's own words, and the affected lines with its reference."""
    session, line = a_session(), {**BURGER, "discountReferenceIds": [1]}
    assert lock(channel, customer, session, "3-off") == []
    order = an_order(customer, line, discounts=[THREE_OFF], discountTotal=-300, subTotal=2300)
    answer = channel.ask("programs/validate", order, session, programIds=["3-off"]).json()
    assert (answer[0]["validationErrors"], answer[0]["discounts"]) == ([], [])
