"""A guest orders in a web shop: enrols, earns, locks a reward, confirms with the order, and is read back elsewhere."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from surfaces.deliverect.channels import BURGER, an_order
from surfaces.deliverect.partners import Deliverect, installed

CASH_OFF = {"type": "wallet_cash", "provider": "loyalty", "name": "Wallet", "externalId": None}


@dataclass
class Shop:
    """A web shop's client, written by the vendor's pages: it signs in, and asks for what it is about to show."""

    http: httpx.Client
    base_url: str
    link: str
    token: str = ""

    def sign_in(self, client_id: str, client_secret: str) -> None:
        """Trades the shop's secret for a token."""
        body = {
            "client_id": client_id,
            "client_secret": client_secret,
            "audience": self.base_url,
            "grant_type": "client_credentials",
        }
        answer = self.http.post(f"{self.base_url}/oauth/token", json=body).json()
        assert answer["token_type"] == "Bearer"
        self.token = answer["access_token"]

    def ask(self, method: str, what: str, body: Any = None, status: int = 200, **query: str) -> Any:
        """A request on the shop's channel link."""
        url = f"{self.base_url}/loyalty/{self.link}/{what}"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.http.request(method, url, params=query, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def applied(self, order: dict[str, Any], discount: dict[str, Any], amount: int) -> dict[str, Any]:
        """The order with a discount on it, as the shop writes it back."""
        types = {("order", "flat_off"): "order_flat_off", ("item", "free"): "item_bogof"}
        kind = types[discount["scope"]["type"], discount["offer"]["type"]]
        code = discount["externalId"]
        entry = {"provider": "loyalty", "name": code or "Wallet", "referenceId": 1, "value": amount, "amount": amount}
        entry |= {"type": kind, "programId": code} if code else CASH_OFF
        return {**order, "discounts": [*order.get("discounts", []), entry]}


@pytest.fixture
def shop(http: httpx.Client, facts: dict[str, Any]) -> Shop:
    """The shop, signed in."""
    known = facts["deliverect"]
    made = Shop(http, known["base_url"], known["channel_link"])
    made.sign_in(known["client_id"], known["client_secret"])
    return made


@pytest.fixture
def deliverect(http: httpx.Client, facts: dict[str, Any]) -> Deliverect:
    """What tells of the shop's orders."""
    return installed(http, facts)


@dataclass
class Elsewhere:
    """What the other surfaces say of one member."""

    http: httpx.Client
    facts: dict[str, Any]
    number: str

    def ask(self, surface: str, method: str, path: str, body: Any = None) -> Any:
        """A request with the surface's own credentials."""
        known = self.facts[surface]
        headers = {"Authorization": f"Bearer {known['token']}"} if "token" in known else {}
        answer = self.http.request(method, known["base_url"] + path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def look(self) -> tuple[list[int], list[int]]:
        """Posted and available points: at the till, at the hotel, on the tablet, and by the ledger itself."""
        (member,) = self.ask("native", "GET", f"/members?number={self.number}")["data"]
        balance = member["memberships"][0]["balance"]
        till = self.ask("counterpoint", "GET", f"/Loyalty/{self.number}/BalanceCheck")["Loyalty"]
        known = self.facts["mews"]
        wanted = {
            "ClientToken": known["client_token"],
            "AccessToken": known["access_token"],
            "Client": "Story 1.0",
            "AccountIds": [member["id"]],
            "Limitation": {"Count": 1},
        }
        hotel = self.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/getAll", wanted)
        (membership,) = hotel["LoyaltyMemberships"]
        tablet = self.ask("xomni", "GET", f"/private/pii/loyalty/{member['serial']}")
        posted = [int(balance["posted"]), till["PointBalance"], membership["Points"]]
        available = [int(balance["available"]), till["AvailablePointBalance"], int(tablet["AvailablePoints"])]
        return posted, available


def test_a_web_order_from_the_first_visit_to_the_cancellation(
    shop: Shop, deliverect: Deliverect, http: httpx.Client, facts: dict[str, Any]
) -> None:
    """Every step is seen at the till, at the hotel and on the tablet."""
    assert shop.ask("GET", "configuration")["features"]["supportsWalletCashBalance"] is True
    email = f"{uuid.uuid4().hex}@example.com"
    shop.ask("GET", "customer", status=404, email=email)
    guest = shop.ask("POST", "customer", {"email": email, "firstName": "Noor", "lastName": "Vos"})
    number = guest["providerId"]
    elsewhere = Elsewhere(http, facts, number)
    assert guest["tier"]["name"] == shop.ask("GET", "tiers")[0]["name"]

    deliverect.order(number, 50_000)
    assert elsewhere.look() == ([500] * 3, [500] * 3)

    session, order = uuid.uuid4().hex, an_order(number, BURGER, subTotal=2300, payment={"amount": 2300})
    programs = shop.ask("POST", "programs/retrieve", {"sessionId": session, "order": order})
    (chosen,) = [each for each in programs if each["programId"] == "3-off" and each["applicable"]]
    ask = {"sessionId": session, "programIds": [chosen["programId"]], "order": order}
    (validated,) = shop.ask("POST", "programs/validate", ask)
    order = shop.applied(order, validated["discounts"][0], 300)
    cash = {"sessionId": session, "order": order, "wallet": {"type": "cash", "amount": 150}}
    paid = shop.ask("POST", "wallet/validate", cash)
    order = shop.applied(order, paid["discounts"][0], 150)
    assert elsewhere.look() == ([500] * 3, [290] * 3)

    (again,) = shop.ask("POST", "programs/validate", {**ask, "order": {**order, "payment": {"amount": 1850}}})
    assert (again["validationErrors"], again["discounts"]) == ([], [])
    notice = {**deliverect.notice(number, 1850, sessionId=session), "discounts": order["discounts"]}
    for _ in range(2):
        assert deliverect.post(deliverect.urls["orderURL"], notice).status_code == 200
    assert elsewhere.look() == ([308] * 3, [308] * 3)
    assert shop.ask("GET", "customer", providerId=number)["lifetimePointsBalance"] == 518

    (member,) = elsewhere.ask("native", "GET", f"/members?number={number}")["data"]
    entries = elsewhere.ask("native", "GET", f"/memberships/{member['memberships'][0]['id']}/entries")["data"]
    told = [(entry["kind"], entry["points"], entry["surface"], entry["reference"]) for entry in entries[:3]]
    assert sorted(told) == sorted(
        [
            ("earn", 18, "deliverect", notice["orderId"]),
            ("capture", -150, "deliverect", notice["orderId"]),
            ("capture", -60, "deliverect", notice["orderId"]),
        ]
    )

    assert deliverect.cancel(notice["orderId"]).status_code == 200
    assert elsewhere.look() == ([500] * 3, [500] * 3)
    assert shop.ask("GET", "customer/wallet", providerId=number)["points"]["balance"] == 500


def test_what_the_till_holds_the_web_shop_cannot_spend(
    shop: Shop, deliverect: Deliverect, http: httpx.Client, facts: dict[str, Any]
) -> None:
    """And the other way round: one balance, one set of holds."""
    number = shop.ask("POST", "customer", {"email": f"{uuid.uuid4().hex}@example.com"})["providerId"]
    deliverect.order(number, 10_000)
    till = Elsewhere(http, facts, number)
    hold = {"Type": "loyalty", "Ref": number, "SaleId": uuid.uuid4().hex, "RequestedPoints": 50}
    till.ask("counterpoint", "POST", "/Loyalty/Authorize", hold)
    ask = {"sessionId": "s", "programIds": ["3-off"], "order": an_order(number)}
    (refused,) = shop.ask("POST", "programs/validate", ask)
    assert [error["code"] for error in refused["validationErrors"]] == ["insufficient_points"]
    (locked,) = shop.ask("POST", "programs/validate", {**ask, "programIds": ["cookie"], "order": big(number)})
    assert locked["validationErrors"] == []
    assert till.look() == ([100] * 3, [10] * 3)


def big(number: str) -> dict[str, Any]:
    """An order that a free cookie comes with."""
    return an_order(number, {**BURGER, "quantity": 3})
