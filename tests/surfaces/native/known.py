"""What operations of the native API are known to take: a merchant of its own has one of everything they name."""

import asyncio
import re
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

from conftest import OPERATOR_KEY
from guerdon.engine import Engine, exporting
from guerdon.surfaces.native import SURFACE
from surfaces.known import Json, Request, email

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
FILE = b"id,points\nC-1,5\n"
AHEAD = "2999-01-01T00:00:00Z"
OPERATOR = {"Authorization": f"Bearer {OPERATOR_KEY}"}
BODIES: dict[str, Any] = {
    "earn": {"points": 5},
    "adjust": {"points": -5},
    "set": {"points": 5},
    "placeHold": {"points": 5},
    "createApiKey": {"name": "Till", "scopes": ["write"]},
    "createWebhook": {"url": "https://shop.example.com/hooks", "events": []},
    "changeWebhook": {"url": "https://shop.example.com/hooks", "events": []},
    "validateRules": {"rules": RULES},
    "draftRules": {"rules": RULES},
    "changeRules": {"rules": RULES},
    "publishRules": {"live_from": AHEAD},
    "backtestRules": {"since": "2024-01-01T00:00:00Z", "until": "2033-01-01T00:00:00Z"},
    "createImport": {"kind": "members", "format": "csv"},
    "putImportPart": FILE,
    "createTenantKey": {"name": "Second"},
}
"""What needs neither a name of its own nor anything that was made before."""

NAMES = {each.name: (tuple(re.findall(r"{(\w+)}", each.paths[0])), each.method == "GET") for each in SURFACE.operations}
"""Of each operation: the parameters in its path, and whether it only reads."""


class Merchant:
    """A tenant, and things in it that are made by the calls that make them."""

    def __init__(self, http: httpx.Client, base_url: str, dsn: str) -> None:
        self._http, self._base_url, self._dsn = http, base_url, dsn
        self.headers = {"Authorization": f"Bearer {self.tenant()['api_key']['secret']}"}
        self.program_id: str = self.program()["program_id"]
        self.publish(self.rule_set(self.program_id))
        self.pool_id = self.pool()["pool_id"]

    def made(self, path: str, **body: Any) -> Any:
        """What came of a call that must be good."""
        headers = OPERATOR if path == "/tenants" else self.headers
        answer = self._http.post(self._base_url + path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tenant(self) -> Any:
        return self.made("/tenants", slug=uuid.uuid4().hex, name="Shop", program={"code": "CLUB", "name": "Club"})

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
        assert self._http.put(part, content=FILE, headers=self.headers).status_code == 204
        return {"import_id": import_id, "number": 1}

    def copy(self) -> Json:
        """A copy that is done, as a worker does it."""
        export_id = self.made("/exports")["id"]

        async def done() -> None:
            async with Engine.running(self._dsn, connections=3) as engine:
                await exporting.carry_out(engine, uuid.UUID(export_id), asyncio.Event())

        asyncio.run(done())
        return {"export_id": export_id, "number": 1}


def _bodies(shop: Merchant) -> dict[str, Callable[[], Json]]:
    """What is sent with a name of its own, or names what was made before."""

    def coded(**more: Any) -> Callable[[], Json]:
        return lambda: {"code": uuid.uuid4().hex, **more}

    def bought(**more: Any) -> Callable[[], Json]:
        return lambda: {"reference": uuid.uuid4().hex, "membership_id": shop.member()["membership_id"], **more}

    return {
        "createMember": lambda: {"profile": {"email": email()}, "identifiers": {}, "program_id": shop.program_id},
        "updateMember": lambda: {"profile": {"email": email()}, "identifiers": {}},
        "addIdentifier": lambda: {"namespace": "till", "value": uuid.uuid4().hex},
        "createMembership": shop.program,
        "updateMembership": lambda: {"number": uuid.uuid4().hex, **shop.tier()},
        "mergeMembers": lambda: {"from_id": shop.member()["member_id"]},
        "transfer": lambda: {"points": 5, "to_membership_id": shop.member()["membership_id"]},
        "createProgram": coded(name="Club"),
        "updateProgram": coded(),
        "grantTier": shop.tier,
        "createTier": coded(name="Gold"),
        "updateTier": coded(),
        "createReward": coded(
            program_id=shop.program_id, title="A ticket", kind="voucher_code", cost=5, pool_id=shop.pool_id
        ),
        "updateReward": coded(),
        "redeem": shop.reward,
        "createPool": lambda: {"name": uuid.uuid4().hex},
        "withdrawCodes": lambda: {"codes": [uuid.uuid4().hex]},
        "addCodes": lambda: {"codes": [uuid.uuid4().hex]},
        "placeOrder": bought(lines=LINES),
        "previewOrder": lambda: {"program_id": shop.program_id, "lines": LINES},
        "returnOrder": lambda: {"reference": uuid.uuid4().hex},
        "reportEvent": bought(name=REVIEW, fields={}),
        "previewEvent": lambda: {"program_id": shop.program_id, "name": REVIEW, "fields": {}},
        "createTenant": lambda: {"slug": uuid.uuid4().hex, "name": "Shop", "program": {"code": "CLUB", "name": "Club"}},
    }


def _subjects(shop: Merchant) -> dict[str, Callable[[], Json]]:
    """What makes that which a path names, by the parameter or by the operation that wants it in a state of its own."""
    return {
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
        "fulfilRedemption": lambda: shop.redemption("issue"),
        "withdrawRules": lambda: shop.publish(shop.rule_set(), live_from=AHEAD),
        "getWebhookDelivery": shop.webhook,
        "replayWebhookDelivery": shop.webhook,
    }


def requests(http: httpx.Client, facts: Json) -> Callable[[str], Request]:
    """What a merchant sends, by operation; what a path names is made for each write, and once for what reads."""
    shop = Merchant(http, facts["native"]["base_url"], facts["dsn"])
    subjects, bodies = _subjects(shop), _bodies(shop)

    @cache
    def once(subject: str) -> Json:
        return subjects[subject]()

    def path_of(operation: str) -> Json:
        names, reads = NAMES[operation]
        subject = next((name for name in (operation, *reversed(names)) if name in subjects), None)
        if subject is None:
            return {}
        return once(subject) if reads else subjects[subject]()

    def request(operation: str) -> Request:
        body = bodies[operation]() if operation in bodies else BODIES.get(operation, {})
        return Request(path_of(operation), body=body, headers=OPERATOR if "Tenant" in operation else shop.headers)

    return request
