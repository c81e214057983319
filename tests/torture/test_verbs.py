"""All verbs at once from two engines on one database, while days come and holds end: the books agree all the same."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guerdon.core.commands import Command, Posting
from guerdon.core.refusals import OutcomeUnknown, Overloaded, Refusal
from guerdon.engine import Engine
from guerdon.storage import ledger
from torture.books import audit
from torture.loading import new_name
from torture.postgres import Postgres
from torture.rounds import LONG, Tally
from torture.verbs import Drawing, Known, open_accounts

WRITERS, COMMANDS = 8, 60
"""Of each engine, and of each writer."""


async def write(engines: list[Engine], shops: list[list[Known]], number: int, seen: Counter[str]) -> int:
    """Asks one engine, and now and then the other one for the same; returns how many commands were done."""
    drawing = Drawing(new_name("verbs"), shops, engines[0].new_id)
    done = 0
    for count in range(COMMANDS):
        known, command = drawing.next()
        answer = await engines[number % 2].posts.ask(command)
        assert not isinstance(answer, OutcomeUnknown | Overloaded), command
        if isinstance(answer, Posting):
            done += 1
            known.version = max(known.version, answer.version or 0)
        seen[f"{command.verb} {answer.code if isinstance(answer, Refusal) else 'done'}"] += 1
        if count % 5 == 0:
            same(command, answer, await engines[1 - number % 2].posts.ask(command))
        if count % 7 == 0:
            async with engines[number % 2].database.transaction() as connection:
                await ledger.settle(connection, [one.account_id for shop in shops for one in shop], datetime.now(UTC))
    return done


def same(command: Command, first: Posting | Refusal, second: Posting | Refusal) -> None:
    """A repeat through another server is answered as the first was."""
    if isinstance(first, Posting):
        assert isinstance(second, Posting), command
        assert replace(second, recorded_at=None, replayed=False) == replace(first, recorded_at=None, replayed=False)
    else:
        assert (type(first), vars(first) | {"replayed": True}) == (type(second), vars(second)), command


async def hammer(dsn: str, tally: Tally) -> Counter[str]:
    """One round."""
    seen: Counter[str] = Counter()
    async with Engine.running(dsn) as one, Engine.running(dsn) as two:
        shops = await open_accounts(one)
        done = await asyncio.gather(*(write([one, two], shops, number, seen) for number in range(2 * WRITERS)))
        await asyncio.to_thread(audit, dsn)
        later = datetime.now(UTC) + timedelta(days=800)
        async with one.database.transaction() as connection:
            await ledger.settle(connection, [known.account_id for shop in shops for known in shop], later)
    await asyncio.to_thread(audit, dsn, lambda: later)
    tally.rounds += 1
    tally.commands += sum(seen.values())
    tally.acknowledged += sum(done)
    return seen


def test_all_verbs(cluster_of_ours: Postgres, tally: Tally) -> None:
    """Once."""
    asyncio.run(hammer(cluster_of_ours.database(), tally))


@pytest.mark.torture
def test_all_verbs_many_times(cluster_of_ours: Postgres, tally: Tally) -> None:
    """The long form."""
    seen: Counter[str] = Counter()
    for _ in range(LONG):
        seen += asyncio.run(hammer(cluster_of_ours.database(), tally))
    tally.notes.append(", ".join(f"{name} {count}" for name, count in sorted(seen.items())))
