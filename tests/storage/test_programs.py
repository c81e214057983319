"""Programs, tiers and channel links as rows: read by their own tenant only, with every digit and word."""

import uuid
from decimal import Decimal
from uuid import UUID

from conftest import NOW, Shop, open_shop
from guerdon.core.programs import ChannelLink, ChannelProfile, Tier
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


async def test_an_active_link_is_found_without_its_tenant(engine: Engine, shop: Shop) -> None:
    """For browsers, which show no credentials."""
    link = ChannelLink(uuid.uuid4().hex, shop.program.id, shows_tiers=True, store_url="https://shop.example.com")
    closed = ChannelLink(uuid.uuid4().hex, shop.program.id, shows_tiers=True)
    async with engine.database.connection() as connection:
        await tenants.insert_link(connection, shop.caller.tenant_id, link, is_active=True)
        await tenants.insert_link(connection, shop.caller.tenant_id, closed, is_active=False)
        assert await programs.link_anywhere(connection, link.id) == (shop.caller.tenant_id, link)
        assert await programs.link_anywhere(connection, closed.id) is None


async def test_a_profile_keeps_its_program(engine: Engine, shop: Shop) -> None:
    """It is installed again when the merchant saves the form again; another tenant may have one of the same name."""
    tenant_id, other = shop.caller.tenant_id, await open_shop(engine)
    first = ChannelProfile(id="p", account="a", program_id=shop.program.id)
    again = ChannelProfile(id="p", account="b", program_id=other.program.id)
    async with engine.database.connection() as connection:
        for profile in (first, again):
            await programs.keep_profile(connection, tenant_id, profile, NOW)
        await programs.keep_profile(connection, other.caller.tenant_id, again, NOW)
        kept = ChannelProfile(id="p", account="b", program_id=shop.program.id)
        assert await programs.profile(connection, tenant_id, "p") == kept
        assert await programs.profiles_of(connection, tenant_id, "b") == [kept]
        assert await programs.profiles_of(connection, tenant_id, "a") == []
        assert await programs.profile(connection, other.caller.tenant_id, "p") == again
