"""Requests at once: one sale is one hold, no point is held twice, and a hold ends in one way."""

from collections import Counter
from functools import partial

import pytest

from guerdon.engine import Engine
from storage.racing import merged_meanwhile
from surfaces.counterpoint.tills import CALLER, THREADS, Customer, Till, many, new_customer, refused, together


def test_one_sale_at_once_is_one_hold(customer: Customer) -> None:
    """However often a checkout fires: every answer is a success with the same code."""
    customer.earned(1000)
    answers = many(customer.authorize, "S-1", 700)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["AuthCode"] for answer in answers}) == 1
    assert (customer.figures(), customer.pending()) == ((1000, 700, 300), [("S-1", 700)])


def test_one_sale_with_other_points_at_once_is_one_hold(customer: Customer) -> None:
    """The last one stays; all codes but its own are those of cancelled holds."""
    customer.earned(1000)
    calls = [partial(customer.authorize, "S-1", points) for points in range(1, THREADS + 1)]
    answers = together(calls)
    codes = {answer.json()["AuthCode"]: answer.json()["RequestedPoints"] for answer in answers}
    assert sorted(codes.values()) == list(range(1, THREADS + 1))
    ((_, held),) = customer.pending()
    for code, points in codes.items():
        if points != held:
            refused(customer.finish("Confirm", code), 400, "Bad Request")
    assert customer.figures() == (1000, held, 1000 - held)
    (kept,) = [code for code, points in codes.items() if points == held]
    customer.finished("Confirm", kept)
    assert customer.figures() == (1000 - held, 0, 1000 - held)


@pytest.mark.parametrize(("balance", "points", "fits"), [(100, 7, 14), (31, 1, 31), (32, 1, 32), (6, 7, 0)])
def test_as_many_fit_as_there_is_room_for(customer: Customer, balance: int, points: int, fits: int) -> None:
    """Checking and holding are one step."""
    customer.earned(balance)
    answers = together([partial(customer.authorize, f"S-{n}", points) for n in range(THREADS)])
    assert Counter(answer.status_code for answer in answers) == Counter({200: fits, 400: THREADS - fits})
    for answer in answers:
        if answer.status_code == 400:
            refused(answer, 400, "No Balance Remaining")
    assert customer.figures() == (balance, fits * points, balance - fits * points)
    assert len(customer.pending()) == fits


def test_a_hold_is_either_confirmed_or_cancelled(customer: Customer) -> None:
    """Whoever is first wins; those who ask for the same are told so, the others are refused."""
    customer.earned(1000)
    balance = 1000
    for n in range(6):
        code = customer.authorized(f"S-{n}", 100)
        verbs = ["Confirm", "Cancel"] * (THREADS // 2)
        answers = together([partial(customer.finish, verb, code) for verb in verbs])
        done = {verb for verb, answer in zip(verbs, answers, strict=True) if answer.status_code == 204}
        assert len(done) == 1
        lost = [answer for verb, answer in zip(verbs, answers, strict=True) if verb not in done]
        for answer in lost:
            refused(answer, 400, "Bad Request")
        balance -= 100 if done == {"Confirm"} else 0
        assert customer.figures() == (balance, 0, balance)


def test_a_hold_is_confirmed_once(customer: Customer) -> None:
    """All are told that it is, and one entry is written."""
    customer.earned(100)
    code = customer.authorized("S-1", 40)
    answers = many(customer.finish, "Confirm", code)
    assert {answer.status_code for answer in answers} == {204}
    assert [row["PointAmount"] for row in customer.loyalty()["History"]] == [100, -40]


def test_replacing_and_confirming_at_once(customer: Customer) -> None:
    """Either the first is confirmed and the new one stands beside it, or it was replaced before."""
    customer.earned(10_000)
    balance = 10_000
    for n in range(8):
        old = customer.authorized(f"S-{n}", 100)
        confirm, replace = together(
            [partial(customer.finish, "Confirm", old), partial(customer.authorize, f"S-{n}", 50)]
        )
        assert replace.status_code == 200
        balance -= 100 if confirm.status_code == 204 else 0
        assert customer.figures() == (balance, 50, balance - 50)
        customer.finished("Cancel", replace.json()["AuthCode"])


@pytest.mark.parametrize("has_key", [False, True])
@pytest.mark.parametrize(
    ("verb", "after"),
    [
        ("earn", (120, 10, 110)),
        ("points", (100, 30, 70)),
        ("money", (100, 30, 70)),
        ("Confirm", (90, 0, 90)),
        ("Cancel", (100, 0, 100)),
    ],
)
async def test_who_goes_up_in_another_meanwhile_is_that_one(
    engine: Engine, till: Till, customer: Customer, verb: str, after: tuple[int, int, int], *, has_key: bool
) -> None:
    """The account was found before the merge and is locked after it; a key answers the same again afterwards."""
    into = await new_customer(engine, till)
    customer.earned(100)
    code, key = customer.authorized("S-1", 10), f"{verb} of {customer.number}" if has_key else ""
    asks = {
        "earn": partial(till.earn, customer.number, 20, key),
        "points": partial(till.authorize, customer.number, "S-2", 20, key),
        "money": partial(till.authorize, customer.number, "S-2", key=key, RequestedAmount=0.2),
    }
    ask = asks.get(verb) or partial(till.finish, verb, customer.number, code, key)
    answer = await merged_meanwhile(engine, CALLER, into.member.id, customer.member.id, ask)
    assert answer.status_code in (200, 204)
    assert into.figures() == after
    if has_key:
        again = ask()
        assert (again.status_code, again.content) == (answer.status_code, answer.content)
        assert into.figures() == after
