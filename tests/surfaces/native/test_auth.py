"""Who is let in: a bearer token of the native surface, and nobody sees another merchant's anything."""

import base64
import re
import uuid
from dataclasses import replace
from typing import Any

import httpx
import pytest

from conftest import served
from guerdon.surfaces.native import SURFACE
from guerdon.web.limiting import Rate
from surfaces.native.conftest import Api, Guest, exactly, refused

BASIC = base64.b64encode(b"demo-native:demo-native-secret").decode()


@pytest.mark.parametrize("authorization", ["", "Bearer", f"Basic {BASIC}", "demo-native-token", "Digest x"])
def test_without_a_token(api: Api, guest: Guest, authorization: str) -> None:
    response = api.call("GET", f"/members/{guest.id}", Authorization=authorization)
    refused(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == 'Bearer realm="guerdon"'


@pytest.mark.parametrize("token", ["x", "demo-native-tokem", "x" * 5_000, "ÿ", "' OR true --", "a b"])
def test_with_a_token_that_nobody_has(api: Api, guest: Guest, token: str) -> None:
    response = api.http.get(
        f"{api.base_url}/members/{guest.id}", headers={b"Authorization": f"Bearer {token}".encode("latin-1")}
    )
    refused(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == 'Bearer realm="guerdon", error="invalid_token"'


@pytest.mark.parametrize("surface", ["counterpoint", "deliverect", "xomni"])
def test_with_a_token_of_another_surface(api: Api, facts: dict[str, Any], surface: str) -> None:
    response = api.call("GET", "/members?number=1", Authorization=f"Bearer {facts[surface]['token']}")
    refused(response, 401, "unauthorized")


@pytest.mark.parametrize("authorization", ["bearer {}", "BEARER {}", "Bearer  {} "])
def test_the_scheme_is_taken_in_any_case(api: Api, authorization: str) -> None:
    response = api.call("GET", "/members?number=1", Authorization=authorization.format(api.token).strip())
    assert response.status_code == 200


def test_every_operation_asks_for_a_token(api: Api, http: httpx.Client) -> None:
    document = http.get(f"{api.base_url}/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods:
            there = re.sub(r"\{\w+\}", lambda _: str(uuid.uuid4()), path)
            response = api.call(method.upper(), there, b"{", Authorization="")
            assert refused(response, 401, "unauthorized")


def test_a_neighbour_sees_nothing_and_changes_nothing(api: Api, neighbour: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 4)
    promise = exactly(api.post(f"/memberships/{guest.membership_id}/earn", points=3, pending=True))["pending_earn"]
    before = api.get(f"/members/{guest.id}")
    for query in (f"number={guest.number}", f"email={guest.email}", f"identifier=native.test:{guest.number}"):
        assert neighbour.get(f"/members?{query}") == {"data": [], "next_cursor": None}
    for path in (f"/members/{guest.id}", f"/members/{guest.id}/memberships"):
        refused(neighbour.call("GET", path), 404, "member_not_found")
    for below in ("", "/balance", "/entries", "/entries/1", "/holds", "/lots", "/pending-earns"):
        response = neighbour.call("GET", f"/memberships/{guest.membership_id}{below}")
        refused(response, 404, "membership_not_found")
    for verb in ("earn", "holds", "adjust", "set", "entries/1/reverse"):
        response = neighbour.post(f"/memberships/{guest.membership_id}/{verb}", points=1)
        refused(response, 404, "membership_not_found")
    refused(neighbour.call("GET", f"/holds/{hold['id']}"), 404, "hold_not_found")
    for verb in ("capture", "void"):
        refused(neighbour.post(f"/holds/{hold['id']}/{verb}"), 404, "hold_not_found")
    refused(neighbour.call("GET", f"/pending-earns/{promise['id']}"), 404, "pending_not_found")
    for verb in ("activate", "cancel"):
        refused(neighbour.post(f"/pending-earns/{promise['id']}/{verb}"), 404, "pending_not_found")
    assert api.get(f"/members/{guest.id}") == before
    assert api.get(f"/holds/{hold['id']}") == hold
    assert api.get(f"/pending-earns/{promise['id']}") == promise


def test_points_cannot_be_moved_to_or_from_a_neighbour(
    api: Api, neighbour: Api, guest: Guest, facts: dict[str, Any]
) -> None:
    api.earned(guest.membership_id, 10)
    customer = {"email": f"{uuid.uuid4()}@example.com", "firstName": "Jane", "dateOfBirth": "1984-03-09"}
    link, token = (facts["other_tenant"]["deliverect"][name] for name in ("channel_link", "token"))
    joined = api.http.post(
        f"{facts['base_url']}/deliverect/loyalty/{link}/customer",
        json=customer,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert joined.is_success, joined.text
    (theirs,) = neighbour.get(f"/members?email={customer['email']}")["data"][0]["memberships"]
    for client, source, target in (
        (api, guest.membership_id, theirs["id"]),
        (neighbour, theirs["id"], guest.membership_id),
        (neighbour, guest.membership_id, theirs["id"]),
    ):
        answer = client.post(f"/memberships/{source}/transfer", to_membership_id=target, points=1)
        refused(answer, 404, "membership_not_found")
    assert api.balance(guest.membership_id)["posted"] == 10


def test_what_a_neighbour_is_told_is_what_nobody_is_told(api: Api, neighbour: Api, guest: Guest) -> None:
    nothing = str(uuid.uuid4())
    hidden, absent = (
        refused(neighbour.call("GET", f"/members/{member}"), 404, "member_not_found") for member in (guest.id, nothing)
    )
    assert hidden["detail"].replace(guest.id, nothing) == absent["detail"]


def test_each_answer_tells_what_is_left_of_the_share(dsn: str, http: httpx.Client, facts: dict[str, Any]) -> None:
    """Refusals too; and one too many says when there is more."""
    with served(dsn, surfaces=(replace(SURFACE, rate=Rate(2, 60)),)) as base:
        headers = {"Authorization": f"Bearer {facts['native']['token']}"}
        answers = [http.get(f"{base}/v1/members/x", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers] == [
        '"default";r=1',
        '"default";r=0',
        '"default";r=0',
    ]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=2;w=60'}
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
