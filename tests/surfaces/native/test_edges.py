"""The edges of times, nesting, cursors and parameters, at every operation that has any: never a fault of ours."""

import base64
import json
import re
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args
from urllib.parse import quote

import msgspec
import pytest

from conftest import OPERATOR_KEY
from guerdon.surfaces.native import SURFACE
from guerdon.surfaces.native.wire.orders import OrderQuery
from guerdon.web.operations import Operation
from guerdon.web.parsing import DEEPEST
from surfaces.native.conftest import Api, Guest, exactly, refused
from web.described import DESCRIPTIONS

EDGES = ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00")
DOCUMENT = DESCRIPTIONS[SURFACE.name].document


def _moments(model: Any) -> list[str]:
    """The members of a model that are moments."""
    if not (isinstance(model, type) and issubclass(model, msgspec.Struct)):
        return []
    return [field.encode_name for field in msgspec.structs.fields(model) if _is_moment(field.type)]


def _is_moment(annotation: Any) -> bool:
    return annotation is datetime or any(map(_is_moment, get_args(annotation)))


def _path(operation: Operation) -> str:
    return re.sub(r"{rule_version}", "1", re.sub(r"{(?!rule_version)\w+}", str(uuid.uuid4()), operation.paths[0]))


SAID = [(each, name) for each in SURFACE.operations for name in _moments(each.body)]
ASKED = [(each, name) for each in SURFACE.operations for name in _moments(each.query)]
assert (len(SAID) > 15, len(ASKED) > 8) == (True, True)


@pytest.mark.parametrize(("operation", "name"), SAID, ids=[f"{each.name}-{name}" for each, name in SAID])
def test_a_moment_of_a_body_at_the_edge_of_the_calendar(
    api: Api, guest: Guest, operation: Operation, name: str
) -> None:
    told = DOCUMENT["paths"][operation.paths[0]][operation.method.lower()]["requestBody"]["content"]
    path = _path(operation)
    if "{membership_id}" in operation.paths[0]:
        path = operation.paths[0].format(membership_id=guest.membership_id, version=1)
    example = told["application/json"]["example"]
    if operation.name == "previewOrder":
        example = {"membership_id": guest.membership_id, "amount": 1}
    for edge in EDGES:
        body = json.dumps({**example, name: edge}).encode()
        response = api.call(operation.method, path, body)
        if operation.scope.startswith("operator"):
            refused(response, 403, "forbidden")
        else:
            assert refused(response, 400, "invalid_field")["errors"][0]["pointer"] == f"/{name}"


@pytest.mark.parametrize(("operation", "name"), ASKED, ids=[f"{each.name}-{name}" for each, name in ASKED])
def test_a_moment_of_a_query_at_the_edge_of_the_calendar(api: Api, operation: Operation, name: str) -> None:
    """A number is no moment either: 2020 would be one in 1970."""
    for edge in (*EDGES, "2020", "1700000000", "1.5e-3"):
        response = api.call(operation.method, f"{_path(operation)}?{name}={quote(edge)}")
        assert refused(response, 400, "invalid_field")["errors"][0]["parameter"] == name


@pytest.mark.parametrize("depth", [DEEPEST + 1, 450, 900, 985, 20_000])
@pytest.mark.parametrize(
    ("path", "member"),
    [("/orders", "amount"), ("/rewards", "cost"), ("/events", "fields"), ("/rule-sets/validate", "rules")],
)
def test_what_is_nested_too_deeply(api: Api, path: str, member: str, depth: int) -> None:
    for opened, closed in ((b'{"a":', b"}"), (b"[", b"]")):
        nested = opened * (depth - 1) + b"1" + closed * (depth - 1)
        refused(api.call("POST", path, b'{"%b":%b}' % (member.encode(), nested)), 400, "malformed_body")


def test_many_brackets_are_not_deep(api: Api) -> None:
    rules = {"time_zone": "[{" * 500, "rules": [{} for _ in range(200)]}
    assert exactly(api.post("/rule-sets/validate", rules=rules))["valid"] is False


@pytest.mark.parametrize("key", ["9999999999999999999", "-1", "1_0", " 7 ", "0", "٣", "7.0"])
def test_a_cursor_of_no_list(api: Api, guest: Guest, key: str) -> None:
    made = exactly(api.post("/imports", kind="members", format="csv"))["id"]
    for path, sort in (
        (f"/imports/{made}/bad-rows?", "rows"),
        (f"/memberships/{guest.membership_id}/entries?", "entries"),
        ("/members?sort=created_at&", "created_at"),
    ):
        cursor = base64.urlsafe_b64encode(json.dumps([sort, key]).encode()).decode().rstrip("=")
        refused(api.call("GET", f"{path}cursor={cursor}"), 400, "cursor_not_found")


READS = [each for each in SURFACE.operations if each.method == "GET" and each.query is not OrderQuery]
"""But those whose parameter is read last, since a write has it as well."""


@pytest.mark.parametrize("operation", READS, ids=lambda operation: operation.name)
def test_a_parameter_that_a_read_does_not_have(api: Api, operation: Operation) -> None:
    wrong = api.call("GET", f"{_path(operation)}?colour=red")
    if operation.scope.startswith("operator"):
        refused(wrong, 403, "forbidden")
    else:
        assert refused(wrong, 400, "invalid_field")["errors"][0]["parameter"] == "colour"


def test_a_parameter_that_is_there_twice(api: Api) -> None:
    problem = refused(api.call("GET", "/orders?limit=5&limit=6"), 400, "invalid_field")
    assert problem["errors"] == [{"detail": "is there more than once", "parameter": "limit"}]


def test_a_parameter_of_a_write_is_no_member_of_its_body(api: Api, guest: Guest) -> None:
    for query in ("expand=bad", "foo=1"):
        told: dict[str, Any] = {"reference": uuid.uuid4().hex, "membership_id": guest.membership_id, "amount": 5}
        problem = refused(api.post(f"/orders?{query}", **told), 400, "invalid_field")
        assert problem["errors"][0]["parameter"] == query.partition("=")[0]
    assert api.balance(guest.membership_id)["version"] == 0


def test_a_body_in_an_encoding(api: Api, guest: Guest) -> None:
    path = f"/memberships/{guest.membership_id}/earn"
    refused(api.call("POST", path, b'{"points":1}', Content_Encoding="gzip"), 400, "malformed_body")
    exactly(api.call("POST", path, b'{"points":1}', Content_Encoding="identity"))


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/members", {"identifiers": {"a": "1", "card": 1, "b": "2"}}, "/identifiers/card"),
        ("/members", {"identifiers": {"a": "1", "A b": "1"}}, "/identifiers/A b"),
        ("/members", {"profile": {"email": 1}}, "/profile/email"),
        ("/orders", {"lines": [{"unit_price": 1}, {"sku": 1}]}, "/lines/1/sku"),
        ("/orders", {"lines": [{"unit_price": 1}, {}]}, "/lines/1/unit_price"),
    ],
)
def test_what_is_wrong_is_told_by_its_whole_place(api: Api, path: str, body: dict[str, Any], pointer: str) -> None:
    good: dict[str, dict[str, Any]] = {
        "/members": {},
        "/orders": {"reference": "R", "membership_id": str(uuid.uuid4())},
    }
    (error,) = refused(api.post(path, **{**good[path], **body}), 400, "invalid_field")["errors"]
    assert error["pointer"] == pointer


def test_a_price_in_a_basket_is_told_by_its_place(api: Api, guest: Guest) -> None:
    program = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    said = {"program_id": program, "code": uuid.uuid4().hex, "title": "Mug", "kind": "custom", "cost": 1}
    lines = [{"sku": "a", "price": 1, "quantity": 1}, {"sku": "b", "price": -1, "quantity": 1}]
    path, mug = f"/memberships/{guest.membership_id}/redemptions", exactly(api.post("/rewards", **said))["id"]
    body = refused(api.post(path, reward_id=mug, lines=lines), 400, "invalid_field")
    assert body["errors"][0]["pointer"] == "/lines/1/price"


def test_a_reference_that_was_used_is_no_key(api: Api, guest: Guest) -> None:
    told: dict[str, Any] = {"reference": uuid.uuid4().hex, "membership_id": guest.membership_id}
    order = exactly(api.post("/orders", **told, amount=5))
    path = f"/orders/{order['id']}/returns"
    exactly(api.post(path, reference="R", amount=1))
    for again in (api.post("/orders", **told, amount=6), api.post(path, reference="R", amount=2)):
        body = refused(again, 409, "key_reused")
        assert (body["errors"][0]["pointer"], "reference" in body["detail"]) == ("/reference", True)
    key = uuid.uuid4().hex
    exactly(api.post("/members", key))
    assert "Idempotency-Key" in refused(api.post("/members", key, identifiers={"a": "b"}), 409, "key_reused")["detail"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"points":1%b}' % (b"0" * 5_000), "digits"),
        (b'{"points":1e999999999999999999999}', "digits"),
        (b'{"points":1,"reason":"\\ud800"}', "half of a character"),
        (b'{"points":1,"reason":"\\ude00\\ud83d"}', "half of a character"),
        (b'{"points":1,"reason":"\\ud83d\\ude00"', "truncated"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(api: Api, guest: Guest, body: bytes, word: str) -> None:
    assert (
        word
        in refused(api.call("POST", f"/memberships/{guest.membership_id}/earn", body), 400, "malformed_body")["detail"]
    )


def test_a_key_that_would_not_be_heeded_is_refused(api: Api, guest: Guest) -> None:
    """What is made with a secret, or put as it comes, keeps no answer; what writes nothing has nothing to keep."""
    anew = [each for each in SURFACE.operations if not (each.keyed or each.method == "GET" or each.scope == "read")]
    assert len(anew) == 5
    tenant = replace(api, token=OPERATOR_KEY).get("/tenants")["data"][0]["id"]
    for operation in anew:
        token = OPERATOR_KEY if operation.scope.startswith("operator") else api.token
        client = replace(api, token=token)
        told = DOCUMENT["paths"][operation.paths[0]][operation.method.lower()].get("requestBody", {"content": {}})
        body = json.dumps(told["content"].get("application/json", {}).get("example")).encode()
        path = _path(operation) if "{tenant_id}" not in operation.paths[0] else f"/tenants/{tenant}/api-keys"
        response = client.call(operation.method, path, body, Idempotency_Key="k")
        assert refused(response, 400, "invalid_field")["errors"][0]["header"] == "Idempotency-Key", operation.name
    exactly(api.post("/orders/preview", "k", membership_id=guest.membership_id, amount=1))


def test_no_space_or_line_feed_passes_around_a_code(api: Api, guest: Guest) -> None:
    """Behind a pattern too, whose `$` alone would let one pass."""
    order: dict[str, Any] = {
        "reference": uuid.uuid4().hex,
        "membership_id": guest.membership_id,
        "amount": 1,
        "currency": "EUR\n",
    }
    body = refused(api.post("/orders", **order), 400, "invalid_field")
    assert body["errors"][0]["pointer"] == "/currency"
    pool = exactly(api.post("/pools", name=uuid.uuid4().hex))
    for code in ("", " ", " A", "A ", "A\n", "A\nB"):
        body = refused(api.post(f"/pools/{pool['id']}/codes", codes=["A B", code]), 400, "invalid_field")
        assert body["errors"][0]["pointer"] == "/codes/1"
    assert api.get(f"/pools/{pool['id']}") == pool
    assert exactly(api.post(f"/pools/{pool['id']}/codes", codes=["A B", "A"]))["added"] == 2
