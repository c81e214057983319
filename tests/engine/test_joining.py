"""Memberships are added, changed and deleted all of a call or none of it, and each keeps what it was not told."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW
from engine.merchants import Merchant, open_merchant
from engine.people import audited, fetch, figures, outcomes, stored
from guerdon.core.commands import Hold
from guerdon.core.memberships import Membership, MembershipState
from guerdon.core.refusals import (
    AlreadyEnrolled,
    InsufficientPoints,
    MemberNotFound,
    MembershipNotFound,
    ProgramNotFound,
    Refusal,
    TierNotFound,
)
from guerdon.engine import Engine, joining, merging, posting
from guerdon.engine.joining import Change, Joining
from guerdon.storage.queries import Connection
from guerdon.storage.within import Within
from storage.racing import WAITING

MANY = 1_000
EVERYTHING: dict[str, Any] = {
    "state": MembershipState.PENDING,
    "number": "M-1",
    "provider_id": "P-1",
    "url": "https://club.example/1",
    "expires_at": datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
}


@pytest.fixture
async def merchant(engine: Engine) -> Merchant:
    """A merchant of this test's own."""
    return await open_merchant(engine)


async def crowd(merchant: Merchant) -> list[UUID]:
    """The ids of a thousand members, written at once."""
    ids = [uuid.uuid4() for _ in range(MANY)]
    statement = (
        "INSERT INTO members (id, tenant_id, serial, profile, created_at) "
        "SELECT id, $2, serial, '{}', $3 FROM unnest($1::uuid[]) WITH ORDINALITY AS m (id, serial)"
    )
    await fetch(merchant.engine, statement, ids, merchant.caller.tenant_id, NOW)
    return ids


async def refused(merchant: Merchant, kind: type[Refusal], *items: Joining | Change) -> None:
    """Adds or changes, which must be refused and change nothing."""
    before = await stored(merchant.engine, merchant.caller.tenant_id)
    with pytest.raises(kind):
        await _sent(merchant, items)
    assert await stored(merchant.engine, merchant.caller.tenant_id) == before


async def _sent(merchant: Merchant, items: Sequence[Joining | Change]) -> list[Membership]:
    adds = [item for item in items if isinstance(item, Joining)]
    changes = [item for item in items if isinstance(item, Change)]
    return await (merchant.add(*adds) if adds else merchant.update(*changes))


async def test_what_is_added_reads_back(merchant: Merchant) -> None:
    """In the order asked, newest last, with every detail and its points."""
    members = [await merchant.member() for _ in range(3)]
    tier_id = merchant.tiers["A"]
    items = [
        merchant.item(members[0], points=Decimal("12.5"), tier_id=tier_id, is_primary=True, **EVERYTHING),
        merchant.item(members[1], "B", points=Decimal(0)),
        merchant.item(members[2], "C"),
    ]
    added = await merchant.add(*items)
    assert [m.member_id for m in added] == members
    assert sorted(added, key=lambda m: m.id) == added
    assert {name: getattr(added[0], name) for name in EVERYTHING} == EVERYTHING
    assert (added[0].tier_id, added[0].is_primary, added[0].created_at) == (tier_id, True, NOW)
    assert [(m.balance.posted, m.balance.version) for m in added] == [(Decimal("12.5"), 1), (0, 1), (0, 0)]
    assert [await merchant.kept(member) for member in members] == [[m] for m in added]
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 2


async def test_one_bad_of_a_thousand_spoils_them_all(merchant: Merchant) -> None:
    """Wherever it is and whatever is wrong with it; without it, all thousand are there."""
    items = [merchant.item(member, points=Decimal(n)) for n, member in enumerate(await crowd(merchant))]
    nowhere = uuid.uuid4()
    spoilers: list[tuple[int, dict[str, Any], type[Refusal]]] = [
        (MANY - 1, {"member_id": nowhere}, MemberNotFound),
        (0, {"program_id": nowhere}, ProgramNotFound),
        (MANY // 2, {"program_id": merchant.programs["X"]}, ProgramNotFound),
        (MANY - 1, {"tier_id": merchant.tiers["B"]}, TierNotFound),
        (MANY - 1, {"member_id": items[0].member_id}, AlreadyEnrolled),
    ]
    for at, bad, kind in spoilers:
        spoiled = [replace(item, **bad) if n == at else item for n, item in enumerate(items)]
        await refused(merchant, kind, *spoiled)
    added = await merchant.add(*items)
    assert [(m.member_id, m.balance.posted) for m in added] == [(i.member_id, i.points) for i in items]
    changes = [Change(membership_id=m.id, points=m.balance.posted + 1, url="https://x.example") for m in added]
    await refused(merchant, MembershipNotFound, *changes, Change(membership_id=nowhere))
    changed = await merchant.update(*changes)
    assert [m.balance.posted for m in changed] == [n + 1 for n in range(MANY)]
    with pytest.raises(MembershipNotFound):
        await joining.delete(merchant.engine, merchant.caller, NOW, [*(m.id for m in added), nowhere])
    assert await merchant.kept(items[0].member_id) == changed[:1]
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 2 * MANY


async def test_a_member_joins_a_program_once(merchant: Merchant) -> None:
    """Within a call or over several; after a deletion it may join again, with another account."""
    member = await merchant.member()
    await refused(merchant, AlreadyEnrolled, merchant.item(member), merchant.item(member))
    first, other = await merchant.add(merchant.item(member, points=Decimal(5)), merchant.item(member, "B"))
    await refused(merchant, AlreadyEnrolled, merchant.item(member))
    await joining.delete(merchant.engine, merchant.caller, NOW, [first.id])
    (again,) = await merchant.add(merchant.item(member))
    assert again.account_id != first.account_id
    assert again.balance.posted == 0
    assert await merchant.kept(member) == [other, again]


async def test_at_most_one_is_primary_and_the_last_one_wins(merchant: Merchant) -> None:
    """Of a call, and of all calls; another chain's is not touched, nor is another member's."""
    member, neighbour = await merchant.member(), await merchant.member()
    theirs = merchant.item(neighbour, "B", is_primary=True)
    abroad = replace(merchant.item(member, "X"), is_primary=True)
    (outside,) = await joining.add(merchant.engine, merchant.elsewhere, NOW, [abroad])
    a, b, other = await merchant.add(
        merchant.item(member, is_primary=True), merchant.item(member, "B", is_primary=True), theirs
    )
    assert [m.is_primary for m in (a, b, other)] == [False, True, True]
    (c,) = await merchant.add(merchant.item(member, "C", is_primary=True))

    async def primaries() -> set[UUID]:
        return {m.id for each in (member, neighbour) for m in await merchant.kept(each) if m.is_primary}

    assert await primaries() == {outside.id, c.id, other.id}
    changed = await merchant.update(
        Change(membership_id=b.id, is_primary=True), Change(membership_id=a.id, is_primary=True)
    )
    assert [m.is_primary for m in changed] == [False, True]
    assert await primaries() == {outside.id, a.id, other.id}
    await merchant.update(Change(membership_id=a.id, url="https://x.example"), Change(membership_id=b.id, number="1"))
    assert await primaries() == {outside.id, a.id, other.id}
    await merchant.update(Change(membership_id=a.id, is_primary=False))
    assert await primaries() == {outside.id, other.id}


async def test_a_change_keeps_what_it_does_not_name(merchant: Merchant) -> None:
    """And clears what it names as nothing; points that are cleared are zero points."""
    tier_id = merchant.tiers["A"]
    item = merchant.item(await merchant.member(), points=Decimal(9), tier_id=tier_id, is_primary=True, **EVERYTHING)
    (added,) = await merchant.add(item)
    later = NOW + timedelta(days=1)
    (same,) = await joining.update(merchant.engine, merchant.caller, later, [Change(membership_id=added.id)])
    assert same == added
    cleared = Change(
        membership_id=added.id, number=None, provider_id=None, url=None, expires_at=None, tier_id=None, points=None
    )
    (bare,) = await merchant.update(cleared)
    assert (bare.number, bare.provider_id, bare.url, bare.expires_at, bare.tier_id) == (None,) * 5
    assert (bare.state, bare.is_primary) == (MembershipState.PENDING, True)
    assert figures(bare.balance) == (0, 0, 9, 2)


async def test_one_call_may_change_a_membership_twice(merchant: Merchant) -> None:
    """As two calls would, one after the other: each answer is the last state, and each change of points an entry."""
    (added,) = await merchant.add(merchant.item(await merchant.member(), points=Decimal(1)))
    first = Change(membership_id=added.id, points=Decimal(50), number="1", url="https://x.example")
    second = Change(membership_id=added.id, points=Decimal(3), number="2")
    changed = await merchant.update(first, second)
    assert changed[0] == changed[1] == (await merchant.kept(added.member_id))[0]
    assert (changed[0].number, changed[0].url) == ("2", "https://x.example")
    assert figures(changed[0].balance) == (3, 0, 50, 3)
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 3


async def moved(merchant: Merchant, *moves: tuple[Membership, str]) -> list[UUID]:
    """The programs that memberships are in after moves."""
    changes = [Change(membership_id=m.id, program_id=merchant.programs[code]) for m, code in moves]
    return [m.program_id for m in await merchant.update(*changes)]


async def test_memberships_move_between_programs(merchant: Merchant) -> None:
    """With account and points, also to where another one was a moment ago: in a chain, or in a circle."""
    member = await merchant.member()
    a, b = await merchant.add(merchant.item(member, points=Decimal(7)), merchant.item(member, "B"))
    to_a, to_b, to_c = (merchant.programs[code] for code in "ABC")
    assert await moved(merchant, (b, "C"), (a, "B")) == [to_c, to_b]
    assert await moved(merchant, (a, "A"), (b, "B")) == [to_a, to_b]
    assert await moved(merchant, (a, "C"), (b, "A"), (a, "B")) == [to_b, to_a, to_b]
    kept = {m.id: m for m in await merchant.kept(member)}
    assert (kept[a.id].program_id, kept[a.id].account_id) == (to_b, a.account_id)
    assert (kept[a.id].deleted_at, kept[b.id].deleted_at) == (None, None)
    assert figures(kept[a.id].balance) == (7, 0, 7, 1)


async def test_a_move_that_cannot_be(merchant: Merchant) -> None:
    """Where the member is already, to a program of another chain or of none, or with a tier of the old program."""
    member = await merchant.member()
    a, b = await merchant.add(merchant.item(member, tier_id=merchant.tiers["A"]), merchant.item(member, "B"))
    programs = merchant.programs
    for program_id, kind in (
        (programs["B"], AlreadyEnrolled),
        (programs["X"], ProgramNotFound),
        (uuid.uuid4(), ProgramNotFound),
        (programs["C"], TierNotFound),
    ):
        change = Change(membership_id=a.id, program_id=program_id, tier_id=None)
        if kind is TierNotFound:
            change = Change(membership_id=a.id, program_id=program_id)
        await refused(merchant, kind, change)
    await refused(merchant, TierNotFound, Change(membership_id=b.id, tier_id=merchant.tiers["A"]))
    (same,) = await merchant.update(Change(membership_id=a.id, program_id=programs["A"]))
    assert same == a
    both = Change(membership_id=a.id, program_id=programs["C"], tier_id=merchant.tiers["C"])
    assert [(m.program_id, m.tier_id) for m in await merchant.update(both)] == [(programs["C"], merchant.tiers["C"])]


async def test_held_points_refuse_a_lower_balance(merchant: Merchant) -> None:
    """And with it everything else of the call; as low as what is held is allowed."""
    first, second = await merchant.add(
        *[merchant.item(await merchant.member(), points=Decimal(10)) for _ in range(2)],
    )
    hold = Hold(caller=merchant.caller, account_id=first.account_id, at=NOW, hold_id=uuid.uuid4(), points=Decimal(4))
    await posting.post(merchant.engine, hold)
    other = Change(membership_id=second.id, points=Decimal(99), url="https://x.example")
    for points in (Decimal(3), Decimal("3.999"), None):
        await refused(merchant, InsufficientPoints, other, Change(membership_id=first.id, points=points))
    changed = await merchant.update(other, Change(membership_id=first.id, points=Decimal(4)))
    assert [figures(m.balance) for m in changed] == [(99, 0, 99, 2), (4, 4, 10, 2)]
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 4


async def test_deleting_is_for_good_and_may_be_repeated(merchant: Merchant) -> None:
    """The row, the account and the moment stay; a change of it is refused."""
    (added,) = await merchant.add(merchant.item(await merchant.member(), points=Decimal(5), is_primary=True))
    for days in (0, 1):
        at = NOW + timedelta(days=days)
        await joining.delete(merchant.engine, merchant.caller, at, [added.id, added.id])
    assert await merchant.kept(added.member_id) == []
    (row,) = await fetch(merchant.engine, "SELECT * FROM memberships WHERE id = $1", added.id)
    assert (row["deleted_at"], row["updated_at"], row["is_primary"]) == (NOW, NOW, False)
    await refused(merchant, MembershipNotFound, Change(membership_id=added.id, points=Decimal(1)))
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 1


async def test_another_chain_s_and_another_tenant_s_do_not_exist(merchant: Merchant) -> None:
    """Neither members, programs and tiers nor memberships; and a caller without a chain is our own mistake."""
    stranger = await open_merchant(merchant.engine)
    (added,) = await merchant.add(merchant.item(await merchant.member()))
    for other in (merchant.elsewhere, stranger.caller):
        with pytest.raises(MembershipNotFound):
            await joining.update(merchant.engine, other, NOW, [Change(membership_id=added.id, number="1")])
        with pytest.raises(MembershipNotFound):
            await joining.delete(merchant.engine, other, NOW, [added.id])
        member = await (stranger if other is stranger.caller else merchant).member()
        with pytest.raises(ProgramNotFound):
            await joining.add(merchant.engine, other, NOW, [merchant.item(member)])
    await refused(stranger, MemberNotFound, stranger.item(added.member_id))
    await refused(merchant, TierNotFound, merchant.item(await merchant.member(), tier_id=stranger.tiers["A"]))
    assert await merchant.kept(added.member_id) == [added]
    with pytest.raises(ValueError, match="chain"):
        await joining.delete(merchant.engine, replace(merchant.caller, chain_id=None), NOW, [added.id])


async def test_of_equal_calls_at_once_one_is_done(merchant: Merchant) -> None:
    """In whatever order they name the members: the others are refused, and none waits for ever."""
    members = [await merchant.member() for _ in range(20)]
    items = [merchant.item(member, points=Decimal(5), is_primary=True) for member in members]
    calls = [merchant.add(*items[:: 1 if turn % 2 else -1]) for turn in range(8)]
    done, told = await outcomes(calls)
    assert (len(done), {type(refusal) for refusal in told}) == (1, {AlreadyEnrolled})
    ids = [m.id for m in done[0]]
    changes = [Change(membership_id=id_, points=Decimal(n)) for n, id_ in enumerate(ids, 100)]
    await asyncio.gather(*(merchant.update(*changes[:: 1 if turn % 2 else -1]) for turn in range(8)))
    assert await audited(merchant.engine, merchant.caller.tenant_id) == 20 + 20, "written once"


async def behind(engine: Engine, connection: Connection) -> None:
    """Until somebody waits for what a transaction has."""
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
    while not (await fetch(engine, waiting, pid))[0][0]:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)


async def test_one_that_comes_along_by_a_merge_meanwhile_is_not_a_second_primary(merchant: Merchant) -> None:
    """Who waited for the member that it was locks the one that it is of now: others wait for that one, too."""
    engine = merchant.engine
    ada, ben = await merchant.member(), await merchant.member()
    moved, own = await merchant.add(merchant.item(ada), merchant.item(ben, "B"))
    to_primary = [Change(membership_id=each.id, is_primary=True) for each in (moved, own)]
    async with engine.database.transaction() as last, asyncio.timeout(30):
        async with engine.database.transaction() as busy:  # with what the change looks at behind its locks
            await busy.execute("SELECT FROM programs WHERE id = $1 FOR UPDATE", merchant.programs["A"])
            async with engine.database.transaction() as first:
                inside = replace(engine, database=Within(first))
                await merging.merge(inside, merchant.caller, into_id=ben, from_id=ada)
                changing = asyncio.create_task(merchant.update(to_primary[0]))
                await behind(engine, first)
            await behind(engine, busy)
            inside = replace(engine, database=Within(last))
            other = asyncio.create_task(joining.update(inside, merchant.caller, NOW, to_primary[1:]))
            while not other.done() and (await fetch(engine, WAITING))[0][0] < 2:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
        await asyncio.gather(changing, other)
    assert [(m.id, m.is_primary) for m in await merchant.kept(ben)] == [(own.id, True), (moved.id, False)]
