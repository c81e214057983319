"""Customers by address and by number, and what is told of the connection."""

import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from conftest import served_application
from guerdon.core.members import Identifier, Profile
from guerdon.engine import Engine, enrolling, erasing, finding, reading
from guerdon.engine.enrolling import Enrolment
from guerdon.surfaces.counterpoint import SURFACE
from guerdon.surfaces.counterpoint.mapping import CUSTOMER
from guerdon.web.application import application
from surfaces.counterpoint.tills import CALLER, Till, refused


async def known(engine: Engine, **more: Any) -> tuple[str, str, Profile]:
    """Somebody of whom everything is known: number, address and profile."""
    number, email = f"T-{uuid.uuid4().hex[:12]}", f"{uuid.uuid4().hex}@example.com"
    facts = {
        "first_name": "Jo",
        "last_name": "Doe",
        "email": email,
        "date_of_birth": "1984-03-09",
        "address_line_1": "1 Main Street",
        "address_line_2": "Back door",
        "city": "Graz",
        "region": "Styria",
        "postal_code": "8010",
        **more,
    }
    profile = Profile(**facts)
    ask = Enrolment(
        caller=CALLER, at=engine.clock(), profile=profile, namespace=CUSTOMER, name=number, strict=False, separate=True
    )
    await enrolling.enrol(engine, ask)
    return number, email, profile


async def test_everything_that_is_known(engine: Engine, till: Till) -> None:
    """In the vendor's order; nothing of loyalty, and nothing that was not asked for."""
    number, email, _ = await known(engine)
    answer = till.send("GET", f"/Customer/FromId/{number}")
    named = {"FullName": "Jo Doe", "FirstName": "Jo", "LastName": "Doe"}
    address = {
        **named,
        "Address1": "1 Main Street",
        "Address2": "Back door",
        "City": "Graz",
        "State": "Styria",
        "ZipCode": "8010",
    }
    wanted = {"CPCustomerID": number, **named, "Email": email, "BillAddress": address, "ShipAddress": address}
    assert (answer.status_code, answer.json()) == (200, {"CustomerInfo": wanted})
    assert list(answer.json()["CustomerInfo"]) == list(wanted)
    for path in (
        f"/Customer/FromEmail/{email}",
        f"/customer/fromemail/{email.upper()}/",
        f"/CUSTOMER/FROMEMAIL/{email.replace('@', '%40')}",
        f"/customer/FROMID/{number}",
    ):
        assert till.send("GET", path).json() == answer.json()


async def test_what_is_not_known_is_left_out(engine: Engine, till: Till) -> None:
    """No null and no empty text; a name in one piece is only that."""
    nothing = dict.fromkeys(("first_name", "last_name", "date_of_birth", "address_line_1", "address_line_2"))
    nothing |= dict.fromkeys(("city", "region", "postal_code", "email"))
    number, _, _ = await known(engine, **nothing)
    bare = {"CPCustomerID": number, "BillAddress": {}, "ShipAddress": {}}
    assert till.send("GET", f"/Customer/FromId/{number}").json() == {"CustomerInfo": bare}
    number, _, _ = await known(engine, **{**nothing, "full_name": "Jo Doe", "city": ""})
    place = {"FullName": "Jo Doe"}
    wanted = {"CPCustomerID": number, "FullName": "Jo Doe", "BillAddress": place, "ShipAddress": place}
    assert till.send("GET", f"/Customer/FromId/{number}").json() == {"CustomerInfo": wanted}


async def test_by_public_number_and_without_a_membership(engine: Engine, till: Till) -> None:
    """Whoever the merchant knows is a customer; the number that is answered is the one to earn with."""
    email = f"{uuid.uuid4().hex}@example.com"
    ask = Enrolment(caller=CALLER, at=engine.clock(), profile=Profile(email=email), namespace="test.guest")
    member = await enrolling.register(engine, ask)
    answer = till.send("GET", f"/Customer/FromEmail/{email}").json()
    assert answer["CustomerInfo"]["CPCustomerID"] == member.number
    assert till.send("GET", f"/Customer/FromId/{member.number}").json() == answer


@pytest.mark.parametrize(
    "email", ["nobody@example.com", "nobody", "@", "%20", "a@b@c", "x" * 1000 + "@example.com", "a%00@example.com"]
)
def test_addresses_that_nobody_has(till: Till, email: str) -> None:
    """Whether or not they are addresses."""
    answer = till.send("GET", f"/Customer/FromEmail/{email}")
    refused(answer, 404, "Not Found" if "%00" in email else "Id not found")


async def test_another_tenants_customer_is_not_there(engine: Engine, neighbour: Till) -> None:
    """By neither."""
    number, email, _ = await known(engine)
    for path in (f"/Customer/FromId/{number}", f"/Customer/FromEmail/{email}"):
        refused(neighbour.send("GET", path), 404, "Id not found")


async def test_who_is_nobody_in_particular_is_no_customer(engine: Engine, till: Till) -> None:
    """A kiosk of another surface has a public number as everybody has."""
    ask = Enrolment(
        caller=CALLER,
        at=engine.clock(),
        profile=Profile(full_name="Kiosk"),
        namespace="test.kiosk",
        name=uuid.uuid4().hex,
        is_anonymous=True,
    )
    kiosk = await enrolling.register(engine, ask)
    for answer in (till.send("GET", f"/Customer/FromId/{kiosk.number}"), till.check(kiosk.number)):
        refused(answer, 404, "Id not found")


async def test_who_was_erased_is_no_customer(engine: Engine, till: Till) -> None:
    """The public number stays, and so do the books; by neither is there anybody."""
    number, email, _ = await known(engine)
    member = await reading.member(engine, CALLER, await finding.member(engine, CALLER, [Identifier(CUSTOMER, number)]))
    assert till.earn(number, 5).status_code == 204
    await erasing.erase(engine, CALLER.tenant_id, member.id)
    for each in (number, member.number):
        for answer in (till.send("GET", f"/Customer/FromId/{each}"), till.check(each)):
            refused(answer, 404, "Id not found")
        refused(till.authorize(each, "W-1", 5), 400, "Not enrolled in Loyalty")
    refused(till.send("GET", f"/Customer/FromEmail/{email}"), 404, "Id not found")


# --- the connection


def test_the_connection_needs_no_credentials(till: Till) -> None:
    """All values are texts."""
    for token in ("", "Bearer wrong", f"Bearer {till.token}"):
        status = till.send("GET", "/Connection/Status", Authorization=token)
        assert (status.status_code, status.json()["Status"]) == (200, "Ok")
        version = till.send("GET", "/Connection/GetVersion", Authorization=token).json()
        assert list(version) == ["Version"]
        assert version["Version"].count(".") == 3


class Away:
    """An engine whose database does not answer."""

    async def ready(self) -> bool:
        """It does not."""
        return False


async def test_the_status_is_that_of_the_database() -> None:
    """A checkout that asks first learns that nothing can be held, and need not offer it."""
    with served_application(application(SURFACE, Away(), lambda: datetime.now(UTC))) as base_url:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{base_url}/Connection/Status")
            version = await http.get(f"{base_url}/Connection/GetVersion")
    refused(answer, 503, "Service Unavailable")
    assert answer.headers["retry-after"] == "1"
    assert version.status_code == 200
