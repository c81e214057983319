"""Pools of codes: counted for their reward as they come and go, and none is lost to somebody who was promised one."""

import asyncio
import uuid
from dataclasses import replace
from uuid import UUID

import pytest

from conftest import NOW
from engine.catalogues import Catalogue, open_catalogue
from engine.people import fetch
from guerdon.core.refusals import CodeTaken, InUse, PoolNotFound
from guerdon.core.rewards import Pool, PoolCodeFilter, Reward, RewardKind
from guerdon.core.rewards import RedemptionState as State
from guerdon.engine import Engine, fulfilling, pooling, porting, rewarding
from guerdon.engine.fulfilling import Redeeming

ALL = PoolCodeFilter()


@pytest.fixture
async def shop(engine: Engine) -> Catalogue:
    return await open_catalogue(engine)


async def ticket(shop: Catalogue, pool: Pool) -> Reward:
    """A reward that hands the pool's codes out."""
    made = await shop.add("ticket", kind=RewardKind.CUSTOM)
    wanted = replace(made, kind=RewardKind.VOUCHER_CODE, pool_id=pool.id)
    return await rewarding.change(shop.engine, shop.shop.caller, made, wanted)


async def had(shop: Catalogue, reward: Reward, until: State) -> UUID:
    buyer = await shop.buyer()
    ask = Redeeming(caller=shop.shop.caller, membership=buyer, reward=reward, until=until, at=NOW)
    return await fulfilling.redeem(shop.engine, ask)


async def left(shop: Catalogue, pool: Pool, reward: Reward) -> tuple[int, int, int | None]:
    """Codes, free ones, and the stock of the reward."""
    found = await pooling.pool(shop.engine, shop.shop.caller, pool.id)
    return found.number, found.free, (await rewarding.reward(shop.engine, shop.shop.caller, reward.id)).stock_left


async def test_one_code_is_taken_however_postgresql_goes_about_it(shop: Catalogue) -> None:
    """Whatever it believes of the table: here, that there is next to nothing in it."""
    pool = await shop.pool("a")
    reward = await ticket(shop, pool)
    await fetch(shop.engine, "ANALYZE pool_codes")
    await pooling.fill(shop.engine, shop.shop.caller, NOW, pool.id, [str(n) for n in range(30)])
    await had(shop, reward, State.ISSUED)
    assert await left(shop, pool, reward) == (31, 30, 30)


async def test_there_are_as_many_as_there_are_codes(shop: Catalogue) -> None:
    """A code that is put in twice, even at the same time, is one; so is one that is taken out twice."""
    caller, pool = shop.shop.caller, await shop.pool("a", "b", "a")
    reward = await ticket(shop, pool)
    assert await left(shop, pool, reward) == (2, 2, 2)
    await asyncio.gather(*(pooling.fill(shop.engine, caller, NOW, pool.id, ["b", "c", str(n)]) for n in range(8)))
    assert await left(shop, pool, reward) == (11, 11, 11)
    taken = await asyncio.gather(
        *(pooling.withdraw(shop.engine, caller, pool.id, ["c", "x", str(n)]) for n in (1, 1, 2))
    )
    assert sum(taken) == 3
    assert await left(shop, pool, reward) == (8, 8, 8)
    (found,) = await pooling.page(shop.engine, caller, before=None, limit=9)
    assert (found.number, found.free) == (8, 8)


async def test_what_was_promised_or_given_is_not_taken_out(shop: Catalogue) -> None:
    """A code that was given out stays; of the free ones stay as many as are reserved, and none goes where one must."""
    caller, pool = shop.shop.caller, await shop.pool("a", "b", "c")
    reward = await ticket(shop, pool)
    issued, reserved = await had(shop, reward, State.ISSUED), await had(shop, reward, State.RESERVED)
    assert await left(shop, pool, reward) == (3, 2, 1)
    with pytest.raises(InUse, match="ticket"):
        await pooling.withdraw(shop.engine, caller, pool.id, ["a", "b", "c"])
    assert await left(shop, pool, reward) == (3, 2, 1)
    assert await pooling.withdraw(shop.engine, caller, pool.id, ["a", "b"]) == 1
    assert await left(shop, pool, reward) == (2, 1, 0)
    await fulfilling.advance(shop.engine, caller, NOW, reserved, State.ISSUED)
    codes = await pooling.codes_page(shop.engine, caller, pool.id, ALL, after=None, limit=9)
    assert [(each.code, each.redemption_id) for each in codes] == [("a", issued), ("c", reserved)]
    assert await pooling.withdraw(shop.engine, caller, pool.id, ["a", "c"]) == 0


async def test_a_pool_that_comes_later_counts_those_who_came_before(shop: Catalogue) -> None:
    """Who has reserved the reward gets a code; who had it without one, and gives it back, gives no code back."""
    caller, pool = shop.shop.caller, await shop.pool("a")
    made = await shop.add("ticket", kind=RewardKind.CUSTOM)
    given, *reserved = [await had(shop, made, state) for state in (State.ISSUED, State.RESERVED, State.RESERVED)]
    wanted = replace(made, kind=RewardKind.VOUCHER_CODE, pool_id=pool.id)
    with pytest.raises(InUse, match="too few codes"):
        await rewarding.change(shop.engine, caller, made, wanted)
    await pooling.fill(shop.engine, caller, NOW, pool.id, ["b", "c"])
    reward = await rewarding.change(shop.engine, caller, made, wanted)
    assert await left(shop, pool, reward) == (3, 3, 1)
    await fulfilling.cancel(shop.engine, caller, NOW, given)
    assert await left(shop, pool, reward) == (3, 3, 1)
    await fulfilling.cancel(shop.engine, caller, NOW, reserved[0])
    assert await left(shop, pool, reward) == (3, 3, 2)
    await fulfilling.advance(shop.engine, caller, NOW, reserved[1], State.ISSUED)
    assert await left(shop, pool, reward) == (3, 2, 2)


async def test_codes_are_taken_out_while_others_are_given_one(shop: Catalogue) -> None:
    """Whoever comes first: afterwards each code is either with somebody or gone, and the stock says what is left."""
    caller, pool = shop.shop.caller, await shop.pool(*(f"C-{n:02}" for n in range(20)))
    reward = await ticket(shop, pool)
    buyers = [had(shop, reward, State.ISSUED) for _ in range(8)]
    taken = [pooling.withdraw(shop.engine, caller, pool.id, [f"C-{n:02}" for n in range(12)]) for _ in range(2)]
    done = await asyncio.gather(*buyers, *taken)
    withdrawn = sum(each for each in done if isinstance(each, int))
    assert 4 <= withdrawn <= 12
    assert await left(shop, pool, reward) == (20 - withdrawn, 12 - withdrawn, 12 - withdrawn)


async def test_codes_are_found(shop: Catalogue) -> None:
    """Among others, and by what is kept of a member."""
    caller, pool = shop.shop.caller, await shop.pool("b", "a", "c")
    issued = await had(shop, await ticket(shop, pool), State.ISSUED)
    (who,) = await fetch(
        shop.engine,
        "SELECT s.member_id AS id FROM redemptions x JOIN memberships s USING (account_id) WHERE x.id = $1",
        issued,
    )
    (kept,) = (await porting.member(shop.engine, caller.tenant_id, who["id"]))["pool_codes"]
    assert bytes(kept["code"]) == b'"a"'

    async def found(wanted: PoolCodeFilter, after: str | None = None) -> list[tuple[str, UUID | None]]:
        page = await pooling.codes_page(shop.engine, caller, pool.id, wanted, after=after, limit=2)
        assert all((each.issued_at is None) == (each.redemption_id is None) for each in page)
        return [(each.code, each.redemption_id) for each in page]

    assert await found(ALL) == [("a", issued), ("b", None)]
    assert await found(ALL, "b") == [("c", None)]
    assert await found(PoolCodeFilter(is_free=True)) == [("b", None), ("c", None)]
    assert await found(PoolCodeFilter(is_free=False)) == [("a", issued)]
    assert await found(PoolCodeFilter(code="c")) == [("c", None)]
    assert await found(PoolCodeFilter(code="a", is_free=True)) == []


async def test_a_pool_goes_when_nobody_needs_it(shop: Catalogue) -> None:
    """Not while a reward has it, and never once somebody has had a code: the books name it."""
    caller, pool = shop.shop.caller, await shop.pool("a", "b")
    reward = await ticket(shop, pool)
    with pytest.raises(InUse, match="ticket"):
        await pooling.delete(shop.engine, caller, pool.id)
    without = await rewarding.change(
        shop.engine, caller, reward, replace(reward, kind=RewardKind.CUSTOM, pool_id=None, stock_left=None)
    )
    await pooling.delete(shop.engine, caller, pool.id)
    with pytest.raises(PoolNotFound):
        await pooling.pool(shop.engine, caller, pool.id)
    again = await shop.pool("a", "b")
    back = await rewarding.change(
        shop.engine, caller, without, replace(without, kind=RewardKind.VOUCHER_CODE, pool_id=again.id)
    )
    await had(shop, back, State.ISSUED)
    await rewarding.change(shop.engine, caller, back, without)
    with pytest.raises(InUse, match="redemptions"):
        await pooling.delete(shop.engine, caller, again.id)
    assert (await pooling.pool(shop.engine, caller, again.id)).free == 1


async def test_a_pool_is_one_merchants(shop: Catalogue) -> None:
    caller, pool = shop.shop.caller, await shop.pool("a")
    with pytest.raises(CodeTaken):
        await pooling.add(shop.engine, caller, Pool(uuid.uuid4(), "Cinema", NOW))
    stranger = replace(caller, tenant_id=uuid.uuid4())
    for asked in (
        pooling.pool(shop.engine, stranger, pool.id),
        pooling.fill(shop.engine, stranger, NOW, pool.id, ["x"]),
        pooling.withdraw(shop.engine, stranger, pool.id, ["a"]),
        pooling.codes_page(shop.engine, stranger, pool.id, ALL, after=None, limit=1),
        pooling.delete(shop.engine, stranger, pool.id),
    ):
        with pytest.raises(PoolNotFound):
            await asked
    assert (await pooling.pool(shop.engine, caller, pool.id)).number == 1
