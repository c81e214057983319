"""What is read is the caller's own, from one moment, in a fixed order, and adds up."""

import asyncio
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW, Shop, open_shop
from engine.merchants import Merchant, open_merchant
from engine.people import ask, enrolled, figures
from guerdon.core.callers import Caller
from guerdon.core.commands import Adjust, Basis, Capture, Command, Earn, Hold, Set, Void
from guerdon.core.members import NUMBER, Identifier, Listing, Profile
from guerdon.core.memberships import Filter
from guerdon.core.points import whole, whole_step
from guerdon.core.programs import ChannelLink
from guerdon.core.refusals import (
    CursorNotFound,
    HoldNotFound,
    MemberNotFound,
    MembershipNotFound,
    NoActiveProgram,
    ProgramNotFound,
)
from guerdon.core.statements import Fold, Reserved, Statement
from guerdon.engine import Engine, enrolling, joining, posting, reading
from guerdon.engine.enrolling import Enrolled
from guerdon.storage import tenants

INSTANT = timedelta(microseconds=1)
BEGIN, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
AMOUNTS = ("0.9", "0.9", "-0.3", "10.5", "0.00000000000001", "-7.25", "0.49999999999999", "3")


@pytest.fixture
async def merchant(engine: Engine) -> Merchant:
    """A merchant of this test's own."""
    return await open_merchant(engine)


def names(made: Enrolled) -> list[Identifier]:
    """What the member answers to."""
    return [Identifier(NUMBER, made.member.number)]


async def posted(engine: Engine, shop: Shop, made: Enrolled, verb: type[Command], **facts: Any) -> None:
    """A posting to the member's account, now if nothing else is said."""
    named = {"caller": shop.caller, "account_id": made.membership.account_id, "at": NOW, **facts}
    await posting.post(engine, verb(**named))


async def statement(
    engine: Engine, shop: Shop, made: Enrolled, since: datetime = BEGIN, until: datetime = END
) -> Statement:
    """The member's statement."""
    return await reading.statement(engine, shop.caller, names(made), since, until)


# --- statements


async def test_both_ends_of_a_window_are_in_it(engine: Engine, shop: Shop) -> None:
    """An instant before it, an entry is folded; an instant after it, it is not there at all."""
    made = await enrolled(engine, shop)
    moments = [NOW - INSTANT, NOW, NOW + INSTANT, NOW + timedelta(hours=1)]
    amounts = [1, 20, 300, 4000]
    for at, points in zip(moments, amounts, strict=True):
        await posted(engine, shop, made, Earn, at=at, points=Decimal(points))
    for first in range(4):
        for last in range(first, 4):
            got = await statement(engine, shop, made, moments[first], moments[last])
            assert [(points, day) for _, points, day, *_ in got.lines] == [
                (points, at.date()) for points, at in zip(amounts, moments, strict=True)
            ][first : last + 1]
            assert (got.fold.count, got.fold.whole_points) == (first, sum(amounts[:first]))
            assert got.fold.latest_at == (moments[first - 1] if first else None)
            assert got.balance is not None
            assert got.balance.posted == 4321, "the balance is today's, whatever the window"
    assert (await statement(engine, shop, made, moments[3], moments[0])).lines == ()


async def test_a_line_says_what_its_entry_says(engine: Engine, shop: Shop) -> None:
    """Kind, share in whole points, day in UTC, and what was said of it; equal dates in the order they were written."""
    made = await enrolled(engine, shop)
    at = datetime(2021, 5, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    said = {"reason": "Newsletter", "reference": "PROMO-77", "location": "Main Street"}
    await posted(engine, shop, made, Earn, at=at, points=Decimal("10.5"), **said)
    await posted(engine, shop, made, Adjust, at=at, points=Decimal("-0.7"))
    got = await statement(engine, shop, made)
    assert got.lines == (
        ("earn", 10, date(2021, 5, 2), "Newsletter", "PROMO-77", "Main Street"),
        ("adjust", -1, date(2021, 5, 2), None, None, None),
    )
    assert (got.program, *got.earning_descriptions) == (shop.program.name, *shop.program.earning_descriptions)


async def test_amounts_beyond_every_integer_of_the_database_are_shown(engine: Engine, shop: Shop) -> None:
    """A balance may have twenty digits before the point."""
    made = await enrolled(engine, shop)
    await posted(engine, shop, made, Set, points=Decimal(10**20 - 1), basis=Basis.POSTED)
    got = await statement(engine, shop, made)
    assert [points for _, points, *_ in got.lines] == [10**20 - 1]
    assert (await statement(engine, shop, made, END)).fold.whole_points == 10**20 - 1


async def test_many_statements_are_asked_for_at_once(engine: Engine, shop: Shop) -> None:
    """Together they are a few queries; each member gets its own, by whichever of its names, and a stranger none."""
    made = [await enrolled(engine, shop) for _ in range(5)]
    for n, each in enumerate(made):
        await posted(engine, shop, each, Earn, points=Decimal(n + 1))

    async def asked(n: int) -> tuple[str, Decimal] | None:
        number = made[n].member.number if n < len(made) else "0"
        who = [Identifier("test", "nobody"), Identifier(NUMBER, number)][n % 2 :]
        try:
            got = await reading.statement(engine, shop.caller, who, BEGIN, END)
        except MemberNotFound:
            return None
        assert got.balance is not None
        return got.identifiers[NUMBER], got.balance.posted

    got = await asyncio.gather(*(asked(n % 6) for n in range(300)))
    wanted = [(each.member.number, Decimal(n + 1)) for n, each in enumerate(made)]
    assert got == [wanted[n % 6] if n % 6 < 5 else None for n in range(300)]


async def test_the_fold_and_the_rows_add_up_to_the_balance(engine: Engine, shop: Shop) -> None:
    """In whole points, wherever the window begins, with entries dated back: nothing is lost in rounding."""
    made = await enrolled(engine, shop)
    days = [3, 1, 4, 1, 5, 9, 2, 6]
    for day, amount in zip(days, AMOUNTS, strict=True):
        await posted(engine, shop, made, Adjust, at=NOW + timedelta(days=day), points=Decimal(amount))
    entries = await reading.entries(engine, shop.caller, made.membership.id, before=99, limit=99)
    written = sorted(entries, key=lambda entry: (entry.effective_at, entry.version))
    for day in range(11):
        got = await statement(engine, shop, made, NOW + timedelta(days=day))
        assert got.balance is not None
        assert got.fold.whole_points + sum(line[1] for line in got.lines) == whole(got.balance.posted) == 8
        assert got.fold.count + len(got.lines) == len(AMOUNTS)
        shown = [entry for entry in written if entry.effective_at >= NOW + timedelta(days=day)]
        assert [(points, on) for _, points, on, *_ in got.lines] == [
            (whole_step(entry.points, entry.balance_after), entry.effective_at.date()) for entry in shown
        ]
    (held,) = await reading.memberships_of(engine, shop.caller, made.member.id)
    assert held.balance.posted == sum(map(Decimal, AMOUNTS))


async def test_a_statement_shows_open_holds_only(engine: Engine, shop: Shop) -> None:
    """Oldest first, with what they still reserve, whatever the window."""
    made = await enrolled(engine, shop)
    await posted(engine, shop, made, Earn, points=Decimal(100))
    ids = [uuid.uuid4() for _ in range(4)]
    for n, hold_id in enumerate(ids):
        at = NOW - timedelta(days=n)
        await posted(engine, shop, made, Hold, at=at, hold_id=hold_id, points=Decimal(10), reference=f"s{n}")
    await posted(engine, shop, made, Capture, hold_id=ids[0])
    await posted(engine, shop, made, Capture, hold_id=ids[1], points=Decimal("2.5"))
    await posted(engine, shop, made, Void, hold_id=ids[2])
    got = await statement(engine, shop, made, END)
    assert got.reserved == (
        Reserved(Decimal(10), (NOW - timedelta(days=3)).date(), "s3", None),
        Reserved(Decimal("7.5"), (NOW - timedelta(days=1)).date(), "s1", None),
    )
    assert got.balance is not None
    assert figures(got.balance) == (Decimal("87.5"), Decimal("17.5"), 100, 3)
    held = await reading.holds(engine, shop.caller, made.membership.id, state="open", limit=9)
    assert {(hold.remaining, hold.reference) for hold in held} == {(r.remaining, r.reference) for r in got.reserved}


async def test_a_statement_without_a_membership_is_empty(engine: Engine, shop: Shop) -> None:
    """And without a member there is none; a membership of another tenant's member is nobody's."""
    member = await enrolling.register(engine, ask(shop, name="C-1"))
    got = await reading.statement(engine, shop.caller, [Identifier("test", "C-1")], BEGIN, END)
    assert got == Statement(member.identifiers, None, (), (), None, None, Fold(0, 0, None), (), ())
    stranger = (await open_shop(engine)).caller
    for caller, value in ((shop.caller, "C-2"), (stranger, "C-1")):
        with pytest.raises(MemberNotFound):
            await reading.statement(engine, caller, [Identifier("test", value)], BEGIN, END)


async def test_a_statement_is_of_the_membership_that_stands_for_the_member(merchant: Merchant) -> None:
    """The primary one, else the oldest; with that one's program."""
    member = await reading.member(merchant.engine, merchant.caller, await merchant.member())
    a, b = await merchant.add(merchant.item(member.id), merchant.item(member.id, "B", points=Decimal(5)))

    async def standing() -> tuple[str | None, Decimal | None]:
        who = [Identifier(NUMBER, member.number)]
        got = await reading.statement(merchant.engine, merchant.caller, who, BEGIN, END)
        return got.program, got.balance.posted if got.balance else None

    first, second = [(await reading.program_of(merchant.engine, merchant.caller, each.id)).name for each in (a, b)]
    assert await standing() == (first, Decimal(0))
    await merchant.update(joining.Change(membership_id=b.id, is_primary=True))
    assert await standing() == (second, Decimal(5))
    await joining.delete(merchant.engine, merchant.caller, NOW, [b.id])
    assert await standing() == (first, Decimal(0))
    await joining.delete(merchant.engine, merchant.caller, NOW, [a.id])
    assert await standing() == (None, None)


# --- entries and holds, page by page


async def test_entries_are_read_newest_first_from_below_a_version(engine: Engine, shop: Shop) -> None:
    """Page by page, each once, to the first."""
    made = await enrolled(engine, shop)
    for n in range(7):
        await posted(engine, shop, made, Earn, points=Decimal(n + 1))
    seen: list[int] = []
    before = 2**63 - 1
    while page := await reading.entries(engine, shop.caller, made.membership.id, before=before, limit=3):
        seen += [entry.version for entry in page]
        before = page[-1].version
        assert len(page) <= 3
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_holds_are_read_newest_first(engine: Engine, shop: Shop) -> None:
    """All of them, or those that are open."""
    made = await enrolled(engine, shop)
    await posted(engine, shop, made, Earn, points=Decimal(100))
    ids = [engine.new_id() for _ in range(4)]
    for hold_id in ids:
        await posted(engine, shop, made, Hold, hold_id=hold_id, points=Decimal(1))
    await posted(engine, shop, made, Void, hold_id=ids[2])

    async def read(*, state: str | None, limit: int) -> list[UUID]:
        found = await reading.holds(engine, shop.caller, made.membership.id, state=state, limit=limit)
        return [hold.id for hold in found]

    assert await read(state=None, limit=9) == ids[::-1]
    assert await read(state="open", limit=9) == [ids[3], ids[1], ids[0]]
    assert await read(state="open", limit=2) == [ids[3], ids[1]]
    assert (await reading.hold(engine, shop.caller, ids[2])).state == "voided"


async def test_another_tenant_s_things_do_not_exist(engine: Engine, shop: Shop) -> None:
    """Whatever id is given; nor does a membership that has been deleted."""
    made = await enrolled(engine, shop)
    await posted(engine, shop, made, Earn, points=Decimal(9))
    hold_id = uuid.uuid4()
    await posted(engine, shop, made, Hold, hold_id=hold_id, points=Decimal(1))
    stranger = (await open_shop(engine)).caller
    membership_id = made.membership.id

    async def nowhere(caller: Caller) -> None:
        for read in (reading.membership, reading.program_of):
            with pytest.raises(MembershipNotFound):
                await read(engine, caller, membership_id)
        with pytest.raises(MembershipNotFound):
            await reading.entries(engine, caller, membership_id, before=9, limit=9)
        with pytest.raises(MembershipNotFound):
            await reading.holds(engine, caller, membership_id, state=None, limit=9)
        assert await reading.memberships_of(engine, caller, made.member.id) == []

    await nowhere(stranger)
    with pytest.raises(HoldNotFound):
        await reading.hold(engine, stranger, hold_id)
    with pytest.raises(MemberNotFound):
        await reading.member(engine, stranger, made.member.id)
    with pytest.raises(MemberNotFound):
        await reading.member_by_serial(engine, stranger, made.member.serial)
    assert await reading.members_page(engine, stranger, skip=0, take=9) == ([], 0)
    await joining.delete(engine, shop.caller, NOW, [membership_id])
    await nowhere(shop.caller)


# --- members and memberships, page by page


async def test_members_are_read_by_serial_each_with_its_membership(merchant: Merchant) -> None:
    """In the program that is asked for, or the one that stands for the member; there may be none."""
    ids = [await merchant.member() for _ in range(4)]
    first = await merchant.add(merchant.item(ids[0]), merchant.item(ids[0], "B", is_primary=True))
    (only,) = await merchant.add(merchant.item(ids[2]))
    (gone,) = await merchant.add(merchant.item(ids[3]))
    await joining.delete(merchant.engine, merchant.caller, NOW, [gone.id])
    a, b = first

    async def page(program: str | None = None, skip: int = 0, take: int = 9) -> list[tuple[UUID, UUID | None]]:
        found, count = await reading.members_page(
            merchant.engine,
            merchant.caller,
            skip=skip,
            take=take,
            listing=Listing(program_id=merchant.programs[program] if program else None),
        )
        assert count == 4
        return [(member.id, membership.id if membership else None) for member, membership in found]

    everybody = await page()
    assert everybody == [(ids[0], b.id), (ids[1], None), (ids[2], only.id), (ids[3], None)]
    assert await page("A") == [(ids[0], a.id), *everybody[1:]]
    assert await page("B") == [(ids[0], b.id), *((member_id, None) for member_id in ids[1:])]
    assert await page(skip=1, take=2) == everybody[1:3]
    assert await page(skip=4) == []
    assert (await reading.member_by_serial(merchant.engine, merchant.caller, 3)).id == ids[2]


async def test_a_cursor_goes_on_below_its_membership(merchant: Merchant) -> None:
    """Also below a deleted one, and below one that the filter leaves out; each membership is seen once."""
    added = await merchant.add(*[merchant.item(await merchant.member()) for _ in range(5)])
    ids = [m.id for m in added[::-1]]
    await joining.delete(merchant.engine, merchant.caller, NOW, [ids[1]])

    async def page(cursor: UUID | None, limit: int = 9, **more: Any) -> list[UUID]:
        wanted = Filter(chain_ids=[merchant.caller.chain_id or uuid.uuid4()], **more)
        got = await reading.memberships_page(merchant.engine, merchant.caller, wanted, cursor=cursor, limit=limit)
        return [m.id for m in got]

    assert await page(None) == [ids[0], *ids[2:]]
    assert await page(None, limit=2) == [ids[0], ids[2]]
    assert await page(ids[2], limit=2) == [ids[3], ids[4]]
    assert await page(ids[4]) == []
    assert await page(ids[1]) == ids[2:]
    assert await page(ids[0], deleted=True) == ids[1:]
    assert await page(ids[0], deleted=True, active=False) == [ids[1]]
    assert await page(ids[2], member_ids=[added[0].member_id]) == [ids[4]]
    assert await page(None, ids=[]) == []


async def test_a_cursor_that_the_caller_may_not_see_is_none(merchant: Merchant) -> None:
    """Another tenant's, another chain's for a caller who is bound to one, and what never was."""
    stranger = await open_merchant(merchant.engine)
    (mine,) = await merchant.add(merchant.item(await merchant.member()))
    (theirs,) = await stranger.add(stranger.item(await stranger.member()))
    unbound = Caller(merchant.caller.tenant_id, "test", uuid.uuid4())
    assert await reading.chains(merchant.engine, merchant.caller) == {merchant.caller.chain_id}
    both = await reading.chains(merchant.engine, unbound)
    assert both == {merchant.caller.chain_id, merchant.elsewhere.chain_id}
    for caller, cursor in (
        (merchant.caller, theirs.id),
        (merchant.caller, uuid.uuid4()),
        (merchant.elsewhere, mine.id),
        (unbound, theirs.id),
    ):
        with pytest.raises(CursorNotFound):
            await reading.memberships_page(
                merchant.engine, caller, Filter(chain_ids=sorted(both)), cursor=cursor, limit=9
            )
    (outside,) = await joining.add(
        merchant.engine, merchant.elsewhere, NOW, [merchant.item(await merchant.member(), "X")]
    )
    below = await reading.memberships_page(
        merchant.engine, unbound, Filter(chain_ids=sorted(both)), cursor=outside.id, limit=9
    )
    assert below == [mine]
    foreign = Filter(chain_ids=[stranger.caller.chain_id or uuid.uuid4()])
    assert await reading.memberships_page(merchant.engine, unbound, foreign, cursor=None, limit=9) == []


# --- programs


async def test_programs_and_ladders(engine: Engine, merchant: Merchant) -> None:
    """The default one is the first that was founded; a tenant without one has none."""
    assert (await reading.default_program(engine, merchant.caller)).id == merchant.programs["A"]
    with pytest.raises(ProgramNotFound):
        await reading.default_program(engine, Caller(uuid.uuid4(), "test", uuid.uuid4()))
    (added,) = await merchant.add(merchant.item(await merchant.member(), "C"))
    assert (await reading.program_of(engine, merchant.caller, added.id)).id == merchant.programs["C"]
    assert [tier.id for tier in await reading.tiers(engine, merchant.programs["B"])] == [merchant.tiers["B"]]
    assert await reading.tiers(engine, uuid.uuid4()) == []


@pytest.mark.parametrize("strange", ["", "unknown", "\0", "x" * 10_000])
async def test_a_channel_link_is_active_or_none(engine: Engine, shop: Shop, strange: str) -> None:
    """Whatever is asked; and another tenant's is none."""
    active, inactive = (ChannelLink(uuid.uuid4().hex, shop.program.id, shows_tiers=True) for _ in range(2))
    async with engine.database.connection() as connection:
        await tenants.insert_link(connection, shop.caller.tenant_id, active, is_active=True)
        await tenants.insert_link(connection, shop.caller.tenant_id, inactive, is_active=False)
    assert await reading.channel_link(engine, shop.caller, active.id) == active
    stranger = (await open_shop(engine)).caller
    for caller, link_id in ((shop.caller, inactive.id), (stranger, active.id), (shop.caller, strange)):
        with pytest.raises(NoActiveProgram):
            await reading.channel_link(engine, caller, link_id)


async def test_points_set_by_a_surface_are_read_as_they_were_written(engine: Engine, shop: Shop) -> None:
    """Every digit of an amount and of its lifetime, from the same account through every reader."""
    points = Decimal("20.37076232692728")
    made = await enrolled(engine, shop, profile=Profile(email="mira@example.com"))
    await posted(engine, shop, made, Set, points=points, basis=Basis.AVAILABLE)
    got = await statement(engine, shop, made)
    (held,) = await reading.memberships_of(engine, shop.caller, made.member.id)
    ((_, paged),), _ = await reading.members_page(engine, shop.caller, skip=0, take=1)
    assert got.balance == held.balance
    assert held == paged
    assert str(held.balance.posted) == str(held.balance.lifetime) == str(points)
