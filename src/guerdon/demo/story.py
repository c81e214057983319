"""Tells the story of one member on all surfaces, against a running server, as a table."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Stopped(Exception):  # noqa: N818 - the story stopped
    """A surface answered something that the story does not expect."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Speaks to every surface with the demo tenant's credentials."""

    http: httpx.Client
    facts: Mapping[str, Any]

    def ask(self, surface: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request; anything but success stops the story.

        Raises:
            Stopped: with what the surface answered.
        """
        facts = self.facts[surface]
        headers = {"Content-Type": "application/json"}
        if surface == "mews":
            tokens = {"ClientToken": facts["client_token"], "AccessToken": facts["access_token"]}
            body = {**tokens, "Client": "Guerdon demo", **(body or {})}
        else:
            headers["Authorization"] = f"Bearer {facts['token']}"
        content = None if body is None else _encode(body)
        response = self.http.request(method, facts["base_url"] + path, content=content, headers=headers)
        if response.is_error:
            raise Stopped(f"{surface} answered {response.status_code} to {method} {path}: {response.text}")
        return _decode(response.content) if response.content else None

    def memberships(self, member_id: str) -> dict[str, Any]:
        """The member's membership as the hotel sees it."""
        wanted = {"AccountIds": [member_id], "Limitation": {"Count": 1}}
        found = self.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/getAll", wanted)
        membership: dict[str, Any] = found["LoyaltyMemberships"][0]
        return membership


def tell(http: httpx.Client, facts: Mapping[str, Any], console: Console) -> None:
    """Enrols somebody new at the web shop and follows the one balance through till, hotel and tablet.

    Raises:
        Stopped: a surface answered something unexpected.
    """
    teller = Teller(http, facts)
    table = Table(title="One member, one balance", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("surface", style="bold", no_wrap=True)
    table.add_column("what happens")
    table.add_column("what it says", style="cyan")
    for column in ("posted", "held", "available"):
        table.add_column(column, justify="right", no_wrap=True)
    email = f"noor.{uuid.uuid4().hex[:8]}@example.com"
    member = _enrol(teller, table, email)
    _till(teller, table, member)
    _hotel(teller, table, member)
    _tablet(teller, table, member)
    _pay(teller, table, member)
    console.print(table)
    console.print(f"Everything above happened to one member: {member['id']}, number {member['number']}, {email}.")


def _enrol(teller: Teller, table: Table, email: str) -> dict[str, Any]:
    link = teller.facts["deliverect"]["channel_link"]
    person = {"email": email, "firstName": "Noor", "lastName": "Vos", "dateOfBirth": "1991-05-17"}
    made = teller.ask("deliverect", "POST", f"/loyalty/{link}/customer", person)
    (member,) = teller.ask("native", "GET", f"/members?email={email}")["data"]
    tier = made["tier"]["name"]
    _row(teller, table, member, "Deliverect", "Noor joins in the web shop", f"a {tier} customer")
    found: dict[str, Any] = member
    return found


def _till(teller: Teller, table: Table, member: dict[str, Any]) -> None:
    number = member["number"]
    earn = {"CustomerNumber": number, "Points": 1504, "Reason": "Spring order", "Reference": "T-1"}
    teller.ask("counterpoint", "POST", "/Loyalty/Earn", earn)
    loyalty = teller.ask("counterpoint", "GET", f"/Loyalty/{number}/BalanceCheck")["Loyalty"]
    _row(
        teller,
        table,
        member,
        "Counterpoint",
        "earns 1504 points at the till",
        f"balance {loyalty['PointBalance']}",
    )
    hold = {"Type": "loyalty", "Ref": number, "SaleId": "WB-101-10444", "RequestedPoints": 1000}
    member["auth_code"] = teller.ask("counterpoint", "POST", "/Loyalty/Authorize", hold)["AuthCode"]
    loyalty = teller.ask("counterpoint", "GET", f"/Loyalty/{number}/BalanceCheck")["Loyalty"]
    read = f"{loyalty['AvailablePointBalance']} available"
    _row(teller, table, member, "Counterpoint", "a web order authorizes 1000 of them", read)


def _hotel(teller: Teller, table: Table, member: dict[str, Any]) -> None:
    membership = teller.memberships(member["id"])
    _row(teller, table, member, "Mews", "the hotel desk recognises the guest", f"{membership['Points']} points")
    change = {"LoyaltyMembershipId": membership["Id"], "Points": {"Value": membership["Points"] + 250}}
    updates = {"LoyaltyMembershipUpdates": [change]}
    (changed,) = teller.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/update", updates)[
        "LoyaltyMemberships"
    ]
    _row(teller, table, member, "Mews", "and gives 250 for the stay", f"{changed['Points']} points")


def _tablet(teller: Teller, table: Table, member: dict[str, Any]) -> None:
    user = teller.ask("xomni", "GET", f"/private/pii/loyalty/{member['serial']}")
    read = f"{user['AvailablePoints']} available"
    _row(teller, table, member, "XOMNI", "the shop tablet looks the balance up", read)


def _pay(teller: Teller, table: Table, member: dict[str, Any]) -> None:
    code = {"Ref": member["number"], "AuthCode": member["auth_code"]}
    teller.ask("counterpoint", "POST", "/Authorize/Confirm", code)
    membership = teller.memberships(member["id"])
    _row(
        teller,
        table,
        member,
        "Counterpoint",
        "the web order is confirmed",
        f"hotel: {membership['Points']} points",
    )


def _row(teller: Teller, table: Table, member: dict[str, Any], who: str, what: str, read: str) -> None:
    """A line of the story, with the ledger's own figures beside it."""
    (membership,) = teller.ask("native", "GET", f"/members/{member['id']}/memberships")["data"]
    figures = (str(membership["balance"][name]) for name in ("posted", "held", "available"))
    table.add_row(who, what, read, *figures)
