"""Requests at once over a socket: no point is spent twice, none is lost, and the chain of entries has no gap."""

import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import pairwise

import httpx
import pytest

from guerdon.core.callers import Caller
from guerdon.demo import tenant
from guerdon.engine import Engine
from storage.racing import merged_meanwhile
from surfaces.native.conftest import THREADS, Api, Guest, exactly, refused


def outcomes(answers: list[httpx.Response]) -> Counter[str]:
    """How many were carried out, and how many were refused and why."""
    return Counter("done" if answer.status_code == 200 else answer.json()["code"] for answer in answers)


def walk(api: Api, guest: Guest) -> None:
    """Walks the account's chain of entries again, to the balance that is shown."""
    entries = api.get(f"/memberships/{guest.membership_id}/entries?limit=200")["data"]
    balance = api.balance(guest.membership_id)
    assert [entry["version"] for entry in entries] == list(range(len(entries), 0, -1))
    assert (balance["version"], balance["posted"]) == (len(entries), sum(entry["points"] for entry in entries))
    assert balance["available"] == balance["posted"] - balance["held"]
    for newer, older in pairwise(entries):
        assert newer["balance_after"] == older["balance_after"] + newer["points"]


@pytest.mark.parametrize(
    ("balance", "points", "fits"),
    [
        ("10", "1", 10),
        ("1.0", "0.1", 10),
        ("0.3", "0.1", 3),
        ("20.37076232692728", "3", 6),
        ("2.99999999999999", "3", 0),
    ],
)
def test_as_many_holds_fit_as_the_balance_has_room_for(
    api: Api, guest: Guest, balance: str, points: str, fits: int
) -> None:
    api.earned(guest.membership_id, Decimal(balance))
    answers = api.many(THREADS, f"/memberships/{guest.membership_id}/holds", points=Decimal(points))
    assert outcomes(answers) == Counter(done=fits, insufficient_points=THREADS - fits)
    shown = api.balance(guest.membership_id)
    assert (shown["held"], shown["posted"]) == (fits * Decimal(points), Decimal(balance))
    assert len(api.get(f"/memberships/{guest.membership_id}/holds?state=open")["data"]) == fits


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_a_hold_ends_once(api: Api, guest: Guest, verb: str) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 4)
    answers = api.many(THREADS, f"/holds/{hold['id']}/{verb}")
    assert outcomes(answers) == Counter(done=1, hold_not_open=THREADS - 1)
    assert api.balance(guest.membership_id)["posted"] == (6 if verb == "capture" else 10)
    walk(api, guest)


@pytest.mark.parametrize("verb", ["capture", "void"])
@pytest.mark.parametrize("has_key", [False, True])
async def test_a_hold_ends_where_it_went_meanwhile(
    api: Api, engine: Engine, guest: Guest, other: Guest, verb: str, *, has_key: bool
) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 4)
    caller = Caller(tenant.id_of(tenant.DEMO, "tenant"), "test", uuid.uuid4())
    ask = partial(api.post, f"/holds/{hold['id']}/{verb}", key=str(uuid.uuid4()) if has_key else "")
    answer = await merged_meanwhile(engine, caller, uuid.UUID(other.id), uuid.UUID(guest.id), ask)
    assert answer.status_code == 200, answer.text
    assert api.balance(other.membership_id)["available"] == (6 if verb == "capture" else 10)


def test_a_hold_is_either_captured_or_voided(api: Api, guest: Guest) -> None:
    for _ in range(4):
        before = api.earned(guest.membership_id, 10)["balance"]["posted"]
        hold = api.held(guest.membership_id, 4)
        verbs = ["capture", "void"] * (THREADS // 2)
        answers = api.together([partial(api.post, f"/holds/{hold['id']}/{verb}") for verb in verbs])
        (won,) = [verb for verb, answer in zip(verbs, answers, strict=True) if answer.status_code == 200]
        state = {"capture": "captured", "void": "voided"}[won]
        lost = [answer for answer in answers if answer.status_code != 200]
        assert all(refused(answer, 409, "hold_not_open")["state"] == state for answer in lost)
        assert api.balance(guest.membership_id)["posted"] == before - (4 if won == "capture" else 0)
    walk(api, guest)


def test_parts_that_are_captured_at_once_never_exceed_the_hold(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, Decimal("1.0"))
    answers = api.many(THREADS, f"/holds/{hold['id']}/capture", points=Decimal("0.1"))
    done = [exactly(answer) for answer in answers if answer.status_code == 200]
    assert len(done) == 10
    assert sorted(answer["hold"]["remaining"] for answer in done) == [Decimal(tenths) / 10 for tenths in range(10)]
    for answer in done:
        assert answer["balance"]["held"] == answer["hold"]["remaining"]
        assert answer["hold"]["state"] == ("open" if answer["hold"]["remaining"] else "captured")
    assert set(outcomes(answers)) <= {"done", "hold_not_open", "capture_exceeds_hold"}
    assert (api.balance(guest.membership_id)["posted"], api.balance(guest.membership_id)["held"]) == (9, 0)
    walk(api, guest)


def test_earns_at_once_all_count(api: Api, guest: Guest) -> None:
    amounts = [Decimal(number) / 10 for number in range(1, 65)]
    path = f"/memberships/{guest.membership_id}/earn"
    answers = api.together([partial(api.post, path, points=points) for points in amounts])
    versions = {exactly(answer)["entry"]["version"] for answer in answers}
    assert versions == set(range(1, 65))
    assert api.balance(guest.membership_id)["posted"] == sum(amounts)
    for points, answer in zip(amounts, answers, strict=True):
        assert exactly(answer)["entry"]["points"] == points
        assert exactly(answer)["entry"]["balance_after"] == exactly(answer)["balance"]["posted"]
    walk(api, guest)


def test_holds_and_earns_at_once_leave_nothing_negative(api: Api, guest: Guest) -> None:
    earn = partial(api.post, f"/memberships/{guest.membership_id}/earn", points=1)
    hold = partial(api.post, f"/memberships/{guest.membership_id}/holds", points=1)
    answers = api.together([earn, hold] * 32)
    assert all(answer.json()["balance"]["available"] >= 0 for answer in answers if answer.status_code == 200)
    counted = outcomes(answers[1::2])
    balance = api.balance(guest.membership_id)
    assert (balance["posted"], balance["held"]) == (32, counted["done"])
    assert set(counted) <= {"done", "insufficient_points"}
    walk(api, guest)


@pytest.mark.parametrize("verb", ["activate", "cancel"])
def test_a_promise_ends_once(api: Api, guest: Guest, verb: str) -> None:
    placed = exactly(api.post(f"/memberships/{guest.membership_id}/earn", points=4, pending=True))
    answers = api.many(THREADS, f"/pending-earns/{placed['pending_earn']['id']}/{verb}")
    assert outcomes(answers) == Counter(done=1, pending_not_open=THREADS - 1)
    figures = api.balance(guest.membership_id)
    assert (figures["pending"], figures["posted"]) == (0, 4 if verb == "activate" else 0)
    walk(api, guest)


def test_an_entry_is_undone_at_most_once_over(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    exactly(api.post(f"/memberships/{guest.membership_id}/adjust", points=-10))
    path = f"/memberships/{guest.membership_id}/entries/2"
    answers = api.many(THREADS, f"{path}/reverse", points=Decimal("1.5"))
    assert outcomes(answers) == Counter(done=6, reversal_exceeds_entry=THREADS - 6)
    traced = api.get(path)
    assert (traced["undone"], traced["paid_by"][0]["points"]) == (9, 1)
    assert api.balance(guest.membership_id)["available"] == 9
    walk(api, guest)


async def test_points_go_to_and_fro_without_getting_lost(api: Api, guest: Guest, friend: str) -> None:
    for membership in (guest.membership_id, friend):
        api.earned(membership, 100)
    ways = [(guest.membership_id, friend), (friend, guest.membership_id)] * (THREADS // 2)
    calls: list[Callable[[], httpx.Response]] = [
        partial(api.post, f"/memberships/{source}/transfer", to_membership_id=target, points=7)
        for source, target in ways
    ]
    assert set(outcomes(api.together(calls))) <= {"done", "insufficient_points"}
    assert sum(api.balance(each)["posted"] for each in (guest.membership_id, friend)) == 200
    walk(api, guest)
