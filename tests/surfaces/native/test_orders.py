"""Orders, events and rules over a socket: what is wrong is told by its place and changes nothing; ids are one's own."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from surfaces.native.conftest import Api, Guest, exactly, refused, replayed

LINES = [{"sku": "a", "unit_price": Decimal("4.50"), "quantity": 2}, {"sku": "b", "unit_price": 1}]
BASE: dict[str, Any] = {"id": "base", "give": {"per_spend": {"points": 1}}}
WALK: dict[str, Any] = {"id": "walk", "when": {"event": "walk"}, "give": {"per_event": {"points": 5}}}


def buy(api: Api, guest: Guest, **more: Any) -> Any:
    """Tells of an order, with a reference of its own unless there is one."""
    told = {"reference": uuid.uuid4().hex, "membership_id": guest.membership_id, "lines": LINES, **more}
    return api.post("/orders", **{name: value for name, value in told.items() if value is not None})


def test_an_order_is_told_of_once(api: Api, guest: Guest) -> None:
    """Amounts and moments that are the same are the same order, in whatever form; another answer is another order."""
    at = {"reference": "A-1" + guest.number, "at": "2026-07-01T10:00:00Z"}
    first = buy(api, guest, **at)
    same = [{**LINES[0], "unit_price": Decimal("4.5"), "quantity": Decimal("2.0")}, LINES[1]]
    again = buy(api, guest, **{**at, "at": "2026-07-01T12:00:00+02:00"}, lines=same)
    assert (replayed(first), replayed(again)) == (False, True)
    assert exactly(first) == exactly(again)
    assert exactly(first)["points"] == 10
    refused(buy(api, guest, **at, lines=LINES[:1]), 409, "key_reused")
    assert api.balance(guest.membership_id)["posted"] == 10


def test_the_same_order_at_once_counts_once(api: Api, guest: Guest) -> None:
    told: dict[str, Any] = {"reference": guest.number, "membership_id": guest.membership_id, "lines": LINES}
    answers = api.many(16, "/orders", **told)
    assert {exactly(each)["id"] for each in answers} == {exactly(answers[0])["id"]}
    assert sum(not replayed(each) for each in answers) == 1
    assert api.balance(guest.membership_id)["posted"] == 10


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"lines": None}, "/lines"),
        ({"amount": 5}, "/amount"),
        ({"lines": []}, "/lines"),
        ({"lines": None, "amount": -1}, "/amount"),
        ({"lines": None, "amount": "5"}, "/amount"),
        ({"lines": None, "amount": Decimal("1E+400")}, "/amount"),
        ({"discount": True}, "/discount"),
        ({"lines": [{"unit_price": 9, "discount": 1}], "discount": Decimal("8.01")}, "/discount"),
        ({"lines": None, "amount": 5, "discount": 6}, "/discount"),
        ({"currency": "euro"}, "/currency"),
        ({"reference": ""}, "/reference"),
        ({"membership_id": "x"}, "/membership_id"),
        ({"at": "2199-01-01T00:00:00Z"}, "/at"),
        ({"lines": [{"unit_price": 1}, {"unit_price": Decimal("-0.01")}]}, "/lines/1/unit_price"),
        ({"lines": [{"unit_price": 1, "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"unit_price": 1, "quantity": 10**12}]}, "/lines/0/quantity"),
        ({"lines": [{"unit_price": 10**6, "quantity": 10**6}]}, "/lines/0/quantity"),
        ({"lines": [{"unit_price": 1, "quantity": 2, "discount": Decimal("2.01")}]}, "/lines/0/discount"),
        ({"lines": [{"unit_price": 1, "quantity": 2, "tax": Decimal("2.01")}]}, "/lines/0/tax"),
        ({"lines": [{"unit_price": 1}, {"id": "1", "unit_price": 1}]}, "/lines/1/id"),
    ],
)
def test_what_is_wrong_with_an_order_is_told_by_its_place(
    api: Api, guest: Guest, wrong: dict[str, Any], pointer: str
) -> None:
    body = refused(buy(api, guest, **wrong), 400, "invalid_field")
    assert body["errors"][0]["pointer"] == pointer
    assert api.balance(guest.membership_id)["version"] == 0


def test_ids_of_others_are_unknown(api: Api, neighbour: Api, guest: Guest, other: Guest) -> None:
    order = exactly(buy(api, guest))
    for missing in (f"/orders/{order['id']}", f"/orders/{uuid.uuid4()}", "/orders/x"):
        refused(neighbour.call("GET", missing), 404, "order_not_found")
    refused(neighbour.post(f"/orders/{order['id']}/returns", reference="R"), 404, "order_not_found")
    refused(buy(neighbour, guest), 404, "membership_not_found")
    refused(buy(api, guest, referred_by=str(uuid.uuid4())), 404, "membership_not_found")
    refused(buy(api, guest, referred_by=guest.membership_id), 400, "invalid_field")
    assert exactly(buy(api, guest, referred_by=other.membership_id))["referrer_points"] == 0
    program = order["program_id"]
    refused(neighbour.call("GET", f"/programs/{program}/rule-sets"), 404, "program_not_found")
    refused(neighbour.post(f"/programs/{program}/rule-sets", rules={"rules": []}), 404, "program_not_found")
    refused(neighbour.post("/orders/preview", program_id=program, lines=LINES), 404, "program_not_found")
    refused(neighbour.call("GET", f"/programs/{program}/rule-sets/1"), 404, "rule_set_not_found")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"lines": [{"id": "1", "quantity": 3}]}, 409, "return_exceeds_order"),
        ({"lines": [{"id": "9", "quantity": 1}]}, 409, "return_exceeds_order"),
        ({"amount": Decimal("10.01")}, 409, "return_exceeds_order"),
        ({"amount": 0}, 400, "invalid_field"),
        ({"amount": Decimal("1E+9999999")}, 400, "invalid_field"),
        ({"lines": [{"id": "1", "quantity": 0}]}, 400, "invalid_field"),
        ({"lines": [{"id": "1", "quantity": 1}] * 2}, 400, "invalid_field"),
        ({"lines": [{"id": "1", "quantity": 1}], "amount": 1}, 400, "invalid_field"),
    ],
)
def test_a_return_that_cannot_be(api: Api, guest: Guest, wrong: dict[str, Any], status: int, code: str) -> None:
    path = f"/orders/{exactly(buy(api, guest))['id']}/returns"
    refused(api.post(path, reference="R", **wrong), status, code)
    assert api.balance(guest.membership_id)["posted"] == 10
    back = api.post(path, reference="R", amount=5)
    after = exactly(api.post(f"{path}?expand=membership", reference="R", amount=5))["order"]["membership"]
    assert after["balance"]["posted"] == 5
    assert exactly(back) == exactly(api.post(path, reference="R", amount=Decimal("5.0")))
    assert api.balance(guest.membership_id)["posted"] == 5


def test_nothing_comes_back_before_it_was_bought(api: Api, guest: Guest) -> None:
    order = exactly(buy(api, guest, at="2026-07-01T10:00:00Z"))
    path = f"/orders/{order['id']}/returns"
    refused(api.post(path, reference="R", at="2026-07-01T11:59:59.999999+02:00"), 409, "time_not_ahead")
    assert api.balance(guest.membership_id)["posted"] == 10
    assert exactly(api.post(path, reference="R", at="2026-07-01T10:00:00Z"))["order"]["state"] == "returned"


def test_an_order_earns_no_more_than_there_can_be(api: Api) -> None:
    program = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club", earning_rate=10**9))["id"]
    (held,) = exactly(api.post("/members", program_id=program))["memberships"]
    told: dict[str, Any] = {"membership_id": held["id"], "amount": 10**12 - 1}
    body = refused(api.post("/orders", reference="R", **told), 400, "points_out_of_range")
    assert "errors" not in body
    refused(api.post("/orders/preview", **told), 400, "points_out_of_range")
    assert (api.get(f"/orders?membership_id={held['id']}")["data"], api.balance(held["id"])["version"]) == ([], 0)
    order = exactly(api.post("/orders", reference="R", **{**told, "amount": 10**11 - 1}))
    exactly(api.post(f"/orders/{order['id']}/returns", reference="R"))
    assert api.balance(held["id"])["posted"] == 0


def test_rules_are_tried_for_their_day(api: Api) -> None:
    """A version that is scheduled is the one that a preview of its day asks."""
    program = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    day = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    exactly(api.post(f"/programs/{program}/rule-sets", rules={"rules": [BASE]}))
    exactly(api.post(f"/programs/{program}/rule-sets/1/publish", live_from=day))
    (held,) = exactly(api.post("/members", program_id=program))["memberships"]
    for whose in ({"program_id": program}, {"membership_id": held["id"]}):
        asked: dict[str, Any] = {**whose, "amount": 5}
        assert exactly(api.post("/orders/preview", **asked))["rule_version"] == 0
        found = exactly(api.post("/orders/preview", **asked, at=day))
        assert (found["rule_version"], found["points"]) == (1, 5)
    refused(api.post("/orders", reference="R", membership_id=held["id"], amount=5, at=day), 400, "invalid_field")


def test_a_preview_needs_a_member_or_a_program(api: Api, guest: Guest) -> None:
    program = exactly(buy(api, guest))["program_id"]
    found = exactly(api.post("/orders/preview", program_id=program, amount=Decimal("3.99")))
    assert (found["rule_version"], found["points"], found["rules"][0]["because"]) == (0, 3, None)
    refused(api.post("/orders/preview", lines=LINES), 400, "invalid_field")
    both = {"program_id": program, "membership_id": guest.membership_id}
    refused(api.post("/orders/preview", lines=LINES, **both), 400, "invalid_field")
    refused(api.post("/orders/preview", lines=LINES, program_id=program, rule_version=99), 404, "rule_set_not_found")


def test_an_event_that_no_rule_knows_is_not_kept(api: Api, guest: Guest) -> None:
    told = {"reference": guest.number, "membership_id": guest.membership_id, "name": "walk"}
    for _ in range(2):
        body = refused(api.post("/events", **told), 400, "event_invalid")
        assert body["errors"][0]["pointer"] == "/name"
    for value in (None, [1], {"a": 1}, "a" * 1001, Decimal("1E+400")):
        body = refused(api.post("/events", **told, fields={"km": value}), 400, "invalid_field")
        assert body["errors"][0]["pointer"] == "/fields/km"


def test_drafts_and_times_that_cannot_be(api: Api, guest: Guest) -> None:
    program = exactly(buy(api, guest))["program_id"]
    path = f"/programs/{program}/rule-sets"
    draft = exactly(api.post(path, rules={"rules": [BASE]}, note="n"))
    own = f"{path}/{draft['version']}"
    body = refused(api.call("PUT", own, b'{"rules":{"rules":[{"id":"a b"}],"x/y":1}}'), 400, "invalid_field")
    assert [error["pointer"] for error in body["errors"]] == [
        "/rules/x~1y", "/rules/rules/0/give", "/rules/rules/0/id"
    ]  # fmt: skip
    refused(api.post(f"{own}/publish", live_from="2020-01-01T00:00:00Z"), 400, "invalid_field")
    since = {"since": "2026-01-01T00:00:00Z"}
    refused(api.post(f"{own}/backtest", **since, until="2026-01-01T00:00:00Z"), 400, "invalid_field")
    refused(api.post(f"{own}/backtest", **since, until="2046-01-01T00:00:00Z"), 400, "invalid_field")
    for number in ("99", "x", "99999999999999999999", "%D9%A3"):
        refused(api.call("GET", f"{path}/{number}"), 404, "rule_set_not_found")
    assert api.get(own) == draft


def test_a_version_of_rules_is_changed_by_who_has_seen_it(api: Api) -> None:
    """Each write is answered once for its key and is in the log; versions come in pages, the newest first."""
    program = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    path, key = f"/programs/{program}/rule-sets", uuid.uuid4().hex
    first, again = (api.post(path, key, rules={"rules": [BASE]}) for _ in range(2))
    assert (exactly(first), replayed(again)) == (exactly(again), True)
    exactly(api.post(path, rules={"rules": [BASE]}))
    page = api.get(f"{path}?limit=1")
    assert [each["version"] for each in page["data"]] == [2]
    assert api.get(f"{path}?limit=1&cursor={page['next_cursor']}") == {"data": [exactly(first)], "next_cursor": None}
    tag = first.headers["etag"]
    assert api.call("GET", f"{path}/1").headers["etag"] == tag
    changed = api.call("PUT", f"{path}/1", b'{"rules":{"rules":[]},"note":"n"}', If_Match=tag)
    assert exactly(changed)["note"] == "n"
    for method, below in (("PUT", ""), ("POST", "/publish"), ("POST", "/withdraw")):
        stale = api.call(method, f"{path}/1{below}", b'{"rules":{"rules":[]}}', If_Match=tag)
        refused(stale, 412, "precondition_failed")
    live = api.call("POST", f"{path}/1/publish", If_Match=changed.headers["etag"])
    assert exactly(live)["state"] == "live"
    log = api.get(f"/audit-log?subject_id={program}&kind=rule_set")["data"]
    assert [each["action"] for each in log] == ["publishRules", "changeRules", "draftRules", "draftRules"]
    assert (log[1]["before"]["rules"], log[1]["after"]["rules"]) == ({"rules": [BASE]}, {"rules": []})


def test_orders_and_events_are_listed(api: Api, guest: Guest, other: Guest) -> None:
    """Newest first, by member also after a merge; an order is no event; one answer for a key, with the balance."""
    told: dict[str, Any] = {"membership_id": guest.membership_id, "lines": LINES, "at": "2026-07-01T10:00:00Z"}
    key, path = uuid.uuid4().hex, "/orders?expand=membership"
    first = api.post(path, key, reference=f"1{guest.number}", **told)
    assert exactly(first)["membership"]["balance"]["posted"] == 10
    second = exactly(buy(api, guest, at="2026-07-02T10:00:00Z"))
    again = api.post(path, key, reference=f"1{guest.number}", **told)
    assert (replayed(again), again.content) == (True, first.content)
    refused(api.post(path, key, reference="another", **told), 409, "key_reused")
    page = api.get(f"/orders?member_id={guest.id}&limit=1")
    assert [each["id"] for each in page["data"]] == [second["id"]]
    rest = api.get(f"/orders?member_id={guest.id}&limit=1&cursor={page['next_cursor']}")
    assert [each["id"] for each in rest["data"]] == [exactly(first)["id"]]
    assert rest["next_cursor"] is None
    for query, found in (
        (f"membership_id={guest.membership_id}&since=2026-07-02T10:00:00Z", [second["id"]]),
        (f"membership_id={guest.membership_id}&until=2026-07-02T10:00:00Z", [exactly(first)["id"]]),
        (f"reference=1{guest.number}&state=placed&program_id={second['program_id']}", [exactly(first)["id"]]),
        (f"reference=1{guest.number}&state=returned", []),
        (f"reference=1{guest.number}&program_id={uuid.uuid4()}", []),
    ):
        assert [each["id"] for each in api.get(f"/orders?{query}")["data"]] == found, query
    back = exactly(api.post(f"/orders/{second['id']}/returns", uuid.uuid4().hex, reference="R", amount=5))
    assert api.get(f"/orders/{second['id']}") == back["order"] == api.get(f"/orders?member_id={guest.id}")["data"][0]
    exactly(api.post(f"/members/{other.id}/merge", from_id=guest.id))
    assert len(api.get(f"/orders?member_id={other.id}")["data"]) == 2
    for bad in (
        "/orders?limit=0",
        "/orders?colour=red",
        "/orders?state=lost",
        f"/orders?cursor={page['next_cursor']}x",
    ):
        assert api.call("GET", bad).status_code == 400, bad
    assert api.get(f"/events?member_id={other.id}") == {"data": [], "next_cursor": None}
    refused(api.call("GET", f"/events/{second['id']}"), 404, "order_not_found")


def test_an_event_is_found_again(api: Api) -> None:
    program = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"]
    rules = {"events": {"walk": {"fields": {"km": {"type": "number"}}}}, "rules": [WALK]}
    exactly(api.post(f"/programs/{program}/rule-sets", rules=rules))
    exactly(api.post(f"/programs/{program}/rule-sets/1/publish"))
    (held,) = exactly(api.post("/members", program_id=program))["memberships"]
    told = {"reference": "W", "membership_id": held["id"], "name": "walk", "fields": {"km": 3}}
    walk = exactly(api.post("/events", uuid.uuid4().hex, **told))
    assert (walk["points"], walk["fields"]) == (5, {"km": 3})
    assert api.get(f"/events/{walk['id']}") == walk
    found = api.get(f"/events/{walk['id']}?expand=membership")
    assert found["membership"] == api.get(f"/memberships/{held['id']}")
    assert api.get(f"/events?membership_id={held['id']}&name=walk")["data"] == [walk]
    assert api.get(f"/events?membership_id={held['id']}&name=run")["data"] == []
    assert api.get(f"/orders?membership_id={held['id']}")["data"] == []
    refused(api.call("GET", f"/orders/{walk['id']}"), 404, "order_not_found")


def test_an_order_is_looked_at_by_the_rate_too(api: Api) -> None:
    """Version 0, as orders that earned before there were rules name it; a program that is deleted has none."""
    program = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club", earning_rate=3))["id"]
    exactly(api.post(f"/programs/{program}/rule-sets", rules={"rules": [BASE]}))
    exactly(api.post(f"/programs/{program}/rule-sets/1/publish"))
    asked: dict[str, Any] = {"program_id": program, "amount": 5}
    for version, points in ((None, 5), (1, 5), (0, 15)):
        found = exactly(api.post("/orders/preview", rule_version=version, **asked))
        assert (found["rule_version"], found["points"]) == (1 if version is None else version, points)
    assert api.call("DELETE", f"/programs/{program}").status_code == 204
    refused(api.post("/orders/preview", **asked), 404, "program_not_found")
    refused(api.call("GET", f"/programs/{program}/rule-sets"), 404, "program_not_found")
    window = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    refused(api.post(f"/programs/{program}/rule-sets/1/backtest", **window), 404, "program_not_found")


@pytest.mark.parametrize("state", ["canceled", "declined"])
def test_a_preview_of_who_may_not_take_part_gives_nothing(api: Api, guest: Guest, state: str) -> None:
    """As the order does, and says why."""
    exactly(api.call("PATCH", f"/memberships/{guest.membership_id}", f'{{"state":"{state}"}}'.encode()))
    found = exactly(api.post("/orders/preview", membership_id=guest.membership_id, lines=LINES))
    assert found["points"] == exactly(buy(api, guest))["points"] == 0
    assert [(each["points"], each["because"]) for each in found["rules"]] == [(0, "barred")]
    assert [each["points"] for each in found["lines"]] == [0, 0]
