"""What an account's life looks like on paper."""

import uuid
from collections.abc import AsyncIterator
from io import StringIO

import pytest
from rich.console import Console

from conftest import NOW
from engine.people import fetch
from guerdon.cli import telling
from guerdon.cli.documents import explanation_document
from guerdon.core.commands import Capture, Earn, Hold
from guerdon.engine import Engine, erasing, explaining
from guerdon.engine.explaining import Name
from lives import LATER, Life, Poster, day, lived, turn


@pytest.fixture
async def life(engine: Engine) -> AsyncIterator[Life]:
    """Accounts on which everything has happened, on the day when the last of it has."""
    made = await lived(engine)
    turn(engine, LATER)
    yield made
    turn(engine, NOW)


async def told(engine: Engine, account: object, **asked: object) -> str:
    """An account's life, as it is written into a pipe."""
    written = StringIO()
    found = await explaining.explain(engine, Name(str(account)), **{"at": None, **asked})  # type: ignore[arg-type]
    telling.tell(Console(file=written, width=140), found)
    return written.getvalue()


async def test_everything_is_told(engine: Engine, life: Life) -> None:
    """What paid for what, what became of it, holds, pending earns, and what is ahead."""
    text = await told(engine, life.full)
    for words in (
        "Ada",
        "67 lapse at the end of 2026-08-02 if nothing happens",
        "17 of #2, good until 2026-07-12",
        "4 back to #2",
        "3 given a new day by #9",
        "5 taken back by #6",
        "15 moved by #8",
        "95 left, good until 2026-08-02",
        f"to account {life.given}",
        "#3 20",
        "expired",
        "cancelled",
        "pending points become good",
        "40 are past their day and kept by holds",
    ):
        assert words in text, words
    assert "\x1b" not in text


async def test_the_books_of_somebody_who_was_erased_are_told(engine: Engine, life: Life) -> None:
    """They stay, of nobody."""
    (row,) = await fetch(engine, "SELECT tenant_id, member_id FROM memberships WHERE account_id = $1", life.debtor)
    await erasing.erase(engine, row["tenant_id"], row["member_id"])
    text = await told(engine, life.debtor)
    assert "A person who was erased" in text
    assert "9 owed" in text
    found = await explaining.explain(engine, Name(str(life.debtor)), at=None)
    assert explanation_document(found)["member"] == {"id": row["member_id"], "name": None, "identifiers": {}}


async def test_captures_are_told_to_the_last_digit(engine: Engine, life: Life) -> None:
    """As all amounts are."""
    points, hold = "98.0162848830468399999999999999", uuid.uuid4()
    async with engine.database.transaction() as connection:
        poster = Poster(life.shop, connection)
        await poster.post(Earn, life.empty, 11, points=points)
        await poster.post(Hold, life.empty, 11, points=points, hold_id=hold)
        taken = await poster.post(Capture, life.empty, 11, hold_id=hold)
    assert f"#{taken.version} {points}" in await told(engine, life.empty)


async def test_debt_is_told(engine: Engine, life: Life) -> None:
    """What is owed, and what paid later."""
    text = await told(engine, life.debtor)
    assert "9 owed" in text
    assert "5 taken by #2" in text
    assert "nothing happens by itself" in text


async def test_a_past_moment_is_told_without_what_came_after(engine: Engine, life: Life) -> None:
    """Nothing is ahead of it."""
    text = await told(engine, life.full, at=day(1))
    assert "20 spent by #3" in text
    assert "#4" not in text
    assert "Ahead" not in text


async def test_balances_and_lapses_are_told(engine: Engine, life: Life) -> None:
    """With the steps to them, and totals."""
    written = StringIO()
    console = Console(file=written, width=140)
    telling.tell_balance(console, await explaining.balance(engine, Name(str(life.full)), day(60)))
    rows = await explaining.lapsing(engine, days=60, slug=life.shop.caller.tenant_id.hex)
    telling.tell_lapsing(console, rows)
    text = written.getvalue()
    assert "2026-08-03 00:00  points lapse: 67" in text
    assert "2026-08-02" in text
    assert text.rstrip().splitlines()[-1].split() == ["all", "117", "40"]
