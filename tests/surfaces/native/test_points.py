"""What moves points and what became of them, over a socket: adjust, set, reverse, transfer, lots, ends that come."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock, served
from surfaces.native.conftest import Api, Guest, exactly, refused, replayed

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of `later`."""
    return Clock()


@pytest.fixture(scope="module")
def later(dsn: str, clock: Clock, api: Api) -> Iterator[Api]:
    """The same API on a server whose clock the test sets."""
    with served(dsn, clock) as base_url:
        yield replace(api, base_url=f"{base_url}/v1")


def text(moment: datetime) -> str:
    """As it is on the wire."""
    return moment.isoformat().replace("+00:00", "Z")


def lots(api: Api, membership_id: str, query: str = "?state=open") -> list[tuple[int, Any, str | None]]:
    """The lots of a membership: entry, what is left, and when it lapses."""
    found = api.get(f"/memberships/{membership_id}/lots{query}")["data"]
    return [(lot["entry_version"], lot["remaining"], lot["expires_at"]) for lot in found]


def test_a_capture_says_what_it_is_for(api: Api, guest: Guest) -> None:
    """The entry of a bill has the bill's reference; what is not said is the hold's."""
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 6, reason="Stay", reference="booking-1", location="Vienna")
    path = f"/holds/{hold['id']}/capture"
    first = exactly(api.post(path, points=2, reference="bill-1"))["entry"]
    rest = exactly(api.post(path, reason="Minibar", location="Bar"))["entry"]
    told = [tuple(entry[name] for name in ("reason", "reference", "location")) for entry in (first, rest)]
    assert told == [("Stay", "bill-1", "Vienna"), ("Minibar", "booking-1", "Bar")]


def test_points_are_adjusted_both_ways(api: Api, guest: Guest) -> None:
    path = f"/memberships/{guest.membership_id}/adjust"
    said = {"reason": "Sorry", "reference": "case-7", "location": "Desk"}
    up = exactly(api.post(path, points=Decimal("7.5"), **said))
    assert {name: up["entry"][name] for name in said} == said
    assert (up["entry"]["kind"], up["entry"]["points"], up["balance"]["posted"]) == ("adjust", 7.5, 7.5)
    down = exactly(api.post(path, points=-7))
    assert (down["entry"]["points"], down["balance"]["available"]) == (-7, Decimal("0.5"))
    assert refused(api.post(path, points=-1), 409, "insufficient_points")["available"] == Decimal("0.5")
    assert api.balance(guest.membership_id)["lifetime"] == Decimal("7.5")


@pytest.mark.parametrize(("basis", "points"), [("posted", 10), ("available", 14)])
def test_a_figure_is_set_once(api: Api, guest: Guest, basis: str, points: int) -> None:
    api.earned(guest.membership_id, 20)
    api.held(guest.membership_id, 4)
    path = f"/memberships/{guest.membership_id}/set"
    first = exactly(api.post(path, points=points, basis=basis))
    assert (first["entry"]["kind"], first["entry"]["points"]) == ("set", points - (20 if basis == "posted" else 16))
    again = exactly(api.post(path, points=Decimal(f"{points}.0"), basis=basis))
    assert again == {"entry": None, "balance": first["balance"]}
    assert first["balance"][basis] == points


def test_a_figure_that_is_set_spares_what_is_held(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 20)
    api.held(guest.membership_id, 12)
    response = api.post(f"/memberships/{guest.membership_id}/set", points=11)
    assert refused(response, 409, "insufficient_points")["available"] == 8


def test_a_reversal_says_what_it_undid_and_what_it_could_not(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    exactly(api.post(f"/memberships/{guest.membership_id}/adjust", points=-4))
    path = f"/memberships/{guest.membership_id}/entries"
    back = exactly(api.post(f"{path}/2/reverse", points=1, reason="Was right"))["entry"]
    assert (back["kind"], back["points"], back["reverses"], back["shortfall"]) == ("reverse", 1, 2, 0)
    taken = exactly(api.call("POST", f"{path}/1/reverse"))
    assert (taken["entry"]["points"], taken["entry"]["shortfall"], taken["balance"]["posted"]) == (-7, 3, 0)
    assert taken["entry"] == api.get(f"{path}/4")["entry"]
    assert api.balance(guest.membership_id)["lifetime"] == 0
    refused(api.post(f"{path}/1/reverse"), 409, "reversal_exceeds_entry")
    refused(api.post(f"{path}/3/reverse"), 409, "entry_not_reversible")
    first = api.get(f"{path}/1")
    assert (first["undone"], first["reversed_by"], first["spent_on"]) == (
        10,
        [4],
        [{"entry_version": 2, "points": 3}, {"entry_version": 4, "points": 7}],
    )


def test_points_are_given_away_with_their_days(api: Api, guest: Guest, friend: str) -> None:
    api.earned(guest.membership_id, 5, expires_at="2099-01-01T00:00:00Z")
    api.earned(guest.membership_id, 5)
    path = f"/memberships/{guest.membership_id}/transfer"
    moved = exactly(api.post(path, to_membership_id=friend, points=7))
    assert (moved["entry"]["points"], moved["balance"]["posted"]) == (-7, 3)
    arrived = api.get(f"/memberships/{friend}/entries/1")
    assert arrived["entry"]["peer_account_id"] == guest.account_id
    assert lots(api, friend) == [(1, 5, "2099-01-01T00:00:00Z"), (1, 2, None)]
    assert api.balance(friend)["lifetime"] == 0
    assert exactly(api.post(path, to_membership_id=friend))["balance"]["posted"] == 0
    refused(api.post(path, to_membership_id=friend), 409, "insufficient_points")
    refused(api.post(path, to_membership_id=guest.membership_id), 409, "transfer_not_allowed")


def test_what_is_due_has_happened_when_anybody_looks(later: Api, clock: Clock, guest: Guest) -> None:
    clock.now = NOW
    membership = f"/memberships/{guest.membership_id}"
    later.earned(guest.membership_id, 10, expires_at=text(NOW + DAY))
    later.earned(guest.membership_id, 5, expires_at=text(NOW + 9 * DAY))
    hold = later.held(guest.membership_id, 4, expires_at=text(NOW + 2 * DAY))
    assert later.balance(guest.membership_id)["next_lapse"] == {"at": text(NOW + DAY), "points": 10}
    clock.now = NOW + DAY
    assert later.balance(guest.membership_id) == {
        "posted": 9,
        "held": 4,
        "available": 5,
        "lifetime": 15,
        "pending": 0,
        "next_lapse": {"at": text(NOW + 9 * DAY), "points": 5},
        "version": 3,
    }
    (lapsed, *_) = later.get(f"{membership}/entries")["data"]
    assert (lapsed["kind"], lapsed["points"], lapsed["surface"]) == ("expire", -6, "ledger")
    assert (lapsed["effective_at"], lapsed["reason"]) == (text(NOW + DAY), None)
    clock.now = NOW + 3 * DAY
    ended = later.get(f"/holds/{hold['id']}")
    assert (ended["state"], ended["remaining"], ended["closed_at"]) == ("expired", 0, text(NOW + 2 * DAY))
    assert refused(later.post(f"/holds/{hold['id']}/capture"), 409, "hold_not_open")["state"] == "expired"
    assert later.balance(guest.membership_id)["posted"] == 5
    assert lots(later, guest.membership_id) == [(2, 5, text(NOW + 9 * DAY))]


def test_the_balance_of_any_moment(later: Api, clock: Clock, guest: Guest) -> None:
    clock.now = NOW
    membership = f"/memberships/{guest.membership_id}"
    later.earned(guest.membership_id, 10, effective_at=text(NOW - 9 * DAY), expires_at=text(NOW + 2 * DAY))
    later.earned(guest.membership_id, 3, pending=True, activates_at=text(NOW + DAY))
    later.held(guest.membership_id, 4, expires_at=text(NOW + 3 * DAY))

    def at(days: int) -> tuple[Any, ...]:
        found = later.get(f"{membership}/balance?at={text(NOW + days * DAY)}")
        steps = [(step["what"], step["points"], step["at"]) for step in found["steps"]]
        assert found["at"] == text(NOW + days * DAY)
        return found["posted"], found["available"], found["pending"], found["lifetime"], steps

    assert at(-10) == (0, 0, 0, 0, [])
    assert at(-1) == (10, 10, 0, 10, [])
    activates, lapses = ("activation", 3, text(NOW + DAY)), ("lapse", 6, text(NOW + 2 * DAY))
    assert at(1) == (13, 9, 0, 13, [activates])
    assert at(2) == (7, 3, 0, 13, [activates, lapses])
    ends = text(NOW + 3 * DAY)
    assert at(3) == (3, 3, 0, 13, [activates, lapses, ("hold_ends", 4, ends), ("lapse", 4, ends)])
    now = later.get(f"{membership}/balance")
    assert (now["at"], now["posted"], now["available"], now["pending"]) == (text(NOW), 10, 6, 3)


def test_points_that_come_back_too_late_live_on_as_long_as_is_said(later: Api, clock: Clock, guest: Guest) -> None:
    clock.now = NOW
    later.earned(guest.membership_id, 10, expires_at=text(NOW + DAY))
    exactly(later.post(f"/memberships/{guest.membership_id}/adjust", points=-10))
    clock.now = NOW + 2 * DAY
    path = f"/memberships/{guest.membership_id}/entries/2/reverse"
    refused(later.post(path, expires_at=text(clock.now)), 409, "time_not_ahead")
    exactly(later.post(path, points=6, expires_at=text(NOW + 5 * DAY)))
    assert lots(later, guest.membership_id) == [(3, 6, text(NOW + 5 * DAY))]
    exactly(later.post(path))
    assert lots(later, guest.membership_id) == [(3, 6, text(NOW + 5 * DAY))]
    assert later.balance(guest.membership_id)["posted"] == 6


def test_a_promise_is_kept_on_its_day_or_by_call_or_taken_back(later: Api, clock: Clock, guest: Guest) -> None:
    clock.now = NOW
    path = f"/memberships/{guest.membership_id}"
    dated, called, dropped = (
        exactly(later.post(f"{path}/earn", points=points, pending=True, reason="Stay", **more))["pending_earn"]
        for points, more in ((4, {"activates_at": text(NOW + DAY)}), (2, {}), (1, {}))
    )
    figures = later.balance(guest.membership_id)
    assert (figures["pending"], figures["posted"], figures["lifetime"]) == (7, 0, 0)
    kept = exactly(later.post(f"/pending-earns/{called['id']}/activate", reference="stay-9"))
    assert (kept["entry"]["kind"], kept["entry"]["pending_id"]) == ("earn", called["id"])
    assert (kept["entry"]["reason"], kept["entry"]["reference"]) == ("Stay", "stay-9")
    assert (kept["pending_earn"]["state"], kept["balance"]["posted"]) == ("activated", 2)
    back = exactly(later.post(f"/pending-earns/{dropped['id']}/cancel"))
    assert (back["pending_earn"]["state"], back["balance"]["posted"]) == ("cancelled", 2)
    assert later.get(f"{path}/pending-earns?state=open") == {"data": [dated], "next_cursor": None}
    clock.now = NOW + 2 * DAY
    assert later.balance(guest.membership_id)["pending"] == 0
    done = later.get(f"/pending-earns/{dated['id']}")
    assert (done["state"], done["closed_at"]) == ("activated", text(NOW + DAY))
    (entry, *_) = later.get(f"{path}/entries")["data"]
    assert (entry["effective_at"], entry["recorded_at"]) == (text(NOW + DAY), text(NOW + 2 * DAY))
    for verb in ("activate", "cancel"):
        problem = refused(later.post(f"/pending-earns/{dated['id']}/{verb}"), 409, "pending_not_open")
        assert problem["state"] == "activated"


def test_a_promise_for_a_day_that_has_come_is_an_earn(later: Api, clock: Clock, guest: Guest) -> None:
    clock.now = NOW
    asked: dict[str, Any] = {"points": 4, "pending": True, "activates_at": text(NOW - DAY)}
    answer = exactly(later.post(f"/memberships/{guest.membership_id}/earn", **asked))
    assert (answer["entry"]["kind"], answer["pending_earn"], answer["balance"]["posted"]) == ("earn", None, 4)


REPEATED: list[tuple[str, dict[str, Any]]] = [
    ("earn", {"points": 3, "expires_at": "2099-01-01T00:00:00Z"}),
    ("earn", {"points": 3, "pending": True}),
    ("adjust", {"points": -3}),
    ("set", {"points": 11}),
    ("set", {"points": 20}),
    ("entries/1/reverse", {"points": 3}),
    ("entries/1/reverse", {}),
    ("transfer", {"points": 3}),
    ("transfer", {}),
    ("adjust", {"points": -300}),
    ("entries/9/reverse", {}),
]


@pytest.mark.parametrize(("verb", "body"), REPEATED, ids=lambda value: str(value)[:30])
def test_a_repeat_gets_the_first_answer(api: Api, guest: Guest, friend: str, verb: str, body: dict[str, Any]) -> None:
    api.earned(guest.membership_id, 20)
    asked = {**body, "to_membership_id": friend} if verb == "transfer" else body
    path, key = f"/memberships/{guest.membership_id}/{verb}", str(uuid.uuid4())
    first = api.post(path, key, **asked)
    api.earned(guest.membership_id, 100)
    again = api.post(path, key, **asked)
    assert (again.status_code, replayed(first), replayed(again)) == (first.status_code, False, True)
    if first.is_success:
        assert again.content == first.content
    other = {**asked, "points": 4}
    refused(api.post(path, key, **other), 409, "key_reused")


@pytest.mark.parametrize("verb", ["activate", "cancel"])
def test_what_ends_a_promise_is_repeated(api: Api, guest: Guest, verb: str) -> None:
    placing, ending = str(uuid.uuid4()), str(uuid.uuid4())
    path = f"/memberships/{guest.membership_id}/earn"
    placed = api.post(path, placing, points=3, pending=True)
    ends = f"/pending-earns/{exactly(placed)['pending_earn']['id']}/{verb}"
    first = api.post(ends, ending)
    api.earned(guest.membership_id, 1)
    assert api.post(ends, ending).content == first.content
    assert api.post(path, placing, points=3, pending=True).content == placed.content
    refused(api.post(ends), 409, "pending_not_open")
    refused(api.post(path, placing, points=3), 409, "key_reused")


def test_entries_are_found_by_what_they_are(api: Api, guest: Guest) -> None:
    """Each filter alone, all together, and page by page; a filter that cannot be is named."""
    path = f"/memberships/{guest.membership_id}/entries"
    for day, reference in ((1, "a"), (3, "b"), (2, "a")):
        api.earned(guest.membership_id, 5, reference=reference, effective_at=f"2026-03-0{day}T00:00:00Z")
    hold = api.held(guest.membership_id, 2, reference="a")
    api.post(f"/holds/{hold['id']}/capture")
    api.held(guest.membership_id, 1)

    def versions(query: str) -> list[int]:
        return [each["version"] for each in api.get(f"{path}?{query}")["data"]]

    wanted = {
        "kind=capture": [4],
        "kind=earn": [3, 2, 1],
        "reference=a": [4, 3, 1],
        "reference=none": [],
        "since=2026-03-02T00:00:00Z&kind=earn": [3, 2],
        "until=2026-03-02T00:00:00Z": [1],
        "kind=earn&reference=a&since=2026-03-01T00:00:00Z&until=2026-03-03T00:00:00Z": [3, 1],
    }
    assert {query: versions(query) for query in wanted} == wanted
    first = api.get(f"{path}?reference=a&limit=2")
    assert versions(f"reference=a&limit=2&cursor={first['next_cursor']}") == [1]
    holds = f"/memberships/{guest.membership_id}/holds"
    found = {
        state: len(api.get(f"{holds}?state={state}")["data"]) for state in ("open", "captured", "voided", "expired")
    }
    assert found == {"open": 1, "captured": 1, "voided": 0, "expired": 0}
    for query in ("kind=nothing", "since=yesterday", f"reference={'x' * 256}"):
        refused(api.call("GET", f"{path}?{query}"), 400, "invalid_field")
