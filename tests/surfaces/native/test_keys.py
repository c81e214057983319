"""Keys over a socket: what each may do, and what of another program it does not even see."""

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest

from guerdon.surfaces.native import SURFACE
from guerdon.surfaces.native.wire import OPERATOR
from surfaces.native.conftest import Api, Guest, exactly, refused


def keyed(api: Api, *scopes: str, **facts: Any) -> Api:
    """A client with a key of its own."""
    made = exactly(api.post("/api-keys", name=uuid.uuid4().hex, scopes=list(scopes), **facts))
    assert made["secret"].endswith(made["hint"])
    return replace(api, token=made["secret"])


@pytest.mark.parametrize(("scope", "allowed"), [("read", {"read"}), ("write", {"read", "write"}), ("admin", None)])
def test_a_scope_is_for_what_it_says(api: Api, scope: str, allowed: set[str] | None) -> None:
    """Of every operation there is: what a key may not do is refused before anything is read of it."""
    client = keyed(api, scope)
    for operation in SURFACE.operations:
        path = re.sub(r"\{\w+\}", lambda _: str(uuid.uuid4()), operation.paths[0])
        answer = client.call(operation.method, path, None if operation.method == "GET" else b"{")
        needed = operation.scope.split()[0]
        if needed != OPERATOR and (allowed is None or needed in allowed):
            assert answer.status_code != 403, operation.name
        else:
            refused(answer, 403, "forbidden")


def test_a_key_for_a_program_does_not_see_the_others(api: Api, guest: Guest) -> None:
    """Nothing in them can be read or changed; what concerns all programs is forbidden."""
    api.earned(guest.membership_id, 9)
    program = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    club = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    hold = api.held(guest.membership_id, 1)["id"]
    promise = exactly(api.post(f"/memberships/{guest.membership_id}/earn", points=3, pending=True))["pending_earn"][
        "id"
    ]
    said = {"program_id": program, "code": uuid.uuid4().hex, "title": "Mug", "kind": "custom", "cost": 1}
    mug = exactly(api.post("/rewards", **said))["id"]
    had = exactly(api.post(f"/memberships/{guest.membership_id}/redemptions", reward_id=mug))["id"]
    own, other = keyed(api, "admin", program_ids=[program]), keyed(api, "admin", program_ids=[club])
    before = api.get(f"/members/{guest.id}")
    for path in (
        f"/memberships/{guest.membership_id}",
        f"/memberships/{guest.membership_id}/entries",
        f"/memberships/{guest.membership_id}/offers",
        f"/holds/{hold}",
        f"/pending-earns/{promise}",
        f"/programs/{program}/tiers",
        f"/rewards/{mug}",
        f"/redemptions/{had}",
    ):
        assert own.call("GET", path).status_code == 200, path
        assert other.call("GET", path).status_code == 404, path
    for path in (
        f"/memberships/{guest.membership_id}/earn",
        f"/holds/{hold}/void",
        f"/pending-earns/{promise}/cancel",
        f"/redemptions/{had}/cancel",
    ):
        assert other.post(path, points=1).status_code == 404, path
    refused(other.call("PATCH", f"/rewards/{mug}", b"{}"), 404, "reward_not_found")
    refused(other.call("DELETE", f"/memberships/{guest.membership_id}"), 404, "membership_not_found")
    refused(other.post(f"/members/{guest.id}/memberships", program_id=program), 404, "program_not_found")
    refused(other.post("/members", program_id=program), 404, "program_not_found")
    refused(other.post("/rewards", **{**said, "code": "x"}), 404, "program_not_found")
    for client, seen in ((own, program), (other, club)):
        assert [each["id"] for each in client.get("/programs")["data"]] == [seen]
    assert had in [each["id"] for each in own.get("/redemptions")["data"]]
    for listed in ("/redemptions", f"/rewards?program_id={program}", f"/members?program_id={program}"):
        assert other.get(listed)["data"] == [], listed
    assert guest.id in [each["id"] for each in own.get(f"/members?program_id={program}")["data"]]
    assert other.get(f"/members/{guest.id}")["memberships"] == []
    for method, path in (("GET", "/api-keys"), ("GET", "/audit-log"), ("POST", "/programs"), ("DELETE", "/members/x")):
        refused(other.call(method, path), 403, "forbidden")
    assert api.get(f"/members/{guest.id}") == before


def test_a_key_for_a_program_lets_members_join_it_and_leaves_their_others_as_they_are(api: Api, guest: Guest) -> None:
    """A membership that it does not see stands for the member as before; and a late repeat has the first answer."""
    club = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    client, before = keyed(api, "write", program_ids=[club]), api.get(f"/memberships/{guest.membership_id}")
    joined = exactly(client.post(f"/members/{guest.id}/memberships", program_id=club))
    assert not joined["is_primary"]
    assert api.get(f"/memberships/{guest.membership_id}") == before
    path, key = f"/memberships/{joined['id']}/earn", uuid.uuid4().hex
    first = client.post(path, key, points=3)
    assert client.call("DELETE", f"/memberships/{joined['id']}").status_code == 204
    assert client.post(path, key, points=3).content == first.content
    program = keyed(api, "write", program_ids=[before["program_id"]])
    refused(program.post(path, key, points=3), 404, "membership_not_found")


def test_a_key_for_a_program_does_not_decide_that_another_one_stands_no_more(api: Api, guest: Guest) -> None:
    """Which membership stands for a member is for who sees both; where that one is its own, it may."""
    club = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    client, before = keyed(api, "write", program_ids=[club]), api.get(f"/memberships/{guest.membership_id}")
    path, primary = f"/members/{guest.id}/memberships", {"program_id": club, "is_primary": True}
    refused(client.post(path, **primary), 403, "forbidden")
    joined = exactly(client.post(path, program_id=club))
    change = b'{"is_primary":true,"number":"1"}'
    refused(client.call("PATCH", f"/memberships/{joined['id']}", change), 403, "forbidden")
    assert api.get(f"/memberships/{guest.membership_id}") == before
    assert exactly(api.call("PATCH", f"/memberships/{joined['id']}", change))["is_primary"]
    assert exactly(client.call("PATCH", f"/memberships/{joined['id']}", change))["is_primary"]
    assert client.call("DELETE", f"/memberships/{joined['id']}").status_code == 204
    assert exactly(client.post(path, **primary))["is_primary"]


def test_a_key_for_a_program_has_its_orders_and_rules_only(api: Api, guest: Guest) -> None:
    said: dict[str, Any] = {"reference": uuid.uuid4().hex, "amount": 1}
    program = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    club = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    own, other = keyed(api, "admin", program_ids=[program]), keyed(api, "admin", program_ids=[club])
    order = exactly(own.post("/orders", membership_id=guest.membership_id, **said))["id"]
    for path in (f"/orders/{order}", f"/programs/{program}/rule-sets"):
        assert own.call("GET", path).status_code == 200, path
        assert other.call("GET", path).status_code == 404, path
    refused(other.post("/orders", membership_id=guest.membership_id, **said), 404, "membership_not_found")
    refused(other.post(f"/orders/{order}/returns", **said), 404, "order_not_found")
    refused(other.post("/orders/preview", program_id=program, amount=1), 404, "program_not_found")
    refused(other.post(f"/programs/{program}/rule-sets", rules={"rules": []}), 404, "program_not_found")
    assert [each["id"] for each in own.get("/orders?limit=1")["data"]] == [order]
    assert other.get("/orders")["data"] == other.get(f"/orders?program_id={program}")["data"] == []
    assert exactly(own.post(f"/orders/{order}/returns", **said))["order"]["state"] == "returned"


def test_the_log_says_who_did_it_and_has_no_secret(api: Api) -> None:
    client = keyed(api, "admin")
    made = exactly(client.post("/programs", code=uuid.uuid4().hex, name="Club", points_per_unit=0.1))
    exactly(client.call("PATCH", f"/programs/{made['id']}", b'{"name":"New"}'))
    other = exactly(client.post("/api-keys", name="Other", scopes=["read"]))
    changed, added = client.get(f"/audit-log?subject_id={made['id']}")["data"]
    assert (added["action"], added["before"], added["after"]) == ("createProgram", None, made)
    assert (changed["action"], changed["before"], changed["after"]) == ("updateProgram", made, {**made, "name": "New"})
    page = client.call("GET", f"/audit-log?subject_id={other['id']}")
    assert page.json()["data"][0]["kind"] == "api_key"
    assert other["secret"] not in page.text
    assert {each["actor_id"] for each in (changed, added, page.json()["data"][0])} == {added["actor_id"]}
    assert client.get(f"/audit-log?subject_id={made['id']}&actor_id={uuid.uuid4()}")["data"] == []
