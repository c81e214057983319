"""Members of one program that are merged, and what their accounts have."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from conftest import NOW, Shop
from engine.people import fetch
from guerdon.core.commands import Earn, Posting, Reverse
from guerdon.core.members import Profile
from guerdon.core.refusals import Refusal
from guerdon.engine import Engine, enrolling, posting
from guerdon.engine.enrolling import Enrolled, Enrolment
from guerdon.storage import ledger, merges


async def person(engine: Engine, shop: Shop, name: str) -> Enrolled:
    """Somebody with an address, in the shop's program."""
    profile = Profile(email=f"{name}-{uuid.uuid4().hex[:8]}@example.org")
    return await enrolling.enrol(engine, Enrolment(caller=shop.caller, at=NOW, profile=profile, namespace="test.id"))


async def earn(engine: Engine, shop: Shop, who: Enrolled, points: int, **facts: Any) -> int:
    command = Earn(caller=shop.caller, account_id=who.membership.account_id, at=NOW, points=Decimal(points), **facts)
    return (await posting.post(engine, command)).version or 0


async def take_back(
    engine: Engine, shop: Shop, who: Enrolled, version: int, points: int | None = None, now: datetime = NOW
) -> Posting | Refusal:
    """What somebody earned comes back, all or some of it, though they have gone up in another: what the ledger says."""
    account_id = who.membership.account_id
    reverse = Reverse(
        caller=shop.caller, account_id=account_id, at=now, version=version,
        points=None if points is None else Decimal(points),
    )  # fmt: skip
    async with (
        engine.database.transaction() as connection,
        merges.apart(connection, shop.caller, account_id, version, now),
    ):
        (answer,) = await ledger.post(connection, [reverse], now)
    return answer


async def figures(engine: Engine, who: Enrolled) -> tuple[int, ...]:
    """Posted, held, pending, lifetime, and what is left in lots, as stored."""
    row = (
        await fetch(
            engine,
            "SELECT a.*, (SELECT coalesce(sum(remaining), 0) FROM ledger_lots(a.id, a.bucket, 0)) AS lots"
            " FROM accounts a WHERE a.id = $1",
            who.membership.account_id,
        )
    )[0]
    return tuple(int(row[name]) for name in ("posted", "held", "pending", "lifetime", "lots"))
