"""Thirteen mistakes that ledgers are known to make, each tried here, with real connections where it is a race."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from random import Random
from uuid import uuid4

import asyncpg
import pytest

from conftest import NOW
from guerdon.core.commands import (
    Adjust,
    Basis,
    Capture,
    Command,
    Earn,
    Hold,
    Posting,
    Reverse,
    Set,
    Transfer,
    Void,
)
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.core.refusals import KeyReused
from guerdon.storage import ledger
from guerdon.storage.database import CONNECTIONS_FOR_BATCHES, Database
from storage.racing import Shop, accepted, codes, open_shop

AT_ONCE = 8
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
async def database(dsn: str) -> AsyncIterator[Database]:
    """As many connections as ever meet, one to hold them up and one to watch."""
    opened = await Database.open(dsn, size=AT_ONCE + 2 + CONNECTIONS_FOR_BATCHES)
    yield opened
    await opened.close()


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Two accounts with 100 points each, the second without any entry."""
    opened = await open_shop(database)
    await opened.post(Earn(**opened.named(), points=Decimal(100)))
    return opened


async def test_1_one_key_at_once_has_one_effect(shop: Shop) -> None:
    """Looking for the key and then inserting lets two through; a unique key in the same transaction does not."""
    earn = Earn(**shop.named(key="k"), points=Decimal(5))
    answers = await shop.meeting(*[partial(shop.post, earn)] * AT_ONCE)
    told = [answer for (answer,) in answers if isinstance(answer, Posting)]
    assert len({(each.version, each.points, each.posted, each.held) for each in told}) == 1
    assert sorted(each.replayed for each in told) == [False] + [True] * (AT_ONCE - 1)
    assert await shop.figures() == (105, 0, 105, 2)


async def test_1_one_key_at_once_on_two_accounts(shop: Shop) -> None:
    """No lock is shared, so both find no key: the unique key lets one through, and the other is told of it."""
    earns = [Earn(**shop.named(index, key="k"), points=Decimal(5)) for index in (0, 1)]
    answers = await shop.meeting(*[partial(shop.post, earn) for earn in earns], at=(0, 1))
    flat = [answer for (answer,) in answers]
    assert (len(accepted(flat)), codes(flat)) == (1, ["key_reused"])
    assert sum([(await shop.figures(0))[0], (await shop.figures(1))[0]]) == 105


async def test_2_one_key_with_another_request_is_a_conflict(shop: Shop) -> None:
    """Answering the first result to another question hides a client's mistake for good."""
    earns = [Earn(**shop.named(key="k"), points=Decimal(points)) for points in range(1, AT_ONCE + 1)]
    answers = await shop.meeting(*[partial(shop.post, earn) for earn in earns])
    flat = [answer for (answer,) in answers]
    assert len(accepted(flat)) == 1
    assert codes(flat) == ["key_reused"] * (AT_ONCE - 1)
    assert all(answer.key == "k" and not answer.replayed for answer in flat if isinstance(answer, KeyReused))


async def test_3_a_refusal_stays_a_refusal(shop: Shop) -> None:
    """A retry that succeeds where the first try failed spends points that somebody was told are not spent."""
    hold = Hold(**shop.named(key="k"), hold_id=uuid4(), points=Decimal(101))
    first = await shop.post(hold)
    await shop.post(Earn(**shop.named(), points=Decimal(50)))
    again = await shop.post(hold)
    assert codes([*first, *again]) == ["insufficient_points"] * 2
    for answer in (*first, *again):
        assert vars(answer) | {"replayed": False} == vars(first[0])
    assert accepted(await shop.post(replace(hold, key="another")))
    assert await shop.figures() == (150, 101, 49, 2)


async def test_4_two_holds_do_not_reserve_more_than_there_is(shop: Shop) -> None:
    """Checking the balance at the capture only promises the same points twice."""
    holds = [Hold(**shop.named(), hold_id=uuid4(), points=Decimal(30)) for _ in range(AT_ONCE)]
    answers = await shop.meeting(*[partial(shop.post, hold) for hold in holds])
    flat = [answer for (answer,) in answers]
    assert (len(accepted(flat)), codes(flat)) == (3, ["insufficient_points"] * (AT_ONCE - 3))
    assert await shop.figures() == (100, 90, 10, 1)


async def test_4_two_captures_take_a_hold_once(shop: Shop) -> None:
    """Both read that it is open before either has closed it."""
    hold = Hold(**shop.named(), hold_id=uuid4(), points=Decimal(30))
    await shop.post(hold)
    capture = Capture(**shop.named(), hold_id=hold.hold_id)
    answers = await shop.meeting(*[partial(shop.post, capture)] * AT_ONCE)
    flat = [answer for (answer,) in answers]
    assert (len(accepted(flat)), codes(flat)) == (1, ["hold_not_open"] * (AT_ONCE - 1))
    assert await shop.figures() == (70, 0, 70, 2)


async def test_4_parts_of_a_hold_are_never_more_than_it(shop: Shop) -> None:
    """The same with partial captures: what remains is read under the lock."""
    hold = Hold(**shop.named(), hold_id=uuid4(), points=Decimal(30))
    await shop.post(hold)
    capture = Capture(**shop.named(), hold_id=hold.hold_id, points=Decimal(8))
    answers = await shop.meeting(*[partial(shop.post, capture)] * AT_ONCE)
    flat = [answer for (answer,) in answers]
    assert (len(accepted(flat)), codes(flat)) == (3, ["capture_exceeds_hold"] * (AT_ONCE - 3))
    assert await shop.figures() == (76, 6, 70, 4)


@pytest.mark.parametrize("other", ["expiry", "void"])
async def test_4_a_capture_and_an_end_do_not_both_happen(shop: Shop, other: str) -> None:
    """Points that were freed must not be taken, and what was taken must not be freed."""
    hold = Hold(**shop.named(), hold_id=uuid4(), points=Decimal(30), expires_at=NOW + HOUR)
    await shop.post(hold)
    capture = partial(shop.post, Capture(**shop.named(), hold_id=hold.hold_id), now=NOW + HOUR - timedelta(seconds=1))
    ends = {
        "expiry": partial(shop.settle, NOW + HOUR),
        "void": partial(shop.post, Void(**shop.named(), hold_id=hold.hold_id)),
    }
    answers = await shop.meeting(capture, ends[other])
    state = (await shop.state())["holds"][hold.hold_id]["state"]
    if accepted(answers[0]):
        assert (state, await shop.figures()) == ("captured", (70, 0, 70, 2))
    else:
        assert (state, await shop.figures()) == ({"expiry": "expired", "void": "voided"}[other], (100, 0, 100, 1))
        assert vars(answers[0][0])["state"] == state


async def test_4_a_hold_reserves_nothing_from_its_last_moment_on(shop: Shop) -> None:
    """No job has to come first: who asks at that moment is refused, or may have the points."""
    hold = Hold(**shop.named(), hold_id=uuid4(), points=Decimal(100), expires_at=NOW + HOUR)
    await shop.post(hold)
    late = await shop.post(Capture(**shop.named(), hold_id=hold.hold_id), now=NOW + HOUR)
    assert codes(late) == ["hold_not_open"]
    assert accepted(await shop.post(Adjust(**shop.named(), points=Decimal(-100)), now=NOW + HOUR))


async def test_5_an_entry_is_undone_once(shop: Shop) -> None:
    """Two refunds at once would pay out twice."""
    await shop.post(Adjust(**shop.named(), points=Decimal(-60)))
    answers = await shop.meeting(*[partial(shop.post, Reverse(**shop.named(), version=2))] * AT_ONCE)
    flat = [answer for (answer,) in answers]
    assert (len(accepted(flat)), codes(flat)) == (1, ["reversal_exceeds_entry"] * (AT_ONCE - 1))
    assert await shop.figures() == (100, 0, 100, 3)


async def test_5_parts_of_an_entry_are_never_more_than_it(shop: Shop) -> None:
    """The same with partial refunds, of points that came in."""
    answers = await shop.meeting(
        *[partial(shop.post, Reverse(**shop.named(), version=1, points=Decimal(30)))] * AT_ONCE
    )
    flat = [answer for (answer,) in answers]
    assert (len(accepted(flat)), codes(flat)) == (3, ["reversal_exceeds_entry"] * (AT_ONCE - 3))
    assert await shop.figures() == (10, 0, 10, 4)


async def test_6_a_balance_is_read_under_the_lock(shop: Shop) -> None:
    """Read before it, or with a lock on the newest entry, which another one may succeed, updates are lost."""
    adjust = Adjust(**shop.named(), points=Decimal(-30))
    answers = await shop.meeting(*[partial(shop.post, adjust, adjust)] * AT_ONCE)
    flat = [answer for both in answers for answer in both]
    assert len(accepted(flat)) == 3
    assert {answer.posted for answer in accepted(flat)} == {70, 40, 10}
    assert await shop.figures() == (10, 0, 10, 4)


async def test_7_nobody_waits_for_each_other(database: Database) -> None:
    """Locks taken in the order of a batch, or of a transfer from here to there, end in deadlock."""
    shop = await open_shop(database, accounts=6)
    await shop.post(*[Earn(**shop.named(index), points=Decimal(1000)) for index in range(6)])

    def transfer(source: int, target: int) -> Transfer:
        return Transfer(**shop.named(source), to_account_id=shop.accounts[target], points=Decimal(1))

    chance = Random(7)  # noqa: S311 - the same choices each time
    for _ in range(5):
        orders = [chance.sample(range(6), 6) for _ in range(AT_ONCE)]
        works = [
            partial(
                shop.once,
                *[Earn(**shop.named(index), points=Decimal(1)) for index in order],
                *[transfer(source, target) for source, target in pairwise(order)],
            )
            for order in orders[2:]
        ]
        answers = await shop.meeting(
            *works,
            partial(shop.once, transfer(0, 1)),
            partial(shop.once, transfer(1, 0)),
            at=range(6),
        )
        assert all(isinstance(answer, Posting) for call in answers for answer in call)
    assert sum([(await shop.figures(index))[0] for index in range(6)]) == 6000 + 5 * 6 * (AT_ONCE - 2)


async def test_7_one_call_locks_once(database: Database) -> None:
    """Accounts that are locked in two passes, the easy ones first, are not locked in order."""
    shop = await open_shop(database, allow_negative=True)
    shop.accounts.sort()
    await shop.post(Adjust(**shop.named(0), points=Decimal(-5)))
    earns = [Earn(**shop.named(index), points=Decimal(1)) for index in (0, 1)]
    adjusts = [Adjust(**shop.named(index), points=Decimal(1)) for index in (0, 1)]
    works = [partial(shop.once, *commands) for commands in (adjusts, earns) * (AT_ONCE // 2)]
    answers = await shop.meeting(*works, at=(0,), in_turn=True)
    assert all(isinstance(answer, Posting) for call in answers for answer in call)
    assert [(await shop.figures(index))[0] for index in (0, 1)] == [AT_ONCE - 5, AT_ONCE]


async def test_8_no_entry_appears_before_an_earlier_one(shop: Shop) -> None:
    """A reader who goes on from the last number it saw would never see one that was written earlier, but later told."""
    for committed in (True, False):
        before = (await shop.figures())[3]
        async with shop.database.connection() as other:
            transaction = other.transaction()
            await transaction.start()
            await ledger.post(other, [Earn(**shop.named(), points=Decimal(1))], NOW)
            second = asyncio.ensure_future(shop.post(Earn(**shop.named(), points=Decimal(2))))
            assert (await shop.figures())[3] == before
            await (transaction.commit() if committed else transaction.rollback())
        (answer,) = accepted(await second)
        assert answer.version == before + 1 + committed
        assert (await shop.figures())[3] == answer.version


async def test_9_what_is_written_late_counts_from_its_own_day(database: Database) -> None:
    """Figures that are kept beside the entries go stale when one comes with an earlier day: here it is spent first."""
    shop = await open_shop(database, expiry=Expiry(kind=ExpiryKind.ROLLING, count=30, unit="day"))
    late = Earn(**{**shop.named(), "at": NOW - 20 * DAY}, points=Decimal(10))
    await shop.post(Earn(**shop.named(), points=Decimal(10)), late, Adjust(**shop.named(), points=Decimal(-4)))
    assert [lot["remaining"] for _, lot in sorted((await shop.state())["lots"].items())] == [10, 6]
    await shop.settle(NOW + 11 * DAY)
    state = await shop.state()
    assert [(entry["kind"], entry["points"]) for entry in state["entries"][3:]] == [("expire", -6)]
    assert state["entries"][3]["effective_at"] < state["entries"][3]["recorded_at"] == NOW + 11 * DAY
    assert codes(await shop.post(replace(late, at=NOW - 40 * DAY))) == ["time_not_ahead"]


async def test_10_the_first_touch_happens_once(shop: Shop) -> None:
    """Whoever comes first makes the balance, and two come first."""
    first = Set(**shop.named(1), points=Decimal(0), basis=Basis.POSTED)
    answers = await shop.meeting(*[partial(shop.post, first)] * AT_ONCE, at=(1,))
    assert sum(answer.version is not None for (answer,) in answers if isinstance(answer, Posting)) == 1
    assert await shop.figures(1) == (0, 0, 0, 1)
    earn = Earn(**shop.named(1), points=Decimal(1))
    await shop.meeting(*[partial(shop.post, earn)] * AT_ONCE, at=(1,))
    assert await shop.figures(1) == (AT_ONCE, 0, AT_ONCE, 1 + AT_ONCE)


async def test_11_what_is_not_there_is_said(shop: Shop) -> None:
    """An empty answer for an account, entry or hold that does not exist reads like a balance of nothing."""
    nobody = {**shop.named(), "account_id": uuid4()}
    commands: list[Command] = [
        Earn(**nobody, points=Decimal(1)),
        Capture(**shop.named(), hold_id=uuid4()),
        Reverse(**shop.named(), version=7),
        Reverse(**shop.named(1), version=1),
        Transfer(**shop.named(), to_account_id=uuid4()),
    ]
    expected = ["account_not_found", "hold_not_found", "entry_not_found", "entry_not_found", "transfer_not_allowed"]
    assert codes(await shop.post(*commands)) == expected
    with pytest.raises(asyncpg.PostgresError):
        await shop.post(Earn(**{**shop.named(), "at": None}, points=Decimal(1)))
    assert await shop.figures() == (100, 0, 100, 1)


async def test_12_no_amount_is_ever_a_float(shop: Shop) -> None:
    """A binary fraction loses a cent where nobody looks; every digit comes back, and no column could lose one."""
    amounts = [Decimal(text) for text in ("20.37076232692728", "0.1", "0.2", "1E-40", "79999999999999999999.7")]
    answers = await shop.post(*[Earn(**shop.named(1), points=amount) for amount in amounts])
    assert [answer.points for answer in accepted(answers)] == amounts
    assert (await shop.figures(1))[0] == Decimal("80000000000000000020.3707623269272800000000000000000000000001")
    async with shop.database.connection() as connection:
        floats = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('real', 'double precision')"
        )
        routines = await connection.fetch(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND ("
            "prosrc ~* '(float|double precision|::real)' OR pg_get_function_arguments(oid) ~* '(real|double)')"
        )
    assert (floats, routines) == ([], [])


@pytest.mark.parametrize("is_sent", [True, False], ids=["after_the_commit", "before_the_commit"])
async def test_13_a_lost_answer_is_settled_by_asking_again(shop: Shop, dsn: str, *, is_sent: bool) -> None:
    """Nobody can know what became of it; the same key tells, and does it only where it was not done."""
    earn = Earn(**shop.named(key="k"), points=Decimal(5))
    lost = await asyncpg.connect(dsn)
    transaction = lost.transaction()
    await transaction.start()
    (unheard,) = accepted(await ledger.post(lost, [earn], NOW))
    if is_sent:
        await transaction.commit()
    async with shop.database.connection() as other:
        await other.execute("SELECT pg_terminate_backend($1, 5000)", lost.get_server_pid())
    lost.terminate()
    (answer,) = accepted(await shop.post(earn, now=NOW + DAY))
    assert answer.replayed is is_sent
    assert (answer.version, answer.posted) == (unheard.version, unheard.posted)
    assert await shop.figures() == (105, 0, 105, 2)


def test_each_is_there() -> None:
    """Numbers without gaps, as they are listed where they were collected."""
    tried = {int(name.split("_")[1]) for name in globals() if name.startswith("test_") and name[5].isdigit()}
    assert tried == set(range(1, 14))
