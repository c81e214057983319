"""What becomes of postings when the database goes away in the middle of them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import asyncpg

from conftest import NOW, Clock, Shop
from cutting import wired
from guerdon.core.commands import Command, Earn, Posting
from guerdon.core.members import Profile
from guerdon.core.refusals import OutcomeUnknown, Refusal
from guerdon.engine import Engine, enrolling, posting
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.writing import Writer
from guerdon.storage.database import Database


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
