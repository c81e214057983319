"""Who is let in, for how long, and what the token endpoint says to the others."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from conftest import NOW, Clock, served
from guerdon.core.programs import ChannelLink, Program
from guerdon.engine import Engine
from guerdon.engine.founding import Founding, NewCredential, found

EXPIRED = {"code": "token_expired", "description": "token is expired"}
DENIED = {"error": "access_denied", "error_description": "Unauthorized"}


def ask(http: httpx.Client, facts: dict[str, Any], **changed: Any) -> httpx.Response:
    """Asks for a token with the demo tenant's credentials; a change to None leaves the member out."""
    known = facts["deliverect"]
    body = {
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
        "audience": known["base_url"],
        "grant_type": "client_credentials",
        **changed,
    }
    sent = {name: value for name, value in body.items() if value is not None}
    return http.post(f"{known['base_url']}/oauth/token", json=sent)


def knock(http: httpx.Client, facts: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    """Looks up a customer that nobody knows: 404 means let in."""
    known = facts["deliverect"]
    return http.get(f"{known['base_url']}/loyalty/{known['channel_link']}/customer?providerId=x", headers=headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_the_loyalty_routes(http: httpx.Client, facts: dict[str, Any]) -> None:
    answer = ask(http, facts)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert list(body) == ["access_token", "expires_at", "expires_in", "scope", "token_type"]
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    assert knock(http, facts, bearer(body["access_token"])).status_code == 404


def test_every_token_is_another_and_the_earlier_ones_stay_good(http: httpx.Client, facts: dict[str, Any]) -> None:
    tokens = [ask(http, facts).json()["access_token"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert [knock(http, facts, bearer(token)).status_code for token in tokens] == [404, 404]


@pytest.mark.parametrize(
    "changed",
    [
        {"grant_type": "token"},
        {"audience": None},
        {"audience": "https://api.staging.deliverect.example/api/v2/"},
        {"something_new": 1},
    ],
)
def test_what_does_not_matter(http: httpx.Client, facts: dict[str, Any], changed: dict[str, Any]) -> None:
    assert ask(http, facts, **changed).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"client_secret": "wrong"},
        {"client_secret": ""},
        {"client_secret": "x" * 100_000},
        {"client_id": "nobody"},
        {"client_id": "demo-counterpoint", "client_secret": "demo-counterpoint-secret"},
        {"client_id": "other-deliverect"},
    ],
)
def test_wrong_credentials_are_denied(http: httpx.Client, facts: dict[str, Any], changed: dict[str, Any]) -> None:
    answer = ask(http, facts, **changed)
    assert (answer.status_code, answer.json()) == (401, DENIED)
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_secret": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": 7}, "invalid_request"),
        ({"client_id": "x" * 256}, "invalid_request"),
        ({"client_id": "demo\0deliverect"}, "invalid_request"),
        ({"client_secret": ["x"]}, "invalid_request"),
    ],
)
def test_a_request_that_is_none(http: httpx.Client, facts: dict[str, Any], changed: dict[str, Any], code: str) -> None:
    answer = ask(http, facts, **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert list(answer.json()) == ["error", "error_description"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b'[{"client_id":"demo-deliverect","client_secret":"demo-deliverect-secret","grant_type":"token"}]',
        b"client_id=demo-deliverect&grant_type=client_credentials",
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
def test_a_body_that_is_none(http: httpx.Client, facts: dict[str, Any], raw: bytes) -> None:
    answer = http.post(f"{facts['deliverect']['base_url']}/oauth/token", content=raw)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer unknown"},
        {"Authorization": "Bearer " + "x" * 5_000},
        {"Authorization": "Basic ZGVtby1kZWxpdmVyZWN0OmRlbW8="},
        {"Authorization": "demo-deliverect-token"},
        {"Authorization": "Bearer demo-counterpoint-token"},
    ],
)
def test_without_a_good_token_nobody_gets_in(
    http: httpx.Client, facts: dict[str, Any], headers: dict[str, str]
) -> None:
    known = facts["deliverect"]
    path = f"{known['base_url']}/loyalty/{known['channel_link']}/customer"
    body = {"email": f"{uuid.uuid4().hex}@example.com"}
    for answer in (knock(http, facts, headers), http.post(path, json=body, headers=headers)):
        assert (answer.status_code, answer.json()) == (401, EXPIRED)
        assert answer.headers["www-authenticate"] == "Bearer"
    look_up = http.get(path, params=body, headers=bearer(known["token"]))
    assert look_up.status_code == 404


def test_credentials_are_looked_at_before_the_body(http: httpx.Client, facts: dict[str, Any]) -> None:
    known = facts["deliverect"]
    answer = http.post(f"{known['base_url']}/loyalty/{known['channel_link']}/customer", content=b"{")
    assert (answer.status_code, answer.json()) == (401, EXPIRED)


def test_the_word_bearer_is_taken_in_any_case(http: httpx.Client, facts: dict[str, Any]) -> None:
    assert knock(http, facts, {"authorization": f"bearer {facts['deliverect']['token']}"}).status_code == 404


def test_a_token_is_good_for_an_hour_and_no_longer(http: httpx.Client, dsn: str, facts: dict[str, Any]) -> None:
    """Each server has a clock of its own, all have one database; none remembers what another let in."""

    def at(seconds: int) -> Clock:
        return Clock(NOW + timedelta(seconds=seconds))

    def moved(base_url: str) -> dict[str, Any]:
        return {"deliverect": {**facts["deliverect"], "base_url": f"{base_url}/deliverect"}}

    with served(dsn, at(0)) as base_url:
        body = ask(http, moved(base_url)).json()
        assert body["expires_at"] == int(NOW.timestamp()) + 3600
    with served(dsn, at(3599)) as base_url:
        assert knock(http, moved(base_url), bearer(body["access_token"])).status_code == 404
    with served(dsn, at(3600)) as base_url:
        answer = knock(http, moved(base_url), bearer(body["access_token"]))
        assert (answer.status_code, answer.json()) == (401, EXPIRED)
        assert knock(http, moved(base_url), bearer(facts["deliverect"]["token"])).status_code == 404


@dataclass(frozen=True)
class Cafe:
    """A tenant of a test's own, as a channel sees it."""

    name: str
    link: str


async def open_cafe(engine: Engine, scopes: frozenset[str]) -> Cafe:
    """Founds a tenant whose Deliverect credential has these scopes."""
    name, link = uuid.uuid4().hex, uuid.uuid4().hex[:24]
    program = Program(
        id=uuid.uuid4(),
        chain_id=uuid.uuid4(),
        code="P",
        name="Program",
        earning_descriptions=(),
        redemption_descriptions=(),
        points_per_unit=Decimal(100),
        allow_negative=False,
    )
    founding = Founding(
        tenant_id=uuid.uuid4(),
        slug=name,
        name="Cafe",
        chain_id=program.chain_id,
        programs=[program],
        links=[(ChannelLink(link, program.id, shows_tiers=False), True)],
        credentials=[NewCredential(surface="deliverect", name=name, secret="secret", scopes=scopes)],
    )
    assert await found(engine, founding)
    return Cafe(name, link)


@pytest.mark.parametrize(
    ("scopes", "shown", "status"),
    [
        (frozenset[str](), "genericChannel:guerdon", 404),
        (frozenset({"genericChannel:cafe"}), "genericChannel:cafe", 404),
        (frozenset({"store", "genericCommerce"}), "genericCommerce store", 404),
        (frozenset({"genericPOS", "store"}), "genericPOS store", 403),
    ],
)
async def test_scopes_are_told_and_open_the_loyalty_routes(
    engine: Engine, facts: dict[str, Any], scopes: frozenset[str], shown: str, status: int
) -> None:
    cafe = await open_cafe(engine, scopes)
    async with httpx.AsyncClient(base_url=facts["deliverect"]["base_url"], timeout=30) as client:
        credentials = {"client_id": cafe.name, "client_secret": "secret", "grant_type": "client_credentials"}
        body = (await client.post("/oauth/token", json=credentials)).json()
        answer = await client.get(f"/loyalty/{cafe.link}/customer?providerId=x", headers=bearer(body["access_token"]))
    assert body["scope"] == shown
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "insufficient_permissions"
