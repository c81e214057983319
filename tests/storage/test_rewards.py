"""Rewards as rows: how an account stands to each, what is locked, and what comes back by time."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from conftest import NOW
from engine.catalogues import Catalogue, open_catalogue
from guerdon.core.rewards import Standing
from guerdon.engine import Engine
from guerdon.storage import redemptions, rewards
from guerdon.storage.rewards import Asked

LATER = NOW + timedelta(minutes=15)


@pytest.fixture
async def shop(engine: Engine) -> Catalogue:
    """A shop without rewards yet."""
    return await open_catalogue(engine)


async def test_standings_are_seen_from_a_session(shop: Catalogue) -> None:
    """Its own reservation is no obstacle to it; that of a different one is."""
    await shop.add("a", 30, stock_left=3)
    buyer = await shop.buyer()
    await shop.reserve(buyer, "a", session="one")
    await shop.reserve(buyer, "a", session="two")

    async def seen(session: str | None, account_id: UUID = buyer.account_id, at_end: bool = False) -> Standing:  # noqa: FBT001, FBT002
        asked = Asked(
            program_id=shop.shop.program.id,
            account_id=account_id,
            session=session,
            at=LATER if at_end else NOW,
        )
        async with shop.engine.database.connection() as connection:
            ((_, standing),) = await rewards.standings(connection, asked)
        return standing

    one = await seen("one")
    assert one == Standing(elsewhere=1, left=2, own_points=Decimal(30))
    assert (await seen(None)).elsewhere == 2
    assert await seen("one", shop.engine.new_id()) == Standing(left=1)
    assert await seen("one", at_end=True) == Standing(left=3)
    await shop.place(buyer, "a", session="one")
    after = await seen("one")
    assert (after.used, after.elsewhere, after.left) == (1, 1, 1)


async def test_only_what_is_counted_is_locked(shop: Catalogue) -> None:
    """An endless reward keeps nobody waiting."""
    counted, _ = await shop.add("counted", stock_left=1), await shop.add("endless")
    async with shop.engine.database.transaction() as connection:
        locked = await rewards.lock_stock(connection, shop.shop.program.id, ["counted", "endless"], [])
        assert locked == [counted.id]
        assert await rewards.lock_stock(connection, None, [], [counted.id]) == [counted.id]


async def test_what_has_ended_gives_its_stock_back_once(shop: Catalogue) -> None:
    mug = await shop.add("mug", 10, stock_left=2)
    await shop.reserve(await shop.buyer(), "mug")
    assert await shop.left(mug) == 1
    async with shop.engine.database.connection() as connection:
        await redemptions.lapse(connection, [], LATER)
        for at, left in ((NOW, 1), (LATER, 2), (LATER, 2)):
            await redemptions.lapse(connection, [mug.id], at)
            assert await shop.left(mug) == left


async def test_stock_does_not_go_below_nothing(shop: Catalogue) -> None:
    mug, endless = await shop.add("mug", stock_left=1), await shop.add("endless")
    async with shop.engine.database.connection() as connection:
        await rewards.add_stock(connection, {mug.id: -2, endless.id: 5})
        await rewards.add_stock(connection, {mug.id: 0})
    assert (await shop.left(mug), await shop.left(endless)) == (0, None)
