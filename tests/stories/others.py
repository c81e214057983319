"""What each surface shows of a member, asked over real sockets with the surface's own credentials."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import msgspec

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True)
class Seen:
    """A member as all surfaces show it: None where a surface has nobody to show, or no points yet."""

    posted: Decimal
    held: Decimal
    till: tuple[int, int, int] | None
    hotel: int | None
    tablet: Decimal | None


@dataclass(frozen=True)
class Others:
    """Asks the surfaces of the demo tenant."""

    http: httpx.Client
    facts: dict[str, Any]

    def answer(self, surface: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request."""
        facts = self.facts[surface]
        headers = {"Content-Type": "application/json"}
        if surface == "mews":
            tokens = {"ClientToken": facts["client_token"], "AccessToken": facts["access_token"], "Client": "Story 1.0"}
            body = {**tokens, **body}
        else:
            headers["Authorization"] = f"Bearer {facts['token']}"
        content = None if body is None else _encode(body)
        return self.http.request(method, facts["base_url"] + path, content=content, headers=headers)

    def ask(self, surface: str, method: str, path: str, body: Any = None) -> Any:
        """The same; anything but success fails the test."""
        response = self.answer(surface, method, path, body)
        assert response.is_success, f"{surface} {path}: {response.status_code} {response.text}"
        return _decode(response.content) if response.content else None

    def member(self, email: str) -> dict[str, Any]:
        """The member with an address, by the native API."""
        (member,) = self.ask("native", "GET", f"/members?email={email}")["data"]
        found: dict[str, Any] = member
        return found

    def web_shop(self, email: str) -> Any:
        """Enrols a customer through the ordering channel."""
        link = self.facts["deliverect"]["channel_link"]
        return self.ask("deliverect", "POST", f"/loyalty/{link}/customer", {"email": email, "firstName": "Noor"})

    def wallet(self, number: str) -> Decimal:
        """What a customer can spend at the ordering channel."""
        path = f"/loyalty/{self.facts['deliverect']['channel_link']}/customer/wallet?providerId={number}"
        balance: Decimal = self.ask("deliverect", "GET", path)["points"]["balance"]
        return balance

    def seen(self, member: dict[str, Any]) -> Seen:
        """What every surface shows of a member now."""
        (now,) = self.ask("native", "GET", f"/members?number={member['number']}")["data"]
        balance = now["memberships"][0]["balance"] if now["memberships"] else {"posted": Decimal(0), "held": Decimal(0)}
        loyalty = self.ask("counterpoint", "GET", f"/Loyalty/{member['number']}/BalanceCheck")["Loyalty"]
        figures = (loyalty["PointBalance"], loyalty["OpenAuthorizations"], loyalty["AvailablePointBalance"])
        wanted = {"AccountIds": [member["id"]], "Limitation": {"Count": 10}}
        stays = self.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/getAll", wanted)["LoyaltyMemberships"]
        user = self.answer("xomni", "GET", f"/private/pii/loyalty/{member['serial']}")
        return Seen(
            balance["posted"],
            balance["held"],
            figures if loyalty["Status"] == "active" else None,
            stays[0]["Points"] if stays else None,
            _decode(user.content)["AvailablePoints"] if user.is_success else None,
        )
