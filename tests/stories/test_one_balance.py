"""One member and one balance across all surfaces, in every order in which the surfaces can come."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import permutations
from math import ceil, floor
from typing import Any

import httpx
import msgspec
import pytest

from guerdon.core.callers import Caller
from guerdon.core.members import Profile
from guerdon.core.points import minus, plus
from guerdon.demo import tenant
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolment

SURFACES = ("counterpoint", "deliverect", "mews", "xomni")
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass
class Person:
    """A person with what the tills and shops know of them, and what the balance ought to be."""

    http: httpx.Client
    facts: dict[str, Any]
    customer: str
    email: str = ""
    account_id: str = ""
    xomni_id: int | None = None
    auth_codes: list[str] = field(default_factory=list)
    posted: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    lifetime: Decimal = Decimal(0)

    def ask(self, surface: str, method: str, path: str, body: Any = None) -> Any:
        """A real request with the surface's own credentials; anything but success fails the test."""
        facts = self.facts[surface]
        headers = {"Content-Type": "application/json"}
        if surface == "mews":
            tokens = {"ClientToken": facts["client_token"], "AccessToken": facts["access_token"], "Client": "Story 1.0"}
            body = {**tokens, **body}
        else:
            headers["Authorization"] = f"Bearer {facts['token']}"
        content = None if body is None else _encode(body)
        response = self.http.request(method, facts["base_url"] + path, content=content, headers=headers)
        assert response.status_code in (200, 204), f"{surface} {path}: {response.status_code} {response.text}"
        return _decode(response.content) if response.content else None

    def gain(self, points: Decimal) -> None:
        """What the balance ought to be after points came in or, below zero, went out."""
        self.posted = plus(self.posted, points)
        self.lifetime = plus(self.lifetime, max(points, Decimal(0)))

    # What each surface does on its turn.

    def counterpoint(self) -> None:
        """The till adds 100 points and holds 30 for a web order."""
        self.ask("counterpoint", "POST", "/Loyalty/Earn", {"CustomerNumber": self.customer, "Points": 100})
        self.gain(Decimal(100))
        wanted = {"Type": "loyalty", "Ref": self.customer, "SaleId": uuid.uuid4().hex, "RequestedPoints": 30}
        self.auth_codes.append(self.ask("counterpoint", "POST", "/Loyalty/Authorize", wanted)["AuthCode"])
        self.held = plus(self.held, Decimal(30))

    def deliverect(self) -> None:
        """The web shop enrols the same email address and finds the member that is there."""
        link = self.facts["deliverect"]["channel_link"]
        customer = self.ask("deliverect", "POST", f"/loyalty/{link}/customer", {"email": self.email.upper()})
        assert customer["lifetimePointsBalance"] == floor(self.lifetime)

    def mews(self) -> None:
        """The hotel writes the balance: ten more than it reads."""
        (membership,) = self.memberships()
        points = (membership["Points"] or 0) + 10
        change = {"LoyaltyMembershipId": membership["Id"], "Points": {"Value": points}}
        self.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/update", {"LoyaltyMembershipUpdates": [change]})
        self.gain(minus(Decimal(points), self.posted))

    def xomni(self) -> None:
        """The tablet's back office makes a user of the same address, with a quarter point and a bit more."""
        available = plus(minus(self.posted, self.held), Decimal("0.25123456789012"))
        user = {"UserName": f"u-{uuid.uuid4()}", "EMailAddress": self.email, "AvailablePoints": available}
        made = self.ask("xomni", "POST", "/private/pii/loyalty", user)
        assert made["AvailablePoints"] == available
        self.xomni_id = made["Id"]
        self.gain(Decimal("0.25123456789012"))

    # What each surface shows.

    def memberships(self) -> list[dict[str, Any]]:
        """The member's memberships as the hotel sees them."""
        wanted = {"AccountIds": [self.account_id], "Limitation": {"Count": 10}}
        answer = self.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/getAll", wanted)
        found: list[dict[str, Any]] = answer["LoyaltyMemberships"]
        return found

    def look(self) -> None:
        """Every surface shows the same balance, each in its own way."""
        untouched = self.lifetime == 0
        (member,) = self.ask("native", "GET", f"/members?identifier=counterpoint.customer:{self.customer}")["data"]
        self.account_id = member["id"]
        balance = member["memberships"][0]["balance"]
        assert (balance["posted"], balance["held"], balance["lifetime"]) == (self.posted, self.held, self.lifetime)
        loyalty = self.ask("counterpoint", "GET", f"/Loyalty/{self.customer}/BalanceCheck")["Loyalty"]
        assert loyalty["PointBalance"] == floor(self.posted)
        assert loyalty["OpenAuthorizations"] == self.held
        assert loyalty["AvailablePointBalance"] == floor(self.posted) - ceil(self.held)
        rows = loyalty["History"]
        pending = sum(row["PointAmount"] for row in rows if row.get("Activity") == "Pending Charge")
        assert sum(row["PointAmount"] for row in rows) - pending == loyalty["PointBalance"]
        assert pending == loyalty["OpenAuthorizations"]
        (membership,) = self.memberships()
        assert membership["Points"] == (None if untouched else floor(self.posted))
        user = self.ask("xomni", "GET", f"/private/pii/loyalty/{member['serial']}")
        assert user["AvailablePoints"] == (None if untouched else minus(self.posted, self.held))
        assert self.xomni_id in (None, user["Id"])


@pytest.fixture
def newcomer(http: httpx.Client, facts: dict[str, Any]) -> Callable[[str, str], Person]:
    """Makes a person from a customer number and an email address."""
    return lambda customer, email: Person(http, facts, customer, email)


@pytest.mark.parametrize("order", list(permutations(SURFACES)), ids="-".join)
async def test_one_balance_in_every_order(
    order: tuple[str, ...], engine: Engine, newcomer: Callable[[str, str], Person]
) -> None:
    """A customer of the till is served by all four, in each of the 24 orders; every surface agrees after each step."""
    person = newcomer(f"T-{uuid.uuid4().hex[:12]}", f"{uuid.uuid4().hex}@example.com")
    caller = Caller(tenant.id_of(tenant.DEMO, "tenant"), "import", uuid.uuid4())
    ask = Enrolment(
        caller=caller,
        at=engine.clock(),
        profile=Profile(email=person.email),
        namespace=tenant.CUSTOMER_NAMESPACE,
        name=person.customer,
    )
    await enrolling.enrol(engine, ask)
    person.look()
    for surface in order:
        getattr(person, surface)()
        person.look()
    for code in person.auth_codes:
        person.ask("counterpoint", "POST", "/Authorize/Confirm", {"Ref": person.customer, "AuthCode": code})
        person.gain(Decimal(-30))
        person.held = minus(person.held, Decimal(30))
        person.look()


@pytest.fixture
def guest(http: httpx.Client, facts: dict[str, Any]) -> Person:
    """Somebody whom no surface knows yet."""
    return Person(http, facts, "", f"{uuid.uuid4().hex}@example.com")


def test_a_customer_of_the_web_shop_is_known_everywhere(guest: Person) -> None:
    """Enrolled through Deliverect; found by Counterpoint, listed by Mews, a loyalty user at XOMNI."""
    link = guest.facts["deliverect"]["channel_link"]
    made = guest.ask(
        "deliverect",
        "POST",
        f"/loyalty/{link}/customer",
        {"email": guest.email, "firstName": "Noor", "lastName": "Vos"},
    )
    number = made["providerId"]
    (member,) = guest.ask("native", "GET", f"/members?email={guest.email}")["data"]
    guest.account_id = member["id"]
    assert guest.ask("counterpoint", "GET", f"/Loyalty/{number}/BalanceCheck")["Loyalty"]["PointBalance"] == 0
    guest.ask("counterpoint", "POST", "/Loyalty/Earn", {"CustomerNumber": number, "Points": 250})
    (membership,) = guest.memberships()
    assert membership["Points"] == 250
    assert membership["IsPrimary"] is True
    assert membership["MembershipNumber"] == membership["Code"] == number
    user = guest.ask("xomni", "GET", f"/private/pii/loyalty/{member['serial']}")
    assert (user["AvailablePoints"], user["Name"], user["EMailAddress"]) == (250, "Noor Vos", guest.email)


def test_a_user_of_the_tablet_is_known_everywhere(guest: Person) -> None:
    """Made through XOMNI with points to the last digit; the ledger has them, and every other surface reads them."""
    points = Decimal("20.37076232692728")
    user = {"UserName": f"u-{uuid.uuid4()}", "EMailAddress": guest.email, "AvailablePoints": points}
    made = guest.ask("xomni", "POST", "/private/pii/loyalty", user)
    assert made["AvailablePoints"] == points
    (member,) = guest.ask("native", "GET", f"/members?email={guest.email}")["data"]
    assert member["serial"] == made["Id"]
    guest.account_id = member["id"]
    (membership,) = guest.memberships()
    assert membership["Points"] == 20
    (entry,) = guest.ask("native", "GET", f"/memberships/{membership['Id']}/entries")["data"]
    assert (entry["kind"], entry["points"], entry["surface"]) == ("set", points, "xomni")
    link = guest.facts["deliverect"]["channel_link"]
    customer = guest.ask("deliverect", "POST", f"/loyalty/{link}/customer", {"email": guest.email})
    assert customer["lifetimePointsBalance"] == 20
    balance = guest.ask("counterpoint", "GET", f"/Loyalty/{customer['providerId']}/BalanceCheck")["Loyalty"]
    assert balance["PointBalance"] == 20


def test_a_guest_of_the_hotel_is_known_everywhere(guest: Person, facts: dict[str, Any]) -> None:
    """Given a membership through Mews; its points are spent at the till."""
    client = facts["mews"]
    item = {
        "LoyaltyProgramId": client["program_id"],
        "AccountId": client["account_ids"][0],
        "IsPrimary": True,
        "Points": 700,
        "Code": "HOTEL-1",
    }
    (membership,) = guest.ask(
        "mews", "POST", "/api/connector/v1/loyaltyMemberships/add", {"LoyaltyMemberships": [item]}
    )["LoyaltyMemberships"]
    member = guest.ask("native", "GET", f"/members/{membership['AccountId']}")
    balance = guest.ask("counterpoint", "GET", f"/Loyalty/{member['number']}/BalanceCheck")["Loyalty"]
    assert (balance["PointBalance"], balance["Status"]) == (700, "active")
    deleted = {"LoyaltyMembershipIds": [membership["Id"]]}
    guest.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/delete", deleted)
    balance = guest.ask("counterpoint", "GET", f"/Loyalty/{member['number']}/BalanceCheck")["Loyalty"]
    assert balance["Status"] == "inactive"
