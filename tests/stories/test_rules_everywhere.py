"""One rule set for every order: drafted, tried on what has happened, published, and then any shop earns by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from guerdon.demo import client
from surfaces.deliverect.channels import BURGER, an_email
from surfaces.deliverect.partners import Deliverect, installed

BASE: dict[str, Any] = {"id": "base", "give": {"per_spend": {"points": 2}}, "caps": [{"points": 50, "per": "day"}]}
BURGERS: dict[str, Any] = {"id": "burger", "give": {"per_item": {"points": 5}}, "lines": {"skus": [BURGER["plu"]]}}


def test_one_rule_set_for_every_order(http: httpx.Client, fresh_server: str) -> None:
    """An order before it is live earns by the rate; a backtest says what it would have earned, and then orders do."""
    facts: dict[str, Any] = client.facts(fresh_server)
    deliverect: Deliverect = installed(http, facts)
    native = httpx.Client(
        base_url=facts["native"]["base_url"],
        headers={"Authorization": f"Bearer {facts['native']['token']}"},
        timeout=30,
    )
    email = an_email()
    customer = deliverect.create(email=email, firstName="Ana").json()["providerId"]
    deliverect.order(customer, 2_300)
    (member,) = native.get("/members", params={"email": email}).json()["data"]
    (membership,) = member["memberships"]
    sets = f"/programs/{membership['program_id']}/rule-sets"
    shop = {"id": "shop", "give": {"per_visit": {"points": 3}}, "when": {"channels": [deliverect.link]}}
    assert native.post(sets, json={"rules": {"rules": [BASE, BURGERS, shop]}}).json()["state"] == "draft"
    day = timedelta(days=1)
    window = {"since": (datetime.now(UTC) - day).isoformat(), "until": (datetime.now(UTC) + day).isoformat()}
    tried: Any = native.post(f"{sets}/1/backtest", json=window).json()
    assert tried["totals"] == {"orders": 1, "actual": 23, "draft": 46 + 10 + 3, "difference": 36}
    assert native.post(f"{sets}/1/publish").json()["state"] == "live"

    order_id = deliverect.order(customer, 2_300)
    bought = {"reference": "till-1", "membership_id": membership["id"], "amount": 5}
    at_the_till = native.post("/orders", json=bought).json()
    assert [(each["rule"], each["points"], each["because"]) for each in at_the_till["rules"]] == [
        ("base", 4, "capped"),
        ("burger", 0, "no_line"),
        ("shop", 0, "other_channel"),
    ]
    path = f"/memberships/{membership['id']}/entries"
    entries = [(each["points"], each["cause"]) for each in native.get(path).json()["data"]]
    assert entries == [(4, "rules:1"), (59, "rules:1"), (23, "rules:0")]
    deliverect.cancel(order_id)
    assert native.get(path).json()["data"][0]["points"] == -59
    native.close()
