"""What becomes of postings when the database goes away in the middle of them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import asyncpg

from conftest import NOW, Clock, Shop
from cutting import error_message, wired
from guerdon.core.commands import Adjust, Command, Earn, Hold, Posting
from guerdon.core.members import Profile
from guerdon.core.refusals import KeyReused, OutcomeUnknown, Overloaded, Refusal
from guerdon.engine import Engine, enrolling, posting
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.writing import Writer
from guerdon.storage import ledger
from guerdon.storage.database import Database
from storage.racing import WAITING


async def account_of(engine: Engine, shop: Shop) -> uuid.UUID:
    """A new member's account."""
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="test")
    return (await enrolling.enrol(engine, ask)).membership.account_id


async def entries_of(engine: Engine, account_id: uuid.UUID) -> int:
    """How many entries the account has."""
    async with engine.database.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM entries WHERE account_id = $1", account_id)
        return count


async def test_a_cut_after_commit_is_settled_by_the_key(engine: Engine, dsn: str, shop: Shop) -> None:
    """The answer was lost, not the posting: the repeat finds it and nothing is posted twice."""
    account_id = await account_of(engine, shop)
    async with wired(dsn) as (address, wire), Engine.running(address, clock=Clock()) as cut_off:
        earn = Earn(caller=shop.caller, account_id=account_id, at=NOW, key="k1", points=Decimal(7))
        await posting.post(cut_off, Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1)))
        wire.arm()
        answer = await posting.post(cut_off, earn)
        assert wire.cut == 1
    assert answer.replayed
    assert answer.version == 2
    assert answer.posted == 8
    assert await entries_of(engine, account_id) == 2


async def test_a_cut_without_a_key_is_said_to_be_unknown(engine: Engine, dsn: str, shop: Shop) -> None:
    """Without a key nobody can know; the caller is told so, and the posting is there once."""
    account_id = await account_of(engine, shop)
    async with wired(dsn) as (address, wire), Engine.running(address, clock=Clock()) as cut_off:
        await posting.post(cut_off, Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1)))
        wire.arm()
        earns: list[Command] = [
            Earn(caller=shop.caller, account_id=account_id, at=NOW, key=key, points=Decimal(1))
            for key in (None, "k1", None)
        ]
        answers = await asyncio.gather(*(cut_off.posts.ask(earn) for earn in earns))
    assert [type(answer) for answer in answers] == [OutcomeUnknown, Posting, OutcomeUnknown]
    assert await entries_of(engine, account_id) == 4


async def test_when_every_answer_is_lost_the_key_still_settles_it_later(engine: Engine, dsn: str, shop: Shop) -> None:
    """After all tries the caller hears that the outcome is unknown; asking again with the key tells it."""
    account_id = await account_of(engine, shop)
    earn = Earn(caller=shop.caller, account_id=account_id, at=NOW, key="k1", points=Decimal(7))
    async with wired(dsn) as (address, wire), Engine.running(address, clock=Clock()) as cut_off:
        wire.arm(times=100)
        answer = await cut_off.posts.ask(earn)
    assert isinstance(answer, OutcomeUnknown)
    settled = await posting.post(engine, earn)
    assert settled.posted == 7
    assert await entries_of(engine, account_id) == 1


async def test_a_command_that_the_database_chokes_on_spoils_no_neighbour(engine: Engine, shop: Shop) -> None:
    """A text that PostgreSQL cannot store undoes the statement; the others of the batch are posted all the same."""
    account_id = await account_of(engine, shop)
    writer = Writer(engine.database, engine.clock)
    commands: list[Command] = [
        Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1), reason=reason)
        for reason in ("a", "b\0", "c")
    ]
    answers = await writer.write(commands)
    assert [type(answer) for answer in answers] == [Posting, OutcomeUnknown, Posting]
    assert await entries_of(engine, account_id) == 2


async def test_a_command_that_the_database_chokes_on_spoils_no_other_wave(engine: Engine, shop: Shop) -> None:
    """What was posted before it is said to be posted, and what comes after it is."""
    account_id = await account_of(engine, shop)
    writer = Writer(engine.database, engine.clock)
    commands: list[Command] = [
        Adjust(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(points), reason=reason)
        for points, reason in ((2, "a"), (-1, "b\0"), (-1, "c"))
    ]
    answers = await writer.write(commands[:1] + commands[2:] + commands[1:2] + commands[:1])
    assert [type(answer) for answer in answers] == [Posting, Posting, OutcomeUnknown, Posting]
    assert await entries_of(engine, account_id) == 3


async def test_a_session_that_dies_may_have_committed(engine: Engine, dsn: str, shop: Shop) -> None:
    """A full disk makes the server panic, maybe after the commit: nothing without a key is tried again."""
    account_id = await account_of(engine, shop)
    async with wired(dsn) as (address, wire), Engine.running(address, clock=Clock()) as cut_off:
        await posting.post(cut_off, Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1)))
        wire.arm(last_words=error_message("PANIC", "53100"))
        earns: list[Command] = [
            Earn(caller=shop.caller, account_id=account_id, at=NOW, key=key, points=Decimal(1)) for key in (None, "k1")
        ]
        answers = await asyncio.gather(*(cut_off.posts.ask(earn) for earn in earns))
    assert [type(answer) for answer in answers] == [OutcomeUnknown, Posting]
    assert await entries_of(engine, account_id) == 3


async def test_a_database_that_is_away_begins_nothing(engine: Engine, dsn: str, shop: Shop) -> None:
    """Everybody hears so, however many waves their commands make, and the one wait is for a restart."""
    account_id = await account_of(engine, shop)
    async with wired(dsn) as (address, wire), Engine.running(address, clock=Clock()) as cut_off:
        wire.refusing = True
        await wire.hang_up()
        adjusts: list[Command] = [
            Adjust(caller=shop.caller, account_id=account_id, at=NOW, key=key, points=Decimal(-1))
            for key in ("k1", None, "k2", None)
        ]
        answers = await asyncio.gather(*(cut_off.posts.ask(adjust) for adjust in adjusts))
        assert [type(answer) for answer in answers] == [Overloaded] * 4
        assert not await cut_off.ready()
        wire.refusing = False
        await posting.post(
            cut_off, Earn(caller=shop.caller, account_id=account_id, at=NOW, key="k1", points=Decimal(1))
        )
        assert await cut_off.ready()
    assert await entries_of(engine, account_id) == 1


async def test_a_locked_account_is_not_waited_for_without_end(engine: Engine, dsn: str, shop: Shop) -> None:
    """The callers are told to come back; nothing of the batch was done."""
    account_id = await account_of(engine, shop)
    earn = Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1))
    other = await asyncpg.connect(dsn)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", account_id)
            answers = await engine.posts.ask(earn)
            assert isinstance(answers, Overloaded)
    finally:
        await other.close()
    assert (await posting.post(engine, earn)).version == 1


async def test_one_key_in_two_processes_at_once_has_one_effect(engine: Engine, dsn: str, shop: Shop) -> None:
    """Two writers, one key, two accounts: the unique key decides, and the loser hears that the key was used."""
    accounts = [await account_of(engine, shop), await account_of(engine, shop)]
    databases = [await Database.open(dsn), await Database.open(dsn)]
    try:
        for attempt in range(20):
            writes: list[Callable[[], Awaitable[list[Posting | Refusal]]]] = []
            for database, account_id in zip(databases, accounts, strict=True):
                earn = Earn(caller=shop.caller, account_id=account_id, at=NOW, key=f"race {attempt}", points=Decimal(1))
                writes.append(lambda database=database, earn=earn: Writer(database, Clock()).write([earn]))  # type: ignore[misc]
            answers: list[Any] = [answer for (answer,) in await asyncio.gather(*(write() for write in writes))]
            assert sorted(getattr(answer, "code", "posted") for answer in answers) == ["key_reused", "posted"]
    finally:
        for database in databases:
            await database.close()
    assert sum([await entries_of(engine, account_id) for account_id in accounts]) == 20


async def test_one_request_to_two_processes_at_once_has_one_effect(engine: Engine, dsn: str, shop: Shop) -> None:
    """The same key and the same words: one posts, and both callers get the one answer."""
    account_id = await account_of(engine, shop)
    async with Engine.running(dsn, clock=Clock()) as first, Engine.running(dsn, clock=Clock()) as second:
        for attempt in range(20):
            earn = Earn(caller=shop.caller, account_id=account_id, at=NOW, key=f"twice {attempt}", points=Decimal(1))
            one, other = await asyncio.gather(posting.post(first, earn), posting.post(second, earn))
            assert sorted([one.replayed, other.replayed]) == [False, True]
            assert replace(one, replayed=False, recorded_at=None) == replace(other, replayed=False, recorded_at=None)
            assert one.version == attempt + 1
    assert await entries_of(engine, account_id) == 20


async def test_who_waits_for_a_key_hears_what_became_of_it(engine: Engine, dsn: str, shop: Shop) -> None:
    """Another process has written the key and not committed yet: its entry is waited for, and nothing is doubled."""
    mine, theirs = await account_of(engine, shop), await account_of(engine, shop)
    commands = [
        Earn(caller=shop.caller, account_id=account, at=NOW, key="waited for", points=Decimal(1))
        for account in (theirs, mine)
    ]
    other = await Database.open(dsn)
    watcher = await asyncpg.connect(dsn)
    try:
        async with other.transaction() as connection:
            (posted,) = await ledger.post(connection, commands[:1], NOW)
            waiting = [asyncio.create_task(engine.posts.ask(command)) for command in commands]
            while not await watcher.fetchval(WAITING):
                assert not any(task.done() for task in waiting)
        again, reused = await asyncio.gather(*waiting)
    finally:
        await watcher.close()
        await other.close()
    assert isinstance(posted, Posting)
    assert again == replace(posted, replayed=True, recorded_at=None)
    assert isinstance(reused, KeyReused)
    assert [await entries_of(engine, account) for account in (theirs, mine)] == [1, 0]


async def test_batches_of_two_processes_on_the_same_accounts_get_by(engine: Engine, dsn: str, shop: Shop) -> None:
    """Accounts are locked in the order of their ids, whatever the order of the commands: nobody waits in a circle."""
    accounts = [await account_of(engine, shop) for _ in range(8)]
    async with Engine.running(dsn, clock=Clock()) as first, Engine.running(dsn, clock=Clock()) as second:
        for attempt in range(10):
            asked = [
                posting.post(one, Earn(caller=shop.caller, account_id=account, at=NOW, points=Decimal(1)))
                for one, order in ((first, accounts), (second, accounts[::-1]))
                for account in order
            ]
            answers = await asyncio.gather(*asked)
            assert sorted(answer.posted for answer in answers) == sorted(
                2 * [*range(2 * attempt + 1, 2 * attempt + 3)] * 4
            )
    assert [await entries_of(engine, account) for account in accounts] == [20] * 8


async def test_a_database_that_comes_back_is_used_again(engine: Engine, dsn: str, shop: Shop) -> None:
    """Connections that the server has ended are replaced; a keyed posting does not even notice."""
    account_id = await account_of(engine, shop)
    async with Engine.running(dsn, clock=Clock(), connections=1) as other:
        await posting.post(other, Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1)))
        connection = await asyncpg.connect(dsn)
        async with other.database.connection() as used:
            pid = used.get_server_pid()
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        await connection.close()
        answer = await posting.post(
            other, Earn(caller=shop.caller, account_id=account_id, at=NOW, key="k", points=Decimal(1))
        )
    assert answer.posted == 2


async def test_a_cut_hold_for_a_sale_is_asked_for_again(engine: Engine, dsn: str, shop: Shop) -> None:
    """It has no key, and needs none: there is one for the sale, and its answer is the same."""
    account_id = await account_of(engine, shop)
    await posting.post(engine, Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(9)))
    hold = Hold(
        caller=shop.caller,
        account_id=account_id,
        at=NOW,
        hold_id=uuid.uuid4(),
        points=Decimal(7),
        reference="S",
        once_per_reference=True,
    )
    async with wired(dsn) as (address, wire), Engine.running(address, clock=Clock()) as cut_off:
        await posting.post(cut_off, Earn(caller=shop.caller, account_id=account_id, at=NOW, points=Decimal(1)))
        wire.arm()
        placed = await posting.post(cut_off, hold)
    assert wire.cut == 1
    assert (placed.hold_id, placed.held) == (hold.hold_id, Decimal(7))
