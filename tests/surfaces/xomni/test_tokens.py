"""Tokens are given as OAuth's clients ask for them, and a host is one tenant's."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from conftest import NOW, Clock, served
from guerdon.engine import Engine
from guerdon.serve import Places, listening
from surfaces.xomni.conftest import Api, refused

CLIENT = {"grant_type": "client_credentials", "client_id": "demo-xomni", "client_secret": "demo-xomni-secret"}
USER = {"grant_type": "password", "username": "demo-xomni", "password": "demo-xomni-secret"}
OTHER = {"client_id": "other-xomni", "client_secret": "other-xomni-secret"}
FORM = "application/x-www-form-urlencoded"
PRINCIPAL = "/private/auth/principal"


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def ask(api: Api, fields: dict[str, str], media_type: str = FORM, **headers: str) -> httpx.Response:
    """Asks for a token, with these headers alone."""
    content = urlencode(fields).encode()
    return api.http.post(
        f"{api.base_url}/oauth/token", content=content, headers={"Content-Type": media_type, **headers}
    )


def denied(response: httpx.Response, status: int) -> str:
    """OAuth's word for why there is no token, in a body that other clients read as any failure."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, response.headers["cache-control"]) == (status, "no-store")
    assert list(body) == ["error", "error_description", "IdentifierGuid", "IdentifierTick", "FriendlyDescription"]
    assert body["error_description"] == body["FriendlyDescription"]
    word: str = body["error"]
    return word


@pytest.mark.parametrize(
    "fields", [CLIENT, USER, {**USER, **OTHER, "username": "other-xomni", "password": "other-xomni-secret"}]
)
def test_a_token_is_good_and_its_own(api: Api, fields: dict[str, str]) -> None:
    """Sixty-four hexadecimal digits, for an hour; every one is another."""
    bodies = [ask(api, fields).json() for _ in range(2)]
    assert bodies[0]["access_token"] != bodies[1]["access_token"]
    for body in bodies:
        assert list(body) == ["access_token", "token_type", "expires_in", "scope"]
        assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "public private")
        assert len(bytes.fromhex(body["access_token"])) == 32
        assert replace(api, token=body["access_token"]).call("GET", PRINCIPAL).status_code == 200


def test_an_application_may_show_itself_in_the_header(api: Api) -> None:
    """Written as in a form; what is no basic authentication does not count."""
    grant = {"grant_type": "client_credentials"}
    good = basic("demo-xomni", "demo%2Dxomni%2Dsecret")
    assert ask(api, grant, Authorization=good).status_code == 200
    assert ask(api, CLIENT, Authorization="Bearer expired").status_code == 200
    assert denied(ask(api, CLIENT, Authorization=good), 400) == "invalid_request"
    assert denied(ask(api, grant, Authorization="Basic !"), 401) == "invalid_client"


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({}, 400, "invalid_request"),
        ({**USER, "grant_type": ""}, 400, "invalid_request"),
        ({**USER, "grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({**USER, "username": ""}, 400, "invalid_request"),
        ({**USER, "password": ""}, 400, "invalid_request"),
        ({**USER, "password": "wrong"}, 400, "invalid_grant"),
        ({**USER, "password": "demo-xomni-secret\0"}, 400, "invalid_grant"),
        ({**USER, "username": "demo-counterpoint"}, 400, "invalid_grant"),
        ({**USER, "client_id": "demo-xomni", "client_secret": "wrong"}, 401, "invalid_client"),
        ({**USER, **OTHER}, 400, "invalid_grant"),
        ({**CLIENT, "client_secret": ""}, 401, "invalid_client"),
        ({**CLIENT, "client_secret": "wrong"}, 401, "invalid_client"),
        ({**CLIENT, "client_id": "nobody"}, 401, "invalid_client"),
        ({**CLIENT, "client_secret": "x" * 100_000}, 401, "invalid_client"),
    ],
)
def test_who_gets_no_token(api: Api, fields: dict[str, str], status: int, why: str) -> None:
    """Each in OAuth's own word; a merchant's application asks for its own users only."""
    response = ask(api, fields)
    assert denied(response, status) == why
    assert response.headers.get("www-authenticate") == ("Basic" if status == 401 else None)


def test_a_form_is_asked_for(api: Api) -> None:
    """Nothing else is looked into."""
    for fields, media_type in ((USER, "application/json"), (USER, "text/plain"), (CLIENT, "")):
        assert denied(ask(api, fields, media_type), 400) == "invalid_request"


def test_a_token_ends_after_an_hour(dsn: str, api: Api) -> None:
    """Each server has a clock of its own, all have one database; none remembers what another let in."""
    token = ""
    for seconds, status in ((0, 200), (3599, 200), (3600, 401)):
        with served(dsn, Clock(NOW + timedelta(seconds=seconds))) as base_url:
            there = replace(api, base_url=f"{base_url}/xomni")
            token = token or ask(there, CLIENT).json()["access_token"]
            assert replace(there, token=token).call("GET", PRINCIPAL).status_code == status


# --- hosts


@pytest.fixture
async def on_hosts(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server where each tenant has a host."""
    async with (
        listening(engine, Places("127.0.0.1", 0, {"xomni": "*.api.example.com"})) as server,
        httpx.AsyncClient(base_url=server.base_url) as http,
    ):
        yield http


@pytest.mark.parametrize(
    ("host", "token", "status"),
    [
        ("demo.api.example.com", "demo-xomni-token", 200),
        ("DEMO.API.example.com:80", "demo-xomni-token", 200),
        ("demo.api.example.com", "other-xomni-token", 404),
        ("other.api.example.com", "demo-xomni-token", 404),
        ("nobody.api.example.com", "demo-xomni-token", 404),
        ("nobody.api.example.com", "wrong", 404),
        ("api.example.com", "demo-xomni-token", 404),
        ("demo.api.example.com", "wrong", 401),
    ],
)
async def test_a_host_is_one_tenants(on_hosts: httpx.AsyncClient, host: str, token: str, status: int) -> None:
    """Where there is no such tenant, or it is not the token's, there is nothing."""
    headers = {"Host": host, "Authorization": f"Bearer {token}"}
    response = await on_hosts.get(PRINCIPAL, headers=headers)
    if status == 200:
        assert response.json()["ApiUserName"] == "demo-xomni"
    else:
        refused(response, status)


async def test_a_host_gives_tokens_to_its_own_tenant(on_hosts: httpx.AsyncClient) -> None:
    """To another's it says no more than to a stranger."""

    async def asked(tenant: str, fields: dict[str, str]) -> httpx.Response:
        return await on_hosts.post("/oauth/token", data=fields, headers={"Host": f"{tenant}.api.example.com"})

    for fields in (CLIENT, USER):
        assert (await asked("demo", fields)).status_code == 200
    assert denied(await asked("other", CLIENT), 401) == "invalid_client"
    assert denied(await asked("other", USER), 400) == "invalid_grant"
    assert denied(await asked("demo", {**USER, **OTHER}), 401) == "invalid_client"
    assert denied(await asked("nobody", CLIENT), 404) == "invalid_request"
