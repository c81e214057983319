"""Members and memberships over a socket: written once, listed without gaps, changed by who has seen them last."""

import json
import uuid
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from surfaces.native.conftest import Api, Guest, exactly, refused, replayed


def unique() -> str:
    return uuid.uuid4().hex


def patched(api: Api, path: str, tag: str = "", **members: Any) -> Any:
    """Asks for a change."""
    return api.call("PATCH", path, json.dumps(members).encode(), If_Match=tag)


def test_a_member_is_made_once_for_a_key(api: Api) -> None:
    key, card = unique(), unique()
    answers = api.many(16, "/members", key, identifiers={"card": card})
    assert len({answer.content for answer in answers}) == 1
    assert [replayed(answer) for answer in answers].count(False) == 1
    made = exactly(answers[0])
    assert {answer.headers["etag"] for answer in answers} == {api.call("GET", f"/members/{made['id']}").headers["etag"]}
    refused(api.post("/members", key, identifiers={"card": unique()}), 409, "key_reused")
    refused(api.post("/programs", key, code=unique(), name="x"), 409, "key_reused")


def test_all_that_is_kept_of_a_member_is_told_to_who_may_erase_it(api: Api, neighbour: Api, guest: Guest) -> None:
    """Amounts exact; a key that may not erase, a neighbour and nobody get none of it."""
    api.post(f"/memberships/{guest.membership_id}/earn", points=0.5)
    exactly(api.call("PATCH", f"/members/{guest.id}", b'{"profile": {"city": "Bern"}}', Idempotency_Key=unique()))
    path = f"/members/{guest.id}/export"
    kept = api.get(path)["data"]
    assert [row["id"] for row in kept["members"]] == [guest.id]
    assert kept["entries"]
    (answer,) = kept["answers"]
    assert answer["body"]["profile"]["city"] == "Bern"
    assert "password_hash" not in kept["members"][0]
    writer = replace(api, token=exactly(api.post("/api-keys", name=unique(), scopes=["write"]))["secret"])
    refused(writer.call("GET", path), 403, "forbidden")
    refused(neighbour.call("GET", path), 404, "member_not_found")
    api.call("DELETE", f"/members/{guest.id}")
    refused(api.call("GET", "/members/nobody/export"), 404, "member_not_found")


def test_what_was_answered_of_a_membership_goes_with_the_person(api: Api) -> None:
    """It has the number on the card; a late repeat finds nobody."""
    member, club, key = (
        exactly(api.post("/members"))["id"],
        exactly(api.post("/programs", code=unique(), name="X")),
        unique(),
    )
    joining = partial(api.post, f"/members/{member}/memberships", key, program_id=club["id"], number="4025550117")
    made = exactly(joining())
    changing = partial(api.call, "PATCH", f"/memberships/{made['id']}", b'{"number":"7"}', Idempotency_Key=unique())
    exactly(changing())
    assert len(api.get(f"/members/{member}/export")["data"]["answers"]) == 2
    assert api.call("DELETE", f"/members/{member}").status_code == 204
    refused(joining(), 404, "member_not_found")
    refused(changing(), 404, "member_not_found")


def test_the_log_forgets_the_number_on_the_card_of_who_is_erased(api: Api) -> None:
    """That it was changed stays, with all that says nothing of the person; one who went up in another goes with it."""
    club = exactly(api.post("/programs", code=unique(), name="X"))["id"]
    kept, gone = exactly(api.post("/members"))["id"], exactly(api.post("/members"))["id"]
    card = exactly(api.post(f"/members/{gone}/memberships", program_id=club, number="4025550117"))["id"]
    exactly(api.call("PATCH", f"/memberships/{card}", b'{"number":"4025550118","state":"pending"}'))
    exactly(api.post(f"/members/{kept}/merge", from_id=gone))
    path = f"/audit-log?subject_id={card}"
    assert [each["after"]["number"] for each in api.get(path)["data"]] == ["4025550118", "4025550117"]
    before = api.get(path)["data"]
    assert api.call("DELETE", f"/members/{kept}").status_code == 204
    for change in before:
        for told in filter(None, (change["before"], change["after"])):
            del told["number"]
    assert api.get(path)["data"] == before


def test_without_a_key_a_name_is_had_once(api: Api) -> None:
    """Sixteen at the same time: one has it, the others are told so, and nobody without a name is left behind."""
    email = f"{unique()}@example.com"
    answers = api.many(16, "/members", profile={"email": email, "first_name": email[:20]})
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    assert len(api.get(f"/members?name={email[:20]}")["data"]) == 1


def test_of_two_who_have_seen_the_same_one_changes_it(api: Api, guest: Guest) -> None:
    path = f"/members/{guest.id}"
    tag = api.call("GET", path).headers["etag"]
    cities = [f"City {number}" for number in range(8)]
    answers = api.together([partial(patched, api, path, tag, profile={"city": city}) for city in cities])
    (done,) = (answer for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer is not done:
            (error,) = refused(answer, 412, "precondition_failed")["errors"]
            assert error["header"] == "If-Match"
    assert api.get(path)["profile"] == exactly(done)["profile"]
    assert api.call("GET", path).headers["etag"] == done.headers["etag"] != tag


def test_a_posting_does_not_change_a_version(api: Api, guest: Guest) -> None:
    path = f"/memberships/{guest.membership_id}"
    tag = api.call("GET", path).headers["etag"]
    api.earned(guest.membership_id, 5)
    assert api.call("GET", path).headers["etag"] == tag
    assert exactly(patched(api, path, f'"x", {tag}', number="N-1"))["number"] == "N-1"
    assert exactly(patched(api, path, "*", state="canceled"))["state"] == "canceled"


def test_pages_have_everybody_once_while_members_come(api: Api) -> None:
    name = unique()[:12]
    made = [exactly(api.post("/members", profile={"full_name": f"{name} {n}"}))["id"] for n in range(5)]
    for sort, wanted in (("-created_at", made[::-1]), ("created_at", made)):
        seen, cursor = [], ""
        while True:
            page = api.get(f"/members?name={name}&sort={sort}&limit=2{cursor}")
            seen += [member["id"] for member in page["data"]]
            if sort == "-created_at":
                exactly(api.post("/members", profile={"full_name": f"{name} later"}))
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen[: len(wanted)] == wanted
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("PATCH", "/members/{0.id}"),
        ("DELETE", "/members/{0.id}"),
        ("GET", "/members/{0.id}/identifiers"),
        ("POST", "/members/{0.id}/identifiers"),
        ("DELETE", "/members/{0.id}/identifiers/card"),
        ("POST", "/members/{0.id}/memberships"),
        ("PATCH", "/memberships/{0.membership_id}"),
        ("DELETE", "/memberships/{0.membership_id}"),
    ],
)
def test_a_neighbour_changes_nobody(api: Api, neighbour: Api, guest: Guest, method: str, below: str) -> None:
    before = api.get(f"/members/{guest.id}")
    program = before["memberships"][0]["program_id"]
    body = b'{"namespace":"card","value":"1","program_id":"%b"}' % program.encode()
    answer = neighbour.call(method, below.format(guest), None if method in ("GET", "DELETE") else body)
    refused(answer, 404, "membership_not_found" if "{0.m" in below else "member_not_found")
    assert api.get(f"/members/{guest.id}") == before
    refused(neighbour.call("GET", f"/programs/{program}"), 404, "program_not_found")
    refused(neighbour.call("DELETE", f"/programs/{program}"), 404, "program_not_found")
    refused(neighbour.post("/members", program_id=program), 404, "program_not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"profile": {"email": "x"}}, "/profile/email"),
        ({"profile": {"date_of_birth": "soon"}}, "/profile/date_of_birth"),
        ({"profile": {"city": "\0"}}, "/profile/city"),
        ({"profile": {"city": "x" * 256}}, "/profile/city"),
        ({"profile": []}, "/profile"),
        ({"identifiers": {"card": "\0"}}, "/identifiers"),
        ({"identifiers": {"card": 1}}, "/identifiers/card"),
        ({"identifiers": {"email": "a@example.com"}}, "/identifiers/email"),
        ({"identifiers": {"Card": "1"}}, "/identifiers/Card"),
    ],
)
def test_what_cannot_be_said_of_a_member_is_pointed_at(api: Api, guest: Guest, body: Any, pointer: str) -> None:
    for answer in (api.post("/members", **body), patched(api, f"/members/{guest.id}", **body)):
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["pointer"]) == (400, pointer), answer.text


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "sort=name", "cursor=x", "emial=a", "program_id=x", "created_to=x"]
)
def test_what_cannot_be_asked_of_a_list_is_named(api: Api, query: str) -> None:
    """A filter that is misspelled would list everybody."""
    (error,) = api.call("GET", f"/members?{query}").json()["errors"]
    assert error["parameter"] == query.partition("=")[0]


def test_a_change_that_changes_nothing_moves_nothing(api: Api, guest: Guest) -> None:
    """Neither the tag nor when it was changed: an empty one, what is so already, and a member that is misspelt."""
    before = api.call("GET", f"/members/{guest.id}")
    own = json.dumps({"profile": {"first_name": "Mira"}, "identifiers": {"native.test": guest.number}}).encode()
    for same in (b"{}", own, b'{"profiel":{"first_name":"Nora"}}', b'{"identifiers":{"card":null}}'):
        after = api.call("PATCH", f"/members/{guest.id}", same, If_Match=before.headers["etag"])
        assert (exactly(after), after.headers["etag"]) == (exactly(before), before.headers["etag"]), same
    exactly(api.post(f"/members/{guest.id}/identifiers", namespace="native.test", value=guest.number))
    assert api.call("DELETE", f"/members/{guest.id}/identifiers/card").status_code == 204
    assert api.get(f"/members/{guest.id}") == exactly(before)
    other = api.call("PATCH", f"/members/{guest.id}", b'{"identifiers":{"card":"1%b"}}' % guest.number.encode())
    assert exactly(other)["updated_at"] != exactly(before)["updated_at"]
