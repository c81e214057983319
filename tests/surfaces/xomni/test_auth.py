"""Who is let in: a token or an API user of this tenant, on this surface, and nobody else."""

from base64 import b64encode
from typing import Any

import pytest

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


@pytest.mark.parametrize("path", [f"{USERS}/1", f"{LIST}?skip=0&take=1", f"{USERS}/x", LIST])
def test_readers_show_credentials_too(api: Api, path: str) -> None:
    """Before anything else is looked at."""
    refused(api.call("GET", path, Authorization=""), 401)


def test_who_is_not_let_in_learns_nothing_of_the_body(api: Api) -> None:
    """The body is read only for callers that are known."""
    for body in (b"", b"{", b'{"UserName":""}'):
        refused(api.call("POST", USERS, body, Authorization=""), 401)
