"""An account is found by any of its names, and told as it is, was and will be."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from conftest import NOW, Shop, open_shop
from core.ledgers import ints
from engine.people import fetch
from guerdon.core.commands import Earn, Hold
from guerdon.core.refusals import AccountNotFound, MemberNotFound
from guerdon.engine import Engine, explaining, posting
from guerdon.engine.explaining import Name
from lives import LATER, ROLLING, Life, Poster, account_in, day, lived, turn


@pytest.fixture(scope="module")
async def life(engine: Engine) -> Life:
    """Accounts on which everything has happened."""
    return await lived(engine)


@pytest.fixture(autouse=True)
async def later(engine: Engine) -> AsyncIterator[None]:
    """The day on which the last of it has happened."""
    turn(engine, LATER)
    yield
    turn(engine, NOW)


async def test_an_account_has_many_names(engine: Engine, life: Life) -> None:
    """Its id and its membership's anywhere; in its tenant whatever the member answers to."""
    row = (await fetch(engine, "SELECT id, member_id FROM memberships WHERE account_id = $1", life.full))[0]
    names = await fetch(engine, "SELECT value FROM identifiers WHERE member_id = $1", row["member_id"])
    slug = life.shop.caller.tenant_id.hex
    assert len(names) >= 2
    for name in (Name(str(life.full)), Name(str(row["id"])), *(Name(name["value"].upper(), slug) for name in names)):
        assert (await explaining.find(engine, name)).account_id == life.full
    assert (await explaining.find(engine, Name(str(life.full), slug, "P"))).account_id == life.full


async def test_nobody_is_found_by_a_name_of_nobody(engine: Engine, life: Life) -> None:
    """Nor in another tenant or program, nor by a name alone."""
    slug = life.shop.caller.tenant_id.hex
    for name in (Name(str(uuid.uuid4())), Name(str(life.full), "other"), Name(str(life.full), slug, "Q")):
        with pytest.raises(AccountNotFound):
            await explaining.find(engine, name)
    for name in (Name("ada@example.org"), Name("ada@example.org", slug)):
        with pytest.raises(MemberNotFound):
            await explaining.find(engine, name)


async def test_an_account_is_told_as_it_is(engine: Engine, life: Life) -> None:
    """With what is ahead."""
    told = await explaining.explain(engine, Name(str(life.full)), at=None)
    assert told.member is not None
    assert told.member.profile.display_name == "Ada"
    figures = told.history.figures
    stored = (await fetch(engine, "SELECT * FROM accounts WHERE id = $1", life.full))[0]
    shown = (figures.posted, figures.held, figures.pending, figures.lifetime)
    assert shown == (stored["posted"], stored["held"], stored["pending"], stored["lifetime"])
    assert len(told.history.events) == stored["version"]
    assert told.ahead is not None
    assert explaining.lapses(told.ahead)[0].at == day(32) - timedelta(hours=12)


async def test_a_balance_of_now_is_one_of_the_moment_it_says(engine: Engine, life: Life) -> None:
    """What falls due while it is looked at is in the figures, and before the moment that they are of."""
    account_id = await account_in(engine, life.shop, "Tick")
    end = LATER + timedelta(seconds=0.5)
    await posting.post(
        engine, Earn(caller=life.shop.caller, account_id=account_id, at=LATER, points=Decimal(5), expires_at=end)
    )
    seconds = count()
    ticking = replace(engine, clock=lambda: LATER + timedelta(seconds=next(seconds)))
    told = (await explaining.balance(ticking, Name(str(account_id)))).projection
    assert (int(told.posted), told.at >= end) == (0, True)


async def test_an_account_is_told_as_it_was(engine: Engine, life: Life) -> None:
    """By the effective time; nothing is ahead of a moment that is past, and nothing has happened in one that is not."""
    told = await explaining.explain(engine, Name(str(life.full)), at=day(1))
    assert [event.entry.version for event in told.history.events] == [1, 2, 3]
    assert told.ahead is None
    with pytest.raises(ValueError, match="ahead"):
        await explaining.explain(engine, Name(str(life.full)), at=LATER + timedelta(days=1))


@pytest.mark.parametrize(
    ("when", "expected"),
    [(-1, (0, 0, 0)), (0, (150, 0, 0)), (1, (130, 70, 65)), (4, (144, 70, 25)), (11, (147, 40, 25))],
)
async def test_the_balance_of_a_moment_that_is_past(
    engine: Engine, life: Life, when: float, expected: tuple[int, ...]
) -> None:
    """Posted, held and pending."""
    found = (await explaining.balance(engine, Name(str(life.full)), day(when))).projection
    assert ints(found.posted, found.held, found.pending) == expected


async def test_the_balance_of_now_and_of_a_moment_ahead(engine: Engine, life: Life) -> None:
    """What is due has happened; ahead are the steps."""
    now = (await explaining.balance(engine, Name(str(life.full)))).projection
    assert ints(now.posted, now.waiting) == (147, 9)
    assert now.steps == ()
    ahead = (await explaining.balance(engine, Name(str(life.full)), day(400))).projection
    assert ints(ahead.posted, ahead.held, ahead.waiting) == (40, 40, 40)


async def lapsing_shop(engine: Engine) -> Shop:
    """Two accounts with points that lapse, some of which are held."""
    shop = await open_shop(engine, expiry=ROLLING)
    one, two = await account_in(engine, shop, "One"), await account_in(engine, shop, "Two")
    async with engine.database.transaction() as connection:
        poster = Poster(shop, connection)
        await poster.post(Earn, one, 0, points=10, expires_at=day(15))
        await poster.post(Earn, one, 0, points=20)
        await poster.post(Hold, one, 0, points=12, hold_id=uuid.uuid4())
        await poster.post(Earn, two, 0, points=5, expires_at=day(15) + timedelta(hours=3))
    return shop


async def test_what_lapses_in_a_program(engine: Engine) -> None:
    """By the last day on which it is good, with what holds keep; of a tenant, of a program, in so many days."""
    slug = (await lapsing_shop(engine)).caller.tenant_id.hex
    rows = await explaining.lapsing(engine, days=30, slug=slug)
    assert [(f"{row.last_day}", int(row.points), int(row.kept), row.accounts) for row in rows] == [
        ("2026-07-17", 5, 10, 2),
        ("2026-08-02", 18, 2, 1),
    ]
    assert await explaining.lapsing(engine, days=30, slug=slug, code="P") == rows
    assert await explaining.lapsing(engine, days=30, slug=slug, code="Q") == []
    assert await explaining.lapsing(engine, days=5, slug=slug) == rows[:1]
    assert await explaining.lapsing(engine, days=3, slug=slug) == []
