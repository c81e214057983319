"""Single sign-on: a browser brings a code, and is sent to the shop with a token, or as a guest; nowhere else."""

import asyncio
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from guerdon.core.callers import Caller
from guerdon.core.members import NUMBER, Identifier
from guerdon.demo import tenant
from guerdon.engine import Engine, finding, merging
from surfaces.deliverect.channels import Channel, an_email, demo
from surfaces.deliverect.partners import Deliverect, code_for, installed

DEMO = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4())


@pytest.fixture
def customer(channel: Channel) -> str:
    """Somebody who signs on."""
    made: str = channel.create(email=an_email(), firstName="Ana").json()["providerId"]
    return made


def test_single_sign_on_tells_the_shop_who_it_is(
    http: httpx.Client, customer: str, channel: Channel, facts: dict[str, Any]
) -> None:
    """The code is good once: a browser that comes with it again is a guest."""
    code = code_for(http, facts, customer)
    url = f"{channel.base_url}/loyalty/{channel.link}/sso"
    wanted = f"{facts['deliverect']['shop']}/cart?a=1#top"
    sent = http.get(url, params={"code": code, "returnUrl": wanted})
    target = urlsplit(sent.headers["location"])
    assert (sent.status_code, sent.content) == (302, b"")
    assert (target.netloc, target.path, target.fragment) == ("shop.example.com", "/cart", "top")
    query = parse_qs(target.query)
    assert query["a"] == ["1"]
    known = channel.get(providerId=query["auth_token"][0])
    assert known.json()["providerId"] == customer
    again = http.get(url, params={"code": code, "returnUrl": wanted})
    assert (again.status_code, again.headers["location"]) == (302, wanted)


async def test_who_has_gone_up_in_another_since_is_that_one(
    engine: Engine, customer: str, channel: Channel, facts: dict[str, Any]
) -> None:
    """Whatever else the shop knows, all of it is of one person."""
    code = await asyncio.to_thread(code_for, channel.http, facts, customer)
    url = f"{channel.base_url}/loyalty/{channel.link}/sso"
    sent = await asyncio.to_thread(channel.http.get, url, params={"code": code})
    token = parse_qs(urlsplit(sent.headers["location"]).query)["auth_token"][0]
    email = an_email()
    other = (await asyncio.to_thread(channel.create, email=email)).json()["providerId"]
    into_id, from_id = [await finding.member(engine, DEMO, [Identifier(NUMBER, each)]) for each in (other, customer)]
    await merging.merge(engine, DEMO, into_id=into_id, from_id=from_id)
    for more in ({}, {"email": email}):
        shown = await asyncio.to_thread(channel.get, providerId=token, **more)
        assert (shown.status_code, shown.json()["providerId"]) == (200, other)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com/menu",
        "https://shop.example.com.evil.example.com/",
        "https://shop.example.com@evil.example.com/",
        "https://shop.example.com:8443/",
        "http://shop.example.com/",
        "//evil.example.com",
        "/menu",
        "javascript:alert(1)",
        "https://evil.example.com\\@shop.example.com",
        "https://[",
        "https://shop\u212f.example.com",
    ],
)
def test_a_browser_is_sent_nowhere_but_to_the_shop(http: httpx.Client, channel: Channel, wanted: str) -> None:
    url = f"{channel.base_url}/loyalty/{channel.link}/sso"
    sent = http.get(url, params={"code": "used", "returnUrl": wanted})
    assert (sent.status_code, sent.headers["location"]) == (302, "https://shop.example.com/menu")


@pytest.mark.parametrize(
    "query", [{}, {"code": ""}, {"code": "x", "returnUrl": "https://shop.example.com/\r\nX: y"}, {"returnUrl": "/"}]
)
def test_a_browser_that_comes_with_nothing_useful_cannot_be_sent_on(
    http: httpx.Client, channel: Channel, query: dict[str, str]
) -> None:
    answer = http.get(f"{channel.base_url}/loyalty/{channel.link}/sso", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_link_without_a_shop_has_no_single_sign_on(http: httpx.Client, facts: dict[str, Any]) -> None:
    plain = demo(http, facts, "channel_link_without_tiers")
    answer = http.get(f"{plain.base_url}/loyalty/{plain.link}/sso?code=x")
    assert answer.status_code == 422


def test_deliverect_trades_a_code_for_who_it_is(http: httpx.Client, customer: str, facts: dict[str, Any]) -> None:
    """With what the registration told it; once, and only where both the signature and the secret are right."""
    deliverect = installed(http, facts)
    told = deliverect.urls
    url, code = told["oauthUrl"] + "/token", code_for(http, facts, customer)
    client = {"client_id": told["oauthClientId"], "client_secret": told["oauthClientSecret"]}
    body = {"grant_type": "authorization_code", **client, "code": code}

    def asked(**changed: str) -> httpx.Response:
        return deliverect.post(url, {**body, **changed})

    assert http.post(url, json=body).status_code == 401
    for wrong in ({"client_secret": "wrong"}, {"client_id": "demo-deliverect"}, {"grant_type": "password"}):
        assert asked(**wrong).status_code == 400
    given = asked().json()
    assert given.keys() == {"access_token", "created_at", "token_type", "scope"}
    assert given["created_at"].isdigit()
    known = who_came(deliverect, given["access_token"])
    assert (known.status_code, known.json()["providerId"]) == (200, customer)
    assert asked().status_code == 400
    assert who_came(deliverect, "wrong").status_code == 404


def who_came(deliverect: Deliverect, token: str) -> httpx.Response:
    """The customer that a token tells, asked for without any identifier."""
    headers = {**deliverect.signed(b""), "Authorization": f"Bearer {token}"}
    return deliverect.http.get(deliverect.urls["customerURL"], params=deliverect.context, headers=headers)
