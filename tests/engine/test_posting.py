"""What a posting wrote is told the same way at once, on a repeat and from the tables, however many come together."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.people import OF_TENANT, audited, fetch
from guerdon.core.commands import (
    Adjust,
    Basis,
    Cancel,
    Capture,
    Command,
    Earn,
    Hold,
    HoldState,
    Posting,
    Reverse,
    Set,
    Transfer,
    Void,
)
from guerdon.core.members import Profile
from guerdon.core.memberships import Membership
from guerdon.core.refusals import HoldNotOpen, InsufficientPoints, KeyReused, MembershipNotFound, Overloaded
from guerdon.core.statements import Entry, PendingEarn
from guerdon.engine import Engine, enrolling, joining, posting, reading
from guerdon.engine.batching import MOST_WAITING
from guerdon.engine.enrolling import Enrolment


async def joined(engine: Engine, shop: Shop) -> Membership:
    """The membership of a new member."""
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="card")
    return (await enrolling.enrol(engine, ask)).membership


def earn(shop: Shop, account_id: UUID, key: str | None = None, points: str = "10.50") -> Earn:
    """An earn that says everything there is to say."""
    return Earn(
        caller=shop.caller,
        account_id=account_id,
        at=NOW,
        key=key,
        points=Decimal(points),
        reason="Two coffees",
        reference="sale-1",
        location="Till 3",
        cause="rule-7",
    )


def hold(shop: Shop, account_id: UUID, key: str | None = None, points: str = "4.50") -> Hold:
    """A hold likewise."""
    return Hold(
        caller=shop.caller,
        account_id=account_id,
        at=NOW,
        key=key,
        hold_id=uuid.uuid4(),
        points=Decimal(points),
        reason="Breakfast",
        reference="order-7",
        location="Web",
    )


async def test_an_earned_entry_is_the_one_in_the_table(engine: Engine, shop: Shop) -> None:
    """Built from the command the first time, read on a repeat: to the last digit and microsecond the same."""
    account_id = (await joined(engine, shop)).account_id
    command = earn(shop, account_id, "k-1")
    first, entry = await posting.earn(engine, command)
    assert not first.replayed
    await posting.earn(engine, earn(shop, account_id))
    again, repeated = await posting.earn(engine, replace(command, at=NOW.replace(year=2027)))
    assert again.replayed
    assert repr(repeated) == repr(entry) == repr(await reading.entry(engine, first))
    assert isinstance(entry, Entry)
    assert (entry.version, entry.points, entry.recorded_at) == (1, Decimal("10.50"), NOW)


async def test_a_promise_is_answered_as_it_was_placed(engine: Engine, shop: Shop) -> None:
    """Whatever came of it since; one whose day has come is an earn like any other."""
    account_id = (await joined(engine, shop)).account_id
    promise = replace(earn(shop, account_id, "k-1"), pending_id=uuid.uuid4(), activates_at=NOW.replace(year=2027))
    first, placed = await posting.earn(engine, promise)
    assert isinstance(placed, PendingEarn)
    assert (first.version, placed.id, placed.remaining) == (None, promise.pending_id, Decimal("10.50"))
    assert placed.activates_at == promise.activates_at
    cancel = Cancel(caller=shop.caller, account_id=account_id, at=NOW, pending_id=placed.id)
    await posting.post(engine, cancel)
    again, repeated = await posting.earn(engine, replace(promise, pending_id=uuid.uuid4()))
    assert again.replayed
    assert repr(repeated) == repr(placed)
    due = replace(earn(shop, account_id), pending_id=uuid.uuid4(), activates_at=NOW)
    posted, entry = await posting.earn(engine, due)
    assert repr(entry) == repr(await reading.entry(engine, posted))


async def test_what_was_written_is_read_back(engine: Engine, shop: Shop) -> None:
    """Of each verb that always writes an entry; a set that changes nothing writes none."""
    account_id, other = [(await joined(engine, shop)).account_id for _ in range(2)]
    named: dict[str, Any] = {"caller": shop.caller, "account_id": account_id, "at": NOW}
    _, up = await posting.entered(engine, Adjust(**named, points=Decimal(9)))
    _, back = await posting.entered(engine, Reverse(**named, version=1, points=Decimal(2)))
    posted, gone = await posting.entered(engine, Transfer(**named, to_account_id=other, points=Decimal(3)))
    assert [each.kind for each in (up, back, gone)] == ["adjust", "reverse", "transfer"]
    assert [each.points for each in (up, back, gone)] == [Decimal(9), Decimal(-2), Decimal(-3)]
    assert (back.reverses, gone.peer_id, posted.posted) == (1, other, Decimal(4))
    for points, version in ((4, None), (5, 4)):
        _, entry = await posting.set_figure(engine, Set(**named, points=Decimal(points), basis=Basis.POSTED))
        assert (entry and entry.version) == version


async def test_a_placed_hold_is_the_one_in_the_table(engine: Engine, shop: Shop) -> None:
    """On a repeat as it was placed, whatever came of it since."""
    account_id = (await joined(engine, shop)).account_id
    await posting.post(engine, earn(shop, account_id))
    command = hold(shop, account_id, "k-1")
    _, placed = await posting.hold(engine, command)
    assert placed == await reading.hold(engine, shop.caller, command.hold_id)
    await posting.post(engine, Void(caller=shop.caller, account_id=account_id, at=NOW, hold_id=command.hold_id))
    _, repeated = await posting.hold(engine, replace(command, hold_id=uuid.uuid4(), at=NOW.replace(year=2027)))
    assert repeated == placed
    assert (placed.remaining, placed.state, placed.closed_at) == (Decimal("4.50"), HoldState.OPEN, None)


async def test_a_refusal_says_whether_it_was_given_before(engine: Engine, shop: Shop) -> None:
    """And another request under the key is no repeat."""
    account_id = (await joined(engine, shop)).account_id
    given = []
    for _ in range(2):
        with pytest.raises(InsufficientPoints) as refused:
            await posting.hold(engine, hold(shop, account_id, "k-1"))
        given.append(refused.value.replayed)
    assert given == [False, True]
    with pytest.raises(KeyReused) as reused:
        await posting.hold(engine, hold(shop, account_id, "k-1", points="5"))
    assert not reused.value.replayed


async def test_a_hold_as_it_stood_after_each_capture(engine: Engine, shop: Shop) -> None:
    """The figure of then, also when more has been taken since and the rest was released."""
    account_id = (await joined(engine, shop)).account_id
    await posting.post(engine, earn(shop, account_id))
    command = hold(shop, account_id)
    await posting.hold(engine, command)
    captures = []
    for points, release in (("1.25", False), ("0.25", False), ("1", True)):
        captured = await posting.post(
            engine,
            Capture(
                caller=shop.caller,
                account_id=account_id,
                at=NOW,
                hold_id=command.hold_id,
                points=Decimal(points),
                release_rest=release,
            ),
        )
        captures.append((await reading.entry(engine, captured), release))
    then = [
        await reading.hold_after(engine, shop.caller, command.hold_id, entry, final=release)
        for entry, release in captures
    ]
    assert [(found.state, found.remaining) for found in then] == [
        ("open", Decimal("3.25")),
        ("open", Decimal("3.00")),
        ("captured", 0),
    ]
    assert [found.closed_at for found in then] == [None, None, NOW]


async def test_a_posting_without_an_entry_has_none(engine: Engine, shop: Shop) -> None:
    """Asking for it is a mistake in our own code."""
    account_id = (await joined(engine, shop)).account_id
    await posting.post(engine, earn(shop, account_id))
    placed, _ = await posting.hold(engine, hold(shop, account_id))
    with pytest.raises(LookupError):
        await reading.entry(engine, placed)


async def test_the_account_of_a_membership(engine: Engine, shop: Shop) -> None:
    """Nobody else's, and of a deleted membership only for a key that has been answered."""
    membership = await joined(engine, shop)
    assert await reading.account(engine, shop.caller, membership.id, None) == membership.account_id
    await posting.post(engine, earn(shop, membership.account_id, "k-1"))
    stranger = (await open_shop(engine)).caller
    await joining.delete(engine, shop.caller, NOW, [membership.id])
    assert await reading.account(engine, shop.caller, membership.id, "k-1") == membership.account_id
    for caller, key in ((shop.caller, "k-2"), (shop.caller, None), (stranger, "k-1")):
        with pytest.raises(MembershipNotFound):
            await reading.account(engine, caller, membership.id, key)


async def mixed(engine: Engine, shop: Shop, accounts: Sequence[UUID], task: int) -> dict[str, int]:
    """Thirty postings of all verbs, one after another as a till does; how many of each came through."""
    chance = Random(task)  # noqa: S311 - the same choices each time
    done: Counter[str] = Counter()
    open_holds: list[tuple[UUID, UUID | None]] = []
    for step in range(30):
        account_id = chance.choice(accounts)
        points = Decimal(chance.randint(1, 4000)) / 100
        named: dict[str, Any] = {"caller": shop.caller, "account_id": account_id, "at": NOW}
        keyed = {**named, "key": f"{task}.{step}"} if step % 3 else named
        command: Command
        match chance.choice("eeeahhcvs"):
            case "e":
                command = Earn(**keyed, points=points)
            case "a":
                command = Adjust(**keyed, points=-points)
            case "s":
                command = Set(**keyed, points=points * 20, basis=chance.choice(list(Basis)))
            case "h":
                once = chance.random() < 0.5
                reference = f"sale {chance.randint(0, 5)}"
                command = Hold(
                    **keyed, hold_id=uuid.uuid4(), points=points, reference=reference, once_per_reference=once
                )
            case ending:
                if not open_holds:
                    continue
                ended = open_holds.pop()
                facts = {**keyed, "account_id": ended[0], "hold_id": ended[1]}
                command = Capture(**facts) if ending == "c" else Void(**facts)
        try:
            posted = await posting.post(engine, command)
        except (InsufficientPoints, HoldNotOpen):
            continue
        done[command.verb] += 1
        if isinstance(command, Hold):
            open_holds.append((account_id, posted.hold_id))
    return done


async def test_many_at_once_on_few_accounts_keep_the_chain(engine: Engine, dsn: str, shop: Shop) -> None:
    """64 at a time on 3 accounts, through two servers: no version is skipped or given twice, and all adds up."""
    accounts = [(await joined(engine, shop)).account_id for _ in range(3)]
    for account_id in accounts:
        await posting.post(engine, earn(shop, account_id, points="100"))
    async with Engine.running(dsn, clock=Clock()) as second:
        engines = (engine, second)
        counts = await asyncio.gather(*(mixed(engines[task % 2], shop, accounts, task) for task in range(64)))
    done = sum(map(Counter, counts), Counter[str]())
    assert set(done) == {"earn", "adjust", "set", "hold", "capture", "void"}, "each verb came through"
    kinds = Counter(row["kind"] for row in await fetch(engine, OF_TENANT["entries"], shop.caller.tenant_id))
    for verb in ("adjust", "capture"):
        assert kinds[verb] == done[verb]
    assert kinds["earn"] == done["earn"] + 3
    assert set(kinds) <= set(done)
    assert await audited(engine, shop.caller.tenant_id) == kinds.total()


async def test_too_many_at_once_are_told_so_and_nothing_is_half_done(engine: Engine, shop: Shop) -> None:
    """Whoever is refused may come again under the same key; whoever is not has the points, once."""
    account_id = (await joined(engine, shop)).account_id
    commands = [earn(shop, account_id, f"k-{n}", points="1") for n in range(MOST_WAITING + 300)]
    answers = await asyncio.gather(*(posting.post(engine, each) for each in commands), return_exceptions=True)
    refused = [n for n, answer in enumerate(answers) if isinstance(answer, Overloaded)]
    assert refused == list(range(MOST_WAITING, MOST_WAITING + 300))
    done = [answer for answer in answers if isinstance(answer, Posting)]
    assert [answer.version for answer in done] == list(range(1, MOST_WAITING + 1))
    assert await audited(engine, shop.caller.tenant_id) == MOST_WAITING
    again = await asyncio.gather(*(posting.post(engine, commands[n]) for n in (*refused, 0)))
    assert [answer.replayed for answer in again] == [False] * 300 + [True]
    assert await audited(engine, shop.caller.tenant_id) == len(commands)
