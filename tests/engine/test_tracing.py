"""Lots, what paid for what, what lapses next and pending earns, as the engine reads them: right at every moment."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.people import enrolled
from guerdon.core.commands import Activate, Adjust, Capture, Earn, Hold, Posting, Reverse, Transfer
from guerdon.core.lots import Lapse
from guerdon.core.memberships import Membership
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.core.refusals import EntryNotFound, MembershipNotFound, PendingNotFound
from guerdon.engine import Engine, merging, posting, reading, tracing

DAY = timedelta(days=1)
MONTHLY = Expiry(kind=ExpiryKind.ROLLING, count=1, unit="year", round_to="month")


class Book:
    """A membership of a test's own, and an engine whose clock the test sets."""

    def __init__(self, engine: Engine, clock: Clock, shop: Shop, membership: Membership) -> None:
        self.engine, self.clock, self.shop, self.membership = engine, clock, shop, membership

    async def post(self, verb: Any, **facts: Any) -> Posting:
        """Carries out a verb now."""
        named = {"caller": self.shop.caller, "account_id": self.membership.account_id, "at": self.clock.now, **facts}
        return await posting.post(self.engine, verb(**named))

    async def lots(self, *, open_only: bool = True) -> list[tuple[int, Decimal, datetime | None]]:
        """Version, what is left, and the day."""
        found = await tracing.lots_of(self.engine, self.shop.caller, self.membership.id, open_only=open_only, limit=50)
        return [(lot.version, lot.remaining, lot.expires_at) for lot in found]

    async def lapse(self) -> Lapse | None:
        """What lapses next."""
        found = await reading.membership(self.engine, self.shop.caller, self.membership.id)
        return (await tracing.next_lapses(self.engine, [found])).get(found.account_id)


@pytest.fixture
async def book(dsn: str) -> AsyncIterator[Book]:
    """An account whose points lapse at the end of the month a year on."""
    clock = Clock(NOW)
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        shop = await open_shop(engine, expiry=MONTHLY)
        yield Book(engine, clock, shop, (await enrolled(engine, shop)).membership)


async def test_lots_come_in_the_order_in_which_they_are_spent(book: Book) -> None:
    """The open ones by day, those that are used up behind them, newest first."""
    own, by_policy = NOW + 9 * DAY, datetime(2027, 8, 1, tzinfo=UTC)
    await book.post(Earn, points=Decimal(10))
    await book.post(Earn, points=Decimal(5), expires_at=own)
    await book.post(Earn, points=Decimal(3), expires_at=NOW + DAY)
    await book.post(Earn, points=Decimal(2), expires_at=NOW + 2 * DAY)
    await book.post(Adjust, points=Decimal(-6))
    assert await book.lots() == [(2, Decimal(4), own), (1, Decimal(10), by_policy)]
    assert await book.lots(open_only=False) == [
        *await book.lots(),
        (4, Decimal(0), NOW + 2 * DAY),
        (3, Decimal(0), NOW + DAY),
    ]


async def test_the_next_lapse_adds_up_the_lots_of_its_day(book: Book) -> None:
    """And is what is true after whatever was due has happened."""
    assert await book.lapse() is None
    for points, days in ((4, 3), (6, 3), (10, 5)):
        await book.post(Earn, points=Decimal(points), expires_at=NOW + days * DAY)
    assert await book.lapse() == Lapse(NOW + 3 * DAY, Decimal(10))
    book.clock.now = NOW + 3 * DAY
    assert await book.lapse() == Lapse(NOW + 5 * DAY, Decimal(10))
    assert await book.lots() == [(3, Decimal(10), NOW + 5 * DAY)]
    book.clock.now = NOW + 5 * DAY
    assert await book.lapse() is None
    assert await book.lots() == []


async def test_an_account_that_counts_inactivity_has_one_day_for_all_its_lots(dsn: str) -> None:
    """It moves on with each activity, for the lots that came before as well."""
    clock = Clock(NOW)
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        shop = await open_shop(engine, expiry=Expiry(kind=ExpiryKind.INACTIVITY, count=30, unit="day"))
        book = Book(engine, clock, shop, (await enrolled(engine, shop)).membership)
        await book.post(Earn, points=Decimal(10))
        assert [day for _, _, day in await book.lots()] == [datetime(2026, 8, 2, tzinfo=UTC)]
        clock.now = NOW + 10 * DAY
        await book.post(Earn, points=Decimal(1))
        assert [day for _, _, day in await book.lots()] == [datetime(2026, 8, 12, tzinfo=UTC)] * 2
        assert await book.lapse() == Lapse(datetime(2026, 8, 12, tzinfo=UTC), Decimal(11))


async def test_an_entry_says_what_paid_for_it_and_what_its_points_paid_for(book: Book) -> None:
    """Of a capture from two lots, undone in part: what is left to say on both sides."""
    await book.post(Earn, points=Decimal(10), expires_at=NOW + DAY)
    await book.post(Earn, points=Decimal(10))
    hold_id = uuid.uuid4()
    await book.post(Hold, hold_id=hold_id, points=Decimal(14))
    await book.post(Capture, hold_id=hold_id)
    await book.post(Reverse, version=3, points=Decimal(6))

    async def trace(version: int) -> Any:
        return await tracing.trace(book.engine, book.shop.caller, book.membership.id, version)

    capture = await trace(3)
    assert [(paid.lot.version, paid.points) for paid in capture.paid_by] == [(1, Decimal(8))]
    assert (capture.lots, capture.spent_on, capture.reversed_by, capture.undone) == ((), (), (4,), Decimal(6))
    first, second = await trace(1), await trace(2)
    assert [(spent.version, spent.points) for spent in first.spent_on] == [(3, Decimal(8))]
    assert [lot.remaining for lot in (*first.lots, *second.lots)] == [Decimal(2), Decimal(10)]
    assert (first.paid_by, second.spent_on, second.undone) == ((), (), Decimal(0))
    assert (await trace(4)).entry.reverses == 3
    with pytest.raises(EntryNotFound):
        await trace(5)


async def test_what_no_lot_paid_for_is_owed(dsn: str) -> None:
    """Where the program allows it; the next points that come in pay it."""
    clock = Clock(NOW)
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        shop = await open_shop(engine, allow_negative=True)
        book = Book(engine, clock, shop, (await enrolled(engine, shop)).membership)
        await book.post(Adjust, points=Decimal(-7))
        debit = await tracing.trace(engine, shop.caller, book.membership.id, 1)
        assert [(paid.lot, paid.points) for paid in debit.paid_by] == [(None, Decimal(7))]
        await book.post(Earn, points=Decimal(5))
        debit = await tracing.trace(engine, shop.caller, book.membership.id, 1)
        assert [(paid.lot and paid.lot.version, paid.points) for paid in debit.paid_by] == [
            (2, Decimal(5)),
            (None, Decimal(2)),
        ]


async def test_a_pending_earn_is_read_as_it_is_now(book: Book) -> None:
    """One whose day has come is an earn, whoever looks first."""
    ids = [uuid.uuid4(), uuid.uuid4()]
    await book.post(Earn, points=Decimal(5), pending_id=ids[0], activates_at=NOW + DAY)
    await book.post(Earn, points=Decimal(7), pending_id=ids[1])
    read = [await tracing.pending_earn(book.engine, book.shop.caller, each) for each in ids]
    assert [(each.state, each.remaining, each.activates_at) for each in read] == [
        ("open", Decimal(5), NOW + DAY),
        ("open", Decimal(7), None),
    ]
    book.clock.now = NOW + DAY
    first = await tracing.pending_earn(book.engine, book.shop.caller, ids[0])
    assert (first.state, first.remaining) == ("activated", Decimal(0))
    assert first.closed_at == NOW + DAY
    await book.post(Activate, pending_id=ids[1])
    for state, count in (("open", 0), ("activated", 2), ("cancelled", 0), (None, 2)):
        found = await tracing.pending_of(book.engine, book.shop.caller, book.membership.id, state=state, limit=5)
        assert len(found) == count
    assert (await reading.membership(book.engine, book.shop.caller, book.membership.id)).balance.posted == 12


async def test_nobody_elses_lots_entries_and_promises(book: Book) -> None:
    """Not even their existence."""
    pending_id = uuid.uuid4()
    await book.post(Earn, points=Decimal(5))
    await book.post(Earn, points=Decimal(5), pending_id=pending_id)
    stranger = (await open_shop(book.engine)).caller
    with pytest.raises(MembershipNotFound):
        await tracing.lots_of(book.engine, stranger, book.membership.id, open_only=False, limit=5)
    with pytest.raises(MembershipNotFound):
        await tracing.pending_of(book.engine, stranger, book.membership.id, state=None, limit=5)
    with pytest.raises(MembershipNotFound):
        await tracing.trace(book.engine, stranger, book.membership.id, 1)
    with pytest.raises(PendingNotFound):
        await tracing.pending_earn(book.engine, stranger, pending_id)


async def test_what_moved_with_a_merge_is_read_where_it_went(book: Book) -> None:
    """Under its id, once; and back again when the merge is undone."""
    other = (await enrolled(book.engine, book.shop)).membership
    hold_id, pending_id = uuid.uuid4(), uuid.uuid4()
    await book.post(Earn, points=Decimal(9))
    await book.post(Hold, hold_id=hold_id, points=Decimal(4))
    await book.post(Earn, points=Decimal(5), pending_id=pending_id)
    caller = book.shop.caller

    async def owners() -> list[Any]:
        hold = await reading.hold(book.engine, caller, hold_id)
        return [hold.account_id, (await tracing.pending_earn(book.engine, caller, pending_id)).account_id]

    async def listed(membership: Membership) -> list[Any]:
        holds = await reading.holds(book.engine, caller, membership.id, state=None, limit=9)
        promises = await tracing.pending_of(book.engine, caller, membership.id, state=None, limit=9)
        return [*(each.id for each in holds), *(each.id for each in promises)]

    made, _ = await merging.merge(book.engine, caller, into_id=other.member_id, from_id=book.membership.member_id)
    assert await owners() == [other.account_id] * 2
    assert await listed(other) == [hold_id, pending_id]
    await merging.unmerge(book.engine, caller, made.id)
    assert await owners() == [book.membership.account_id] * 2
    assert await listed(other) == []
    assert await listed(book.membership) == [hold_id, pending_id]


async def test_points_that_were_given_away_keep_their_days(book: Book) -> None:
    """One lot with the giver's for each that was taken from."""
    other = (await enrolled(book.engine, book.shop)).membership
    await book.post(Earn, points=Decimal(4), expires_at=NOW + DAY)
    await book.post(Earn, points=Decimal(10), expires_at=NOW + 2 * DAY)
    await book.post(Transfer, to_account_id=other.account_id, points=Decimal(6))
    theirs = Book(book.engine, book.clock, book.shop, other)
    assert await theirs.lots() == [(1, Decimal(4), NOW + DAY), (1, Decimal(2), NOW + 2 * DAY)]
    found = await tracing.trace(book.engine, book.shop.caller, other.id, 1)
    assert (found.entry.peer_id, [lot.part for lot in found.lots]) == (book.membership.account_id, [1, 2])


async def test_every_day_ahead_is_told_once(book: Book) -> None:
    """What lapses on it added up; what has lapsed, was spent, or never lapses is not among them."""
    await book.post(Earn, points=Decimal(10), expires_at=NOW + DAY)
    await book.post(Earn, points=Decimal(20), expires_at=NOW + 2 * DAY)
    await book.post(Earn, points=Decimal(30), expires_at=NOW + 2 * DAY)
    await book.post(Adjust, points=Decimal(-13))
    found = await tracing.coming_lapses(book.engine, book.membership.account_id)
    assert found == [Lapse(NOW + 2 * DAY, Decimal(47))]
    book.clock.now = NOW + 2 * DAY
    assert await tracing.coming_lapses(book.engine, book.membership.account_id) == []
