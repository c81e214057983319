"""Who is let in: a token or an API user of this tenant, on this surface, and nobody else."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from conftest import served
from guerdon.serve import configured
from guerdon.settings import Settings
from surfaces.xomni.conftest import LIST, USERS, Api, new_name, refused


def basic(name: str, password: str) -> str:
    """The header of an API user."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def test_a_token_lets_in(api: Api) -> None:
    """As since version 4, the scheme in any case."""
    assert api.call("GET", f"{LIST}?skip=0&take=1").status_code == 200
    assert api.call("GET", f"{LIST}?skip=0&take=1", Authorization=f"bearer  {api.token}").status_code == 200


def test_an_api_user_lets_in(api: Api, facts: dict[str, Any]) -> None:
    """As before version 4."""
    known = facts["xomni"]
    sent = basic(known["user_name"], known["password"])
    for header in (sent, sent.replace("Basic", "basic")):
        assert api.call("GET", f"{LIST}?skip=0&take=1", Authorization=header).status_code == 200
    name = new_name()
    assert api.call("POST", USERS, f'{{"UserName":"{name}"}}'.encode(), Authorization=sent).json()["UserName"] == name


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer demo-xomni",
        "Bearer demo-counterpoint-token",
        "Bearer demo-xomni-token demo-xomni-token",
        "demo-xomni-token",
        "Digest demo-xomni-token",
        "Basic",
        "Basic !!!",
        "Basic \u00e9\u00e9\u00e9\u00e9",
        "Bearer \u00e9",
        "Basic " + b64encode(b"no colon").decode(),
        "Basic " + b64encode(b"\xff\xfe:\xff").decode(),
        basic("demo-xomni", "wrong"),
        basic("demo-xomni", ""),
        basic("demo-xomni", "x" * 10_000),
        basic("nobody", "demo-xomni-secret"),
        basic("nobody\0", "demo-xomni-secret"),
        basic("demo-counterpoint", "demo-counterpoint-secret"),
    ],
)
def test_nobody_else_is_let_in(api: Api, header: str) -> None:
    """One answer for every reason, and it does not tell which."""
    sent = {b"Authorization": header.encode("latin-1")} if header else {}
    response = api.http.post(api.base_url + USERS, content=b'{"UserName":"x"}', headers=sent)
    assert refused(response, 401) == "The credentials are missing or not valid."
    assert response.headers["www-authenticate"] == "Bearer"


def test_credentials_in_clear_are_refused(dsn: str, api: Api) -> None:
    """Unless the server is told otherwise, as it is for the demo; a proxy in front says what it ended TLS for."""
    grant = b"grant_type=client_credentials&client_id=demo-xomni&client_secret=demo-xomni-secret"
    form = "application/x-www-form-urlencoded"
    with served(dsn, surfaces=configured(Settings())) as address:
        there = replace(api, base_url=f"{address}/xomni")
        for proto in ("", "http"):
            got = there.call("GET", f"{LIST}?skip=0&take=1", X_Forwarded_Proto=proto)
            assert refused(got, 403) == "Credentials are taken over HTTPS only."
            assert there.call("POST", "/oauth/token", grant, Content_Type=form).status_code == 403
        assert there.call("GET", f"{LIST}?skip=0&take=1", X_Forwarded_Proto="https").status_code == 200
        secure = there.call("POST", "/oauth/token", grant, Content_Type=form, X_Forwarded_Proto="https")
        assert secure.status_code == 200
    assert {s.name: s.on for s in configured(Settings(), demo=True)}["xomni"] == {"plain_http"}


@pytest.mark.parametrize("path", [f"{USERS}/1", f"{LIST}?skip=0&take=1", f"{USERS}/x", LIST])
def test_readers_show_credentials_too(api: Api, path: str) -> None:
    """Before anything else is looked at."""
    refused(api.call("GET", path, Authorization=""), 401)


def test_who_is_not_let_in_learns_nothing_of_the_body(api: Api) -> None:
    """The body is read only for callers that are known."""
    for body in (b"", b"{", b'{"UserName":""}'):
        refused(api.call("POST", USERS, body, Authorization=""), 401)
