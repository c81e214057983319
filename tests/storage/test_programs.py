"""Programs, tiers and channel links as rows: read by their own tenant only, with every digit and word."""

import uuid
from decimal import Decimal
from uuid import UUID

from conftest import Shop, open_shop
from guerdon.core.programs import ChannelLink, Tier
from guerdon.engine import Engine
from guerdon.storage import programs, tenants


def tier(program_id: UUID, code: str, minimum: int) -> Tier:
    """A step of a ladder."""
    return Tier(
        id=uuid.uuid4(),
        program_id=program_id,
        code=code,
        name=code.title(),
        description=None,
        media_url=None,
        media_type=None,
        min_lifetime=Decimal(minimum),
        max_lifetime=None,
        ordering=1,
    )


async def test_programs_are_read_by_their_tenant(engine: Engine, shop: Shop) -> None:
    """With every digit of the rate and every word of the rules."""
    rules = {"points_per_unit": Decimal("33.333333"), "earning_descriptions": ("One.", "Two."), "allow_negative": True}
    other = await open_shop(engine, **rules)
    ids = [shop.program.id, other.program.id]
    async with engine.database.connection() as connection:
        assert await programs.by_ids(connection, other.caller.tenant_id, ids) == {other.program.id: other.program}
        assert await programs.by_ids(connection, shop.caller.tenant_id, ids) == {shop.program.id: shop.program}
        assert await programs.default(connection, uuid.uuid4()) is None


async def test_a_ladder_begins_with_its_lowest_step(engine: Engine, shop: Shop) -> None:
    """In whatever order its steps were written."""
    steps = [
        tier(shop.program.id, code, minimum) for code, minimum in (("GOLD", 5000), ("BRONZE", 0), ("SILVER", 1000))
    ]
    async with engine.database.connection() as connection:
        for step in steps:
            await tenants.insert_tier(connection, step)
        found = await programs.tiers_of(connection, [shop.program.id])
    assert found == [steps[1], steps[2], steps[0]]


async def test_only_an_active_link_of_the_tenant_is_one(engine: Engine, shop: Shop) -> None:
    """Nothing is said of the others, not even that they exist."""
    links = [ChannelLink(uuid.uuid4().hex, shop.program.id, shows_tiers=True) for _ in range(2)]
    async with engine.database.connection() as connection:
        for link, is_active in zip(links, (True, False), strict=True):
            await tenants.insert_link(connection, shop.caller.tenant_id, link, is_active=is_active)
        assert await programs.link(connection, shop.caller.tenant_id, links[0].id) == links[0]
        assert await programs.link(connection, shop.caller.tenant_id, links[1].id) is None
        assert await programs.link(connection, uuid.uuid4(), links[0].id) is None
