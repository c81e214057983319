"""Guerdon as a partner that Deliverect calls: signatures, orders that count once, and cancellations."""

import asyncio
import hmac
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from guerdon.core.callers import Caller
from guerdon.core.members import NUMBER, Identifier
from guerdon.core.programs import Program
from guerdon.demo import tenant
from guerdon.engine import Engine, answering, finding, merging
from guerdon.engine.founding import Founding, NewCredential, found
from storage.racing import WAITING
from surfaces.deliverect.channels import OFF, Channel, a_phone, a_session, an_email, census, refused
from surfaces.deliverect.partners import Deliverect

BAD_SIGNATURE = {"code": "invalid_signature", "description": "invalid signature"}
HEADER = "X-Server-Authorization-HMAC-SHA256"
DEMO = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4())


@pytest.fixture
def customer(deliverect: Deliverect) -> str:
    """Somebody with a hundred points."""
    made: str = deliverect.create(email=an_email(), firstName="Ana").json()["providerId"]
    deliverect.order(made, 10_000)
    return made


def points(deliverect: Deliverect, customer: str) -> float:
    """What can be spent."""
    return float(deliverect.wallet(customer)["points"]["balance"])


def lifetime(deliverect: Deliverect, customer: str) -> int:
    """What was ever earned."""
    found = deliverect.get(deliverect.urls["customerURL"], providerId=customer).json()
    return int(found["lifetimePointsBalance"])


# --- signatures


def test_the_addresses_are_beside_the_registration(deliverect: Deliverect, facts: dict[str, Any]) -> None:
    """Each on the host that was asked; behind a proxy, on the proxy's."""
    urls = [told for name, told in deliverect.urls.items() if name.lower().endswith("url")]
    assert {url.rpartition("/partner/")[0] for url in urls} == {facts["deliverect"]["base_url"]}
    body = {
        "accountId": deliverect.account,
        "loyaltyProfileId": deliverect.profile,
        "apiKey": "demo-deliverect-api-key",
    }
    content = json.dumps(body).encode()
    headers = {**deliverect.signed(content), "X-Forwarded-Proto": "https", "X-Forwarded-Host": "loyalty.example.com"}
    answer = deliverect.http.post(deliverect.registration_url, content=content, headers=headers)
    assert answer.json()["orderURL"] == "https://loyalty.example.com/deliverect/partner/demo-deliverect-partner/order"


def test_registering_again_is_harmless_and_an_old_guide_names_the_account_alone(deliverect: Deliverect) -> None:
    urls = dict(deliverect.urls)
    assert deliverect.register("demo-deliverect-api-key").status_code == 200
    old = {"account": "old-account", "apiKey": "demo-deliverect-api-key"}
    answer = deliverect.post(deliverect.registration_url, old)
    assert (answer.status_code, answer.json()) == (200, urls)
    deliverect.profile = "old-account"
    assert deliverect.get(urls["tiersURL"]).status_code == 200


@pytest.mark.parametrize(
    "changed", [{"apiKey": "guessed"}, {"apiKey": None}, {"accountId": None, "account": None}, {"loyaltyProfileId": 7}]
)
def test_a_registration_that_is_not_taken_is_a_bad_request(deliverect: Deliverect, changed: dict[str, Any]) -> None:
    assert refused(deliverect.register(changed.pop("apiKey", "demo-deliverect-api-key"), **changed), 400)


def test_every_call_must_be_signed(deliverect: Deliverect, customer: str, channel: Channel) -> None:
    """With the secret, over the very bytes: anything else is refused alike, and changes nothing."""
    notice = deliverect.notice(customer, 5_000)
    content = json.dumps(notice).encode()
    good = deliverect.signed(content)[HEADER]
    reformatted = json.dumps(notice, indent=1).encode()
    for sent, headers in (
        (content, {}),
        (content, {HEADER: ""}),
        (content, {HEADER: "nonsense"}),
        (content, {HEADER: good[:-1] + ("0" if good[-1] != "0" else "1")}),
        (content, {HEADER: good.upper()}),
        (content, {HEADER: hmac.new(b"wrong", content, "sha256").hexdigest()}),
        (reformatted, {HEADER: good}),
        (content + b" ", {HEADER: good}),
        (b"", {HEADER: good}),
        (content, channel.credentials),
    ):
        answer = deliverect.http.post(deliverect.urls["orderURL"], content=sent, headers=headers)
        assert (answer.status_code, answer.json()) == (401, BAD_SIGNATURE)
    assert points(deliverect, customer) == 100


def test_a_body_is_looked_into_only_once_it_is_trusted(deliverect: Deliverect) -> None:
    """What is no JSON is the sender's fault where the sender is who it says, and nobody's business elsewhere."""
    for content in (b"{", b"", b"[" * 10_000, b"null", b'{"orderId": 7}', b"\xff"):
        unsigned = deliverect.http.post(deliverect.urls["orderURL"], content=content)
        assert (unsigned.status_code, unsigned.json()) == (401, BAD_SIGNATURE)
        signed = deliverect.http.post(deliverect.urls["orderURL"], content=content, headers=deliverect.signed(content))
        assert refused(signed, 400)


def test_the_other_header_of_the_vendors_own_client_is_read_too(deliverect: Deliverect) -> None:
    signature = hmac.new(deliverect.secret.encode(), b"", "sha256").hexdigest()
    answer = deliverect.http.get(
        deliverect.urls["tiersURL"], params=deliverect.context, headers={"X-Deliverect-Signature": signature}
    )
    assert answer.status_code == 200


def test_the_key_of_a_partner_opens_nothing_for_channels(http: httpx.Client, facts: dict[str, Any]) -> None:
    known = facts["deliverect"]
    body = {"client_id": known["partner"], "client_secret": known["api_key"], "grant_type": "client_credentials"}
    token = http.post(f"{known['base_url']}/oauth/token", json=body).json()["access_token"]
    url = f"{known['base_url']}/loyalty/{known['channel_link']}/configuration"
    assert http.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 403


async def test_before_certification_the_secret_is_an_id(
    engine: Engine, http: httpx.Client, facts: dict[str, Any]
) -> None:
    """Of the channel link, the location or the account: each can be among the secrets.

    Points of this cafe have no price: its wallets have no cash, and what is to be paid with one is refused politely.
    """
    name, link, account = uuid.uuid4().hex, "65f0c0ffee0000000000aaaa", "65f0c0ffee0000000000bbbb"
    program = Program(
        id=uuid.uuid4(),
        chain_id=uuid.uuid4(),
        code="P",
        name="Program",
        earning_descriptions=(),
        redemption_descriptions=(),
        points_per_unit=None,
        allow_negative=False,
    )
    credential = NewCredential(surface="deliverect", name=name, secret="key", signing_secrets=(link, account))
    founding = Founding(
        tenant_id=uuid.uuid4(),
        slug=name,
        name="Cafe",
        chain_id=program.chain_id,
        programs=[program],
        credentials=[credential],
    )
    assert await found(engine, founding)
    url = f"{facts['deliverect']['base_url']}/partner/{name}/registration"
    cafe = Deliverect(http, url, account, account, "profile", link)
    assert (await asyncio.to_thread(cafe.register, "key")).status_code == 200
    cafe.secret = link
    made = await asyncio.to_thread(cafe.create, email=an_email())
    assert made.status_code == 201
    empty = await asyncio.to_thread(cafe.wallet, made.json()["providerId"])
    assert empty["cash"] == {"balanceAmount": 0, "expirations": []}
    body = {"order": cafe.notice(made.json()["providerId"], 500), "wallet": {"type": "cash", "amount": 100}}
    paid = await asyncio.to_thread(cafe.post, cafe.urls["validateWalletURL"], {**cafe.context, **body})
    assert (paid.status_code, paid.json()["maxRedeemableAmount"]) == (200, 0)
    assert [error["code"] for error in paid.json()["validationErrors"]] == ["insufficient_balance"]


# --- customers


def test_a_customer_of_the_partner_is_the_one_of_the_channel(deliverect: Deliverect, channel: Channel) -> None:
    """And is found by any of the names, where a guest typed it into the field for the id too."""
    email, phone = an_email(), a_phone()
    made = deliverect.create(email=email, phoneNumber=phone, firstName="Ana", lastName="Peeters").json()
    assert channel.get(email=email).json()["providerId"] == made["providerId"]
    for query in (
        {"email": email},
        {"phoneNumber": phone},
        {"providerId": made["providerId"]},
        {"providerId": email},
        {"providerId": phone},
    ):
        assert deliverect.get(deliverect.urls["customerURL"], **query).json() == made


def test_nobody_and_nothing_are_told_apart(deliverect: Deliverect) -> None:
    url = deliverect.urls["customerURL"]
    assert refused(deliverect.get(url, email=an_email()), 404, "loyalty customer not found")
    assert refused(deliverect.get(url), 400, "providerId, email or phoneNumber is required")
    assert refused(deliverect.create(firstName="Ana"), 400, "email or phoneNumber is required")


def test_a_profile_that_was_never_installed_is_refused_everywhere(
    deliverect: Deliverect, customer: str, dsn: str
) -> None:
    deliverect.profile = "unknown"
    before = census(dsn)
    order = deliverect.notice(customer, 5_000)
    urls = deliverect.urls
    answers = [
        deliverect.get(urls["customerURL"], providerId=customer),
        deliverect.get(urls["customerWalletURL"], providerId=customer),
        deliverect.get(urls["tiersURL"]),
        deliverect.create(email=an_email()),
        deliverect.post(urls["loyaltyProgramsURL"], {**deliverect.context, "order": order}),
        deliverect.post(urls["loyaltyValidateProgramsURL"], {**deliverect.context, "order": order, "programIds": []}),
        deliverect.post(
            urls["validateWalletURL"], {**deliverect.context, "order": order, "wallet": {"type": "cash", "amount": 1}}
        ),
        deliverect.post(urls["orderURL"], order),
        deliverect.cancel("order"),
    ]
    for answer in answers:
        assert refused(answer, 400, "no active loyalty profile found")
    assert census(dsn) == before


# --- orders


@pytest.mark.parametrize(
    ("paid", "more", "earned"),
    [
        (2000, {}, 20),
        (2099, {}, 20),
        (2000, {"tip": 100, "driverTip": 50, "serviceCharge": 50, "deliveryCost": 250, "bagFee": 10}, 15),
        (2000, {"smallOrderFee": 2001}, 0),
        (0, {}, 0),
        (-500, {}, 0),
        (20000, {"decimalDigits": 3}, 20),
        (20, {"decimalDigits": 0}, 20),
    ],
)
def test_an_order_earns_for_what_is_paid_without_tips_and_charges(
    deliverect: Deliverect, customer: str, paid: int, more: dict[str, Any], earned: int
) -> None:
    """A point for each unit of money, whole points, rounded down."""
    deliverect.order(customer, paid, **more)
    assert points(deliverect, customer) == 100 + earned


def test_an_order_with_the_channels_payment_earns_too(deliverect: Deliverect, customer: str) -> None:
    deliverect.order(customer, 0, paymentAmount=None, payment={"amount": 700, "type": 1})
    assert points(deliverect, customer) == 107


def test_an_order_spends_each_program_once(deliverect: Deliverect, customer: str) -> None:
    """Old samples name the program's type in the place of the discount's; a discount of the restaurant is not ours."""
    applied = {**OFF, "programId": "3-off"}
    theirs = {"type": "order_flat_off", "provider": "restaurant", "value": 100, "amount": 100}
    deliverect.order(customer, 0, applied, {**applied, "type": "discount_amount"}, theirs)
    assert points(deliverect, customer) == 40


def test_an_order_told_of_again_counts_once(deliverect: Deliverect, customer: str) -> None:
    """A sender that got no answer sends it again, maybe with more in it."""
    notice = deliverect.notice(customer, 1_000, {**OFF, "programId": "3-off"})
    for again in (notice, notice, {**notice, "paymentAmount": 99_000}):
        assert deliverect.post(deliverect.urls["orderURL"], again).status_code == 200
    assert points(deliverect, customer) == 50


def test_two_orders_with_one_id_at_the_same_time_earn_once(deliverect: Deliverect, customer: str) -> None:
    """Sixteen of them, each on a connection of its own."""
    notice = deliverect.notice(customer, 1_000, {**OFF, "programId": "3-off"})
    with ThreadPoolExecutor(16) as pool:
        asks = [pool.submit(deliverect.post, deliverect.urls["orderURL"], notice) for _ in range(16)]
        assert {ask.result().status_code for ask in asks} == {200}
    assert points(deliverect, customer) == 50
    assert lifetime(deliverect, customer) == 110


@pytest.mark.parametrize(("paid", "off", "left"), [(2_000, 0, 120), (0, 20, 80)])
async def test_an_order_of_who_goes_up_in_another_at_the_same_time_counts_for_that_one(
    engine: Engine, deliverect: Deliverect, customer: str, paid: int, off: int, left: int
) -> None:
    """Deliverect tells of it once: what it earns, or has paid with the wallet, must not be lost."""
    other = (await asyncio.to_thread(deliverect.create, email=an_email())).json()["providerId"]
    into_id, from_id = [await finding.member(engine, DEMO, [Identifier(NUMBER, each)]) for each in (other, customer)]
    wallet = {"type": "wallet_cash", "provider": "loyalty", "value": off, "amount": off}

    async def merged(inside: Engine) -> "asyncio.Task[str]":
        await merging.merge(inside, DEMO, into_id=into_id, from_id=from_id)
        told = asyncio.create_task(asyncio.to_thread(deliverect.order, customer, paid, *([wallet] if off else [])))
        async with inside.database.connection() as connection:
            while not await connection.fetchval(WAITING):
                assert not told.done()
        return told

    await (await answering.together(engine, merged))
    assert await asyncio.to_thread(points, deliverect, other) == left


def test_an_order_that_the_points_are_not_enough_for_is_taken(deliverect: Deliverect, customer: str) -> None:
    """There is no refusal that a shop would act on."""
    deliverect.order(customer, 1_000, {**OFF, "programId": "10-percent"}, {**OFF, "programId": "nothing"})
    assert points(deliverect, customer) == 110


def test_the_wallet_and_a_card_are_spent_with_the_order(deliverect: Deliverect, channel: Channel) -> None:
    customer = deliverect.create(email=an_email()).json()["providerId"]
    deliverect.order(customer, 50_000)
    session = a_session()
    notice = deliverect.notice(customer, 0)
    body = {**deliverect.context, "sessionId": session, "order": notice, "wallet": {"type": "cash", "amount": 200}}
    answer = deliverect.post(deliverect.urls["validateWalletURL"], {**body, "order": {**notice, "paymentAmount": 2300}})
    assert answer.json()["validationErrors"] == []
    cash = {"type": "wallet_cash", "provider": "loyalty", "externalId": None, "value": 200, "amount": 200}
    card = {"type": "compensation_card", "provider": "restaurant", "externalId": "SORRY-77", "value": 500}
    order_id = deliverect.order(customer, 0, cash, card, sessionId=session)
    assert points(deliverect, customer) == 300
    order = {"orderType": 1, "customer": {"loyaltyProviderCustomerId": customer}}
    used = channel.ask("compensationCards/validate", order, a_session(), compensationCardIds=["SORRY-77"]).json()
    assert [error["code"] for error in used[0]["validationErrors"]] == ["invalid_code"]
    assert deliverect.cancel(order_id).status_code == 200
    assert points(deliverect, customer) == 500
    good = channel.ask("compensationCards/validate", order, None, compensationCardIds=["SORRY-77"]).json()
    assert good[0]["validationErrors"] == []
    channel.ask("compensationCards/validate", order, None, compensationCardIds=[])


@pytest.mark.parametrize("url", ["cancelOrderURL", "orderURL"])
def test_a_cancelled_order_gives_back_what_it_spent_and_takes_what_it_earned(
    deliverect: Deliverect, customer: str, url: str
) -> None:
    """Lifetime points too; on either address, and twice as once."""
    order_id = deliverect.order(customer, 1_000, {**OFF, "programId": "3-off"})
    assert (points(deliverect, customer), lifetime(deliverect, customer)) == (50, 110)
    for _ in range(2):
        answer = deliverect.cancel(order_id, url)
        assert (answer.status_code, answer.json()) == (200, {})
        assert (points(deliverect, customer), lifetime(deliverect, customer)) == (100, 100)


def test_a_cancellation_that_says_it_is_none_changes_nothing(deliverect: Deliverect, customer: str) -> None:
    """One that says nothing of it is one: the address says so. What is neither is refused."""
    order_id = deliverect.order(customer, 1_000)
    assert deliverect.cancel(order_id, isCancelled=False).json() == {}
    assert refused(deliverect.cancel(order_id, isCancelled="no"), 400)
    assert points(deliverect, customer) == 110
    assert deliverect.cancel(order_id, isCancelled=None).json() == {}
    assert points(deliverect, customer) == 100


def test_an_order_that_was_cancelled_before_it_came_is_skipped(deliverect: Deliverect, customer: str) -> None:
    notice = deliverect.notice(customer, 1_000, {**OFF, "programId": "3-off"})
    assert deliverect.cancel(notice["orderId"]).status_code == 200
    assert deliverect.post(deliverect.urls["orderURL"], notice).status_code == 200
    assert (points(deliverect, customer), lifetime(deliverect, customer)) == (100, 100)


def test_order_and_cancellation_at_once_leave_nothing(deliverect: Deliverect, customer: str) -> None:
    """Eight pairs, in whatever order they arrive."""
    notices = [deliverect.notice(customer, 1_000) for _ in range(8)]
    with ThreadPoolExecutor(16) as pool:
        asks = [pool.submit(deliverect.post, deliverect.urls["orderURL"], notice) for notice in notices]
        asks += [pool.submit(deliverect.cancel, notice["orderId"]) for notice in notices]
        assert {ask.result().status_code for ask in asks} == {200}
    assert (points(deliverect, customer), lifetime(deliverect, customer)) == (100, 100)


@pytest.mark.parametrize(
    "changed",
    [
        {"orderId": None},
        {"orderId": ""},
        {"orderId": 7},
        {"orderId": "x" * 256},
        {"loyaltyProfileId": None},
        {"customer": None},
        {"paymentAmount": "ten"},
        {"paymentAmount": 10**30},
        {"discounts": {"programId": "3-off"}},
        {"isCancelled": "yes"},
    ],
)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(
    deliverect: Deliverect, customer: str, changed: dict[str, Any]
) -> None:
    notice = {**deliverect.notice(customer, 1_000), **changed}
    assert refused(deliverect.post(deliverect.urls["orderURL"], notice), 400)
    assert points(deliverect, customer) == 100


def test_a_misspelt_key_and_unknown_members_are_passed_over(deliverect: Deliverect, customer: str) -> None:
    """One of the vendor's samples spells the phone key wrong."""
    known = {"loyaltyProviderCustomerId": customer, "phoeNumber": "+32470111222", "email": ""}
    deliverect.order(customer, 1_000, customer=known, marketplace={"hidden": True})
    assert points(deliverect, customer) == 110
