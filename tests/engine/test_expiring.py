"""What is due happens on every account, some at a time; one that cannot be settled keeps no other from it."""

from typing import Any
from uuid import UUID

from structlog.testing import capture_logs

from conftest import Shop, open_shop
from engine.people import fetch
from guerdon.core.commands import Earn
from guerdon.engine import Engine, expiring
from lives import Poster, account_in, day, turn


async def lapsing(engine: Engine, count: int) -> tuple[Shop, list[UUID]]:
    """Accounts whose points lapse after some days, one day after the other."""
    shop = await open_shop(engine)
    accounts = [await account_in(engine, shop, f"Member{number}") for number in range(count)]
    async with engine.database.transaction() as connection:
        poster = Poster(shop, connection)
        for number, account_id in enumerate(accounts):
            await poster.post(Earn, account_id, 0, points=10, expires_at=day(number + 1))
    return shop, accounts


async def posted(engine: Engine, accounts: list[UUID]) -> list[int]:
    rows = await fetch(engine, "SELECT id, posted FROM accounts WHERE id = ANY ($1)", accounts)
    points = {row["id"]: int(row["posted"]) for row in rows}
    return [points[account_id] for account_id in accounts]


def on(engine: Engine, number: float) -> None:
    turn(engine, day(number))


async def settled(engine: Engine, chunk: int = 200, at_once: int = 1) -> list[Any]:
    return [done async for done in expiring.expire(engine, chunk, at_once)]


async def test_what_is_due_happens_and_nothing_else(alone: Engine) -> None:
    """In steps of a few accounts, longest due first."""
    _, accounts = await lapsing(alone, 5)
    assert await settled(alone) == []
    on(alone, 3)
    assert await expiring.due(alone) == 3
    assert [done.settled for done in await settled(alone, 2)] == [2, 1]
    assert await posted(alone, accounts) == [0, 0, 0, 10, 10]
    assert await expiring.due(alone) == 0


async def test_several_transactions_share_the_accounts(alone: Engine) -> None:
    """Each account is settled by one of them."""
    _, accounts = await lapsing(alone, 5)
    on(alone, 9)
    done = await settled(alone, 1, at_once=2)
    assert sum(step.settled for step in done) == 5
    assert await posted(alone, accounts) == [0] * 5


async def test_it_may_be_stopped_between_any_two_steps(alone: Engine) -> None:
    """What is done is done, and the next run does the rest."""
    _, accounts = await lapsing(alone, 3)
    on(alone, 9)
    run = expiring.expire(alone, 1)
    await anext(run)
    await run.aclose()
    assert await posted(alone, accounts) == [0, 10, 10]
    assert [done.settled for done in await settled(alone)] == [2]


async def test_accounts_that_others_are_busy_with_are_left_to_them(alone: Engine) -> None:
    """Nobody waits for anybody."""
    _, accounts = await lapsing(alone, 3)
    on(alone, 9)
    async with alone.database.transaction() as busy:
        await busy.execute("SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE", accounts[1])
        assert [done.settled for done in await settled(alone)] == [2]
    assert await posted(alone, accounts) == [0, 10, 0]


async def test_one_that_cannot_be_settled_keeps_no_other_from_it(alone: Engine) -> None:
    """It is told in the log, and by the run."""
    _, accounts = await lapsing(alone, 4)
    async with alone.database.transaction() as connection:
        # The entry that the lapse would write is there already.
        await connection.execute("UPDATE accounts SET version = 0 WHERE id = $1", accounts[0])
    on(alone, 9)
    with capture_logs() as logs:
        done = await settled(alone, 2)
    assert [step.settled for step in done] == [1, 2]
    assert [step.failed for step in done] == [(accounts[0],), ()]
    assert await posted(alone, accounts) == [10, 0, 0, 0]
    assert [log["account"] for log in logs if log["event"] == "an account cannot be settled"] == [str(accounts[0])]
