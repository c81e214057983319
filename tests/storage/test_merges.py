"""What goes back to whom when a merge is undone, and what an order that comes back takes from whom."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.merged import earn, figures, person
from guerdon.core.commands import Adjust, Hold, Reverse, Void
from guerdon.core.programs import ReturnPolicy
from guerdon.engine import Engine, auditing, merging, posting
from guerdon.storage import ledger, merges

DAY = timedelta(days=1)


async def test_what_had_come_by_an_earlier_merge_stays(engine: Engine, shop: Shop) -> None:
    """Holds and pending earns that went up once and came back are not those of whoever goes up the other way then."""
    clock = Clock()
    engine = replace(engine, clock=clock)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    await earn(engine, shop, one, 50)
    await earn(engine, shop, one, 7, pending_id=uuid.uuid4())
    account_id = one.membership.account_id
    hold = Hold(caller=shop.caller, account_id=account_id, at=NOW, hold_id=uuid.uuid4(), points=Decimal(20))
    await posting.post(engine, hold)
    await earn(engine, shop, two, 30)
    for into, gone in ((two, one), (one, two)):
        clock.now += DAY
        made, _ = await merging.merge(engine, shop.caller, into_id=into.member.id, from_id=gone.member.id)
        clock.now += DAY
        await merging.unmerge(engine, shop.caller, made.id)
    assert await figures(engine, one) == (50, 20, 7, 50, 50)
    assert await figures(engine, two) == (30, 0, 0, 30, 30)


RETURNS: list[tuple[dict[str, Any], tuple[int, int], int, tuple[int, int]]] = [
    # What two has, who spent a coat of 100, and one; what of the coat comes back; what both have then.
    ({}, (0, 100), 10, (90, 0)),
    ({"return_policy": ReturnPolicy.PENDING_ONLY}, (0, 100), 10, (100, 0)),
    ({"allow_negative": True}, (-40, 100), 10, (90, -40)),
    ({"return_policy": ReturnPolicy.ALLOW_NEGATIVE}, (10, 50), 100, (50, -90)),
]


@pytest.mark.parametrize(("rules", "before", "back", "after"), RETURNS)
async def test_a_return_takes_from_each_what_it_must(
    engine: Engine, rules: dict[str, Any], before: tuple[int, int], back: int, after: tuple[int, int]
) -> None:
    """What one lends for a return of two's is one's again but for what was taken; it pays no debt of two's."""
    shop = await open_shop(engine, **rules)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    coat = await earn(engine, shop, two, 100)
    account_id = two.membership.account_id
    await posting.post(
        engine, Adjust(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(before[0] - 100))
    )
    await earn(engine, shop, one, before[1])
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    async with (
        engine.database.transaction() as connection,
        merges.apart(connection, shop.caller, account_id, coat, NOW),
    ):
        reverse = Reverse(caller=shop.caller, account_id=account_id, at=NOW, version=coat, points=Decimal(back))
        await ledger.post(connection, [reverse], NOW)
    assert (await figures(engine, one))[0] == sum(after)
    await merging.unmerge(engine, shop.caller, made.id)
    assert ((await figures(engine, one))[0], (await figures(engine, two))[0]) == after
    assert await auditing.accounts(engine, [one.membership.account_id, account_id]) == (2, [])


async def test_what_stayed_for_a_hold_goes_back_beside_a_debt(engine: Engine) -> None:
    """Points that were held during a return that is owed since are two's as well as the debt."""
    shop = await open_shop(engine, return_policy=ReturnPolicy.ALLOW_NEGATIVE)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    coat = await earn(engine, shop, two, 50)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    own: dict[str, Any] = {"caller": shop.caller, "account_id": one.membership.account_id, "at": NOW}
    hold_id = uuid.uuid4()
    await posting.post(engine, Hold(**own, hold_id=hold_id, points=Decimal(50)))
    account_id = two.membership.account_id
    async with (
        engine.database.transaction() as connection,
        merges.apart(connection, shop.caller, account_id, coat, NOW),
    ):
        reverse = Reverse(caller=shop.caller, account_id=account_id, at=NOW, version=coat, points=Decimal(5))
        await ledger.post(connection, [reverse], NOW)
    await posting.post(engine, Void(**own, hold_id=hold_id))
    await earn(engine, shop, one, 7)
    assert await figures(engine, one) == (52, 0, 0, 52, 52)
    await merging.unmerge(engine, shop.caller, made.id)
    assert await figures(engine, one) == (7, 0, 0, 7, 7)
    assert await figures(engine, two) == (45, 0, 0, 45, 45)
    assert await auditing.accounts(engine, [own["account_id"], account_id]) == (2, [])
