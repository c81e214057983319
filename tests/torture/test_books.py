"""The re-walk finds what is wrong: each figure that is bent is named."""

import asyncio

from guerdon.engine import Engine
from torture.books import walk
from torture.loading import new_name
from torture.postgres import Postgres, execute
from torture.verbs import Drawing, open_accounts

COMMANDS = 150

BENT = {
    "accounts SET posted = posted + 1": "posted = posted - 1",
    "accounts SET held = held + 1": "held = held - 1",
    "accounts SET pending = pending + 1": "pending = pending - 1",
    "accounts SET lifetime = lifetime + 1": "lifetime = lifetime - 1",
    "accounts SET version = version + 1": "version = version - 1",
    "accounts SET lots_from = lots_from + 1000": "lots_from = lots_from - 1000",
    "accounts SET due_at = due_at + interval '9 years'": "due_at = due_at - interval '9 years'",
    "entries SET balance_after = balance_after + 1": "balance_after = balance_after - 1",
    "entries SET version = version + 1000": "version = version - 1000",
    "holds SET points = points + 1": "points = points - 1",
    "pending_earns SET remaining = remaining + 1": "remaining = remaining - 1",
    "touched_lots SET points = points + 1": "points = points - 1",
    "consumptions SET points = points * 2": "points = points / 2",
    "ledger_keys SET points = points + 1": "points = points - 1",
    "ledger_keys SET version = version + 1000": "version = version - 1000",
}
"""What is done to the rows of a table, and how it is put right."""


async def make(dsn: str) -> None:
    """Some postings of every kind."""
    async with Engine.running(dsn) as engine:
        drawing = Drawing(new_name("books"), await open_accounts(engine), engine.new_id)
        for _ in range(COMMANDS):
            _, command = drawing.next()
            await engine.posts.ask(command)


def test_what_is_bent_is_found(cluster_of_ours: Postgres) -> None:
    """One figure at a time, in every row that has it."""
    dsn = cluster_of_ours.database()
    asyncio.run(make(dsn))
    assert asyncio.run(walk(dsn)) == []
    for bent, mended in BENT.items():
        table = bent.partition(" ")[0]
        asyncio.run(execute(dsn, f"UPDATE {bent}"))
        assert asyncio.run(walk(dsn)), bent
        asyncio.run(execute(dsn, f"UPDATE {table} SET {mended}"))  # noqa: S608 - our own words
        assert asyncio.run(walk(dsn)) == [], mended
