"""Pending earns as rows: newest first, and only the tenant's."""

import uuid
from decimal import Decimal

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.core.commands import Cancel, Earn, PendingState
from guerdon.engine import Engine
from guerdon.storage import ledger, pending


async def test_pending_earns_of_an_account(engine: Engine, shop: Shop) -> None:
    """All, or those that are open; as they were placed."""
    account_id = (await enrolled(engine, shop)).membership.account_id
    ids = [engine.new_id(), engine.new_id()]
    named = {"caller": shop.caller, "account_id": account_id, "at": NOW}
    placed = [Earn(**named, points=Decimal("2.50"), pending_id=each, reason="stay") for each in ids]  # type: ignore[arg-type]
    async with engine.database.transaction() as connection:
        await ledger.post(connection, [*placed, Cancel(**named, pending_id=ids[0])], NOW)  # type: ignore[arg-type]
        found = await pending.of_account(connection, account_id, state=None, limit=9)
        assert [(each.id, each.state, each.points) for each in found] == [
            (ids[1], PendingState.OPEN, Decimal("2.50")),
            (ids[0], PendingState.CANCELLED, Decimal("2.50")),
        ]
        assert await pending.of_account(connection, account_id, state="open", limit=9) == found[:1]
        assert await pending.by_id(connection, shop.caller.tenant_id, ids[1]) == found[0]
        assert await pending.by_id(connection, uuid.uuid4(), ids[1]) is None
