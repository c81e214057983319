"""Who is let in: a token of this surface, given for good or by SSO/Login for an hour, and nobody else."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from guerdon.demo import tenant
from surfaces.counterpoint.conftest import THEN, Past
from surfaces.counterpoint.tills import Customer, Till, figures, refused

CALLS = (
    ("POST", "/Loyalty/Earn"),
    ("GET", f"/Loyalty/{tenant.CUSTOMER}/BalanceCheck"),
    ("GET", f"/Loyalty/BalanceCheck/{tenant.CUSTOMER}"),
    ("POST", "/Loyalty/Authorize"),
    ("POST", "/Authorize/Confirm"),
    ("POST", "/Authorize/Cancel"),
)


def login(till: Till, name: object, password: object) -> httpx.Response:
    """Signs in, without a token."""
    return till.http.post(f"{till.base_url}/SSO/Login", json={"UserName": name, "Password": password})


def denied(response: httpx.Response) -> None:
    """One answer for every reason."""
    refused(response, 401, "Not Authorized")
    assert response.headers["www-authenticate"] == "Bearer"


def test_login_gives_a_token_that_works(till: Till, customer: Customer, facts: dict[str, Any]) -> None:
    """In the one member that the vendor spells so; each login gives another."""
    known = facts["counterpoint"]
    answers = [login(till, known["user_name"], known["password"]) for _ in range(2)]
    assert [(answer.status_code, list(answer.json())) for answer in answers] == [(200, ["APItoken"])] * 2
    tokens = [answer.json()["APItoken"] for answer in answers]
    assert tokens[0] != tokens[1]
    for token in tokens:
        issued = Till(till.http, till.base_url, token)
        assert issued.earn(customer.number, 5).status_code == 204
        assert figures(issued.check(customer.number).json()["Loyalty"])[0] == customer.figures()[0]
    assert customer.figures() == (10, 0, 10)


def test_names_and_path_in_any_case(till: Till, facts: dict[str, Any]) -> None:
    """The password's value is exact, as is the user's name."""
    name, password = facts["counterpoint"]["user_name"], facts["counterpoint"]["password"]
    body = {"username": name, "PASSWORD": password, "GrantType": "password"}
    assert till.http.post(f"{till.base_url}/sso/LOGIN/", json=body).status_code == 200
    for wrong in ((name, password.upper()), (name.upper(), password), (name, f"{password} "), (f" {name}", password)):
        denied(login(till, *wrong))


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("demo-counterpoint", "wrong"),
        ("demo-counterpoint", ""),
        ("demo-counterpoint", "demo-counterpoint-token"),
        ("demo-counterpoint", "x" * 10_000),
        ("nobody", "demo-counterpoint-secret"),
        ("", ""),
        ("x" * 10_000, "demo-counterpoint-secret"),
        ("demo-xomni", "demo-xomni-secret"),
        ("' OR 1=1 --", "x"),
    ],
)
def test_a_wrong_name_and_a_wrong_password_look_the_same(till: Till, name: str, password: str) -> None:
    """To the byte: nobody learns which names exist."""
    answer, other = login(till, name, password), login(till, "somebody-else", "something")
    denied(answer)
    assert answer.content == other.content
    ignored = {"date"}
    assert {k: v for k, v in answer.headers.items() if k not in ignored} == {
        k: v for k, v in other.headers.items() if k not in ignored
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b"{",
        b'{"UserName":"demo-counterpoint"}',
        b'{"Password":"demo-counterpoint-secret"}',
        b'{"UserName":null,"Password":"x"}',
        b'{"UserName":"x","Password":null}',
        b'{"UserName":5,"Password":"x"}',
        b'{"UserName":"x","Password":["x"]}',
        b'{"UserName":"demo-counterpoint\\u0000","Password":"demo-counterpoint-secret"}',
        b'{"UserName":"x","Password":"\\ud800"}',
        b'{"UserName":"\xff","Password":"x"}',
        b'{"UserName":"' + b"x" * 2_000_000 + b'","Password":"x"}',
    ],
    ids=lambda body: repr(body[:60]),
)
def test_what_is_no_login(till: Till, body: bytes) -> None:
    """Something is missing or is no text: said before any password is looked at."""
    refused(till.send("POST", "/SSO/Login", body, Authorization=""), 400, "Bad Request")


def test_a_token_is_good_for_an_hour(past: Past) -> None:
    """To the second; a token given for good goes on. Each moment has a token that no other has used."""
    till = past.till
    issued = [login(till, "demo-counterpoint", "demo-counterpoint-secret").json()["APItoken"] for _ in range(4)]

    def at(minutes: float, token: str) -> httpx.Response:
        past.clock.now = THEN + timedelta(minutes=minutes)
        return Till(till.http, till.base_url, token).check(tenant.CUSTOMER)

    assert at(59.99, issued[0]).status_code == 200
    denied(at(60, issued[1]))
    denied(at(60.01, issued[2]))
    denied(at(60 * 24 * 365, issued[3]))
    assert at(60 * 24 * 365, till.token).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "demo-counterpoint-token",
        "Basic demo-counterpoint-token",
        "Bearer wrong",
        "Bearer DEMO-COUNTERPOINT-TOKEN",
        "Bearer demo-counterpoint-token x",
        "Bearer \u00e9",
        "Bearer " + "x" * 10_000,
        "Bearer demo-native-token",
        "Bearer demo-xomni-token",
        "Bearer demo-deliverect-token",
        "Bearer demo-mews-client-token",
    ],
    ids=lambda header: header[:40],
)
def test_nobody_else_is_let_in(till: Till, header: str) -> None:
    """No token, none of ours, or one of another surface: on every method, before the body is looked at."""
    sent = {b"Authorization": header.encode("latin-1")} if header else {}
    for method, path in CALLS:
        for body in (b"", b"{", b'{"CustomerNumber":"x","Points":0}'):
            denied(till.http.request(method, till.base_url + path, content=body, headers=sent))


def test_the_scheme_in_any_case(till: Till) -> None:
    """As RFC 9110 has it."""
    for header in (f"bearer {till.token}", f"BEARER  {till.token}"):
        assert till.send("GET", f"/Loyalty/{tenant.CUSTOMER}/BalanceCheck", Authorization=header).status_code == 200


def test_a_token_of_this_surface_is_none_of_another(till: Till, facts: dict[str, Any]) -> None:
    """Neither one given for good nor one from SSO/Login."""
    known = facts["counterpoint"]
    issued = login(till, known["user_name"], known["password"]).json()["APItoken"]
    for token in (till.token, issued):
        header = {"Authorization": f"Bearer {token}"}
        assert (
            till.http.get(f"{facts['native']['base_url']}/members?email=x@example.com", headers=header).status_code
            == 401
        )
        assert till.http.get(f"{facts['xomni']['base_url']}/private/pii/loyalty/1", headers=header).status_code == 401
