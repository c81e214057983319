"""Every operation of the native API over a socket: what it reads, what it writes, and the exact figures after it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from conftest import NOW
from surfaces.native.conftest import Api, Guest, exactly, refused

NOTHING = {"posted": 0, "held": 0, "available": 0, "lifetime": 0, "pending": 0, "next_lapse": None, "version": 0}


@pytest.mark.parametrize(
    "query",
    [
        "identifier=number:{number}",
        "identifier=native.test:{number}",
        "identifier=email:{email}",
        "identifier=phone:%2B{digits}",
        "number={number}",
        "email={email}",
        "email={shouted}",
        "phone=%2B{digits}",
        "phone=+{digits}",
    ],
)
def test_a_member_is_found_by_any_of_its_names(api: Api, guest: Guest, query: str) -> None:
    email = guest.email
    names = {"number": guest.number, "email": quote(email), "shouted": quote(email.upper()), "digits": guest.phone[1:]}
    (member,) = api.get(f"/members?{query.format(**names)}")["data"]
    assert member == api.get(f"/members/{guest.id}")
    assert (member["id"], member["number"]) == (guest.id, guest.number)
    assert member["profile"] == {"first_name": "Mira", "last_name": "Kaya", "email": email, "phone": guest.phone}
    assert member["identifiers"] == {
        "number": guest.number,
        "email": email,
        "phone": guest.phone,
        "native.test": guest.number,
    }
    assert member["created_at"] == NOW.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    "query",
    [
        "identifier=number:nobody",
        "identifier=nowhere:1",
        "identifier=number:a:b",
        "email=nobody@example.com",
        "email=not-an-address",
        "phone=%2B4520000000000000",
        "phone=x",
        "number=" + "9" * 2_000,
    ],
)
def test_a_name_that_nobody_has_finds_nobody(api: Api, query: str) -> None:
    assert api.get(f"/members?{query}") == {"data": [], "next_cursor": None}


def test_a_member_shows_its_memberships_with_their_balance(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 5)
    api.held(guest.membership_id, 2)
    membership = api.get(f"/memberships/{guest.membership_id}")
    assert membership["balance"] == {**NOTHING, "posted": 5, "held": 2, "available": 3, "lifetime": 5, "version": 1}
    assert (membership["member_id"], membership["account_id"]) == (guest.id, guest.account_id)
    assert (membership["number"], membership["state"], membership["is_primary"]) == (guest.number, "enrolled", True)
    assert api.get(f"/members/{guest.id}")["memberships"] == [membership]
    assert api.get(f"/members/{guest.id}/memberships") == {"data": [membership]}


def test_an_account_without_entries_is_empty(api: Api, guest: Guest) -> None:
    assert api.balance(guest.membership_id) == NOTHING
    assert api.get(f"/memberships/{guest.membership_id}/entries") == {"data": [], "next_cursor": None}
    assert api.get(f"/memberships/{guest.membership_id}/holds") == {"data": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (["0.1", "0.2"], "0.3"),
        (["0.1"] * 10, "1"),
        (["20.37076232692728"], "20.37076232692728"),
        (["20.37076232692728", "0.00000000000001"], "20.37076232692729"),
        (["9223372036854775807", "1"], "9223372036854775808"),
        (["99999999999999999999", "0." + "0" * 39 + "1"], "99999999999999999999." + "0" * 39 + "1"),
        (["12E+3", "1.50"], "12001.5"),
    ],
)
def test_points_are_exact_to_the_last_digit(api: Api, guest: Guest, amounts: list[str], total: str) -> None:
    for amount in amounts:
        path = f"/memberships/{guest.membership_id}/earn"
        posted = exactly(api.call("POST", path, b'{"points":%b}' % amount.encode()))
        assert posted["entry"]["points"] == Decimal(amount)
    assert str(posted["balance"]["posted"]) == str(posted["entry"]["balance_after"]) == total
    response = api.call("GET", f"/memberships/{guest.membership_id}")
    assert f'"balance":{{"posted":{total},"held":0,"available":{total},"lifetime":{total},' in response.text


def test_what_is_left_of_nothing_is_a_plain_zero(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, Decimal("20.37076232692728"))
    hold = api.held(guest.membership_id, Decimal("20.37076232692728"))
    response = api.post(f"/holds/{hold['id']}/capture")
    assert '"balance":{"posted":0,"held":0,"available":0}' in response.text
    assert '"remaining":0,' in response.text


def test_an_earn_keeps_what_is_said_of_it(api: Api, guest: Guest) -> None:
    said = {"reason": "Ünïcode 🎁 'quoted'", "reference": "r" * 255, "location": "Till 3"}
    answer = api.earned(guest.membership_id, Decimal("12.5"), **said, effective_at="2026-07-02T14:00:00.25+02:00")
    entry = answer["entry"]
    assert entry["id"] == f"{guest.account_id}.1"
    assert entry["effective_at"] == "2026-07-02T12:00:00.250000Z"
    assert datetime.now(UTC) - datetime.fromisoformat(entry["recorded_at"]) < timedelta(minutes=1)
    assert {name: entry[name] for name in said} == said
    assert (entry["kind"], entry["version"], entry["surface"], entry["cause"]) == ("earn", 1, "native", None)
    assert answer["balance"] == {"posted": Decimal("12.5"), "held": 0, "available": Decimal("12.5")}
    assert api.get(f"/memberships/{guest.membership_id}/entries")["data"] == [entry]


def test_where_a_member_stands_comes_along(api: Api, guest: Guest) -> None:
    """And is no part of the version: points change it."""
    path = f"/memberships/{guest.membership_id}"
    plain, whole = api.call("GET", path), api.call("GET", f"{path}?expand=standing")
    assert plain.headers["etag"] == whole.headers["etag"]
    standing = api.get(f"{path}/tier")
    assert exactly(whole) == exactly(plain) | {"standing": standing}
    (held,) = api.get(f"/members/{guest.id}?expand=standing")["memberships"]
    assert held["standing"] == standing


def test_an_earn_without_a_time_happens_now(api: Api, guest: Guest) -> None:
    began = datetime.now(UTC)
    entry = api.earned(guest.membership_id, 1, effective_at=None, reason=None)["entry"]
    assert began <= datetime.fromisoformat(entry["effective_at"]) <= datetime.fromisoformat(entry["recorded_at"])


def test_members_that_the_model_does_not_have_are_ignored(api: Api, guest: Guest) -> None:
    assert api.earned(guest.membership_id, 1, colour="red", nested={"points": 5})["balance"]["posted"] == 1


def test_entries_come_newest_first_and_page_by_page(api: Api, guest: Guest) -> None:
    for points in range(1, 6):
        api.earned(guest.membership_id, points)
    path = f"/memberships/{guest.membership_id}/entries"
    first = api.get(f"{path}?limit=2")
    second = api.get(f"{path}?limit=2&cursor={first['next_cursor']}")
    third = api.get(f"{path}?limit=2&cursor={second['next_cursor']}")
    pages = [[entry["version"] for entry in page["data"]] for page in (first, second, third)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert third["next_cursor"] is None
    everything = api.get(path)
    assert everything == {"data": [*first["data"], *second["data"], *third["data"]], "next_cursor": None}
    for newer, older in pairwise(everything["data"]):
        assert newer["balance_after"] == older["balance_after"] + newer["points"]
    lots = f"/memberships/{guest.membership_id}/lots"
    exactly(api.post(f"/memberships/{guest.membership_id}/adjust", points=-4))
    assert [lot["entry_version"] for lot in walked(api, lots)] == [3, 4, 5, 2, 1]
    assert walked(api, lots) == api.get(lots)["data"]
    for other in (lots, f"/memberships/{guest.membership_id}/holds"):
        refused(api.call("GET", f"{other}?cursor={first['next_cursor']}"), 400, "cursor_not_found")


def walked(api: Api, path: str) -> list[Any]:
    """A list, an item at a time."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"{path}{'&' if '?' in path else '?'}limit=1{cursor and f'&cursor={cursor}'}")
        found, cursor = [*found, *page["data"]], page["next_cursor"]
    return found


def test_a_hold_reserves_what_is_available(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    said = {"reason": "Breakfast", "reference": "order-7", "location": "Web"}
    answer = exactly(api.post(f"/memberships/{guest.membership_id}/holds", points=Decimal("7.5"), **said))
    hold = answer["hold"]
    assert answer["balance"] == {"posted": 10, "held": Decimal("7.5"), "available": Decimal("2.5")}
    assert {name: hold[name] for name in said} == said
    assert (hold["state"], hold["points"], hold["remaining"], hold["closed_at"]) == ("open", 7.5, 7.5, None)
    assert hold["account_id"] == guest.account_id
    assert api.get(f"/holds/{hold['id']}") == hold
    assert api.balance(guest.membership_id)["version"] == 1
    over = api.post(f"/memberships/{guest.membership_id}/holds", points=Decimal("2.50000000000001"))
    assert refused(over, 409, "insufficient_points")["available"] == Decimal("2.5")


def test_holds_are_listed_newest_first_and_by_state(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    first, second, third = (api.held(guest.membership_id, points) for points in (1, 2, 3))
    assert exactly(api.post(f"/holds/{second['id']}/void"))["hold"]["state"] == "voided"
    path = f"/memberships/{guest.membership_id}/holds"
    assert [hold["id"] for hold in api.get(path)["data"]] == [third["id"], second["id"], first["id"]]
    assert api.get(f"{path}?state=open") == {"data": [third, first], "next_cursor": None}
    assert walked(api, f"{path}?state=open") == [third, first]


@pytest.mark.parametrize("body", [None, b"", b"{}", b'{"points":null}', b'{"points":4.5}', b'{"points":4.50}'])
def test_a_capture_takes_all_that_remains(api: Api, guest: Guest, body: bytes | None) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, Decimal("4.5"), reason="Breakfast", reference="order-7", location="Web")
    answer = exactly(api.call("POST", f"/holds/{hold['id']}/capture", body))
    entry = answer["entry"]
    assert (entry["kind"], entry["points"], entry["balance_after"]) == ("capture", Decimal("-4.5"), Decimal("5.5"))
    assert (entry["hold_id"], entry["reason"], entry["reference"]) == (hold["id"], "Breakfast", "order-7")
    assert answer["balance"] == {"posted": Decimal("5.5"), "held": 0, "available": Decimal("5.5")}
    closed = {**hold, "state": "captured", "remaining": 0, "closed_at": entry["recorded_at"]}
    assert answer["hold"] == closed == api.get(f"/holds/{hold['id']}")
    assert api.balance(guest.membership_id)["lifetime"] == 10
    body_of_the_next = refused(api.post(f"/holds/{hold['id']}/capture"), 409, "hold_not_open")
    assert body_of_the_next["state"] == "captured"


def test_a_hold_is_captured_in_parts(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 1)
    path = f"/holds/{api.held(guest.membership_id, Decimal('0.3'))['id']}/capture"
    first = exactly(api.post(path, points=Decimal("0.1")))
    assert (first["hold"]["state"], str(first["hold"]["remaining"])) == ("open", "0.2")
    assert str(first["balance"]["held"]) == "0.2"
    refused(api.post(path, points=Decimal("0.20000000000001")), 409, "capture_exceeds_hold")
    second = exactly(api.post(path, points=Decimal("0.2")))
    assert (second["hold"]["state"], second["hold"]["remaining"]) == ("captured", 0)
    assert str(second["balance"]["posted"]) == "0.7"


def test_a_capture_can_release_the_rest(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 8)
    answer = exactly(api.post(f"/holds/{hold['id']}/capture", points=3, release_rest=True))
    assert (answer["hold"]["state"], answer["hold"]["remaining"]) == ("captured", 0)
    assert answer["balance"] == {"posted": 7, "held": 0, "available": 7}


def test_a_void_frees_what_is_left_and_writes_no_entry(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 8)
    exactly(api.post(f"/holds/{hold['id']}/capture", points=3))
    answer = exactly(api.post(f"/holds/{hold['id']}/void"))
    assert (answer["hold"]["state"], answer["hold"]["points"], answer["hold"]["remaining"]) == ("voided", 8, 0)
    assert answer["hold"]["closed_at"] is not None
    assert answer["balance"] == {"posted": 7, "held": 0, "available": 7}
    assert api.get(f"/holds/{hold['id']}") == answer["hold"]
    assert [e["kind"] for e in api.get(f"/memberships/{guest.membership_id}/entries")["data"]] == ["capture", "earn"]
    assert refused(api.post(f"/holds/{hold['id']}/void"), 409, "hold_not_open")["state"] == "voided"
