"""Webhook endpoints are made, changed, deleted, given new secrets; only by their own tenant."""

import uuid
from typing import Any

import httpx
import pytest

from surfaces.native.conftest import Api, exactly, refused

URL = "https://shop.example.com/hooks"


def created(api: Api, **more: Any) -> Any:
    return exactly(api.post("/webhooks", url=URL, **more))


def patched(api: Api, webhook_id: str, body: bytes, tag: str = "") -> httpx.Response:
    return api.call("PATCH", f"/webhooks/{webhook_id}", body, If_Match=tag)


def test_an_endpoint_lives(api: Api) -> None:
    """What is left out of a change stays, null clears, and a change of what was changed meanwhile is refused."""
    first = api.post("/webhooks", "made" + uuid.uuid4().hex, url=URL, events=["points.earned"] * 2, description="Shop")
    made, tag = exactly(first), first.headers["etag"]
    assert made["events"] == ["points.earned"]
    assert made["secret"].startswith("whsec_")
    assert api.get(f"/webhooks/{made['id']}") == made
    assert made in api.get("/webhooks")["data"]
    changed = exactly(patched(api, made["id"], b'{"is_active": false, "events": [], "description": null}', tag))
    assert changed == made | {"is_active": False, "events": [], "description": None}
    refused(patched(api, made["id"], b"{}", tag), 412, "precondition_failed")
    refused(api.call("DELETE", f"/webhooks/{made['id']}", If_Match=tag), 412, "precondition_failed")
    rotated = exactly(api.post(f"/webhooks/{made['id']}/rotate-secret"))
    assert rotated["secret"] != made["secret"]
    assert rotated["old_secret_until"] is not None
    assert api.get(f"/webhooks/{made['id']}/deliveries") == {"data": [], "next_cursor": None}
    assert exactly(api.post(f"/webhooks/{made['id']}/replay")) == {"deliveries": 0}
    assert api.call("DELETE", f"/webhooks/{made['id']}").status_code == 204
    refused(api.call("GET", f"/webhooks/{made['id']}"), 404, "webhook_not_found")
    log = api.call("GET", f"/audit-log?subject_id={made['id']}")
    told = ["deleteWebhook", "replayWebhook", "rotateWebhookSecret", "changeWebhook", "createWebhook"]
    assert [each["action"] for each in log.json()["data"]] == told
    assert "whsec_" not in log.text


def test_endpoints_come_in_pages_newest_first(neighbour: Api) -> None:
    """A repeat makes no second one, and a page goes on where the one before ended."""
    key = uuid.uuid4().hex
    once = [exactly(neighbour.post("/webhooks", key, url=URL))["id"] for _ in range(2)]
    assert once[0] == once[1]
    second = created(neighbour)["id"]
    first_page = neighbour.get("/webhooks?limit=1")
    assert [each["id"] for each in first_page["data"]] == [second]
    assert neighbour.get(f"/webhooks?limit=1&cursor={first_page['next_cursor']}")["data"][0]["id"] == once[0]


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example.com", "ftp://shop.example.com", "https://", "https:///hooks", "javascript:alert(1)",
        "https://a b",
        "https://shop.example.com:99999/", "https://user:pass@shop.example.com/", "https://shop.example.com/#x",
        "https://shöp.example.com/", "https://shop.example.com/\r\nX: y", "https://" + "x" * 2_000, 7, None,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(api: Api, url: object) -> None:
    """Before anything is made."""
    before = api.get("/webhooks")
    body = refused(api.post("/webhooks", url=url), 400, "invalid_field")
    assert body["errors"][0]["pointer"] == "/url"
    assert api.get("/webhooks") == before


@pytest.mark.parametrize("events", [["points.lost"], [7], "points.earned", ["x" * 61], ["points.earned"] * 51])
def test_an_event_that_is_none_is_refused(api: Api, events: object) -> None:
    refused(api.post("/webhooks", url=URL, events=events), 400, "invalid_field")


def test_what_is_nobody_s_or_another_s_is_not_there(api: Api, neighbour: Api) -> None:
    """Another tenant's endpoint is as absent as one that never was."""
    theirs = created(neighbour)["id"]
    for webhook_id in (theirs, str(uuid.uuid4()), "x"):
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("GET", "/deliveries"),
            ("POST", "/replay"),
            ("POST", "/rotate-secret"),
            ("POST", "/test"),
            ("GET", f"/deliveries/{uuid.uuid4()}"),
            ("POST", f"/deliveries/{uuid.uuid4()}/replay"),
        ):
            refused(api.call(method, f"/webhooks/{webhook_id}{path}"), 404, "webhook_not_found")
        refused(patched(api, webhook_id, b"{}"), 404, "webhook_not_found")
    mine = created(api)["id"]
    refused(api.post(f"/webhooks/{mine}/deliveries/{uuid.uuid4()}/replay"), 404, "webhook_not_found")
    assert theirs in [each["id"] for each in neighbour.get("/webhooks")["data"]]
    assert theirs not in [each["id"] for each in api.get("/webhooks")["data"]]
    for url in ("state=lost", "type=x", "member_id=x", "limit=0", "limit=1000", "cursor="):
        refused(api.call("GET", f"/webhooks/{mine}/deliveries?{url}"), 400, "invalid_field")
