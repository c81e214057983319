"""Members of a test's own, what is stored of a tenant, and the ledger's chain walked once more."""

import asyncio
from collections.abc import Awaitable, Iterable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from conftest import NOW, Shop
from guerdon.core.members import Profile
from guerdon.core.memberships import Balance
from guerdon.core.points import plus
from guerdon.core.refusals import Refusal
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolled, Enrolment

Result = TypeVar("Result")

OF_TENANT = {
    "tenants": "SELECT * FROM tenants WHERE id = $1",
    "chains": "SELECT * FROM chains WHERE tenant_id = $1",
    "programs": "SELECT * FROM programs WHERE tenant_id = $1",
    "tiers": "SELECT t.* FROM tiers t JOIN programs p ON p.id = t.program_id WHERE p.tenant_id = $1",
    "channel_links": "SELECT * FROM channel_links WHERE tenant_id = $1",
    "credentials": "SELECT * FROM credentials WHERE tenant_id = $1",
    "tokens": "SELECT t.* FROM tokens t JOIN credentials c ON c.id = t.credential_id WHERE c.tenant_id = $1",
    "members": "SELECT * FROM members WHERE tenant_id = $1",
    "identifiers": "SELECT * FROM identifiers WHERE tenant_id = $1",
    "memberships": "SELECT * FROM memberships WHERE tenant_id = $1",
    "accounts": "SELECT * FROM accounts WHERE tenant_id = $1",
    "entries": "SELECT e.* FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.tenant_id = $1",
    "holds": "SELECT h.* FROM holds h JOIN accounts a ON a.id = h.account_id WHERE a.tenant_id = $1",
    "lots": "SELECT l.* FROM accounts a CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, 0) l WHERE a.tenant_id = $1",
    "consumptions": "SELECT c.* FROM consumptions c JOIN accounts a ON a.id = c.account_id WHERE a.tenant_id = $1",
    "pending_earns": "SELECT p.* FROM pending_earns p JOIN accounts a ON a.id = p.account_id WHERE a.tenant_id = $1",
    "merges": "SELECT * FROM merges WHERE tenant_id = $1",
    "channel_profiles": "SELECT * FROM channel_profiles WHERE tenant_id = $1",
    "rewards": "SELECT * FROM rewards WHERE tenant_id = $1",
    "redemptions": "SELECT * FROM redemptions WHERE tenant_id = $1",
    "orders": "SELECT * FROM orders WHERE tenant_id = $1",
    "order_returns": "SELECT r.* FROM order_returns r JOIN orders o ON o.id = r.order_id WHERE o.tenant_id = $1",
    "earnings": "SELECT e.* FROM earnings e JOIN orders o ON o.id = e.order_id WHERE o.tenant_id = $1",
    "referrals": "SELECT r.* FROM referrals r JOIN accounts a ON a.id = r.account_id WHERE a.tenant_id = $1",
    "rule_sets": "SELECT * FROM rule_sets WHERE tenant_id = $1",
    "campaign_totals": "SELECT * FROM campaign_totals WHERE tenant_id = $1",
    "recognitions": "SELECT * FROM recognitions WHERE tenant_id = $1",
    "member_metadata": "SELECT d.* FROM member_metadata d JOIN members m ON m.id = d.member_id WHERE m.tenant_id = $1",
    "changes": "SELECT * FROM changes WHERE tenant_id = $1",
    "ledger_keys": "SELECT * FROM ledger_keys WHERE tenant_id = $1",
}
"""Every table, and the rows in it that are a tenant's."""


async def fetch(engine: Engine, statement: str, *values: object) -> list[Any]:
    """Rows, read past everything that is under test."""
    async with engine.database.connection() as connection:
        rows: list[Any] = await connection.fetch(statement, *values)
        return rows


def figures(balance: Balance) -> tuple[object, ...]:
    """Posted, held and lifetime, and how many entries."""
    return (balance.posted, balance.held, balance.lifetime, balance.version)


async def stored(engine: Engine, tenant_id: UUID) -> dict[str, list[str]]:
    """Everything that is stored of a tenant, in a form to compare."""
    return {
        table: sorted(repr(dict(row)) for row in await fetch(engine, statement, tenant_id))
        for table, statement in OF_TENANT.items()
    }


async def audited(engine: Engine, tenant_id: UUID) -> int:
    """Walks the chain of every account of a tenant and returns how many entries there are in all."""
    entries = await fetch(engine, OF_TENANT["entries"] + " ORDER BY e.account_id, e.version", tenant_id)
    holds = await fetch(engine, OF_TENANT["holds"], tenant_id)
    for account in await fetch(engine, OF_TENANT["accounts"], tenant_id):
        balance, version, lifetime, held = Decimal(0), 0, Decimal(0), Decimal(0)
        for entry in entries:
            if entry["account_id"] == account["id"]:
                balance, version = plus(balance, entry["points"]), version + 1
                if entry["kind"] != "capture":
                    lifetime = plus(lifetime, max(entry["points"], Decimal(0)))
                assert (entry["version"], entry["balance_after"]) == (version, balance)
        for hold in holds:
            if hold["account_id"] == account["id"]:
                held = plus(held, hold["remaining"])
                assert (hold["remaining"] > 0) is (hold["state"] == "open") is (hold["closed_at"] is None)
        figures = tuple(account[name] for name in ("posted", "held", "lifetime", "version"))
        assert figures == (balance, held, lifetime, version)
    return len(entries)


def ask(shop: Shop, **more: Any) -> Enrolment:
    """An enrolment in a shop, of somebody of whom nothing is known unless it is said."""
    facts: dict[str, Any] = {"caller": shop.caller, "at": NOW, "profile": Profile(), "namespace": "test", **more}
    return Enrolment(**facts)


async def enrolled(engine: Engine, shop: Shop, **more: Any) -> Enrolled:
    """Somebody new, with a membership."""
    return await enrolling.enrol(engine, ask(shop, **more))


async def outcomes(asked: Iterable[Awaitable[Result]]) -> tuple[list[Result], list[Refusal]]:
    """Does all of it at once; what came of it, and the refusals. Anything else fails the test."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    done: list[Result] = []
    refused: list[Refusal] = []
    for answer in answers:
        if isinstance(answer, Refusal):
            refused.append(answer)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            done.append(answer)
    return done, refused
