"""Members as rows: many questions in one query, identifiers that one member has, pages in the order of serials."""

import uuid
from uuid import UUID

from conftest import NOW, Shop, open_shop
from guerdon.core.members import EMAIL, EVERYBODY, Identifier, Profile
from guerdon.engine import Engine
from guerdon.storage import members
from guerdon.storage.members import Question


async def add(engine: Engine, shop: Shop, *names: Identifier, **profile: str) -> UUID:
    """A member of the shop, without a membership."""
    member_id = engine.new_id()
    async with engine.database.transaction() as connection:
        tenant_id = shop.caller.tenant_id
        serial = await members.insert(connection, tenant_id, member_id, Profile(**profile), None, NOW)
        number = Identifier("number", f"{serial}-{member_id.hex}")
        assert all([await members.claim(connection, tenant_id, member_id, name) for name in (number, *names)])
    return member_id


async def test_many_questions_at_once(engine: Engine, shop: Shop) -> None:
    """Each gets its own answer in its place: of its names the first that anybody has, or None."""
    card, shop_name = Identifier("card", "1"), Identifier("shop.username", "Mira")
    ada, bruno = await add(engine, shop, card), await add(engine, shop, shop_name)
    other = await open_shop(engine)
    tenant_id = shop.caller.tenant_id
    questions = [
        Question(tenant_id, (card, shop_name)),
        Question(tenant_id, (Identifier("card", "unknown"), shop_name)),
        Question(tenant_id, (Identifier("card", "unknown"),)),
        Question(other.caller.tenant_id, (card,)),
        Question(tenant_id, (Identifier("shop.username", "MIRA"),)),
        Question(tenant_id, (shop_name, card)),
        Question(tenant_id, (card,)),
    ]
    async with engine.database.connection() as connection:
        answers = await members.resolve(connection, questions)
    assert [found and found.member_id for found in answers] == [ada, bruno, None, None, bruno, bruno, ada]
    assert [found and found.namespace for found in answers[:2]] == ["card", "shop.username"]


async def test_an_identifier_belongs_to_one_member(engine: Engine, shop: Shop) -> None:
    """In each tenant, and compared in its canonical form."""
    mine = Identifier(EMAIL, f"Mira.{uuid.uuid4().hex}@Example.com")
    same = Identifier(EMAIL, mine.value.upper())
    ada, bruno = await add(engine, shop, mine), await add(engine, shop)
    async with engine.database.connection() as connection:
        assert not await members.claim(connection, shop.caller.tenant_id, bruno, same)
        assert await members.holder_of(connection, shop.caller.tenant_id, same) == ada
    neighbour = await open_shop(engine)
    await add(engine, neighbour, same)
    async with engine.database.connection() as connection:
        (found,) = await members.by_ids(connection, shop.caller.tenant_id, [ada])
    assert found.identifiers[EMAIL] == mine.value, "as it was written"


async def test_another_tenants_members_are_not_there(engine: Engine, shop: Shop) -> None:
    """By id, by serial, or on a page."""
    ada = await add(engine, shop)
    other = (await open_shop(engine)).caller.tenant_id
    async with engine.database.connection() as connection:
        assert [m.id for m in await members.by_ids(connection, shop.caller.tenant_id, [ada])] == [ada]
        assert await members.by_ids(connection, other, [ada]) == []
        assert await members.by_serial(connection, shop.caller.tenant_id, 1) == ada
        assert await members.by_serial(connection, other, 1) is None
        assert await members.page(connection, other, EVERYBODY, skip=0, take=10) == ([], 0)


async def test_pages_go_by_serial(engine: Engine, shop: Shop) -> None:
    """Serials count up in the tenant, from 1."""
    ids = [await add(engine, shop) for _ in range(5)]
    async with engine.database.connection() as connection:
        page, total = await members.page(connection, shop.caller.tenant_id, EVERYBODY, skip=1, take=3)
        assert ([m.id for m in page], [m.serial for m in page], total) == (ids[1:4], [2, 3, 4], 5)
        assert await members.page(connection, shop.caller.tenant_id, EVERYBODY, skip=5, take=3) == ([], 5)


async def test_a_profile_comes_back_as_it_was(engine: Engine, shop: Shop) -> None:
    """What is not known is not stored; what is written replaces all of it."""
    ada = await add(engine, shop, first_name="Ada", city="")
    async with engine.database.transaction() as connection:
        assert await members.lock(connection, shop.caller.tenant_id, ada) == Profile(first_name="Ada", city="")
        await members.update(connection, shop.caller.tenant_id, ada, Profile(last_name="Lindqvist"), None)
    async with engine.database.connection() as connection:
        (found,) = await members.by_ids(connection, shop.caller.tenant_id, [ada])
    assert found.profile == Profile(last_name="Lindqvist")
    assert found.created_at == NOW
