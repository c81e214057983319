"""Lots as rows: the order, the bounds of a page, and accounts that have none."""

import uuid
from datetime import timedelta
from decimal import Decimal

from conftest import NOW, Shop
from engine.people import enrolled
from guerdon.core.commands import Adjust, Earn
from guerdon.engine import Engine
from guerdon.storage import ledger, lots


async def test_lots_of_an_account(engine: Engine, shop: Shop) -> None:
    """Those without a day come behind those that have one, the older of two with the same day first."""
    account_id = (await enrolled(engine, shop)).membership.account_id
    days = (None, 2, 1, 2)
    commands = [
        Earn(
            caller=shop.caller,
            account_id=account_id,
            at=NOW,
            points=Decimal(10),
            expires_at=NOW + timedelta(days=ahead) if ahead else None,
        )
        for ahead in days
    ]
    async with engine.database.transaction() as connection:
        await ledger.post(connection, commands, NOW)
        found = await lots.of_account(connection, account_id, open_only=True, limit=9)
        assert [lot.version for lot in found] == [3, 2, 4, 1]
        taken = Adjust(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(-15))
        await ledger.post(connection, [taken], NOW)
        for open_only, order in ((True, [2, 4, 1]), (False, [2, 4, 1, 3])):
            found = await lots.of_account(connection, account_id, open_only=open_only, limit=9)
            assert [lot.version for lot in found] == order
        assert len(await lots.of_account(connection, account_id, open_only=False, limit=1)) == 1


async def test_what_is_not_there(engine: Engine) -> None:
    """An account that nobody has: no lots, no lapse, no entry."""
    nobody = uuid.uuid4()
    async with engine.database.connection() as connection:
        assert await lots.of_account(connection, nobody, open_only=False, limit=9) == []
        assert await lots.next_lapses(connection, [nobody], NOW) == {}
        assert await lots.trace(connection, nobody, 1) is None
