"""One key has one effect: a repeat is answered as the first request was, whatever has happened since."""

import uuid
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import pytest

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.demo import tenant
from guerdon.engine import Engine, joining
from surfaces.native.conftest import THREADS, Api, Guest, exactly, refused, replayed


def new_key() -> str:
    """A key that nobody has used."""
    return f"key-{uuid.uuid4()}"


def repeats(first: httpx.Response, second: httpx.Response) -> bool:
    """Whether the second answer is the first one again, byte for byte, and says so."""
    return (not replayed(first), replayed(second), first.status_code, first.content) == (
        True,
        True,
        second.status_code,
        second.content,
    )


def test_an_earn_is_repeated_byte_for_byte(api: Api, guest: Guest) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    first = api.post(path, key, points=Decimal("0.10"), reason="Two coffees")
    api.earned(guest.membership_id, 100)
    api.held(guest.membership_id, 50)
    assert repeats(first, api.post(path, key, points=Decimal("0.10"), reason="Two coffees"))
    assert repeats(first, api.post(path, key, points=Decimal("0.1"), reason="Two coffees", colour="red"))
    assert api.balance(guest.membership_id)["posted"] == Decimal("100.10")


def test_a_dated_earn_is_repeated_under_any_offset(api: Api, guest: Guest) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    first = api.post(path, key, points=1, effective_at="2026-07-02T14:00:00+02:00")
    assert repeats(first, api.post(path, key, points=1, effective_at="2026-07-02T12:00:00.000Z"))
    for other in ({"effective_at": "2026-07-02T12:00:01Z"}, {}):
        refused(api.post(path, key, points=1, **other), 409, "key_reused")


def test_a_hold_is_repeated_as_it_was_placed(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    path, key = f"/memberships/{guest.membership_id}/holds", new_key()
    first = api.post(path, key, points=4, reference="order-7")
    hold_id = exactly(first)["hold"]["id"]
    assert repeats(first, api.post(path, key, points=4, reference="order-7"))
    exactly(api.post(f"/holds/{hold_id}/capture", points=1))
    assert repeats(first, api.post(path, key, points=4, reference="order-7"))
    exactly(api.post(f"/holds/{hold_id}/void"))
    assert repeats(first, api.post(path, key, points=4, reference="order-7"))
    assert [hold["id"] for hold in api.get(path)["data"]] == [hold_id]


def test_captures_are_repeated_with_the_hold_as_it_was_then(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    path = f"/holds/{api.held(guest.membership_id, 8)['id']}/capture"
    asked: list[dict[str, Any]] = [{"points": Decimal("2.5")}, {"points": 1}, {"points": 2, "release_rest": True}]
    keys = [new_key() for _ in asked]
    first = [api.post(path, key, **body) for key, body in zip(keys, asked, strict=True)]
    assert [exactly(answer)["hold"]["remaining"] for answer in first] == [Decimal("5.5"), Decimal("4.5"), 0]
    again = [api.post(path, key, **body) for key, body in zip(keys, asked, strict=True)]
    assert all(repeats(*pair) for pair in zip(first, again, strict=True))
    assert api.balance(guest.membership_id)["posted"] == Decimal("4.5")


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_what_ends_a_hold_is_repeated(api: Api, guest: Guest, verb: str) -> None:
    api.earned(guest.membership_id, 10)
    path, key = f"/holds/{api.held(guest.membership_id, 8)['id']}/{verb}", new_key()
    first = api.post(path, key)
    api.earned(guest.membership_id, 10)
    assert repeats(first, api.post(path, key))
    refused(api.post(path, new_key()), 409, "hold_not_open")


def test_a_part_that_was_captured_before_a_void_is_repeated_as_open(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 10)
    path, key = f"/holds/{api.held(guest.membership_id, 8)['id']}", new_key()
    first = api.post(f"{path}/capture", key, points=3)
    exactly(api.post(f"{path}/void"))
    assert exactly(first)["hold"]["state"] == "open"
    assert repeats(first, api.post(f"{path}/capture", key, points=3))


def test_a_refusal_is_repeated_too(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 5)
    path, key = f"/memberships/{guest.membership_id}/holds", new_key()
    first = api.post(path, key, points=6)
    api.earned(guest.membership_id, 100)
    second = api.post(path, key, points=6)
    problems = [refused(answer, 409, "insufficient_points") for answer in (first, second)]
    assert [problem.pop("request_id") for problem in problems] == [r.headers["x-request-id"] for r in (first, second)]
    assert problems[0] == problems[1]
    assert problems[0]["available"] == 5
    assert (replayed(first), replayed(second)) == (False, True)
    assert replayed(api.post(path, new_key(), points=6)) is False


def test_a_refused_capture_is_repeated_with_the_state_of_then(api: Api, guest: Guest) -> None:
    api.earned(guest.membership_id, 5)
    path, key = f"/holds/{api.held(guest.membership_id, 3)['id']}/capture", new_key()
    assert not replayed(api.post(path, key, points=4))
    exactly(api.post(path))
    again = api.post(path, key, points=4)
    refused(again, 409, "capture_exceeds_hold")
    assert replayed(again)


def test_another_request_under_the_same_key_is_refused(api: Api, guest: Guest) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    said = {"points": 5, "reason": "a", "reference": "b", "location": "c"}
    exactly(api.post(path, key, **said))
    changed: list[dict[str, object]] = [{"points": 6}, {"reason": "z"}, {"reference": "z"}, {"location": None}]
    for change in changed:
        answer = api.post(path, key, **{**said, **change})
        refused(answer, 409, "key_reused")
        assert not replayed(answer)
    refused(api.post(f"/memberships/{guest.membership_id}/holds", key, **said), 409, "key_reused")
    hold = api.held(guest.membership_id, 1)
    refused(api.post(f"/holds/{hold['id']}/void", key), 409, "key_reused")
    capture_key = new_key()
    exactly(api.post(f"/holds/{hold['id']}/capture", capture_key, points=1))
    refused(api.post(f"/holds/{hold['id']}/capture", capture_key), 409, "key_reused")
    refused(api.post(f"/holds/{hold['id']}/capture", capture_key, points=1, release_rest=True), 409, "key_reused")
    assert api.balance(guest.membership_id)["posted"] == 4


def test_what_was_not_understood_uses_up_no_key(api: Api, guest: Guest) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    refused(api.post(path, key, points="1"), 400, "invalid_field")
    refused(api.post(path, key, points=0), 400, "points_out_of_range")
    refused(api.post(f"/memberships/{uuid.uuid4()}/earn", key, points=1), 404, "membership_not_found")
    assert not replayed(api.post(path, key, points=1))


def test_two_merchants_may_use_one_key(api: Api, neighbour: Api, guest: Guest) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    exactly(api.post(path, key, points=1))
    refused(neighbour.post(path, key, points=1), 404, "membership_not_found")


def test_without_a_key_every_request_counts(api: Api, guest: Guest) -> None:
    answers = [api.earned(guest.membership_id, 1) for _ in range(3)]
    assert [answer["balance"]["posted"] for answer in answers] == [1, 2, 3]


async def test_a_key_is_answered_even_after_the_membership_is_deleted(api: Api, guest: Guest, engine: Engine) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    first = api.post(path, key, points=1)
    chain = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4(), tenant.id_of("demo", "chain"))
    await joining.delete(engine, chain, NOW, [uuid.UUID(guest.membership_id)])
    assert repeats(first, api.post(path, key, points=1))
    refused(api.post(path, key, points=2), 409, "key_reused")
    refused(api.post(path, new_key(), points=1), 404, "membership_not_found")
    refused(api.post(path, points=1), 404, "membership_not_found")


@pytest.mark.parametrize("verb", ["earn", "holds"])
def test_many_equal_requests_at_once_have_one_effect(api: Api, guest: Guest, verb: str) -> None:
    api.earned(guest.membership_id, 1_000)
    path = f"/memberships/{guest.membership_id}/{verb}"
    answers = api.many(THREADS, path, new_key(), points=Decimal("7.25"))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert [answer.status_code for answer in answers] == [200] * THREADS
    assert sum(not replayed(answer) for answer in answers) == 1
    balance = api.balance(guest.membership_id)
    earned, held = (Decimal("7.25"), 0) if verb == "earn" else (0, Decimal("7.25"))
    assert (balance["posted"], balance["held"]) == (1_000 + earned, held)


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_many_equal_ends_of_one_hold_have_one_effect(api: Api, guest: Guest, verb: str) -> None:
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 4)
    answers = api.many(THREADS, f"/holds/{hold['id']}/{verb}", new_key())
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert sum(not replayed(answer) for answer in answers) == 1
    assert api.balance(guest.membership_id)["posted"] == (6 if verb == "capture" else 10)


def test_different_requests_at_once_under_one_key_have_one_effect(api: Api, guest: Guest) -> None:
    path, key = f"/memberships/{guest.membership_id}/earn", new_key()
    amounts = [1 + number % 4 for number in range(THREADS)]
    answers = api.together([partial(api.post, path, key, points=points) for points in amounts])
    winner = exactly(next(answer for answer in answers if answer.status_code == 200))["entry"]["points"]
    for points, answer in zip(amounts, answers, strict=True):
        if points == winner:
            assert exactly(answer)["balance"]["posted"] == winner
        else:
            refused(answer, 409, "key_reused")
    assert api.balance(guest.membership_id)["posted"] == winner
    assert api.balance(guest.membership_id)["version"] == 1
