"""Whatever is sent, the answer is a problem document that says where the fault is, and nothing changes."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from surfaces.native.conftest import Api, Guest, Kept, exactly, refused

WRITES = ("earn", "holds", "capture", "adjust", "set", "reverse")
WITHOUT_A_BODY = ("capture", "reverse")
"""Nothing at all is a request for all that is left."""


def field_error(response: httpx.Response, code: str = "invalid_field") -> dict[str, Any]:
    """The one field that a refusal names."""
    (error,) = refused(response, 400, code)["errors"]
    assert error.pop("detail")
    found: dict[str, Any] = error
    return found


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b'{"points":1',
        b'{"points":1}}',
        b'{"points":01}',
        b'{"points":NaN}',
        b'{"points":Infinity}',
        b'{"points":-Infinity}',
        b'{"points":1e999999999999999999999}',
        b'{"points":1,}',
        b"{'points':1}",
        b'{"points":1,"reason":"\xff"}',
        b'{"points":1,"reason":"\\ud800"}',
        b'{"points":1,"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"points":1,"x":' + b'{"x":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b"\x00",
        b"points=1",
    ],
    ids=lambda body: str(body[:24]),
)
def test_a_body_that_is_no_json(api: Api, untouched: dict[str, str], write: str, body: bytes) -> None:
    if body == b" " and write in WITHOUT_A_BODY:
        body = b"\x01"
    refused(api.call("POST", untouched[write], body), 400, "malformed_body")


@pytest.mark.parametrize("write", ["earn", "holds", "adjust", "set"])
def test_an_empty_body(api: Api, untouched: dict[str, str], write: str) -> None:
    assert refused(api.call("POST", untouched[write], b""), 400, "malformed_body")["detail"].endswith("it is empty")
    refused(api.call("POST", untouched[write]), 400, "malformed_body")
    assert field_error(api.call("POST", untouched[write], b"{}")) == {"pointer": "/points"}
    assert field_error(api.call("POST", untouched[write], b'{"points":null}')) == {"pointer": "/points"}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("body", [b"[]", b"1", b'"points"', b"null", b"true", b"[1,2]"])
def test_a_body_that_is_no_object(api: Api, untouched: dict[str, str], write: str, body: bytes) -> None:
    assert field_error(api.call("POST", untouched[write], body)) == {"pointer": ""}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("points", [b'"1"', b'""', b'"NaN"', b"true", b"[]", b"{}", b"[1]", b'{"value":1}', b'"1e5"'])
def test_points_that_are_no_number(api: Api, untouched: dict[str, str], write: str, points: bytes) -> None:
    response = api.call("POST", untouched[write], b'{"points":%b}' % points)
    assert field_error(response) == {"pointer": "/points"}


@pytest.mark.parametrize("write", ["earn", "holds", "capture", "reverse"])
@pytest.mark.parametrize(
    "points",
    [
        "0",
        "-0.0",
        "0e5",
        "-1",
        "-0.00000001",
        "1e20",
        "1e400",
        "100000000000000000000",
        "1e-41",
        "0." + "0" * 300 + "1",
    ],
    ids=lambda points: points[:12],
)
def test_points_that_cannot_be_posted(api: Api, untouched: dict[str, str], write: str, points: str) -> None:
    response = api.call("POST", untouched[write], b'{"points":%b}' % points.encode())
    assert field_error(response, "points_out_of_range") == {"pointer": "/points"}


@pytest.mark.parametrize("write", ["adjust", "set"])
@pytest.mark.parametrize("points", ["1e20", "-1e20", "-1e400", "1e-41", "-1e-41"])
def test_figures_that_cannot_be_written(api: Api, untouched: dict[str, str], write: str, points: str) -> None:
    response = api.call("POST", untouched[write], b'{"points":%b}' % points.encode())
    assert field_error(response, "points_out_of_range") == {"pointer": "/points"}


@pytest.mark.parametrize("points", ["0", "-0.0", "0e5"])
def test_an_adjustment_by_nothing(api: Api, untouched: dict[str, str], points: str) -> None:
    response = api.call("POST", untouched["adjust"], b'{"points":%b}' % points.encode())
    assert field_error(response, "points_out_of_range") == {"pointer": "/points"}


@pytest.mark.parametrize("basis", ["", "POSTED", "held", 1, None, ["posted"]])
def test_a_basis_that_is_none(api: Api, untouched: dict[str, str], basis: object) -> None:
    assert field_error(api.post(untouched["set"], points=1, basis=basis)) == {"pointer": "/basis"}


@pytest.mark.parametrize("target", ["", "x", 1, None, "01975d1e", ["a"], {}])
def test_a_target_that_is_no_id(api: Api, untouched: dict[str, str], target: object) -> None:
    response = api.post(untouched["transfer"], points=1, to_membership_id=target)
    assert field_error(response) == {"pointer": "/to_membership_id"}


@pytest.mark.parametrize("points", ["x", True, 0, -1, Decimal("1e-41"), 10**20])
def test_points_that_cannot_be_moved(api: Api, untouched: dict[str, str], kept: Kept, points: object) -> None:
    response = api.post(untouched["transfer"], points=points, to_membership_id=kept.guest.membership_id)
    assert refused(response, 400, response.json()["code"])["errors"][0]["pointer"] == "/points"


def test_points_of_a_thousand_digits(api: Api, untouched: dict[str, str]) -> None:
    for digits in (1_000, 5_000, 900_000):
        response = api.call("POST", untouched["earn"], b'{"points":1%b}' % (b"0" * digits))
        assert refused(response, 400, response.json()["code"])["code"] in ("malformed_body", "points_out_of_range")


def test_points_beyond_64_bits_are_fine(api: Api, guest: Guest) -> None:
    assert api.earned(guest.membership_id, 2**63)["balance"]["posted"] == 2**63
    assert api.earned(guest.membership_id, 2**64)["balance"]["posted"] == 2**63 + 2**64


@pytest.mark.parametrize("write", ["earn", "holds"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", 1),
        ("reason", ["a"]),
        ("reason", "a\0b"),
        ("reason", "x" * 1_001),
        ("reference", {}),
        ("reference", "x" * 256),
        ("reference", "\0"),
        ("location", False),
        ("location", "x" * 256),
        ("location", Decimal("1.5")),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_other_members_out_of_bounds(api: Api, untouched: dict[str, str], write: str, name: str, value: object) -> None:
    body: dict[str, Any] = {"points": 1, name: value}
    assert field_error(api.post(untouched[write], **body)) == {"pointer": f"/{name}"}


NO_TIMES: list[object] = [
    "",
    "yesterday",
    "2026-07-02",
    "2026-07-02T12:00:00",
    "2026-02-30T12:00:00Z",
    "2026-07-02T25:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1899-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "12026-07-02T12:00:00Z",
    1_782_993_600,
    True,
    [],
]


@pytest.mark.parametrize(
    "effective_at", [*NO_TIMES, pytest.param((datetime.now(UTC) + timedelta(days=1)).isoformat(), id="tomorrow")]
)
def test_times_that_cannot_be(api: Api, untouched: dict[str, str], effective_at: object) -> None:
    response = api.post(untouched["earn"], points=1, effective_at=effective_at)
    assert field_error(response) == {"pointer": "/effective_at"}


@pytest.mark.parametrize("write", ["earn", "holds", "reverse"])
@pytest.mark.parametrize("expires_at", [*NO_TIMES, "3000-01-01T00:00:00Z"])
def test_ends_that_cannot_be(api: Api, untouched: dict[str, str], write: str, expires_at: object) -> None:
    response = api.post(untouched[write], points=1, expires_at=expires_at)
    assert field_error(response) == {"pointer": "/expires_at"}


@pytest.mark.parametrize("activates_at", [*NO_TIMES, "3000-01-01T00:00:00Z"])
def test_days_that_cannot_be_waited_for(api: Api, untouched: dict[str, str], activates_at: object) -> None:
    response = api.post(untouched["earn"], points=1, pending=True, activates_at=activates_at)
    assert field_error(response) == {"pointer": "/activates_at"}


@pytest.mark.parametrize("at", [*[each for each in NO_TIMES if isinstance(each, str)], "3000-01-01T00:00:00Z", "%00"])
def test_moments_that_cannot_be_asked_about(api: Api, guest: Guest, at: str) -> None:
    response = api.call("GET", f"/memberships/{guest.membership_id}/balance?at={at.replace('+', '%2B')}")
    assert field_error(response) == {"parameter": "at"}


@pytest.mark.parametrize("write", ["earn", "holds", "reverse"])
@pytest.mark.parametrize("expires_at", ["1900-01-01T00:00:00Z", "2020-02-29T12:00:00+02:00"])
def test_an_end_that_has_passed(api: Api, untouched: dict[str, str], write: str, expires_at: str) -> None:
    refused(api.post(untouched[write], points=1, expires_at=expires_at), 409, "time_not_ahead")


@pytest.mark.parametrize("pending", ["true", 1, 0, [], "yes", None])
def test_a_promise_that_is_no_boolean(api: Api, untouched: dict[str, str], pending: object) -> None:
    assert field_error(api.post(untouched["earn"], points=1, pending=pending)) == {"pointer": "/pending"}


def test_a_time_just_ahead_of_ours_is_a_clock_that_is_not_ours(api: Api, guest: Guest) -> None:
    ahead = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert api.earned(guest.membership_id, 1, effective_at=ahead)["entry"]["version"] == 1
    assert api.earned(guest.membership_id, 1, effective_at="1900-01-01T00:00:00Z")["entry"]["version"] == 2


@pytest.mark.parametrize("release_rest", ["true", 1, 0, [], "yes"])
def test_a_release_that_is_no_boolean(api: Api, untouched: dict[str, str], release_rest: object) -> None:
    response = api.post(untouched["capture"], points=1, release_rest=release_rest)
    assert field_error(response) == {"pointer": "/release_rest"}


@pytest.mark.parametrize("write", [*WRITES, "void"])
def test_a_body_of_ten_megabytes(api: Api, untouched: dict[str, str], write: str) -> None:
    body = b'{"points":1,"reason":"%b"}' % (b"x" * 10_000_000)
    assert "1048576" in refused(api.call("POST", untouched[write], body), 413, "body_too_large")["detail"]


def test_a_body_of_ten_megabytes_without_a_length(api: Api, untouched: dict[str, str]) -> None:
    chunks = (b" " * 100_000 for _ in range(100))
    response = api.http.post(
        api.base_url + untouched["earn"], content=chunks, headers={"Authorization": f"Bearer {api.token}"}
    )
    refused(response, 413, "body_too_large")


@pytest.mark.parametrize("write", [*WRITES, "void"])
def test_a_key_that_is_too_long(api: Api, untouched: dict[str, str], write: str) -> None:
    response = api.post(untouched[write], "k" * 256, points=1)
    assert field_error(response) == {"header": "Idempotency-Key"}


def test_a_key_may_have_255_characters_of_any_kind(api: Api, guest: Guest) -> None:
    path = f"/memberships/{guest.membership_id}/earn"
    for key in (f"{uuid.uuid4()}".ljust(255, "k"), f"'; -- \" \\ % {uuid.uuid4()}"):
        first, second = (exactly(api.post(path, key, points=1)) for _ in range(2))
        assert first == second


@pytest.mark.parametrize(
    "query",
    [
        "?identifier=",
        "?identifier=x",
        "?identifier=:x",
        "?identifier=x:",
        "?identifier=%00:x",
        "?identifier=a%20b:x",
        "?identifier=" + "n" * 65 + ":x",
        "?identifier=card:" + "9" * 600,
        "?email=",
        "?phone=",
        "?number=",
        "?email=%00",
        "?email=a@example.com&phone=%2B4530123456",
        "?colour=red",
    ],
    ids=lambda query: query[:24],
)
def test_a_search_that_names_nobody(api: Api, query: str) -> None:
    assert list(field_error(api.call("GET", f"/members{query}"))) == ["parameter"]


@pytest.mark.parametrize(
    "value", ["0", "-1", "201", "x", "", "1.5", "%00", "٣", "9" * 30, "9" * 5_000, "1e400", "null"]
)
def test_a_page_that_cannot_be(api: Api, guest: Guest, value: str) -> None:
    path = f"/memberships/{guest.membership_id}"
    assert field_error(api.call("GET", f"{path}/entries?limit={value}")) == {"parameter": "limit"}
    for below in ("holds", "lots", "pending-earns"):
        assert field_error(api.call("GET", f"{path}/{below}?limit={value}")) == {"parameter": "limit"}
    for below in ("entries", "holds", "lots", "pending-earns"):
        assert api.call("GET", f"{path}/{below}?cursor={value}").status_code == 400


@pytest.mark.parametrize("state", ["", "lapsed", "OPEN", "open,voided", "%00"])
def test_a_state_that_cannot_be_asked_for(api: Api, guest: Guest, state: str) -> None:
    for below in ("holds", "lots", "pending-earns"):
        response = api.call("GET", f"/memberships/{guest.membership_id}/{below}?state={state}")
        assert field_error(response) == {"parameter": "state"}


NO_IDS = [
    "x",
    "0",
    "%20",
    "%2e",
    "1" * 5_000,
    "01975d1e8c5b7d0e9f2a0d6c1b7a4e55",
    "{01975d1e-8c5b-7d0e-9f2a-0d6c1b7a4e55}",
]


@pytest.mark.parametrize(
    "what", [*NO_IDS, str(uuid.UUID(int=0)), "0b8d3c52-6f0e-4c0a-9a86-52c1f7a9d1ce", "%EF%BC%91", "%ff"]
)
def test_ids_of_nothing(api: Api, what: str) -> None:
    for path in (f"/members/{what}", f"/members/{what}/memberships"):
        refused(api.call("GET", path), 404, "member_not_found")
    for below in ("", "/balance", "/entries", "/entries/1", "/holds", "/lots", "/pending-earns"):
        refused(api.call("GET", f"/memberships/{what}{below}"), 404, "membership_not_found")
    for verb in ("earn", "holds", "adjust", "set", "entries/1/reverse"):
        refused(api.post(f"/memberships/{what}/{verb}", points=1), 404, "membership_not_found")
    refused(api.call("GET", f"/pending-earns/{what}"), 404, "pending_not_found")
    for verb in ("activate", "cancel"):
        refused(api.post(f"/pending-earns/{what}/{verb}"), 404, "pending_not_found")
    refused(api.call("GET", f"/holds/{what}"), 404, "hold_not_found")
    for verb in ("capture", "void"):
        refused(api.post(f"/holds/{what}/{verb}"), 404, "hold_not_found")


@pytest.mark.parametrize("version", ["x", "0", "-1", "1.0", "01", "%20", "2", "9223372036854775808", "9" * 5_000, "٣"])
def test_versions_of_nothing(api: Api, untouched: dict[str, str], kept: Kept, version: str) -> None:
    path = f"/memberships/{kept.guest.membership_id}/entries/{version}"
    refused(api.call("GET", path), 404, "entry_not_found")
    refused(api.post(f"{path}/reverse"), 404, "entry_not_found")


def test_an_id_is_taken_in_any_case(api: Api, guest: Guest) -> None:
    assert api.get(f"/members/{guest.id.upper()}")["id"] == guest.id


@pytest.mark.parametrize(
    "path", ["/", "", "/nothing", "/members/a/b", "/Members", "/members/", "/holds", "/memberships"]
)
def test_paths_of_nothing(api: Api, path: str) -> None:
    response = api.call("GET", path)
    refused(response, 404, "member_not_found" if path == "/members/" else "unknown_path")


def test_a_nul_in_a_path(api: Api) -> None:
    refused(api.call("GET", "/members/%00"), 404, "unknown_path")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/memberships/x/entries/1/reverse", {"POST"}),
        ("DELETE", "/pending-earns/x", {"GET"}),
        ("PUT", "/members", {"GET", "POST"}),
        ("PUT", "/memberships/x", {"GET", "PATCH", "DELETE"}),
        ("PUT", "/memberships/x/holds", {"GET", "POST"}),
        ("GET", "/memberships/x/earn", {"POST"}),
        ("PATCH", "/holds/x/void", {"POST"}),
        ("POST", "/openapi.json", {"GET"}),
    ],
)
def test_a_method_that_a_path_does_not_take(api: Api, method: str, path: str, allowed: set[str]) -> None:
    response = api.call(method, path)
    refused(response, 405, "wrong_method")
    assert set(response.headers["allow"].split(", ")) - {"OPTIONS"} == allowed


def test_a_version_that_is_empty(api: Api, guest: Guest) -> None:
    """A client that has lost the tag does not write over what others wrote."""
    path, headers = f"{api.base_url}/members/{guest.id}", {"Authorization": f"Bearer {api.token}", "If-Match": ""}
    response = api.http.patch(path, content=b'{"profile":{"first_name":"Bo"}}', headers=headers)
    assert field_error(response) == {"header": "If-Match"}
    assert api.get(f"/members/{guest.id}")["profile"]["first_name"] == "Mira"
