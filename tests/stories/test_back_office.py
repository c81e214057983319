"""XOMNI's clients, end to end: the office enrols, the till earns and spends, the tablet shows, all see the same."""

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec import structs

from stories.backoffice import UNSET_DATE, BackOffice, LoyaltyUser, Tablet, XomniError
from stories.others import Others, Seen


@pytest.fixture
def others(http: httpx.Client, facts: dict[str, Any]) -> Others:
    """The other surfaces."""
    return Others(http, facts)


@pytest.fixture
def office(http: httpx.Client, facts: dict[str, Any]) -> BackOffice:
    """A back office of before version 4: an API user and its password."""
    known = facts["xomni"]
    basic = httpx.BasicAuth(known["user_name"], known["password"])
    request = next(basic.auth_flow(httpx.Request("GET", "http://x")))
    return BackOffice(http, known["base_url"], request.headers["Authorization"])


@pytest.fixture
def tablet(http: httpx.Client, facts: dict[str, Any]) -> Tablet:
    """A tablet of version 3.1 of the public client, with a token."""
    known = facts["xomni"]
    return Tablet(http, known["base_url"], f"Bearer {known['token']}", "application/vnd.xomni.api-v3_1")


def somebody() -> LoyaltyUser:
    """A user as the client puts it together: most of it is what nothing is in .NET."""
    name = f"u-{uuid.uuid4().hex}"
    return LoyaltyUser(
        user_name=name,
        available_points=Decimal("20.37076232692728"),
        city="Izmir",
        e_mail_address=f"{name}@example.org",
        date_of_birth="2013-08-16T12:23:02.4499918+03:00",
        password="plum-7-orchard",
        name="Mira Kaya",
    )


def failed(status: int, call: Any, *arguments: Any) -> None:
    """The client throws."""
    with pytest.raises(XomniError) as caught:
        call(*arguments)
    assert caught.value.status == status
    assert caught.value.problem.identifier_tick > 630_000_000_000_000_000


def test_a_loyalty_user_from_beginning_to_end(office: BackOffice, tablet: Tablet, others: Others) -> None:
    """Enrolled here; earned, held and spent at the till; changed here; the same everywhere."""
    wanted, before = somebody(), office.count()
    made = office.add(wanted)
    server_owned = {"id", "created_date", "pii_user_type_id", "pii_user_type", "initiated_social_like_count"}
    for each in structs.fields(LoyaltyUser):
        if each.name not in server_owned:
            assert getattr(made, each.name) == getattr(wanted, each.name), each.name
    assert (made.pii_user_type_id, made.pii_user_type, made.initiated_social_like_count) == (2, "Loyalty", 0)
    assert made.id > 0
    assert made.created_date != UNSET_DATE
    failed(409, office.add, made)
    assert office.count() == before + 1
    assert made.id in {user.id for user in office.page(before, 1).results}

    # Enrolled here, a member everywhere.
    member = others.member(wanted.e_mail_address or "")
    assert member["serial"] == made.id
    points = Decimal("20.37076232692728")
    assert others.seen(member) == Seen(points, Decimal(0), (20, 0, 20), 20, points)
    assert others.web_shop(wanted.e_mail_address or "")["lifetimePointsBalance"] == 20

    # Earned and held at the till.
    number = member["number"]
    others.ask("counterpoint", "POST", "/Loyalty/Earn", {"CustomerNumber": number, "Points": 100, "Reason": "Sale"})
    sale = {"Type": "loyalty", "Ref": number, "SaleId": "S-1", "RequestedPoints": 50}
    code = others.ask("counterpoint", "POST", "/Loyalty/Authorize", sale)["AuthCode"]
    signed_in = replace(tablet, pii=(wanted.user_name, wanted.password or ""))
    assert signed_in.own().available_points == Decimal("70.37076232692728")
    assert others.seen(member).till == (120, 50, 70)

    # What was read is written back, with one thing changed: the hold stays, and so does the password.
    user = office.get(made.id)
    assert user.password is None
    changed = office.update(structs.replace(user, city="Urla"))
    assert changed == structs.replace(user, city="Urla") == office.get(made.id)
    assert others.seen(member) == Seen(
        Decimal("120.37076232692728"), Decimal(50), (120, 50, 70), 120, Decimal("70.37076232692728")
    )
    others.ask("counterpoint", "POST", "/Authorize/Confirm", {"Ref": number, "AuthCode": code})
    assert office.patch(Id=made.id, AvailablePoints=Decimal("28.5")).available_points == Decimal("28.5")
    assert others.seen(member) == Seen(Decimal("28.5"), Decimal(0), (28, 0, 28), 28, Decimal("28.5"))
    assert others.wallet(number) == Decimal("28.5")


def test_the_end_of_a_loyalty_user(office: BackOffice, tablet: Tablet, others: Others) -> None:
    """Noted by the office, shown by the tablet, known to the web shop too, and deleted."""
    wanted, before = somebody(), office.count()
    made = office.add(wanted)
    others.web_shop(wanted.e_mail_address or "")
    member = others.member(wanted.e_mail_address or "")
    signed_in = replace(tablet, pii=(wanted.user_name, wanted.password or ""))

    # Metadata, from the office to the tablet.
    failed(404, office.notes, made.id)
    assert office.note(made.id, "tier", "gold").value == "gold"
    failed(409, office.note, made.id, "tier", "silver")
    assert office.renote(made.id, "tier", "silver") == office.notes(made.id)[0]
    assert [(pair.key, pair.value) for pair in signed_in.pairs()] == [("tier", "silver")]
    own = signed_in.own()
    assert (own.user_name, own.city, own.password, own.pii_user_type) == (wanted.user_name, "Izmir", None, "Loyalty")

    # Deleted: gone here, out of the program everywhere, known to the web shop, which knew the person itself.
    office.delete(made.id)
    failed(404, office.get, made.id)
    failed(404, office.notes, made.id)
    failed(401, signed_in.own)
    assert office.count() == before
    assert others.seen(member) == Seen(Decimal(0), Decimal(0), None, None, None)
    assert others.member(wanted.e_mail_address or "")["id"] == member["id"]


def test_a_customer_of_the_web_shop_at_the_tablet(office: BackOffice, tablet: Tablet, others: Others) -> None:
    """Enrolled elsewhere, shown by its public number and given a password here, it comes in by its address."""
    email = f"{uuid.uuid4().hex}@example.org"
    others.web_shop(email)
    member = others.member(email)
    user = office.get(member["serial"])
    assert (user.user_name, user.available_points, user.name) == (member["number"], None, "Noor")
    assert office.patch(Id=user.id, Password="pear", AvailablePoints=12.75).password == "pear"
    own = replace(tablet, pii=(email, "pear")).own()
    assert (own.available_points, own.name) == (Decimal("12.75"), "Noor")
    assert others.seen(member) == Seen(Decimal("12.75"), Decimal(0), (12, 0, 12), 12, Decimal("12.75"))


def test_somebody_anonymous_is_nobody_elsewhere(tablet: Tablet, others: Others) -> None:
    """A kiosk's own name and password: no loyalty user, no member of anything."""
    made = tablet.anonymous(f"kiosk-{uuid.uuid4().hex}")
    assert made.pii_user_type == "Anonymous"
    failed(404, replace(tablet, pii=(made.user_name, made.password)).own)
    failed(409, tablet.anonymous, made.user_name.upper())
    (member,) = others.ask("native", "GET", f"/members?identifier=xomni.username:{made.user_name}")["data"]
    assert member["memberships"] == []
    assert others.answer("counterpoint", "GET", f"/Loyalty/{member['number']}/BalanceCheck").status_code == 404
    assert others.answer("xomni", "GET", f"/private/pii/loyalty/{member['serial']}").status_code == 404
    wanted = {"AccountIds": [member["id"]], "Limitation": {"Count": 10}}
    assert others.ask("mews", "POST", "/api/connector/v1/loyaltyMemberships/getAll", wanted)["LoyaltyMemberships"] == []
