"""One redemption from reserved to fulfilled or back: never more than there is, no code twice, points to their lots."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW
from engine.catalogues import Catalogue, open_catalogue
from guerdon.core.lots import Lot
from guerdon.core.memberships import Membership
from guerdon.core.programs import Tier
from guerdon.core.redemptions import RedemptionFilter, Shown
from guerdon.core.refusals import RedemptionNotFound, RedemptionNotOpen, RewardUnavailable
from guerdon.core.rewards import Basket, Reward, RewardKind
from guerdon.core.rewards import RedemptionState as State
from guerdon.engine import Engine, auditing, designing, fulfilling, redeeming, rewarding, tracing
from guerdon.engine.fulfilling import Redeeming

PARALLEL = 64


@pytest.fixture
async def shop(engine: Engine) -> Catalogue:
    return await open_catalogue(engine)


async def had(shop: Catalogue, buyer: Membership, reward: Reward, until: State = State.RESERVED, **more: Any) -> UUID:
    """Redeems a reward."""
    facts: dict[str, Any] = {"at": NOW, **more}
    ask = Redeeming(caller=shop.shop.caller, membership=buyer, reward=reward, until=until, **facts)
    return await fulfilling.redeem(shop.engine, ask)


async def look(shop: Catalogue, redemption_id: UUID) -> Shown:
    return await fulfilling.redemption(shop.engine, shop.shop.caller, redemption_id)


async def cancelled(shop: Catalogue, redemption_id: UUID) -> Shown:
    return await fulfilling.cancel(shop.engine, shop.shop.caller, NOW, redemption_id)


async def stock(shop: Catalogue, reward: Reward) -> int | None:
    return (await rewarding.reward(shop.engine, shop.shop.caller, reward.id)).stock_left


async def tickets(shop: Catalogue, number: int, **facts: Any) -> Reward:
    """A reward with so many codes."""
    caller = shop.shop.caller
    pool = await shop.pool(*(f"C-{n}" for n in range(number)))
    said = {
        "code": "t",
        "title": "T",
        "kind": RewardKind.VOUCHER_CODE,
        "cost": Decimal(60),
        "pool_id": pool.id,
        **facts,
    }
    new = Reward(id=shop.engine.new_id(), program_id=shop.shop.program.id, **said)
    return await rewarding.add(shop.engine, caller, NOW, new)


async def test_a_stock_is_never_oversold(shop: Catalogue) -> None:
    """Sixty-four at once want one of ten: ten have it, the points of the others are untouched."""
    mug = await shop.add("mug", stock_left=10)
    buyers = [await shop.buyer() for _ in range(PARALLEL)]
    done = await asyncio.gather(*(had(shop, buyer, mug, State.FULFILLED) for buyer in buyers), return_exceptions=True)
    refused = [each for each in done if isinstance(each, RewardUnavailable)]
    assert [each.objections for each in refused] == [("out_of_stock",)] * (PARALLEL - 10)
    assert len([each for each in done if isinstance(each, UUID)]) == 10
    assert await stock(shop, mug) == 0
    figures = [await shop.figures(buyer) for buyer in buyers]
    assert sorted(figures) == [(40, 0, 100)] * 10 + [(100, 0, 100)] * (PARALLEL - 10)


async def test_a_code_is_never_issued_twice(shop: Catalogue) -> None:
    """Sixty-four at once reserve and issue apart; half of the codes are there."""
    ticket = await tickets(shop, PARALLEL // 2)
    buyers = [await shop.buyer() for _ in range(PARALLEL)]

    async def issued(buyer: Membership) -> str | None:
        made = await had(shop, buyer, ticket)
        told = await fulfilling.advance(shop.engine, shop.shop.caller, NOW, made, State.ISSUED)
        return told.voucher

    done = await asyncio.gather(*(issued(buyer) for buyer in buyers), return_exceptions=True)
    codes = [each for each in done if isinstance(each, str)]
    assert len(codes) == len(set(codes)) == PARALLEL // 2
    assert {type(each) for each in done if not isinstance(each, str)} == {RewardUnavailable}
    assert await stock(shop, ticket) == 0


async def test_cancelling_gives_back_what_it_took(shop: Catalogue) -> None:
    """From any state: points to their lots, one to the stock; a code that somebody has seen stays used."""
    mug, ticket, buyer = await shop.add("mug", stock_left=5), await tickets(shop, 1), await shop.buyer()

    async def lots() -> list[Lot]:
        return await tracing.lots_of(shop.engine, shop.shop.caller, buyer.id, open_only=True, limit=9)

    before = await lots()
    for until in fulfilling.STEPS:
        made = await had(shop, buyer, mug, until)
        assert (await look(shop, made)).redemption.state is until
        assert (await cancelled(shop, made)).redemption.state is State.CANCELLED
        with pytest.raises(RedemptionNotOpen):
            await cancelled(shop, made)
        assert await shop.figures(buyer) == (100, 0, 100)
        assert await lots() == before
        assert await stock(shop, mug) == 5
    assert (await cancelled(shop, await had(shop, buyer, ticket))).voucher is None
    assert await stock(shop, ticket) == 1
    assert (await cancelled(shop, await had(shop, buyer, ticket, State.ISSUED))).voucher == "C-0"
    assert await stock(shop, ticket) == 0


async def test_of_many_who_cancel_one_does(shop: Catalogue) -> None:
    mug, buyer = await shop.add("mug", stock_left=5), await shop.buyer()
    made = await had(shop, buyer, mug, State.ISSUED)
    done = await asyncio.gather(*(cancelled(shop, made) for _ in range(8)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["RedemptionNotOpen"] * 7 + ["Shown"]
    assert (await shop.figures(buyer), await stock(shop, mug)) == ((100, 0, 100), 5)


async def test_steps_are_taken_once_and_in_order(shop: Catalogue) -> None:
    mug, buyer = await shop.add("mug"), await shop.buyer()
    made = await had(shop, buyer, mug)

    async def advance(until: State) -> State:
        told = await fulfilling.advance(shop.engine, shop.shop.caller, NOW, made, until)
        return told.redemption.state

    assert await advance(State.ISSUED) is State.ISSUED
    assert await shop.figures(buyer) == (40, 0, 100)
    assert await advance(State.FULFILLED) is State.FULFILLED
    for until in (State.ISSUED, State.FULFILLED):
        with pytest.raises(RedemptionNotOpen):
            await advance(until)
    told = await look(shop, made)
    assert (told.reward_code, told.membership_id, told.redemption.version) == ("mug", buyer.id, 2)


async def test_what_has_run_out_is_expired(shop: Catalogue) -> None:
    """A reservation at its end, an issued one after the days that it is good for; its points are spent."""
    ticket, buyer, late = await tickets(shop, 3, valid_days=2, cost=Decimal(30)), await shop.buyer(), timedelta(days=2)
    reserved = await had(shop, buyer, ticket, lasts=timedelta(minutes=1))
    issued = await had(shop, buyer, ticket, State.ISSUED)
    for redemption_id, at in ((reserved, NOW + timedelta(minutes=1)), (issued, NOW + late)):
        assert (await look(shop, redemption_id)).redemption.standing(at) is State.EXPIRED
        with pytest.raises(RedemptionNotOpen) as refused:
            await fulfilling.advance(shop.engine, shop.shop.caller, at, redemption_id, State.FULFILLED)
        assert refused.value.state == "expired"
        with pytest.raises(RedemptionNotOpen):
            await fulfilling.cancel(shop.engine, shop.shop.caller, at, redemption_id)
    wanted = RedemptionFilter(at=NOW + late, state="expired", membership_id=buyer.id)
    found = await fulfilling.page(shop.engine, shop.shop.caller, wanted, before=None, limit=9)
    assert [each.redemption.id for each in found] == [issued, reserved]


async def test_a_tier_has_its_own_price_and_its_own_rewards(shop: Catalogue) -> None:
    """By the ladder or by hand; on every surface, because the catalogue says so."""
    caller, program = shop.shop.caller, shop.shop.program
    gold = Tier(shop.engine.new_id(), program.id, "G", "Gold", None, None, None, Decimal(150), None, 1)
    await designing.add_tier(shop.engine, caller, NOW, gold)
    await shop.add("mug", 60, tier_costs={gold.id: Decimal("9.5")}, tier_ids=(gold.id,))
    for points, cost, objections in ((100, 60, ["other_tier"]), (150, Decimal("9.5"), [])):
        buyer = await shop.buyer(points)
        assert await shop.said(buyer, "mug") == {"mug": objections}
        ((reward, said),) = await redeeming.offers(shop.engine, buyer, Basket(), session=None, at=NOW)
        assert (reward.cost, list(said)) == (cost, objections)
        assert (await shop.look(buyer)).balance.held == (0 if objections else cost)


async def test_an_order_pays_the_tiers_price_and_hands_out_a_code(shop: Catalogue) -> None:
    """Of what was not reserved too; cancelled, the points come back and the code does not."""
    caller, program = shop.shop.caller, shop.shop.program
    gold = Tier(shop.engine.new_id(), program.id, "G", "Gold", None, None, None, Decimal(150), None, 1)
    await designing.add_tier(shop.engine, caller, NOW, gold)
    ticket, buyer = await tickets(shop, 3, tier_costs={gold.id: Decimal(9)}), await shop.buyer(150)
    await shop.reserve(buyer, "t")
    first, _ = await shop.place(buyer, "t", session="s"), await shop.place(buyer, "t")
    assert await shop.figures(buyer) == (132, 0, 150)
    wanted = RedemptionFilter(at=NOW, membership_id=buyer.id)
    found = await fulfilling.page(shop.engine, caller, wanted, before=None, limit=9)
    assert sorted(str(each.voucher) for each in found) == ["C-0", "C-1"]
    await shop.cancel(first)
    assert (await shop.figures(buyer), await stock(shop, ticket)) == ((141, 0, 150), 1)


async def test_an_order_takes_no_code_that_somebody_has_reserved(shop: Catalogue) -> None:
    """But its own, where nobody else can have the reward any more."""
    ticket = await tickets(shop, 1)
    first, second = await shop.buyer(), await shop.buyer()
    await shop.reserve(first, "t")
    await shop.place(second, "t")
    before = await rewarding.reward(shop.engine, shop.shop.caller, ticket.id)
    await rewarding.change(shop.engine, shop.shop.caller, before, replace(before, is_active=False))
    await shop.place(first, "t")
    wanted = RedemptionFilter(at=NOW, reward_id=ticket.id)
    page = await fulfilling.page(shop.engine, shop.shop.caller, wanted, before=None, limit=9)
    found = {each.redemption.account_id: (each.redemption.state, each.voucher) for each in page}
    assert found == {first.account_id: (State.FULFILLED, "C-0"), second.account_id: (State.FULFILLED, None)}


async def test_what_a_member_had_that_went_up_in_another(shop: Catalogue) -> None:
    """Counts for the limits of whom it went up in, which gets the points of what is cancelled."""
    mug = await shop.add("mug", most_per_member=1)
    members = [await shop.buyer() for _ in range(3)]
    first = await had(shop, members[0], mug, State.ISSUED)
    for gone, survivor in pairwise(members):
        await shop.merge(survivor, gone)
    last = await shop.look(members[-1])
    assert await shop.said(last, "mug") == {"mug": ["limit_reached"]}
    assert (await cancelled(shop, first)).redemption.state is State.CANCELLED
    assert await shop.figures(last) == (300, 0, 300)
    assert await shop.said(last, "mug") == {"mug": []}
    assert (await auditing.accounts(shop.engine, [each.account_id for each in members]))[1] == []


async def test_another_merchants_redemption_is_not_there(shop: Catalogue) -> None:
    made = await had(shop, await shop.buyer(), await shop.add("mug"))
    other = (await open_catalogue(shop.engine)).shop.caller
    for ask in (
        fulfilling.redemption(shop.engine, other, made),
        fulfilling.cancel(shop.engine, other, NOW, made),
        fulfilling.advance(shop.engine, other, NOW, made, State.ISSUED),
    ):
        with pytest.raises(RedemptionNotFound):
            await ask
    assert await fulfilling.page(shop.engine, other, RedemptionFilter(at=NOW), before=None, limit=9) == []
