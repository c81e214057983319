"""Habits of the vendors' surfaces that a server can be told to turn on, over a real socket."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from conftest import served
from guerdon.demo import client
from guerdon.serve import configured
from guerdon.settings import Settings
from surfaces.deliverect.channels import a_phone, an_email, an_order

ALL = (
    "counterpoint.unique_references, counterpoint.strict_echo, deliverect.existing_customers, "
    "deliverect.future_answers, xomni.no_password_echo, xomni.plain_http"
)


@pytest.fixture(scope="module")
def told(dsn: str) -> Iterator[dict[str, Any]]:
    """What a client needs to talk to a server with these habits."""
    with served(dsn, surfaces=configured(Settings(switches=ALL))) as address:
        yield client.facts(address)


def asked(http: httpx.Client, told: dict[str, Any], surface: str, path: str, body: Any) -> httpx.Response:
    """A request with the demo client's token."""
    known = told[surface]
    return http.post(known["base_url"] + path, json=body, headers={"Authorization": f"Bearer {known['token']}"})


def test_a_reference_counts_once(http: httpx.Client, told: dict[str, Any]) -> None:
    """For a customer: the same again is 204 and adds nothing, other points are another earn and refused."""
    known, reference = told["counterpoint"], uuid.uuid4().hex
    headers = {"Authorization": f"Bearer {known['token']}"}

    def balance(number: str) -> int:
        checked = http.get(f"{known['base_url']}/Loyalty/{number}/BalanceCheck", headers=headers).json()
        points: int = checked["Loyalty"]["PointBalance"]
        return points

    def earned(number: str, points: int = 5, reference: str | None = reference) -> int:
        body = {"CustomerNumber": number, "Points": points, "Reference": reference}
        return asked(http, told, "counterpoint", "/Loyalty/Earn", body).status_code

    one, other = known["customer"], known["second_customer"]
    before = balance(one)
    assert [earned(one), earned(one), earned(one, 6), earned(other)] == [204, 204, 400, 204]
    assert balance(one) == before + 5
    assert [earned(one, 1, None), earned(one, 1, None)] == [204, 204]
    assert balance(one) == before + 7


def test_an_authorization_is_echoed_as_published(http: httpx.Client, told: dict[str, Any]) -> None:
    body = {"Type": "loyalty", "Ref": told["counterpoint"]["customer"], "SaleId": "W-1", "RequestedPoints": 1}
    answer = asked(http, told, "counterpoint", "/Loyalty/Authorize", body)
    assert (answer.status_code, answer.json()) == (200, body)


def test_a_customer_who_is_there_is_answered(http: httpx.Client, told: dict[str, Any]) -> None:
    """Unchanged, also where a part of what is sent is new; who is two people is still a conflict."""
    path = f"/loyalty/{told['deliverect']['channel_link']}/customer"
    email, phone = an_email(), a_phone()
    made = asked(http, told, "deliverect", path, {"email": email, "firstName": "Ana"})
    again = asked(http, told, "deliverect", path, {"email": email.upper(), "firstName": "Eva"})
    assert (again.status_code, again.json()) == (200, made.json())
    more = asked(http, told, "deliverect", path, {"email": email, "phoneNumber": phone})
    assert (more.status_code, more.json()) == (200, made.json())
    asked(http, told, "deliverect", path, {"phoneNumber": phone})
    assert asked(http, told, "deliverect", path, {"email": email, "phoneNumber": phone}).status_code == 409


def test_a_validated_program_has_what_is_there_to_stay(http: httpx.Client, told: dict[str, Any]) -> None:
    link = f"/loyalty/{told['deliverect']['channel_link']}"
    customer = asked(http, told, "deliverect", f"{link}/customer", {"email": an_email()}).json()["providerId"]
    body = {"programIds": ["3-off"], "order": an_order(customer)}
    (validated,) = asked(http, told, "deliverect", f"{link}/programs/validate", body).json()
    assert list(validated) == ["programId", "validationErrors", "discounts"]


def test_a_password_is_never_answered(http: httpx.Client, told: dict[str, Any]) -> None:
    user = {"UserName": f"user-{uuid.uuid4()}", "Password": "plum-7-orchard"}
    answer = asked(http, told, "xomni", "/private/pii/loyalty", user)
    assert (answer.status_code, answer.json()["Password"]) == (200, None)
