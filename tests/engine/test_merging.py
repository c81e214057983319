"""Two members become one with all they have, and two again."""

import asyncio
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock, Shop
from engine.merged import earn, figures, person, take_back
from engine.people import ask, fetch
from guerdon.core.commands import Adjust, Capture, Hold, Posting, Reverse, Void
from guerdon.core.members import EMAIL, Identifier, Member
from guerdon.core.refusals import AccountClosed, MemberNotFound, MergeNotFound, MergeRefused
from guerdon.engine import (
    Engine,
    auditing,
    enrolling,
    explaining,
    finding,
    holding,
    merging,
    posting,
    reading,
    settling,
)
from guerdon.engine.enrolling import Enrolled
from guerdon.engine.explaining import Name
from guerdon.storage import merges

DAY = timedelta(days=1)


async def test_one_member_has_all_of_both(engine: Engine, shop: Shop) -> None:
    """Names, points with their days, holds and pending earns; the other account is closed."""
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    await earn(engine, shop, one, 100)
    await earn(engine, shop, two, 50, expires_at=NOW + 3 * DAY)
    await earn(engine, shop, two, 7, pending_id=uuid.uuid4(), activates_at=NOW + DAY)
    held = Hold(
        caller=shop.caller, account_id=two.membership.account_id, at=NOW, hold_id=uuid.uuid4(), points=Decimal(20)
    )
    await posting.post(engine, held)
    _, member = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    assert member.id == one.member.id
    assert member.number == one.member.number
    assert await figures(engine, one) == (150, 20, 7, 150, 150)
    assert await figures(engine, two) == (0, 0, 0, 0, 0)
    for name in (two.member.identifiers[EMAIL], one.member.identifiers[EMAIL]):
        assert await finding.member(engine, shop.caller, [Identifier(EMAIL, name)]) == one.member.id
    assert (await reading.member(engine, shop.caller, two.member.id)).id == one.member.id
    taken = await holding.finish(
        engine,
        shop.caller,
        [Identifier(EMAIL, two.member.identifiers[EMAIL])],
        held.hold_id,
        lambda account: Capture(caller=shop.caller, account_id=account, at=NOW, hold_id=held.hold_id),
    )
    assert (taken.account_id, int(taken.posted)) == (one.membership.account_id, 130)
    with pytest.raises(AccountClosed):
        await earn(engine, shop, two, 1)
    days = await fetch(
        engine,
        "SELECT l.remaining, l.expires_at FROM accounts a, ledger_lots(a.id, a.bucket, 0) l WHERE a.id = $1 "
        "ORDER BY l.version",
        taken.account_id,
    )
    assert [(int(row[0]), row[1]) for row in days] == [(100, None), (30, NOW + 3 * DAY)]


async def test_a_merge_is_taken_back(engine: Engine, shop: Shop) -> None:
    """Each has again what it brought, as far as that is left, and its own names and memberships."""
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    await earn(engine, shop, one, 100)
    await earn(engine, shop, two, 50, expires_at=NOW + 3 * DAY)
    hold = Hold(
        caller=shop.caller, account_id=two.membership.account_id, at=NOW, hold_id=uuid.uuid4(), points=Decimal(20)
    )
    await posting.post(engine, hold)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    await earn(engine, shop, one, 5)
    spent = replace(hold, account_id=one.membership.account_id, hold_id=uuid.uuid4(), points=Decimal(10))
    await posting.post(engine, spent)
    await posting.post(engine, Capture(caller=shop.caller, account_id=spent.account_id, at=NOW, hold_id=spent.hold_id))
    back = await merging.unmerge(engine, shop.caller, made.id)
    assert back.identifiers == two.member.identifiers
    assert await figures(engine, one) == (105, 0, 0, 105, 105)
    assert await figures(engine, two) == (40, 20, 0, 50, 40)
    assert (await reading.memberships_of(engine, shop.caller, two.member.id))[0].id == two.membership.id
    assert (await reading.member(engine, shop.caller, one.member.id)).identifiers == one.member.identifiers
    with pytest.raises(MergeRefused, match="undone already"):
        await merging.unmerge(engine, shop.caller, made.id)


async def test_a_debt_is_taken_over_and_handed_back(engine: Engine, shop: Shop) -> None:
    """Owed points are paid by whoever has some."""
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    async with engine.database.connection() as connection:
        await connection.execute(
            "UPDATE programs SET return_policy = 'allow_negative' WHERE id = $1", one.membership.program_id
        )
    await earn(engine, shop, one, 100)
    version = await earn(engine, shop, two, 30)
    named: dict[str, Any] = {"caller": shop.caller, "account_id": two.membership.account_id, "at": NOW}
    hold_id = uuid.uuid4()
    await posting.post(engine, Hold(**named, hold_id=hold_id, points=Decimal(30)))
    await posting.post(engine, Capture(**named, hold_id=hold_id))
    await posting.post(engine, Reverse(**named, version=version))
    assert await figures(engine, two) == (-30, 0, 0, 0, 0)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    assert await figures(engine, one) == (70, 0, 0, 100, 70)
    assert await figures(engine, two) == (0, 0, 0, 0, 0)
    await merging.unmerge(engine, shop.caller, made.id)
    assert await figures(engine, one) == (100, 0, 0, 100, 100)
    assert await figures(engine, two) == (-30, 0, 0, 0, 0)


async def test_merges_are_undone_in_turn(engine: Engine, shop: Shop) -> None:
    """Three members in one: the last merge first, and everybody answers to their own name again."""
    people = [await person(engine, shop, name) for name in ("one", "two", "three")]
    one, two, three = people
    for who in people:
        await earn(engine, shop, who, 10)
    first, _ = await merging.merge(engine, shop.caller, into_id=two.member.id, from_id=three.member.id)
    second, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    assert await figures(engine, one) == (30, 0, 0, 30, 30)
    assert (await reading.member(engine, shop.caller, three.member.id)).id == one.member.id
    with pytest.raises(MergeRefused, match="undo that first"):
        await merging.unmerge(engine, shop.caller, first.id)
    await merging.unmerge(engine, shop.caller, second.id)
    await merging.unmerge(engine, shop.caller, first.id)
    for who in people:
        assert await figures(engine, who) == (10, 0, 0, 10, 10)
        assert (await reading.member(engine, shop.caller, who.member.id)).identifiers == who.member.identifiers


async def test_undoing_meets_the_next_merge(engine: Engine, shop: Shop) -> None:
    """Whoever comes first: a merge whose survivor goes up in another is undone before that, or not at all."""
    for _ in range(8):
        one, two, three = [await person(engine, shop, name) for name in ("one", "two", "three")]
        for who in (one, two, three):
            await earn(engine, shop, who, 10)
        first, _ = await merging.merge(engine, shop.caller, into_id=two.member.id, from_id=three.member.id)
        back, _ = await asyncio.gather(
            merging.unmerge(engine, shop.caller, first.id),
            merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id),
            return_exceptions=True,
        )
        assert isinstance(back, Member | MergeRefused)
        left = 10 if isinstance(back, Member) else 0
        assert [(await figures(engine, who))[0] for who in (one, two, three)] == [30 - left, 0, left]


async def test_what_cannot_be_merged(engine: Engine, shop: Shop) -> None:
    """Nobody with oneself, nobody with another tenant's, nobody in two; asked for again it is the one that was made."""
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    with pytest.raises(MergeRefused):
        await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=one.member.id)
    stranger = replace(shop.caller, tenant_id=uuid.uuid4())
    with pytest.raises(MemberNotFound):
        await merging.merge(engine, stranger, into_id=one.member.id, from_id=two.member.id)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    again, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    assert again == made
    three = await person(engine, shop, "three")
    with pytest.raises(MemberNotFound):
        await merging.merge(engine, shop.caller, into_id=three.member.id, from_id=two.member.id)
    with pytest.raises(MergeNotFound):
        await merging.unmerge(engine, stranger, made.id)


async def test_many_merges_are_all_done_or_none(engine: Engine, shop: Shop) -> None:
    """One after another, a chain of them too; what is one already is left as it is, so that a repeat is safe."""
    one, two, three = [await person(engine, shop, name) for name in ("one", "two", "three")]
    for points, who in ((100, one), (20, two), (3, three)):
        await earn(engine, shop, who, points)
    ids = [who.member.id for who in (one, two, three)]
    for pairs, refusal in (
        ([(ids[0], ids[1]), (ids[1], ids[2])], MemberNotFound),
        ([(ids[0], ids[1]), (ids[0], uuid.uuid4())], MemberNotFound),
        ([(ids[0], ids[1]), (ids[2], ids[2])], MergeRefused),
    ):
        with pytest.raises(refusal):
            await merging.merge_all(engine, shop.caller, pairs)
        assert await figures(engine, two) == (20, 0, 0, 20, 20)
    for _ in range(2):
        await merging.merge_all(engine, shop.caller, [(ids[1], ids[2]), (ids[0], ids[1])])
        assert await figures(engine, one) == (123, 0, 0, 123, 123)
    other = await person(engine, shop, "other")
    for pair in ((ids[1], other.member.id), (other.member.id, ids[1])):
        with pytest.raises(MemberNotFound):
            await merging.merge_all(engine, shop.caller, [pair])


@dataclass(frozen=True)
class Waiting:
    """Somebody who went up in another, a month before some points' day passed that a hold still waits for."""

    engine: Engine
    clock: Clock
    one: Enrolled
    two: Enrolled
    coat: int
    hold: Hold
    merge_id: uuid.UUID

    async def figures(self) -> list[tuple[int, ...]]:
        """Posted and held of both, when nothing is due."""
        await settling.settle(self.engine, [who.membership.account_id for who in (self.one, self.two)])
        return [(await figures(self.engine, who))[:2] for who in (self.one, self.two)]


async def waiting(engine: Engine, shop: Shop, *, late: str, holds: str, spent: bool = False) -> Waiting:
    """One has 50 and two has 30, unless they are `spent`; `late` has 30 more whose day passes, and `holds` holds 30."""
    clock = Clock()
    engine = replace(engine, clock=clock)
    people = {name: await person(engine, shop, name) for name in ("one", "two")}
    one, two = people.values()
    coat = await earn(engine, shop, two, 30)
    if spent:
        await posting.post(
            engine, Adjust(caller=shop.caller, account_id=two.membership.account_id, at=NOW, points=Decimal(-30))
        )
    await earn(engine, shop, one, 50)
    await earn(engine, shop, people[late], 30, expires_at=NOW + DAY)
    account_id = people[holds].membership.account_id
    hold = Hold(caller=shop.caller, account_id=account_id, at=NOW, hold_id=uuid.uuid4(), points=Decimal(30))
    await posting.post(engine, hold)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    clock.now += 30 * DAY
    return Waiting(engine, clock, one, two, coat, replace(hold, account_id=one.membership.account_id), made.id)


@pytest.mark.parametrize(
    ("case", "left"),
    [
        ({"late": "two", "holds": "one"}, 110),
        ({"late": "one", "holds": "two"}, 110),
        ({"late": "one", "holds": "one", "spent": True}, 80),
    ],
)
async def test_a_return_leaves_what_waits_for_a_hold(
    engine: Engine, shop: Shop, case: dict[str, Any], left: int
) -> None:
    """It is paid by other points of the one that stands, and what waited lapses only when the hold ends."""
    here = await waiting(engine, shop, **case)
    assert await here.figures() == [(left, 30), (0, 0)]
    now = here.clock.now
    answer = await take_back(engine, shop, here.two, here.coat, now=now)
    assert isinstance(answer, Posting)
    assert int(answer.points) == -30
    assert await here.figures() == [(left - 30, 30), (0, 0)]
    await posting.post(
        here.engine, Void(caller=shop.caller, account_id=here.hold.account_id, at=now, hold_id=here.hold.hold_id)
    )
    assert await here.figures() == [(left - 60, 0), (0, 0)]


@pytest.mark.parametrize(("holds", "left"), [("one", [(80, 30), (30, 0)]), ("two", [(50, 0), (60, 30)])])
async def test_what_waits_goes_back_with_its_hold_only(
    engine: Engine, shop: Shop, holds: str, left: list[tuple[int, ...]]
) -> None:
    """Points past their day that came along stay where the hold is that keeps them."""
    here = await waiting(engine, shop, late="two", holds=holds)
    assert await here.figures() == [(110, 30), (0, 0)]
    await merging.unmerge(here.engine, shop.caller, here.merge_id)
    assert await here.figures() == left


async def test_what_stayed_during_a_return_goes_back_with_the_rest(engine: Engine, shop: Shop) -> None:
    """Points that came along and were held when an order came back are still those of the one that brought them."""
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    coat = await earn(engine, shop, two, 50)
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    own: dict[str, Any] = {"caller": shop.caller, "account_id": one.membership.account_id, "at": NOW}
    hold_id = uuid.uuid4()
    await posting.post(engine, Hold(**own, hold_id=hold_id, points=Decimal(20)))
    account_id = two.membership.account_id
    for _ in range(2):
        await take_back(engine, shop, two, coat, 5)
    await posting.post(engine, Void(**own, hold_id=hold_id))
    await earn(engine, shop, one, 7)
    assert await figures(engine, one) == (47, 0, 0, 47, 47)
    await merging.unmerge(engine, shop.caller, made.id)
    assert await figures(engine, one) == (7, 0, 0, 7, 7)
    assert await figures(engine, two) == (40, 0, 0, 40, 40)
    assert await auditing.accounts(engine, [own["account_id"], account_id]) == (2, [])


async def test_what_was_held_and_promised_at_a_past_moment(engine: Engine, shop: Shop) -> None:
    """Before, during and after a merge it is told of the account that it was on."""
    clock = Clock()
    engine = replace(engine, clock=clock)
    one, two = await person(engine, shop, "one"), await person(engine, shop, "two")
    coat = await earn(engine, shop, two, 50)
    await earn(engine, shop, two, 7, pending_id=uuid.uuid4())
    account_id = two.membership.account_id
    hold = Hold(caller=shop.caller, account_id=account_id, at=NOW, hold_id=uuid.uuid4(), points=Decimal(20))
    await posting.post(engine, hold)
    clock.now = NOW + 2 * DAY
    made, _ = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=two.member.id)
    clock.now = NOW + 4 * DAY
    async with (
        engine.database.transaction() as connection,
        merges.apart(connection, shop.caller, account_id, coat, clock.now),
    ):
        pass
    clock.now = NOW + 6 * DAY
    await merging.unmerge(engine, shop.caller, made.id)
    clock.now = NOW + 8 * DAY

    async def reserved(who: Enrolled, days: int) -> tuple[int, int]:
        found = await explaining.balance(engine, Name(str(who.membership.account_id)), NOW + days * DAY)
        return int(found.projection.held), int(found.projection.pending)

    assert [await reserved(two, days) for days in (1, 3, 5, 7, 8)] == [(20, 7), (0, 0), (0, 0), (20, 7), (20, 7)]
    assert [await reserved(one, days) for days in (1, 3, 5, 7, 8)] == [(0, 0), (20, 7), (20, 7), (0, 0), (0, 0)]


async def test_nobody_goes_up_in_nobody_in_particular(engine: Engine, shop: Shop) -> None:
    """One who is on no list stays so; it may go up in a person, and in another of its kind."""
    one = await person(engine, shop, "one")
    kiosk, door = [await enrolling.register(engine, ask(shop, is_anonymous=True, separate=True)) for _ in range(2)]
    for work in (
        merging.merge(engine, shop.caller, into_id=kiosk.id, from_id=one.member.id),
        merging.merge_all(engine, shop.caller, [(kiosk.id, door.id), (kiosk.id, one.member.id)]),
    ):
        with pytest.raises(MergeRefused, match="the other way round"):
            await work
    await merging.merge(engine, shop.caller, into_id=kiosk.id, from_id=door.id)
    _, member = await merging.merge(engine, shop.caller, into_id=one.member.id, from_id=kiosk.id)
    assert (member.id, member.is_anonymous) == (one.member.id, False)
