"""Metadata as rows: in the order in which it came, and one for two members that became one."""

import uuid

from conftest import NOW, Shop
from guerdon.core.members import Identifier, Profile
from guerdon.engine import Engine, merging
from guerdon.storage import members, metadata


async def add(engine: Engine, shop: Shop) -> uuid.UUID:
    """A member of the shop."""
    member_id = engine.new_id()
    async with engine.database.transaction() as connection:
        await members.insert(connection, shop.caller.tenant_id, member_id, Profile(), None, NOW)
        await members.claim(connection, shop.caller.tenant_id, member_id, Identifier("number", member_id.hex))
    return member_id


async def test_pairs_keep_their_order(engine: Engine, shop: Shop) -> None:
    """Whatever their keys are, and also when one of them gets another value."""
    ada, bruno = [await add(engine, shop) for _ in range(2)]
    async with engine.database.connection() as connection:
        for key in ("b", "a", "B", " "):
            await metadata.add(connection, ada, key, f"{key} of ada", NOW)
        await metadata.add(connection, bruno, "a", "of bruno", NOW)
        await metadata.change(connection, ada, "a", "", NOW)
        assert list((await metadata.of_member(connection, ada)).items()) == [
            ("b", "b of ada"),
            ("a", ""),
            ("B", "B of ada"),
            (" ", "  of ada"),
        ]
        await metadata.remove(connection, ada, "b")
        await metadata.add(connection, ada, "b", "again", NOW)
        assert list(await metadata.of_member(connection, ada)) == ["a", "B", " ", "b"]
        await metadata.remove(connection, ada)
        assert await metadata.of_member(connection, ada) == {}
        assert await metadata.of_member(connection, bruno) == {"a": "of bruno"}


async def test_two_that_became_one_have_the_pairs_of_both(engine: Engine, shop: Shop) -> None:
    """Under one key the survivor's counts; taken apart again, each has its own."""
    ada, bruno = [await add(engine, shop) for _ in range(2)]
    async with engine.database.connection() as connection:
        for member_id, key, value in ((ada, "tier", "gold"), (bruno, "tier", "silver"), (bruno, "colour", "red")):
            await metadata.add(connection, member_id, key, value, NOW)
        made, _ = await merging.merge(engine, shop.caller, into_id=ada, from_id=bruno)
        assert await metadata.of_member(connection, ada) == {"tier": "gold", "colour": "red"}
        await metadata.change(connection, ada, "colour", "blue", NOW)
        await metadata.add(connection, ada, "size", "L", NOW)
        await merging.unmerge(engine, shop.caller, made.id)
        assert await metadata.of_member(connection, ada) == {"tier": "gold", "size": "L"}
        assert await metadata.of_member(connection, bruno) == {"tier": "silver", "colour": "blue"}


async def test_what_is_removed_after_a_merge_does_not_come_back(engine: Engine, shop: Shop) -> None:
    """Neither from under the survivor's own pair, nor when all is cleared."""
    ada, bruno = [await add(engine, shop) for _ in range(2)]
    async with engine.database.connection() as connection:
        for member_id, key in ((ada, "tier"), (bruno, "tier"), (bruno, "colour")):
            await metadata.add(connection, member_id, key, "x", NOW)
        await merging.merge(engine, shop.caller, into_id=ada, from_id=bruno)
        await metadata.remove(connection, ada, "tier")
        assert list(await metadata.of_member(connection, ada)) == ["colour"]
        await metadata.remove(connection, ada)
        assert await metadata.of_member(connection, ada) == {}
