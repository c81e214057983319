"""Memberships as rows: every filter alone and with the others, who is primary, and whose account it is."""

import json
import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from conftest import NOW, Shop, open_shop
from guerdon.core.commands import Earn
from guerdon.core.members import Profile
from guerdon.core.memberships import Filter, Membership, MembershipState
from guerdon.engine import Engine
from guerdon.storage import ledger, members, memberships
from guerdon.storage.memberships import AccountQuestion, NewMembership
from guerdon.storage.tenants import insert_program

DAY = timedelta(days=1)


async def member(engine: Engine, shop: Shop) -> UUID:
    """Somebody without a name."""
    member_id = engine.new_id()
    async with engine.database.transaction() as connection:
        await members.insert(connection, shop.caller.tenant_id, member_id, Profile(), None, NOW)
    return member_id


async def insert(engine: Engine, shop: Shop, day: int = 0, **facts: Any) -> Membership:
    """A membership that is made on a day, of somebody new if nobody is named."""
    named = {"member_id": facts.get("member_id") or await member(engine, shop), "program_id": shop.program.id, **facts}
    new = NewMembership(id=engine.new_id(), account_id=engine.new_id(), **named)
    async with engine.database.transaction() as connection:
        await memberships.insert(connection, shop.caller.tenant_id, [new], NOW + day * DAY)
        found = await memberships.by_id(connection, shop.caller.tenant_id, new.id)
    assert found is not None
    return found


async def second_program(engine: Engine, shop: Shop) -> UUID:
    """Another program of the same chain."""
    program = replace(shop.program, id=uuid.uuid4(), code="Q")
    async with engine.database.connection() as connection:
        await insert_program(connection, shop.caller.tenant_id, program, is_default=False, now=NOW)
    return program.id


async def test_filters_are_alone_and_together(engine: Engine, shop: Shop) -> None:
    """Values of one filter are alternatives, filters narrow each other, and an empty list lets nothing through."""
    second = await second_program(engine, shop)
    canceled = MembershipState.CANCELED
    a = await insert(engine, shop, number="1", provider_id="x")
    b = await insert(engine, shop, 1, number="2", provider_id="x", state=canceled)
    c = await insert(engine, shop, 2, number="1", program_id=second)
    d = await insert(engine, shop, 3, state=canceled)
    async with engine.database.connection() as connection:
        await memberships.delete(connection, [d.id], NOW + 4 * DAY)
    named = {each.id: name for each, name in zip((a, b, c, d), "abcd", strict=True)}
    chain_id = shop.caller.chain_id or uuid.uuid4()

    async def found(**more: Any) -> str:
        wanted = Filter(**{"chain_ids": [chain_id], **more})
        async with engine.database.connection() as connection:
            page = await memberships.search(connection, shop.caller.tenant_id, wanted, before=None, limit=9)
        return "".join(named[each.id] for each in page)

    assert await found() == "cba"
    assert await found(deleted=True) == "dcba"
    assert await found(deleted=True, active=False) == "d"
    assert await found(active=False) == ""
    assert await found(ids=[a.id, d.id, uuid.uuid4()]) == "a"
    assert await found(member_ids=[b.member_id, c.member_id]) == "cb"
    assert await found(program_ids=[second]) == "c"
    assert await found(states=[canceled]) == "b"
    assert await found(states=[canceled], deleted=True) == "db"
    assert await found(numbers=["1"]) == "ca"
    assert await found(numbers=["1", "2"], provider_ids=["x"]) == "ba"
    assert await found(numbers=["1"], provider_ids=["x"], states=[canceled]) == ""
    assert await found(created=(NOW + DAY, NOW + 2 * DAY)) == "b", "the first moment is in it, the last is not"
    assert await found(created=(None, NOW + DAY)) == "a"
    assert await found(updated=(NOW + 4 * DAY, None), deleted=True) == "d"
    for empty in ("chain_ids", "ids", "member_ids", "program_ids", "states", "numbers", "provider_ids"):
        assert await found(**{empty: []}) == "", empty
    assert await found(chain_ids=[uuid.uuid4(), chain_id]) == "cba"


_CROWD = """
INSERT INTO memberships (
    id, tenant_id, chain_id, member_id, program_id, account_id, bucket, state, is_primary, created_at, updated_at
)
SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), $3, gen_random_uuid(), 0, 'enrolled', true, $4, $4
FROM generate_series(1, 20000)
"""


async def test_a_page_of_a_small_chain_reads_no_other_chain(alone: Engine) -> None:
    """Where nearly all memberships are another chain's, so that the planner takes any membership for one of it."""
    shop, large = await open_shop(alone), await open_shop(alone)
    few = [await insert(alone, shop, day) for day in range(3)]
    async with alone.database.transaction() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")  # without members and accounts
        await connection.execute(_CROWD, large.caller.tenant_id, large.caller.chain_id, large.program.id, NOW)
    search = memberships.sql.search
    planned = replace(search, text=f"EXPLAIN (ANALYZE, FORMAT JSON) {search.text}")
    asked: dict[str, Any] = dict.fromkeys(search.parameters) | {
        "tenant_id": shop.caller.tenant_id, "chain_ids": [shop.caller.chain_id], "active": True, "deleted": False,
        "limit": 1_000,
    }  # fmt: skip
    async with alone.database.connection() as connection:
        # By a sample that has nobody of it, as that of millions would.
        await connection.execute("SET default_statistics_target = 1")
        await connection.execute("ANALYZE memberships")
        for before, found in ((None, 3), (few[2].id, 2)):
            plan = json.loads(await planned.value(connection, **asked | {"before": before}))
            removed = re.findall(r"'Rows Removed by Filter': (\d+)", str(plan))
            assert sum(map(int, removed)) < 100, plan
            assert len(await search.rows(connection, **asked | {"before": before})) == found


async def test_accounts_are_found_many_at_a_time(engine: Engine, shop: Shop) -> None:
    """Each in its place; of a deleted membership only for a key that the ledger has answered."""
    one, two = await insert(engine, shop), await insert(engine, shop)
    tenant_id, stranger = shop.caller.tenant_id, (await open_shop(engine)).caller.tenant_id
    earn = Earn(caller=shop.caller, account_id=two.account_id, at=NOW, key="k", points=two.balance.posted + 1)
    async with engine.database.connection() as connection:
        await ledger.post(connection, [earn], NOW)
        await memberships.delete(connection, [two.id], NOW)
        asked = [
            (tenant_id, two.id, None),
            (tenant_id, one.id, None),
            (stranger, one.id, None),
            (tenant_id, two.id, "k"),
            (tenant_id, uuid.uuid4(), "k"),
            (stranger, two.id, "k"),
            (tenant_id, two.id, "l"),
            (tenant_id, one.id, "l"),
        ]
        answers = await memberships.accounts_of(connection, [AccountQuestion(*each) for each in asked])
        assert answers == [None, one.account_id, None, two.account_id, None, None, None, one.account_id]
        assert await memberships.accounts_of(connection, []) == []


async def test_only_the_named_ones_stay_primary(engine: Engine, shop: Shop) -> None:
    """Of these members, in this chain; the others are left as they are, their moment of change too."""
    second = await second_program(engine, shop)
    a = await insert(engine, shop, is_primary=True)
    b = await insert(engine, shop, is_primary=True, member_id=a.member_id, program_id=second)
    other = await insert(engine, shop, is_primary=True)
    chain_id = shop.caller.chain_id or uuid.uuid4()
    async with engine.database.connection() as connection:
        for chain, left in ((uuid.uuid4(), {a.id, b.id, other.id}), (chain_id, {b.id, other.id})):
            await memberships.demote_others(
                connection,
                shop.caller.tenant_id,
                chain,
                member_ids=[a.member_id],
                keep_ids=[b.id],
                now=NOW + DAY,
            )
            found = await memberships.of_members(connection, shop.caller.tenant_id, [a.member_id, other.member_id])
            assert {each.id for each in found if each.is_primary} == left
    assert found == [b, other, replace(a, is_primary=False, updated_at=NOW + DAY)]


async def test_an_account_follows_the_program_of_its_membership(engine: Engine) -> None:
    """Its rules are those of the program, also after the membership has moved to another."""
    shop = await open_shop(engine)
    made = await insert(engine, shop)
    async with engine.database.connection() as connection:
        program = "SELECT program_id FROM accounts WHERE id = $1"
        assert await connection.fetchval(program, made.account_id) == made.program_id
