"""Deliverect as a loyalty partner meets it: it registers once, then signs what it asks and tells of orders."""

import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from surfaces.deliverect.channels import an_order

LOCATION = "65f0c0ffee0000000000c001"


@dataclass
class Deliverect:
    """Deliverect on behalf of one merchant, with the secret that it signs with."""

    http: httpx.Client
    registration_url: str
    secret: str
    account: str
    profile: str
    link: str
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, str]:
        """What every call but the registration says."""
        return {
            "accountId": self.account,
            "loyaltyProfileId": self.profile,
            "locationId": LOCATION,
            "channelLinkId": self.link,
        }

    def register(self, api_key: str, **changed: Any) -> httpx.Response:
        """Tells that the merchant has installed the partner, and keeps the addresses of the answer."""
        body = {"accountId": self.account, "account": self.account, "loyaltyProfileId": self.profile}
        answer = self.post(self.registration_url, {**body, "apiKey": api_key, **changed})
        if answer.status_code == 200:
            self.urls = answer.json()
        return answer

    def get(self, url: str, **query: str) -> httpx.Response:
        """Reads, with the ids and what is asked for behind the question mark; the empty body is signed."""
        return self.http.get(url, params={**self.context, **query}, headers=self.signed(b""))

    def post(self, url: str, body: dict[str, Any]) -> httpx.Response:
        """Sends a body, signed as it is."""
        content = json.dumps(body).encode()
        return self.http.post(url, content=content, headers=self.signed(content))

    def signed(self, content: bytes) -> dict[str, str]:
        """The headers of every call."""
        signature = hmac.new(self.secret.encode(), content, "sha256").hexdigest()
        return {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Deliverect/1.0",
            "X-Server-Authorization-HMAC-SHA256": signature,
        }

    def create(self, **person: str) -> httpx.Response:
        """Creates a customer."""
        return self.post(self.urls["customerURL"], {**self.context, **person})

    def wallet(self, customer: str) -> dict[str, Any]:
        """What a customer has."""
        found: dict[str, Any] = self.get(self.urls["customerWalletURL"], providerId=customer).json()
        return found

    def notice(self, provider_id: str, paid: int, *discounts: dict[str, Any], **more: Any) -> dict[str, Any]:
        """An order that was placed, as it is told of."""
        totals = {"paymentAmount": paid, "discounts": list(discounts), "subTotal": 2300}
        named = {"orderId": uuid.uuid4().hex, "channelOrderDisplayId": "A-17"}
        return {**self.context, **named, **an_order(provider_id, **{**totals, **more})}

    def order(self, provider_id: str, paid: int, *discounts: dict[str, Any], **more: Any) -> str:
        """Tells of an order and returns its id."""
        notice = self.notice(provider_id, paid, *discounts, **more)
        answer = self.post(self.urls["orderURL"], notice)
        assert (answer.status_code, answer.json()) == (200, {})
        return str(notice["orderId"])

    def cancel(self, order_id: str, url: str = "cancelOrderURL", **changed: Any) -> httpx.Response:
        """Tells that an order is cancelled."""
        body = {"orderId": order_id, "isCancelled": True, "cancellationReason": "out of burgers", **changed}
        return self.post(self.urls[url], {**self.context, **body, "customer": {"name": "Ana Peeters"}})


def installed(http: httpx.Client, facts: dict[str, Any]) -> Deliverect:
    """Deliverect once the demo tenant's merchant has installed Guerdon as its partner."""
    known = facts["deliverect"]
    url = f"{known['base_url']}/partner/{known['partner']}/registration"
    made = Deliverect(
        http, url, known["signing_secret"], known["account"], known["loyalty_profile"], known["channel_link"]
    )
    assert made.register(known["api_key"]).status_code == 200
    return made


def code_for(http: httpx.Client, facts: dict[str, Any], customer: str) -> str:
    """What the merchant's app asks for when a member who is signed in goes to the shop."""
    native = facts["native"]
    headers = {"Authorization": f"Bearer {native['token']}"}
    found = http.get(f"{native['base_url']}/members", params={"number": customer}, headers=headers).json()["data"][0]
    made = http.post(f"{native['base_url']}/members/{found['id']}/sign-on-codes", headers=headers)
    assert made.status_code == 200, made.text
    code: str = made.json()["code"]
    return code
