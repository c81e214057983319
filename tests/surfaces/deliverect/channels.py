"""An ordering channel as tests drive it, and how they tell that it was refused and that nothing changed."""

import asyncio
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx


def an_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def a_phone() -> str:
    return f"+49151{secrets.randbelow(10**8):08d}"


@dataclass(frozen=True)
class Channel:
    """An ordering channel on one link."""

    http: httpx.Client
    base_url: str
    token: str
    link: str

    @property
    def path(self) -> str:
        return f"{self.base_url}/loyalty/{self.link}/customer"

    @property
    def credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def create(self, **body: object) -> httpx.Response:
        return self.http.post(self.path, json=body, headers=self.credentials)

    def send(self, raw: bytes | Iterator[bytes]) -> httpx.Response:
        return self.http.post(self.path, content=raw, headers=self.credentials)

    def get(self, **query: str) -> httpx.Response:
        return self.http.get(self.path, params=query, headers=self.credentials)

    def look(self, what: str, **query: str) -> httpx.Response:
        """Reads something of the link, such as `tiers` or `customer/wallet`."""
        url = f"{self.base_url}/loyalty/{self.link}/{what}"
        return self.http.get(url, params=query, headers=self.credentials)

    def ask(self, what: str, order: dict[str, Any], session: str | None = None, **body: object) -> httpx.Response:
        """Asks about an order: `programs/retrieve`, `programs/validate` and the like."""
        url = f"{self.base_url}/loyalty/{self.link}/{what}"
        sent = {"order": order, **({} if session is None else {"sessionId": session}), **body}
        return self.http.post(url, json=sent, headers=self.credentials)

    def balance(self, customer: str) -> float:
        """The points that a customer can spend."""
        return float(self.look("customer/wallet", providerId=customer).json()["points"]["balance"])


def a_session() -> str:
    return uuid.uuid4().hex


BURGER = {"plu": "BRG-1", "name": "Burger", "price": 1150, "quantity": 2, "subItems": []}
OFF = {"type": "order_flat_off", "provider": "loyalty", "name": "3 off", "referenceId": 1, "value": 300, "amount": 300}


def an_order(provider_id: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Two burgers, unless it is said otherwise, for a customer by the provider's id."""
    known = {"loyaltyProviderCustomerId": provider_id, "name": "Ana Peeters"}
    return {"orderType": 1, "customer": known, "items": list(items) or [BURGER], "decimalDigits": 2, **more}


def demo(http: httpx.Client, facts: dict[str, Any], link: str = "channel_link") -> Channel:
    """A channel of the demo tenant, on a link that shows tiers or another."""
    known = facts["deliverect"]
    return Channel(http, known["base_url"], known["token"], known[link])


def refused(answer: httpx.Response, status: int, text: str | None = None) -> bool:
    """Whether an answer is the envelope, with this status and text (None: any)."""
    body = answer.json()
    assert list(body) == ["error", "http_code", "description"], body
    assert body["error"] == body["description"] != ""
    assert (answer.status_code, body["http_code"]) == (status, status)
    return text is None or body["error"] == text


def census(dsn: str) -> tuple[int, int, int]:
    """How many members, identifiers and memberships there are in all."""

    async def count() -> tuple[int, int, int]:
        connection = await asyncpg.connect(dsn)
        try:
            tables = ("members", "identifiers", "memberships")
            members, names, held = [await connection.fetchval(f"SELECT count(*) FROM {t}") for t in tables]  # noqa: S608
        finally:
            await connection.close()
        return members, names, held

    return asyncio.run(count())
