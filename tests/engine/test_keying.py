"""Keys: good until they end, for what they are for, in use to within a minute; and a tenant to try things in."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.people import enrolled, fetch
from guerdon.core.callers import ApiKey, Caller
from guerdon.core.catalogue import CatalogueFilter
from guerdon.core.members import Roll
from guerdon.core.refusals import ApiKeyNotFound, ProgramNotFound
from guerdon.engine import Engine, admitting, answering, cataloguing, keying, reading, registering
from guerdon.engine.keying import Granting

MINUTE = timedelta(minutes=1)


async def granted(engine: Engine, shop: Shop, **facts: Any) -> tuple[ApiKey, str]:
    said = {"label": "Till", "scopes": frozenset({"write"}), "at": NOW, **facts}
    return await keying.grant(engine, Granting(caller=shop.caller, **said))


async def let_in(engine: Engine, secret: str) -> Caller | None:
    """As if nobody had asked a moment ago."""
    engine.admitted.clear()
    return await admitting.by_token(engine, "test", secret)


async def test_a_key_lets_in_who_has_its_secret(engine: Engine, shop: Shop) -> None:
    key, secret = await granted(engine, shop, program_ids=[shop.program.id])
    caller = await let_in(engine, secret)
    assert caller is not None
    scopes, program_ids = frozenset({"write"}), frozenset({shop.program.id})
    assert caller == Caller(shop.caller.tenant_id, "test", key.id, None, scopes, program_ids)
    assert await keying.key(engine, shop.caller, key.id) == ApiKey(
        id=key.id, label="Till", scopes=frozenset({"write"}), created_at=NOW, hint=secret[-4:],
        program_ids=frozenset({shop.program.id}), last_used_at=NOW,
    )  # fmt: skip
    rows = await fetch(engine, "SELECT c::text AS c FROM credentials c WHERE id = $1", key.id)
    assert secret[:-4] not in rows[0]["c"]


async def test_a_key_ends_at_its_time_or_when_it_is_taken_back(engine: Engine, shop: Shop) -> None:
    clock = Clock()
    alone = replace(engine, clock=clock)
    _, short = await granted(alone, shop, expires_at=NOW + MINUTE)
    key, long = await granted(alone, shop)
    clock.now = NOW + MINUTE
    assert await let_in(alone, short) is None
    assert await let_in(alone, long)
    await keying.revoke(alone, shop.caller, clock.now, key.id)
    assert await admitting.by_token(alone, "test", long) is None
    clock.now += MINUTE
    assert (await keying.revoke(alone, shop.caller, clock.now, key.id)).revoked_at == NOW + MINUTE


async def test_who_is_let_in_while_a_key_is_taken_back_is_not_remembered(engine: Engine, shop: Shop) -> None:
    """Until that is written the key is good, and not a moment longer in this process."""
    key, secret = await granted(engine, shop)

    async def revoked(inside: Engine) -> Caller | None:
        await keying.revoke(inside, shop.caller, NOW, key.id)
        return await admitting.by_token(engine, "test", secret)

    assert await let_in(engine, secret)
    assert await answering.together(engine, revoked)
    assert await admitting.by_token(engine, "test", secret) is None


async def test_the_last_use_is_written_once_a_minute(engine: Engine, shop: Shop) -> None:
    clock = Clock()
    alone = replace(engine, clock=clock)
    key, secret = await granted(alone, shop)
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (100, 60)):
        clock.now = NOW + timedelta(seconds=seconds)
        await let_in(alone, secret)
        assert (await keying.key(alone, shop.caller, key.id)).last_used_at == NOW + timedelta(seconds=noted)


async def test_a_key_for_a_program_sees_no_other(engine: Engine, shop: Shop) -> None:
    member = await enrolled(engine, shop)
    caller = Caller(shop.caller.tenant_id, "test", uuid.uuid4(), program_ids=frozenset({uuid.uuid4()}))
    assert await reading.memberships_of(engine, caller, member.member.id) == []
    with pytest.raises(ProgramNotFound):
        await reading.program(engine, caller, shop.program.id)
    own = CatalogueFilter(chain_ids=[shop.program.chain_id])
    assert await cataloguing.programs_page(engine, caller, own, cursor=None, limit=9) == []


async def test_test_keys_are_for_a_tenant_beside_the_live_one(engine: Engine, shop: Shop) -> None:
    """One, however many ask for the first key at once; with programs of the same names, and nobody in them."""
    await enrolled(engine, shop)
    made = await asyncio.gather(*(granted(engine, shop, is_test=True) for _ in range(4)))
    callers = [await let_in(engine, secret) for _, secret in made]
    (tenant_id,) = {caller.tenant_id for caller in callers if caller}
    assert tenant_id != shop.caller.tenant_id
    inside = callers[0]
    assert inside
    program = await reading.default_program(engine, inside)
    assert (program.code, program.name, program.id == shop.program.id) == (shop.program.code, "Program", False)
    assert await registering.page(engine, inside, Roll(), after=None, limit=9) == []
    live, _ = await granted(engine, shop)
    assert [key.is_test for key in await keying.page(engine, shop.caller, before=None, limit=9)] == [False] + [True] * 4
    assert len(await keying.page(engine, inside, before=None, limit=9)) == 4
    with pytest.raises(ApiKeyNotFound):
        await keying.revoke(engine, inside, NOW, live.id)
    within, _ = await keying.grant(engine, Granting(caller=inside, at=NOW, label="x", scopes=frozenset({"read"})))
    assert within.is_test


async def test_another_merchants_keys_are_not_there(engine: Engine, shop: Shop) -> None:
    key, _ = await granted(engine, shop)
    other = await open_shop(engine)
    with pytest.raises(ApiKeyNotFound):
        await keying.key(engine, other.caller, key.id)
    assert await keying.page(engine, other.caller, before=None, limit=9) == []
    with pytest.raises(ProgramNotFound):
        await granted(engine, other, program_ids=[shop.program.id])
