"""What operations of the native API are known to take: a merchant of its own has one of everything they name."""

import re
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

from conftest import OPERATOR_KEY
from guerdon.surfaces.native import SURFACE
from surfaces.known import Json, Request, email

NEVER_GOOD = {
    "getExportPart": "a worker makes the copy, and here is none",
}
REVIEW = "review"
CAMPAIGN = "summer"
RULES: Json = {
    "campaigns": [{"code": CAMPAIGN, "budget": 1_000_000}],
    "rules": [
        {"id": "base", "give": {"per_spend": {"points": 1}}},
        {"id": "double", "campaign": CAMPAIGN, "give": {"multiply": {"by": 2}}},
        {"id": REVIEW, "give": {"per_event": {"points": 15}}, "when": {"event": REVIEW}},
    ],
    "events": {REVIEW: {"fields": {}}},
}
LINES = [{"sku": "CUP-7", "quantity": 2, "unit_price": 6.95}]
AHEAD = "2999-01-01T00:00:00Z"
OPERATOR = {"Authorization": f"Bearer {OPERATOR_KEY}"}
NAMES = {each.name: (tuple(re.findall(r"{(\w+)}", each.paths[0])), each.method == "GET") for each in SURFACE.operations}
"""Of each operation: the parameters in its path, and whether it only reads."""


class Merchant:
    """A tenant, and things in it that are made by the calls that make them."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http, self._base_url = http, base_url
        self.headers = OPERATOR
        first = self.tenant()
        self.headers = {"Authorization": f"Bearer {first['api_key']['secret']}"}
        self.program_id: str = self.program()["program_id"]
        self.publish(self.rule_set(self.program_id))
        self.pool_id = self.pool()["pool_id"]

    def made(self, path: str, _headers: Json | None = None, **body: Any) -> Any:
        """What came of a call that must be good."""
        answer = self._http.post(self._base_url + path, json=body, headers=_headers or self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tenant(self) -> Json:
        program = {"code": "CLUB", "name": "Club"}
        return self.made("/tenants", OPERATOR, slug=uuid.uuid4().hex, name="Shop", program=program)

    def program(self) -> Json:
        return {"program_id": self.made("/programs", code=uuid.uuid4().hex, name="Club")["id"]}

    def tier(self) -> Json:
        return {"tier_id": self.made(f"/programs/{self.program_id}/tiers", code=uuid.uuid4().hex, name="Gold")["id"]}

    def rule_set(self, program_id: str | None = None) -> Json:
        program_id = program_id or self.program()["program_id"]
        drafted = self.made(f"/programs/{program_id}/rule-sets", rules=RULES)
        return {"program_id": program_id, "rule_version": drafted["version"]}

    def publish(self, rule_set: Json, **when: str) -> Json:
        self.made(f"/programs/{rule_set['program_id']}/rule-sets/{rule_set['rule_version']}/publish", **when)
        return rule_set

    def member(self) -> Json:
        """Somebody with a card and points in the program."""
        names = {"card": uuid.uuid4().hex}
        made = self.made("/members", profile={"email": email()}, identifiers=names, program_id=self.program_id)
        (membership,) = made["memberships"]
        self.made(f"/memberships/{membership['id']}/earn", points=1_000)
        return {"member_id": made["id"], "membership_id": membership["id"], "version": 1, "namespace": "card"}

    def merge(self) -> Json:
        one, other = self.member()["member_id"], self.member()["member_id"]
        return {"merge_id": self.made(f"/members/{one}/merge", from_id=other)["id"]}

    def hold(self) -> Json:
        return {"hold_id": self.made(f"/memberships/{self.member()['membership_id']}/holds", points=5)["hold"]["id"]}

    def pending_earn(self) -> Json:
        promised = self.made(f"/memberships/{self.member()['membership_id']}/earn", points=5, pending=True)
        return {"pending_id": promised["pending_earn"]["id"]}

    def pool(self) -> Json:
        return {"pool_id": self.made("/pools", name=uuid.uuid4().hex)["id"]}

    def reward(self) -> Json:
        facts = {"code": uuid.uuid4().hex, "title": "A table", "kind": "custom", "cost": 5}
        return {"reward_id": self.made("/rewards", program_id=self.program_id, **facts)["id"]}

    def redemption(self, *steps: str) -> Json:
        place = f"/memberships/{self.member()['membership_id']}/redemptions"
        redemption_id = self.made(place, **self.reward())["id"]
        for step in steps:
            self.made(f"/redemptions/{redemption_id}/{step}")
        return {"redemption_id": redemption_id}

    def key(self) -> Json:
        return {"key_id": self.made("/api-keys", name="Till", scopes=["write"])["id"]}

    def webhook(self) -> Json:
        """An endpoint, and what was sent to it for a test."""
        webhook_id = self.made("/webhooks", url="https://shop.example.com/hooks")["id"]
        return {"webhook_id": webhook_id, "event_id": self.made(f"/webhooks/{webhook_id}/test")["event_id"]}

    def order(self) -> Json:
        bought = {"membership_id": self.member()["membership_id"], "lines": LINES}
        return {"order_id": self.made("/orders", reference=uuid.uuid4().hex, **bought)["id"]}

    def event(self) -> Json:
        did = {"membership_id": self.member()["membership_id"], "name": REVIEW}
        return {"event_id": self.made("/events", reference=uuid.uuid4().hex, **did)["id"]}

    def file(self) -> Json:
        """An import with its file."""
        import_id = self.made("/imports", kind="members", format="csv")["id"]
        part = f"{self._base_url}/imports/{import_id}/parts/1"
        assert self._http.put(part, content=b"id,points\nC-1,5\n", headers=self.headers).status_code == 204
        return {"import_id": import_id, "number": 1}

    def copy(self) -> Json:
        return {"export_id": self.made("/exports")["id"], "number": 1}


def requests(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What a merchant sends, by operation; what a path names is made for each write, and once for what reads."""
    shop = Merchant(http, facts["native"]["base_url"])
    subjects: dict[str, Callable[[], Json]] = {
        "tenant_id": lambda: {"tenant_id": shop.tenant()["id"]},
        "member_id": shop.member,
        "membership_id": shop.member,
        "merge_id": shop.merge,
        "hold_id": shop.hold,
        "pending_id": shop.pending_earn,
        "program_id": shop.program,
        "tier_id": shop.tier,
        "rule_version": shop.rule_set,
        "code": lambda: {"program_id": shop.program_id, "code": CAMPAIGN},
        "reward_id": shop.reward,
        "redemption_id": shop.redemption,
        "pool_id": shop.pool,
        "key_id": shop.key,
        "webhook_id": shop.webhook,
        "order_id": shop.order,
        "event_id": shop.event,
        "import_id": shop.file,
        "export_id": shop.copy,
    }
    named = {
        "fulfilRedemption": lambda: shop.redemption("issue"),
        "withdrawRules": lambda: shop.publish(shop.rule_set(), live_from=AHEAD),
    }
    bodies: dict[str, Callable[[], Json | bytes]] = {
        "createMember": lambda: {"profile": {"email": email()}, "identifiers": {}, "program_id": shop.program_id},
        "updateMember": lambda: {"profile": {"email": email()}, "identifiers": {}},
        "addIdentifier": lambda: {"namespace": "till", "value": uuid.uuid4().hex},
        "createMembership": shop.program,
        "updateMembership": lambda: {"number": uuid.uuid4().hex, **shop.tier()},
        "mergeMembers": lambda: {"from_id": shop.member()["member_id"]},
        "earn": lambda: {"points": 5},
        "adjust": lambda: {"points": -5},
        "set": lambda: {"points": 5},
        "transfer": lambda: {"points": 5, "to_membership_id": shop.member()["membership_id"]},
        "placeHold": lambda: {"points": 5},
        "createProgram": lambda: {"code": uuid.uuid4().hex, "name": "Club"},
        "updateProgram": lambda: {"code": uuid.uuid4().hex},
        "grantTier": shop.tier,
        "createTier": lambda: {"code": uuid.uuid4().hex, "name": "Gold"},
        "updateTier": lambda: {"code": uuid.uuid4().hex},
        "createReward": lambda: {
            "program_id": shop.program_id,
            "code": uuid.uuid4().hex,
            "title": "A ticket",
            "kind": "voucher_code",
            "cost": 5,
            "pool_id": shop.pool_id,
        },
        "updateReward": lambda: {"code": uuid.uuid4().hex},
        "redeem": shop.reward,
        "createPool": lambda: {"name": uuid.uuid4().hex},
        "addCodes": lambda: {"codes": [uuid.uuid4().hex]},
        "createApiKey": lambda: {"name": "Till", "scopes": ["write"], "program_ids": [shop.program_id]},
        "createWebhook": lambda: {"url": "https://shop.example.com/hooks", "events": []},
        "changeWebhook": lambda: {"url": "https://shop.example.com/hooks", "events": []},
        "placeOrder": lambda: {**buyer(), "lines": LINES},
        "previewOrder": lambda: {"program_id": shop.program_id, "lines": LINES},
        "returnOrder": lambda: {"reference": uuid.uuid4().hex},
        "reportEvent": lambda: {**buyer(), "name": REVIEW, "fields": {}},
        "validateRules": lambda: {"rules": RULES},
        "draftRules": lambda: {"rules": RULES},
        "changeRules": lambda: {"rules": RULES},
        "publishRules": lambda: {"live_from": AHEAD},
        "backtestRules": lambda: {"since": "2024-01-01T00:00:00Z", "until": "2033-01-01T00:00:00Z"},
        "createImport": lambda: {"kind": "members", "format": "csv"},
        "putImportPart": lambda: b"id,points\nC-1,5\n",
        "createTenant": lambda: {"slug": uuid.uuid4().hex, "name": "Shop", "program": {"code": "CLUB", "name": "Club"}},
        "createTenantKey": lambda: {"name": "Second"},
    }

    def buyer() -> Json:
        return {"reference": uuid.uuid4().hex, "membership_id": once("membership_id")["membership_id"]}

    @cache
    def once(subject: str) -> Json:
        return subjects[subject]()

    def path_of(operation: str) -> Json:
        names, reads = NAMES[operation]
        if operation in named:
            return named[operation]()
        subject = next((name for name in reversed(names) if name in subjects), "")
        if names[:1] == ("webhook_id",):
            subject = "webhook_id"
        return (once(subject) if reads else subjects[subject]()) if subject else {}

    def request(operation: str) -> Request:
        headers = OPERATOR if "Tenant" in operation else shop.headers
        return Request(path_of(operation), {}, bodies.get(operation, dict)(), headers)

    return request
