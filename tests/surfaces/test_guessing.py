"""Who guesses at secrets is slowed on every surface that takes some, and locks out nobody elsewhere."""

import asyncio
import uuid
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Facts = dict[str, Any]
RIGHT, WRONG = "", "wrong"


def basic(facts: Facts, wrong: str) -> httpx.Request:
    """An API user's call."""
    known = facts["xomni"]
    pair = b64encode(f"{known['user_name']}:{wrong or known['password']}".encode()).decode()
    url = f"{known['base_url']}/private/auth/principal"
    return httpx.Request("GET", url, headers={"Authorization": f"Basic {pair}"})


def user(facts: Facts, wrong: str) -> httpx.Request:
    """An API user that asks for a token."""
    known = facts["xomni"]
    form = {"grant_type": "password", "username": known["user_name"], "password": wrong or known["password"]}
    return httpx.Request("POST", f"{known['base_url']}/oauth/token", data=form)


def application(facts: Facts, wrong: str) -> httpx.Request:
    """An application that asks for one: whoever guesses at a user by it has to show the right secret itself."""
    known = facts["xomni"]
    form = {"grant_type": "client_credentials", "client_id": known["user_name"]}
    form["client_secret"] = wrong or known["password"]
    return httpx.Request("POST", f"{known['base_url']}/oauth/token", data=form)


def channel(facts: Facts, wrong: str) -> httpx.Request:
    """A channel that asks for one."""
    known = facts["deliverect"]
    body = {"client_id": known["client_id"], "client_secret": wrong or known["client_secret"]}
    body |= {"audience": "https://api.deliverect.com", "grant_type": "token"}
    return httpx.Request("POST", f"{known['base_url']}/oauth/token", json=body)


def till(facts: Facts, wrong: str) -> httpx.Request:
    """A till that signs in."""
    body = {"UserName": "demo-counterpoint", "Password": wrong or "demo-counterpoint-secret"}
    return httpx.Request("POST", f"{facts['counterpoint']['base_url']}/SSO/Login", json=body)


@pytest.mark.parametrize(
    ("asking", "wrong", "too_many"),
    [(basic, 401, 429), (user, 400, 429), (application, 401, 429), (channel, 401, 429), (till, 401, 503)],
)
def test_secrets_are_not_guessed_for_long(
    http: httpx.Client, facts: Facts, asking: Callable[[Facts, str], httpx.Request], wrong: int, too_many: int
) -> None:
    """Ten of a name from one address in a minute; then not even the right one is looked at, unless from elsewhere."""

    def asked(secret: str, address: str) -> httpx.Response:
        request = asking(facts, secret)
        request.headers["X-Forwarded-For"] = f"198.51.100.7, {address}"
        return http.send(request)

    here, there = (f"2001:db8::{uuid.uuid4().hex[:4]}:{n}" for n in "12")
    assert [asked(f"{WRONG}{n}", here).status_code for n in range(9)] == [wrong] * 9
    assert asked(RIGHT, here).status_code == 200  # and begins anew
    assert [asked(f"{WRONG}{n}", here).status_code for n in range(10)] == [wrong] * 10
    refused = asked(RIGHT, here)
    assert refused.status_code == too_many
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert asked(RIGHT, there).status_code == 200


async def test_one_secret_many_times_at_once_is_one_guess(facts: Facts) -> None:
    """An integration begins with all its requests together, before any of them has been let in."""
    requests = [basic(facts, RIGHT) for _ in range(30)]
    for request in requests:
        request.headers["X-Forwarded-For"] = "2001:db8::3"
    async with httpx.AsyncClient(timeout=60) as http:
        answers = await asyncio.gather(*map(http.send, requests))
    assert {answer.status_code for answer in answers} == {200}
