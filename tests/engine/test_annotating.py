"""Metadata of members: a key once, within bounds, for the tenant's own, and never lost between two who write."""

import asyncio
import uuid

import pytest

from conftest import Shop, open_shop
from engine.people import enrolled, outcomes
from guerdon.core.refusals import MemberNotFound, MetadataNotFound, MetadataTaken, ProfileInvalid
from guerdon.engine import Engine, annotating


async def test_a_key_is_there_once(engine: Engine, shop: Shop) -> None:
    """Added, changed, removed; each says what it cannot do, and changes nothing then."""
    caller, member_id = shop.caller, (await enrolled(engine, shop)).member.id
    with pytest.raises(MetadataNotFound):
        await annotating.change(engine, caller, member_id, "tier", "gold")
    await annotating.add(engine, caller, member_id, "tier", "gold")
    with pytest.raises(MetadataTaken):
        await annotating.add(engine, caller, member_id, "tier", "silver")
    await annotating.add(engine, caller, member_id, "Tier", "of another case")
    assert await annotating.pairs(engine, member_id) == {"tier": "gold", "Tier": "of another case"}
    await annotating.change(engine, caller, member_id, "tier", "silver")
    await annotating.remove(engine, caller, member_id, "Tier")
    with pytest.raises(MetadataNotFound):
        await annotating.remove(engine, caller, member_id, "Tier")
    assert await annotating.pairs(engine, member_id) == {"tier": "silver"}
    for _ in range(2):
        await annotating.clear(engine, caller, member_id)
        assert await annotating.pairs(engine, member_id) == {}


async def test_a_member_has_so_many_and_no_more(engine: Engine, shop: Shop) -> None:
    """Who has all can still change and remove."""
    caller, member_id = shop.caller, (await enrolled(engine, shop)).member.id
    for number in range(annotating.MOST_PAIRS):
        await annotating.add(engine, caller, member_id, str(number), "x")
    with pytest.raises(ProfileInvalid):
        await annotating.add(engine, caller, member_id, "one more", "x")
    await annotating.change(engine, caller, member_id, "7", "y")
    await annotating.remove(engine, caller, member_id, "8")
    await annotating.add(engine, caller, member_id, "one more", "x")
    assert len(await annotating.pairs(engine, member_id)) == annotating.MOST_PAIRS


async def test_one_key_many_times_at_once(engine: Engine, shop: Shop) -> None:
    """One is in time, and all other keys are kept."""
    caller, member_id = shop.caller, (await enrolled(engine, shop)).member.id
    asks = [annotating.add(engine, caller, member_id, "tier" if n % 2 else str(n), str(n)) for n in range(20)]
    done, refused = await outcomes(asks)
    assert (len(done), {type(each) for each in refused}) == (11, {MetadataTaken})
    pairs = await annotating.pairs(engine, member_id)
    assert set(pairs) == {"tier", *(str(n) for n in range(0, 20, 2))}


async def test_nobody_of_another_tenant(engine: Engine, shop: Shop) -> None:
    """It is not even there."""
    member_id, stranger = (await enrolled(engine, shop)).member.id, (await open_shop(engine)).caller
    asks = [
        annotating.add(engine, stranger, member_id, "k", "v"),
        annotating.change(engine, stranger, member_id, "k", "v"),
        annotating.remove(engine, stranger, member_id, "k"),
        annotating.clear(engine, stranger, member_id),
        annotating.clear(engine, shop.caller, uuid.uuid4()),
    ]
    done = await asyncio.gather(*asks, return_exceptions=True)
    assert [type(each) for each in done] == [MemberNotFound] * len(asks)
    assert await annotating.pairs(engine, member_id) == {}
