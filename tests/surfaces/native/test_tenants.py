"""Tenants over a socket: only the operator makes them, and a suspended one lets nobody in."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from conftest import OPERATOR_KEY
from surfaces.native.conftest import Api, exactly, refused


@pytest.fixture
def operator(api: Api) -> Api:
    """Whoever runs the server."""
    return replace(api, token=OPERATOR_KEY)


def test_a_tenant_lives(api: Api, operator: Api) -> None:
    """Its first key opens it and nothing else; suspended, it is closed at once, and open again afterwards."""
    slug = "t-" + uuid.uuid4().hex
    made = exactly(operator.post("/tenants", slug=slug, name="Corner Cafe", program={"code": "CLUB", "name": "Club"}))
    owner, path = replace(api, token=made.pop("api_key")["secret"]), f"/tenants/{made['id']}"
    (program,) = owner.get("/programs")["data"]
    assert (program["code"], owner.get("/members")["data"]) == ("CLUB", [])
    member = exactly(owner.post("/members", program_id=program["id"]))
    refused(api.call("GET", f"/members/{member['id']}"), 404, "member_not_found")
    assert operator.get(path) == operator.get(f"/tenants?slug={slug}")["data"][0] == made

    tag = operator.call("GET", path).headers["etag"]
    ended = exactly(operator.call("PATCH", path, b'{"is_active":false}', If_Match=tag))
    assert (ended["is_active"], ended["suspended_at"] is not None) == (False, True)
    refused(owner.call("GET", "/members"), 401, "unauthorized")
    refused(operator.call("PATCH", path, b'{"name":"x"}', If_Match=tag), 412, "precondition_failed")
    key = uuid.uuid4().hex
    for _ in range(2):
        again = operator.call("PATCH", path, b'{"is_active":true,"name":"Cafe"}', Idempotency_Key=key)
        assert exactly(again) == {**made, "name": "Cafe"}
    assert owner.get("/members")["data"][0]["id"] == member["id"]

    other = exactly(operator.post(f"{path}/api-keys", name="Lost the first"))
    log = replace(api, token=other["secret"]).call("GET", "/audit-log")
    told = [(each["action"], each["actor"]) for each in log.json()["data"]]
    assert [action for action, _ in told if action != "createMember"] == [
        "createTenantKey", "updateTenant", "updateTenant", "createTenant"
    ]  # fmt: skip
    assert {actor for action, actor in told if action != "createMember"} == {"operator"}
    assert "gdn_live_" not in log.text


def test_only_the_operator_may(api: Api, operator: Api) -> None:
    slug = "t-" + uuid.uuid4().hex
    refused(api.post("/tenants", slug=slug, name="x"), 403, "forbidden")
    refused(replace(api, token=OPERATOR_KEY + "x").post("/tenants", slug=slug, name="x"), 401, "unauthorized")
    refused(operator.call("GET", "/members"), 401, "unauthorized")
    for path in ("/tenants/x", f"/tenants/{uuid.uuid4()}"):
        refused(operator.call("GET", path), 404, "tenant_not_found")
        refused(operator.call("PATCH", path, b"{}", Idempotency_Key="k"), 404, "tenant_not_found")
        refused(operator.post(f"{path}/api-keys", name="x"), 404, "tenant_not_found")
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"slug": f"{slug}\n"}, "/slug"),
        ({"program": {"code": "C", "name": "C", "earning_rate": -1}}, "/program/earning_rate"),
    )
    for wrong, pointer in cases:
        body = refused(operator.post("/tenants", **{"slug": slug, "name": "x", **wrong}), 400, "invalid_field")
        assert body["errors"][0]["pointer"] == pointer
    assert operator.get(f"/tenants?slug={slug}") == {"data": [], "next_cursor": None}


def test_a_slug_is_one_s_own(operator: Api) -> None:
    """Of many that ask for one at once, one has it."""
    slug = "t-" + uuid.uuid4().hex
    answers = operator.many(8, "/tenants", slug=slug, name="x")
    assert sorted(each.status_code for each in answers) == [200, *[409] * 7]
    other = exactly(operator.post("/tenants", slug=f"{slug}-2", name="y"))
    taken = operator.call("PATCH", f"/tenants/{other['id']}", f'{{"slug":"{slug}"}}'.encode())
    refused(taken, 409, "code_taken")
    first, second = operator.get("/tenants?limit=1"), operator.get("/tenants?limit=2")
    assert operator.get(f"/tenants?limit=1&cursor={first['next_cursor']}")["data"] == second["data"][1:]
    wrongs: list[dict[str, Any]] = [
        {"slug": "A"},
        {"slug": "a_b"},
        {"slug": ""},
        {"slug": "a" * 64},
        {"name": ""},
        {"program": {}},
    ]
    for wrong in wrongs:
        said: dict[str, Any] = {"slug": "t", "name": "x", **wrong}
        refused(operator.post("/tenants", **said), 400, "invalid_field")
