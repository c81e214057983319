"""What must not come in: each of the four operations names the parameter, answers 4xx, and changes nothing."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from guerdon.engine import Engine
from surfaces.mews.hotels import ACTIONS, PATH, Connection, Hotel, open_hotel
from surfaces.mews.test_auth import BODIES, refused

ID = str(uuid.uuid4())
LISTS = {
    "getAll": (
        "ChainIds",
        "LoyaltyMembershipIds",
        "AccountIds",
        "LoyaltyProgramIds",
        "MembershipNumbers",
        "ProviderMembershipIds",
        "Codes",
    ),
    "add": ("LoyaltyMemberships",),
    "update": ("LoyaltyMembershipUpdates",),
    "delete": ("LoyaltyMembershipIds",),
}
TEXTS = {"MembershipNumbers", "ProviderMembershipIds", "Codes"}
ITEM = {"AccountId": ID, "LoyaltyProgramId": ID, "IsPrimary": True}
REQUIRED = [("getAll", "Limitation"), ("add", "LoyaltyMemberships")]
REQUIRED += [("update", "LoyaltyMembershipUpdates"), ("delete", "LoyaltyMembershipIds")]


def one(name: str) -> Any:
    """A good item of a list."""
    items = {"LoyaltyMemberships": ITEM, "LoyaltyMembershipUpdates": {"LoyaltyMembershipId": ID}}
    return items.get(name, "x" if name in TEXTS else ID)


def raw(demo: Connection, action: str, content: bytes, **headers: str) -> httpx.Response:
    """The answer to a body that is no JSON of ours."""
    return demo.http.post(f"{demo.server}{PATH}{action}", content=content, headers=headers)


def written(demo: Connection, action: str, spoil: Callable[[str], str]) -> bytes:
    """A good body as text, spoiled."""
    return spoil(json.dumps({**demo.credentials, **BODIES[action]})).encode()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"{",
        b"{}}",
        b"nothing",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b"\xff\xfe{}",
        b'{"Client": "\xff"}',
        b'{"Client": "\\ud800"}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"Client":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=range(14),
)
def test_what_is_no_json_object_is_refused(demo: Connection, action: str, content: bytes) -> None:
    refused(raw(demo, action, content), 400, "Invalid JSON.")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1] + ",}",
        lambda text: text.replace('"', "'"),
        lambda text: text + " //",
        lambda text: text + text,
        lambda text: text[:-1] + ', "Extra": NaN}',
        lambda text: text[:-1] + ', "Extra": 1e99999999999999999999}',
        lambda text: text[:-1] + ', "Extra": ' + "9" * 5000 + "}",
    ],
    ids=range(7),
)
def test_json_is_read_strictly(demo: Connection, action: str, spoil: Callable[[str], str]) -> None:
    refused(raw(demo, action, written(demo, action, spoil)), 400, "Invalid JSON.")


@pytest.mark.parametrize("action", ACTIONS)
def test_four_mebibytes_are_taken_and_more_is_not(demo: Connection, action: str) -> None:
    body = written(demo, action, lambda text: text)
    limit = 4 << 20
    taken = raw(demo, action, body + b" " * (limit - len(body)))
    assert taken.status_code == (200 if action == "getAll" else 400)
    refused(raw(demo, action, body + b" " * (limit + 1 - len(body))), 413, "The request is too large.")
    refused(raw(demo, action, b"x" * 10_000_000), 413, "The request is too large.")


@pytest.mark.parametrize(("action", "name"), [(action, name) for action, names in LISTS.items() for name in names])
def test_lists_have_one_to_a_thousand_items_of_their_kind(demo: Connection, action: str, name: str) -> None:
    wrong_items: list[Any] = [[None], [5], [[]], [one(name), [[]]], [one(name), "a\0b" if name in TEXTS else "x"]]
    for value in ([], [one(name)] * 1001, one(name), "x", 5, {}, True, *wrong_items):
        refused(demo.send(action, **{**BODIES[action], name: value}), 400, f"Invalid {name}.")


@pytest.mark.parametrize(("action", "name"), [(action, name) for action, names in LISTS.items() for name in names])
def test_a_list_nested_beyond_reason_is_refused(demo: Connection, action: str, name: str) -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    answer = demo.send(action, **{**BODIES[action], name: deep})
    refused(answer, 400, answer.json()["Message"])
    assert answer.json()["Message"] in (f"Invalid {name}.", "Invalid JSON.")


@pytest.mark.parametrize(("action", "name"), REQUIRED)
def test_what_is_required_is_required(demo: Connection, action: str, name: str) -> None:
    refused(demo.send(action), 400, f"Invalid {name}.")
    refused(demo.send(action, **{name: None}), 400, f"Invalid {name}.")
    refused(demo.send(action, **{name.lower(): BODIES[action][name]}), 400, f"Invalid {name}.")


@pytest.mark.parametrize(
    ("limitation", "name"),
    [
        ({}, "Count"),
        ({"Count": None}, "Count"),
        ({"Count": 0}, "Count"),
        ({"Count": -1}, "Count"),
        ({"Count": 1001}, "Count"),
        ({"Count": 2**63}, "Count"),
        ({"Count": 1.5}, "Count"),
        ({"Count": "5"}, "Count"),
        ({"Count": True}, "Count"),
        ({"Count": 1, "Cursor": ""}, "Cursor"),
        ({"Count": 1, "Cursor": "x"}, "Cursor"),
        ({"Count": 1, "Cursor": 5}, "Cursor"),
        ({"Count": 1, "Cursor": ID + "\0"}, "Cursor"),
        ({"Count": 1, "Cursor": ID}, "Cursor"),
        ({"Count": 1, "Cursor": str(uuid.UUID(int=0))}, "Cursor"),
        (5, "Limitation"),
        ([], "Limitation"),
    ],
)
def test_a_limitation_is_a_count_and_a_cursor(demo: Connection, limitation: object, name: str) -> None:
    refused(demo.send("getAll", Limitation=limitation), 400, f"Invalid {name}.")


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"MembershipStates": ["enrolled"]}, "Invalid MembershipStates."),
        ({"MembershipStates": ["Cancelled"]}, "Invalid MembershipStates."),
        ({"MembershipStates": "Enrolled"}, "Invalid MembershipStates."),
        ({"MembershipStates": [None]}, "Invalid MembershipStates."),
        ({"ActivityStates": ["active"]}, "Invalid ActivityStates."),
        ({"ActivityStates": [1]}, "Invalid ActivityStates."),
        ({"CreatedUtc": {}}, "Invalid StartUtc."),
        ({"CreatedUtc": {"StartUtc": "2026-01-01T00:00:00Z"}}, "Invalid EndUtc."),
        ({"UpdatedUtc": {"StartUtc": "x", "EndUtc": "2026-01-01T00:00:00Z"}}, "Invalid StartUtc."),
        ({"UpdatedUtc": {"StartUtc": "2026-01-02", "EndUtc": "2026-01-01"}}, "Invalid UpdatedUtc."),
        ({"UpdatedUtc": {"StartUtc": "2026-01-01", "EndUtc": "2026-12-31"}}, "The interval must not exceed 3M1D."),
        ({"CreatedUtc": {"StartUtc": "2026-01-01\0", "EndUtc": "2026-01-02"}}, "Invalid StartUtc."),
    ],
)
def test_filters_are_checked(demo: Connection, filters: dict[str, Any], message: str) -> None:
    refused(demo.send("getAll", Limitation={"Count": 1}, **filters), 400, message)


VALUES: dict[str, list[Any]] = {
    "Points": [2**31, -(2**31) - 1, 2**63, 10**30, 1.5, "5", True, [], {}],
    "ExpirationDate": ["", "x", 5, "2028-02-30", "2028-01-01T00:00:00+99:00", "2028-01-01\0", [], "9" * 100_000],
    "Url": ["/m", "https://", "a b", 5, "https://a\0b", "https://a/" + "x" * 3000, []],
    "MembershipNumber": [5, "x" * 256, "a\0b", [], True],
    "Code": [5, "x" * 256, "a\0b", []],
    "ProviderMembershipId": [5, "x" * 101, "a\0b", []],
    "State": ["enrolled", "Cancelled", "", 5, []],
    "IsPrimary": ["true", 1, 0, "", []],
    "LoyaltyProgramId": ["", "x", 5, ID + "0", []],
    "LoyaltyTierId": ["", "x", 5, []],
}
"""By member: what its type or its bounds do not allow, on add plain and on update wrapped."""

CASES = [(name, value) for name, values in VALUES.items() for value in values]


@pytest.fixture(scope="module")
async def inn(engine: Engine, http: httpx.Client, server: str) -> tuple[Hotel, dict[str, Any], str]:
    """A hotel chain with one membership, and a guest without any."""
    hotel = await open_hotel(engine, http, server)
    guests = await hotel.guests(2)
    return hotel, hotel.mews.add(hotel.item(guests[0], Points=1))[0], guests[1]


@pytest.mark.parametrize(("name", "value"), CASES, ids=range(len(CASES)))
async def test_one_bad_value_refuses_the_batch(
    inn: tuple[Hotel, dict[str, Any], str], name: str, value: object
) -> None:
    hotel, kept, guest = inn
    items = [hotel.item(guest), {**hotel.item(guest, LoyaltyProgramId=hotel.program_ids[1]), name: value}]
    refused(hotel.mews.send("add", LoyaltyMemberships=items), 400, f"Invalid {name}.")
    updates = [
        {"LoyaltyMembershipId": kept["Id"], "Points": {"Value": 2}},
        {"LoyaltyMembershipId": kept["Id"], name: {"Value": value}},
    ]
    refused(hotel.mews.send("update", LoyaltyMembershipUpdates=updates), 400, f"Invalid {name}.")
    updates[1][name] = value
    if value != {}:
        refused(hotel.mews.send("update", LoyaltyMembershipUpdates=updates), 400, f"Invalid {name}.")
    assert hotel.mews.get_all(ActivityStates=["Active", "Deleted"]) == [kept]


@pytest.mark.parametrize("name", ["AccountId", "LoyaltyProgramId", "IsPrimary"])
async def test_an_item_to_add_has_its_three_members(hotel: Hotel, name: str) -> None:
    good = hotel.item(str((await hotel.guest()).id))
    for item in ({k: v for k, v in good.items() if k != name}, {**good, name: None}):
        refused(hotel.mews.send("add", LoyaltyMemberships=[item]), 400, f"Invalid {name}.")
    assert hotel.mews.get_all() == []


@pytest.mark.parametrize("value", ["<absent>", None, "", "x", 5, {"Value": ID}])
def test_an_update_names_its_membership(demo: Connection, value: object) -> None:
    item = {} if value == "<absent>" else {"LoyaltyMembershipId": value}
    refused(demo.send("update", LoyaltyMembershipUpdates=[item]), 400, "Invalid LoyaltyMembershipId.")


@pytest.mark.parametrize("name", ["LoyaltyProgramId", "State", "IsPrimary"])
async def test_what_is_not_nullable_cannot_be_cleared(hotel: Hotel, name: str) -> None:
    (kept,) = hotel.mews.add(hotel.item(str((await hotel.guest()).id)))
    for wrapper in ({}, {"Value": None}, {"value": True}):
        item = {"LoyaltyMembershipId": kept["Id"], name: wrapper}
        refused(hotel.mews.send("update", LoyaltyMembershipUpdates=[item]), 400, f"Invalid {name}.")
    assert hotel.mews.get_all() == [kept]


@pytest.mark.parametrize("action", ["add", "update", "delete"])
def test_a_chain_is_an_id(demo: Connection, action: str) -> None:
    refused(demo.send(action, **BODIES[action], ChainId="x"), 400, "Invalid ChainId.")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_there_is_only_post(demo: Connection, action: str, method: str) -> None:
    answer = demo.http.request(method, f"{demo.server}{PATH}{action}")
    assert answer.status_code == 404
    assert uuid.UUID(answer.headers["Request-Id"])
    if method != "HEAD":
        refused(answer, 404, "Unknown URL or HTTP method.")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "spell",
    [
        lambda path: path + "/",
        lambda path: path + "/1",
        str.lower,
        lambda path: path.replace("/api", "//api"),
        lambda path: path.replace("v1", "v2"),
        lambda path: path.replace("loyaltyM", "LoyaltyM"),
        lambda path: path + "%00",
    ],
    ids=range(7),
)
def test_a_path_is_taken_exactly(demo: Connection, action: str, spell: Callable[[str], str]) -> None:
    path = spell(PATH.removeprefix("/mews") + action)
    answer = demo.http.post(f"{demo.server}/mews{path}", json={**demo.credentials, **BODIES[action]})
    refused(answer, 404, "Unknown URL or HTTP method.")


def test_the_content_type_does_not_matter(demo: Connection) -> None:
    body = written(demo, "getAll", lambda text: text)
    for kind in ("text/plain", "application/json; charset=utf-8", "x"):
        answer = raw(demo, "getAll", body, **{"Content-Type": kind})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
