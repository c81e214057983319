"""A change that changes nothing moves nothing, and lists have what is in a state and nothing else."""

import json
from typing import Any

import httpx
import pytest

from surfaces.native.conftest import Api, Guest, exactly

CAMPAIGNS = [
    {"code": "late", "starts_at": "2999-01-01T00:00:00Z"},
    {"code": "now"},
    {"code": "over", "ends_at": "2000-01-01T00:00:00Z"},
]
RULES: dict[str, Any] = {"rules": {"campaigns": CAMPAIGNS, "rules": []}}


@pytest.fixture
def program(api: Api, guest: Guest) -> str:
    """The path of a program of one's own."""
    made = exactly(api.post("/programs", code=f"P{guest.number}", name="Own"))
    return f"/programs/{made['id']}"


def _sent(api: Api, path: str, body: dict[str, Any], method: str = "PATCH") -> httpx.Response:
    return api.call(method, path, json.dumps(body).encode())


def test_a_change_that_changes_nothing_moves_nothing(api: Api, guest: Guest, program: str) -> None:
    """Neither when it was changed nor the tag: an empty one, and what is so already."""
    tier = exactly(api.post(program + "/tiers", code="GOLD", name="Gold"))
    reward = exactly(
        api.post("/rewards", program_id=tier["program_id"], code="CUP", title="Cup", kind="free_item", sku="C", cost=5)
    )
    hook = exactly(api.post("/webhooks", url="https://example.com/hook"))
    rules = exactly(api.post(program + "/rule-sets", **RULES))
    for path, same in (
        (program, {"name": "Own"}),
        (f"/tiers/{tier['id']}", {"name": "Gold"}),
        (f"/memberships/{guest.membership_id}", {"state": "enrolled"}),
        (f"/rewards/{reward['id']}", {"title": "Cup"}),
        (f"/webhooks/{hook['id']}", {"is_active": True}),
    ):
        before = api.call("GET", path)
        for body in ({}, same):
            after = _sent(api, path, body)
            assert (exactly(after), after.headers["etag"]) == (exactly(before), before.headers["etag"]), path
        logged = [each["action"] for each in api.get(f"/audit-log?subject_id={path.split('/')[-1]}")["data"]]
        assert not [action for action in logged if action.startswith(("update", "change"))], path

    path = f"{program}/rule-sets/{rules['version']}"
    assert exactly(_sent(api, path, RULES, "PUT")) == rules == exactly(api.post(path + "/withdraw"))
    planned = exactly(api.post(path + "/publish", live_from="2999-01-01T00:00:00Z"))
    assert exactly(api.post(path + "/publish", live_from="2999-01-01T01:00:00+01:00")) == planned


def test_lists_by_state(api: Api, program: str) -> None:
    def of(path: str, name: str, state: str) -> list[Any]:
        return [each[name] for each in api.get(f"{path}?state={state}")["data"]]

    sets, campaigns = program + "/rule-sets", program + "/campaigns"
    for version, body in ((1, {}), (2, {}), (3, {"live_from": "2999-01-01T00:00:00Z"}), (4, None)):
        api.post(sets, **RULES)
        if body is not None:
            exactly(api.post(f"{sets}/{version}/publish", **body))
    states = {state: of(sets, "version", state) for state in ("draft", "scheduled", "live", "past")}
    assert states == {"draft": [4], "scheduled": [3], "live": [2], "past": [1]}
    states = {state: of(campaigns, "code", state) for state in ("scheduled", "running", "ended", "spent")}
    assert states == {"scheduled": ["late"], "running": ["now"], "ended": ["over"], "spent": []}
    assert api.get(campaigns + "?state=running&limit=1")["next_cursor"] is None

    copy = exactly(api.post("/exports"))
    assert copy["id"] in of("/exports", "id", "queued")
    file = exactly(api.post("/imports", kind="members", format="csv"))
    assert file["id"] in of("/imports", "id", "uploading")
    for path in ("/exports", "/imports"):
        assert of(path, "id", "failed") == []
