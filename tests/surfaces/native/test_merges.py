"""Merges over the native API: one member of two, two of one, and repeats that change nothing."""

import uuid
from typing import Any

import pytest

from surfaces.native.conftest import Api, Guest, exactly, refused

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_two_members_become_one_and_two_again(api: Api, guest: Guest, other: Guest) -> None:
    """The survivor answers to the names of both and has the points of both; undone, each has its own again."""
    before = api.get(f"/members/{other.id}")
    api.earned(guest.membership_id, 30)
    api.earned(other.membership_id, 12)
    made = exactly(api.post(f"/members/{guest.id}/merge", from_id=other.id))
    assert (made["absorbed_id"], made["member"]["id"]) == (other.id, guest.id)
    assert made["member"] == api.get(f"/members/{other.id}") == api.get(f"/members/{guest.id}")
    assert [held["balance"]["posted"] for held in made["member"]["memberships"]] == [42]
    (found,) = api.get(f"/members?email={other.email}")["data"]
    assert found["id"] == guest.id

    back = exactly(api.post(f"/merges/{made['id']}/undo"))
    assert {name: back[name] for name in ("id", "number", "identifiers")} == {
        name: before[name] for name in ("id", "number", "identifiers")
    }
    assert api.balance(other.membership_id)["posted"] == 12
    assert api.balance(guest.membership_id)["posted"] == 30


def test_a_merge_asked_for_again_is_the_merge_that_was_made(api: Api, guest: Guest, other: Guest) -> None:
    """Nobody knows whether a request whose answer was lost was carried out; undone twice it is refused."""
    answers = api.many(8, f"/members/{guest.id}/merge", from_id=other.id)
    assert {exactly(answer)["id"] for answer in answers} == {exactly(answers[0])["id"]}
    path = f"/merges/{exactly(answers[0])['id']}/undo"
    assert sorted(answer.status_code for answer in api.many(4, path)) == [200, 409, 409, 409]
    refused(api.post(path), 409, "merge_refused")


def test_what_is_no_merge(api: Api, neighbour: Api, guest: Guest, other: Guest) -> None:
    """Nobody with oneself, with nobody, or by another merchant."""
    refused(api.post(f"/members/{guest.id}/merge", from_id=guest.id), 409, "merge_refused")
    for into, goes in ((guest.id, NOBODY), (NOBODY, guest.id), ("me", guest.id)):
        refused(api.post(f"/members/{into}/merge", from_id=goes), 404, "member_not_found")
    refused(neighbour.post(f"/members/{guest.id}/merge", from_id=other.id), 404, "member_not_found")
    made = exactly(api.post(f"/members/{guest.id}/merge", from_id=other.id))
    for path in (f"/merges/{NOBODY}/undo", "/merges/it/undo"):
        refused(api.post(path), 404, "merge_not_found")
    refused(neighbour.post(f"/merges/{made['id']}/undo"), 404, "merge_not_found")


@pytest.mark.parametrize("body", [{}, {"from_id": None}, {"from_id": 7}, {"from_id": "me"}])
def test_a_merge_with_whom(api: Api, guest: Guest, body: dict[str, Any]) -> None:
    """It must be said, as a UUID."""
    refused(api.post(f"/members/{guest.id}/merge", **body), 400, "invalid_field")


def test_what_a_merge_was_answered_with_ends_with_it(api: Api, guest: Guest) -> None:
    """It shows names of both: of one that is erased afterwards nothing is said again."""
    other = exactly(api.post("/members", profile={"first_name": "Zebedee"}, identifiers={"till": uuid.uuid4().hex}))
    path, key = f"/members/{guest.id}/merge", uuid.uuid4().hex
    made = api.post(path, key, from_id=other["id"])
    assert other["identifiers"]["till"] in made.text
    exactly(api.post(f"/merges/{exactly(made)['id']}/undo"))
    assert api.call("DELETE", f"/members/{other['id']}").status_code == 204
    assert other["identifiers"]["till"] not in api.post(path, key, from_id=other["id"]).text


def test_lists_of_whoever_went_up_in_another_are_those_of_that_one(api: Api, guest: Guest, other: Guest) -> None:
    """By the id of either, and by the membership that is left: what each bought, and had for its points."""
    program = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    said = {"program_id": program, "code": uuid.uuid4().hex, "title": "Mug", "kind": "custom", "cost": 1}
    mug = exactly(api.post("/rewards", **said))["id"]
    for one in (guest, other):
        bought: dict[str, Any] = {"reference": uuid.uuid4().hex, "membership_id": one.membership_id, "amount": 5}
        exactly(api.post("/orders", **bought))
        exactly(api.post(f"/memberships/{one.membership_id}/redemptions", reward_id=mug, state="issued"))
    exactly(api.post(f"/members/{guest.id}/merge", from_id=other.id))
    for kind in ("orders", "redemptions"):
        whole = api.get(f"/{kind}?member_id={guest.id}")
        assert len(whole["data"]) == 2
        assert api.get(f"/{kind}?member_id={other.id}") == whole
        assert api.get(f"/{kind}?membership_id={guest.membership_id}") == whole
        assert len(api.get(f"/{kind}?membership_id={other.membership_id}")["data"]) == 1
        assert api.get(f"/{kind}?member_id={NOBODY}")["data"] == []
