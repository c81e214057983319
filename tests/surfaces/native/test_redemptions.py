"""Rewards and redemptions over a socket: once for a key, for whom they are, and pointed at where they cannot be."""

import uuid
from typing import Any

import pytest

from surfaces.native.conftest import Api, Guest, exactly, refused, replayed


@pytest.fixture
def program(api: Api, guest: Guest) -> str:
    """The guest's."""
    found: str = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    return found


def reward(api: Api, program: str, **facts: Any) -> Any:
    """A reward of a test's own."""
    said = {"program_id": program, "code": uuid.uuid4().hex, "title": "Mug", "kind": "custom", "cost": 5, **facts}
    return exactly(api.post("/rewards", **said))


def test_a_repeat_redeems_once(api: Api, guest: Guest, program: str) -> None:
    """Sixteen at once with one key: one entry, sixteen equal answers; a refusal leaves the key free."""
    api.earned(guest.membership_id, 7)
    mug, key = reward(api, program), uuid.uuid4().hex
    path = f"/memberships/{guest.membership_id}/redemptions"
    answers = api.many(16, path, key, reward_id=mug["id"], state="fulfilled")
    assert len({answer.content for answer in answers}) == 1
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert api.balance(guest.membership_id)["posted"] == 2
    other = uuid.uuid4().hex
    problem = refused(api.post(path, other, reward_id=mug["id"]), 409, "reward_unavailable")
    assert problem["objections"] == ["not_enough_points"]
    api.earned(guest.membership_id, 7)
    assert exactly(api.post(path, other, reward_id=mug["id"]))["state"] == "reserved"


def test_a_write_answers_with_the_balance_where_it_is_asked_for(api: Api, guest: Guest, program: str) -> None:
    """After each step, and in a repeat as it was then."""
    api.earned(guest.membership_id, 9)
    mug, key = reward(api, program), uuid.uuid4().hex
    path = f"/memberships/{guest.membership_id}/redemptions?expand=membership"

    def left(answer: Any) -> Any:
        return exactly(answer)["membership"]["balance"]["available"]

    made = api.post(path, key, reward_id=mug["id"])
    steps = [api.post(f"/redemptions/{exactly(made)['id']}/{verb}?expand=membership") for verb in ("fulfil", "cancel")]
    assert [left(each) for each in (made, *steps)] == [4, 4, 9]
    assert left(api.post(path, key, reward_id=mug["id"])) == 4
    assert "membership" not in api.get(f"/redemptions/{exactly(made)['id']}")
    refused(api.post(path.replace("=membership", "=reward"), reward_id=mug["id"]), 400, "invalid_field")


def test_a_neighbour_has_none_of_it(api: Api, neighbour: Api, guest: Guest, program: str) -> None:
    api.earned(guest.membership_id, 9)
    mug = reward(api, program)
    made = exactly(api.post(f"/memberships/{guest.membership_id}/redemptions", reward_id=mug["id"]))
    refused(neighbour.call("GET", f"/rewards/{mug['id']}"), 404, "reward_not_found")
    refused(neighbour.call("PATCH", f"/rewards/{mug['id']}", b"{}"), 404, "reward_not_found")
    refused(neighbour.call("GET", f"/memberships/{guest.membership_id}/offers"), 404, "membership_not_found")
    refused(neighbour.post("/rewards", **{**RIGHT, "program_id": program}), 404, "program_not_found")
    for verb in ("issue", "fulfil", "cancel"):
        refused(neighbour.post(f"/redemptions/{made['id']}/{verb}"), 404, "redemption_not_found")
    for query in (f"membership_id={guest.membership_id}", f"reward_id={mug['id']}", ""):
        assert made["id"] not in [each["id"] for each in neighbour.get(f"/redemptions?{query}")["data"]]
    assert api.get(f"/redemptions/{made['id']}") == made
    whole = made | {"reward": api.get(f"/rewards/{made['reward_id']}")}
    assert api.get(f"/redemptions/{made['id']}?expand=reward") == whole
    assert (
        api.get(f"/redemptions?reward_id={made['reward_id']}&expand=reward&limit=1")["data"][0]["reward"]
        == whole["reward"]
    )
    refused(api.call("GET", f"/redemptions/{made['id']}?expand=member"), 400, "invalid_field")


RIGHT: dict[str, Any] = {"code": "x", "title": "X", "kind": "custom", "cost": 1}


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"cost": -1}, "/cost"),
        ({"cost": "1"}, "/cost"),
        ({"cost": None}, "/cost"),
        ({"cost": 1e30}, "/cost"),
        ({"kind": "gift"}, "/kind"),
        ({"kind": "free_item"}, "/sku"),
        ({"kind": "voucher_code"}, "/pool_id"),
        ({"stock_left": -1}, "/stock_left"),
        ({"title": ""}, "/title"),
        ({"title": "a\0b"}, "/title"),
        ({"tier_costs": [{"tier_id": str(uuid.uuid4()), "cost": "x"}]}, "/tier_costs/0/cost"),
        ({"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, "/ends_at"),
        ({"starts_at": "2026-01-02T00:00:00"}, "/starts_at"),
        ({"kind": "discount_percentage", "value": 100.01}, "/value"),
        ({"kind": "discount_amount"}, "/value"),
        ({"per_days": 7}, "/per_days"),
        ({"media_url": "javascript:1"}, "/media_url"),
        ({"media_url": "http://"}, "/media_url"),
    ],
)
def test_what_cannot_be_a_reward_is_pointed_at(api: Api, program: str, said: dict[str, Any], pointer: str) -> None:
    answer = api.post("/rewards", **{**RIGHT, "program_id": program, **said})
    (error,) = refused(answer, 400, "invalid_field")["errors"]
    assert error["pointer"] == pointer


def test_more_of_a_stock_is_more_of_what_is_left(api: Api, guest: Guest, program: str) -> None:
    """Whoever reserves meanwhile."""
    api.earned(guest.membership_id, 9)
    mug = reward(api, program, stock_left=2)
    exactly(api.post(f"/memberships/{guest.membership_id}/redemptions", reward_id=mug["id"]))
    for body, left in ((b'{"add_stock":3}', 4), (b'{"add_stock":-4}', 0), (b'{"stock_left":1}', 1)):
        assert exactly(api.call("PATCH", f"/rewards/{mug['id']}", body))["stock_left"] == left
    for body in (b'{"add_stock":-2}', b'{"add_stock":1,"stock_left":1}'):
        (error,) = refused(api.call("PATCH", f"/rewards/{mug['id']}", body), 400, "invalid_field")["errors"]
        assert error["pointer"] == "/add_stock"
