"""What goes back to whom when a merge is undone, and what an order that comes back takes from whom."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.merged import earn, figures, person, take_back
from guerdon.core.commands import Adjust, Hold, Reverse, Void
from guerdon.core.programs import ReturnPolicy
from guerdon.engine import Engine, auditing, merging, posting, settling

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
    await take_back(engine, shop, two, coat, back)
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
    await take_back(engine, shop, two, coat, 5)
    await posting.post(engine, Void(**own, hold_id=hold_id))
    await earn(engine, shop, one, 7)
    assert await figures(engine, one) == (52, 0, 0, 52, 52)
    await merging.unmerge(engine, shop.caller, made.id)
    assert await figures(engine, one) == (7, 0, 0, 7, 7)
    assert await figures(engine, two) == (45, 0, 0, 45, 45)
    assert await auditing.accounts(engine, [own["account_id"], account_id]) == (2, [])


Step = tuple[str, int]  # what the survivor does between the merge and its undoing, with how many points

DEBTS: list[tuple[list[Step], tuple[int, int], tuple[int, int]]] = [
    # What happens in between, and posted and held of both after it is undone.
    ([], (-58, 0), (22, 20)),
    ([("earn", 100)], (42, 0), (22, 20)),
    ([("earn", 20), ("earn", 10), ("earn", 30)], (2, 0), (22, 20)),
    ([("earn", 100), ("spend", 30)], (12, 0), (22, 20)),
    ([("earn", 100), ("spend", 44)], (-2, 0), (22, 20)),
    ([("earn", 100), ("hold", 44)], (42, 44), (22, 20)),
    ([("return", 5)], (-63, 0), (22, 20)),
    ([("forgive", 50)], (-8, 0), (22, 20)),
    ([("forgive", 58)], (0, 0), (22, 20)),
]


@pytest.mark.parametrize(("steps", "one_has", "two_has"), DEBTS)
async def test_what_paid_a_debt_goes_back(
    engine: Engine, steps: list[Step], one_has: tuple[int, int], two_has: tuple[int, int]
) -> None:
    """One owes 58 and two has 22, of which 20 are held: each has so again, but for what happened meanwhile."""
    shop = await open_shop(engine, return_policy=ReturnPolicy.ALLOW_NEGATIVE, allow_negative=True)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    own: dict[str, Any] = {"caller": shop.caller, "account_id": one.membership.account_id, "at": NOW}
    coat = await earn(engine, shop, one, 10)
    owed = await posting.post(engine, Adjust(**own, points=Decimal(-68)))
    await earn(engine, shop, two, 22, expires_at=NOW + DAY)
    hold = Hold(**own | {"account_id": two.membership.account_id}, hold_id=uuid.uuid4(), points=Decimal(20))
    await posting.post(engine, hold)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    assert (await figures(engine, one))[:2] == (-36, 20)
    for what, points in steps:
        if what == "earn":
            await earn(engine, shop, one, points)
        elif what == "spend":
            await posting.post(engine, Adjust(**own, points=Decimal(-points)))
        elif what == "hold":
            await posting.post(engine, Hold(**own, hold_id=uuid.uuid4(), points=Decimal(points)))
        else:
            version = coat if what == "return" else owed.version
            assert version is not None
            await posting.post(engine, Reverse(**own, version=version, points=Decimal(points)))
    await merging.unmerge(engine, shop.caller, made.id)
    assert ((await figures(engine, one))[:2], (await figures(engine, two))[:2]) == (one_has, two_has)
    ids = [own["account_id"], two.membership.account_id]
    assert await auditing.accounts(engine, ids) == (2, [])
    await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    assert (await figures(engine, one))[0] == one_has[0] + two_has[0]
    assert await auditing.accounts(engine, ids) == (2, [])


async def test_a_return_takes_nothing_from_what_paid_a_debt(engine: Engine) -> None:
    """Points that paid what the survivor owed are not there for a return of who brought them; they go back later."""
    shop = await open_shop(engine, allow_negative=True)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    account_id = two.membership.account_id
    own: dict[str, Any] = {"caller": shop.caller, "account_id": one.membership.account_id, "at": NOW}
    await posting.post(engine, Adjust(**own, points=Decimal(-58)))
    coat = await earn(engine, shop, two, 22)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    await take_back(engine, shop, two, coat, 10)
    assert (await figures(engine, one))[0] == -36
    await merging.unmerge(engine, shop.caller, made.id)
    assert [(await figures(engine, who))[0] for who in (one, two)] == [-58, 22]
    assert await auditing.accounts(engine, [own["account_id"], account_id]) == (2, [])


async def test_what_paid_a_debt_and_is_past_its_day_goes_back(engine: Engine) -> None:
    """The debt is owed again, and the points lapse where they were."""
    shop = await open_shop(engine, allow_negative=True)
    clock = Clock()
    engine = replace(engine, clock=clock)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    own: dict[str, Any] = {"caller": shop.caller, "account_id": one.membership.account_id, "at": NOW}
    await posting.post(engine, Adjust(**own, points=Decimal(-58)))
    await earn(engine, shop, two, 20, expires_at=NOW + DAY)
    await earn(engine, shop, two, 2)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    clock.now += DAY
    await merging.unmerge(engine, shop.caller, made.id)
    ids = [own["account_id"], two.membership.account_id]
    await settling.settle(engine, ids)
    assert [(await figures(engine, who))[0] for who in (one, two)] == [-58, 2]
    assert await auditing.accounts(engine, ids) == (2, [])
