"""Programs and tiers as rows: what is written is read, page after page, and marked rows stay."""

import uuid
from uuid import UUID

from conftest import NOW, Shop
from guerdon.core.catalogue import CatalogueFilter, NewProgram, NewTier, ProgramChange, TierChange
from guerdon.engine import Engine
from guerdon.storage import catalogue


def new_program(code: str) -> NewProgram:
    """A program to write."""
    return NewProgram(id=uuid.uuid4(), code=code, name=code.title(), details={"Kind": code, "Nothing": None})


async def test_details_of_surfaces_lie_beside_each_other(engine: Engine, shop: Shop) -> None:
    """Each writes its own, and leaves what it does not name."""
    caller, program = shop.caller, new_program("D")
    async with engine.database.transaction() as connection:
        await catalogue.insert_programs(connection, caller.tenant_id, shop.program.chain_id, "one", [program], NOW)
        await catalogue.update_programs(connection, "one", [ProgramChange(id=program.id, details={"Kind": "E"})], NOW)
        await catalogue.update_programs(
            connection, "two", [ProgramChange(id=program.id, name="New", details={"a": [1]})], NOW
        )
        found = await catalogue.lock_programs(connection, caller.tenant_id, shop.program.chain_id, [program.id])
    assert found[program.id].details == {"one": {"Kind": "E", "Nothing": None}, "two": {"a": [1]}}
    assert (found[program.id].name, found[program.id].code) == ("New", "D")


async def test_pages_go_from_the_newest_down(engine: Engine, shop: Shop) -> None:
    """Of the tenant's chain, deleted ones where they are wanted."""
    caller, chain_id = shop.caller, shop.program.chain_id
    new = [new_program(code) for code in "ABC"]
    ids = [program.id for program in new]
    async with engine.database.transaction() as connection:
        await catalogue.insert_programs(connection, caller.tenant_id, chain_id, "one", new, NOW)
        await catalogue.delete_programs(connection, ids[:1], NOW)

        async def page(
            tenant_id: UUID = caller.tenant_id, before: UUID | None = None, *, deleted: bool = False
        ) -> set[UUID]:
            wanted = CatalogueFilter(chain_ids=[chain_id], ids=ids, deleted=deleted)
            found = await catalogue.search_programs(connection, tenant_id, wanted, before=before, limit=9)
            return {program.id for program in found}

        assert await page() == set(ids[1:])
        assert await page(deleted=True) == set(ids)
        assert await page(uuid.uuid4()) == set()
        newest = max(ids)  # all are of one moment: the id decides
        assert await page(before=newest, deleted=True) == set(ids) - {newest}
        assert await catalogue.has_program(connection, caller.tenant_id, chain_id, ids[0])
        assert not await catalogue.has_program(connection, caller.tenant_id, uuid.uuid4(), ids[0])
        assert not await catalogue.has_program(connection, uuid.uuid4(), None, ids[0])
        assert await catalogue.programs_in_use(connection, [*ids, shop.program.id]) == [shop.program.id]


async def test_tiers_take_each_others_codes(engine: Engine, shop: Shop) -> None:
    """In one call; a deleted one gives its code away for good."""
    caller, chain_id = shop.caller, shop.program.chain_id
    new = [NewTier(id=uuid.uuid4(), program_id=shop.program.id, code=c, name=c, ordering=n) for n, c in enumerate("AB")]
    ids = [tier.id for tier in new]
    async with engine.database.transaction() as connection:
        await catalogue.insert_tiers(connection, new, NOW)
        swapped = [TierChange(id=tier.id, code=code) for tier, code in zip(new, "BA", strict=True)]
        await catalogue.update_tiers(connection, [*swapped], NOW)
        found = await catalogue.lock_tiers(connection, caller.tenant_id, chain_id, ids)
        assert [(found[i].code, found[i].name, found[i].by_hand, found[i].deleted_at) for i in ids] == [
            ("B", "A", True, None),
            ("A", "B", True, None),
        ]
        await catalogue.delete_tiers(connection, ids[:1], NOW)
        again = NewTier(id=uuid.uuid4(), program_id=shop.program.id, code="B", name="B", ordering=9)
        await catalogue.insert_tiers(connection, [again], NOW)
        assert await catalogue.tiers_in_use(connection, ids) == []
        wanted = CatalogueFilter(chain_ids=[chain_id], program_ids=[shop.program.id])
        page = await catalogue.search_tiers(connection, caller.tenant_id, wanted, before=None, limit=9)
        assert {tier.id for tier in page} == {ids[1], again.id}
        assert await catalogue.has_tier(connection, caller.tenant_id, chain_id, ids[0])
        assert not await catalogue.has_tier(connection, caller.tenant_id, uuid.uuid4(), ids[0])
