"""Rule sets as rows: every digit of their numbers is kept, and the one that is live is a matter of time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from conftest import NOW, Shop
from core.rules.baskets import rule
from guerdon.core.rules.sets import PerSpend
from guerdon.engine import Engine
from guerdon.storage import rule_sets


async def test_a_version_is_written_read_and_live(engine: Engine, shop: Shop) -> None:
    tree = {"rules": [rule("a", per_spend={"points": Decimal("0.100001"), "per": Decimal("3.50")})]}
    text = rule_sets.text_of(tree)
    tenant_id, program_id = shop.caller.tenant_id, shop.program.id
    async with engine.database.transaction() as connection:
        assert await rule_sets.lock_program(connection, tenant_id, program_id)
        assert not await rule_sets.lock_program(connection, program_id, program_id)
        for version in (1, 2):
            assert await rule_sets.insert_next(connection, shop.caller, program_id, text, "n", NOW) == version
        kept = await rule_sets.lock(connection, tenant_id, program_id, 2)
        assert kept is not None
        assert (kept.text, kept.note) == (text, "n")
        assert kept.rules.rules[0].gives == PerSpend(Decimal("0.100001"), Decimal("3.50"))
        assert await rule_sets.live(connection, program_id, NOW) is None
        for each, hours in ((kept, 1), (replace(kept, version=1), 1)):
            await rule_sets.update(connection, replace(each, live_from=NOW + timedelta(hours=hours)), NOW)
        live = await rule_sets.live(connection, program_id, NOW + timedelta(hours=1))
        assert live is not None
        assert live.version == 2
        assert await rule_sets.by_version(connection, program_id, program_id, 1) is None
        page = await rule_sets.of_program(connection, tenant_id, program_id, before=2, limit=5)
        assert [each.version for each in page] == [1]
