"""What is due happens before anybody looks, whichever way they look."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Clock, Shop, open_shop
from engine.people import fetch
from guerdon.core.commands import Earn, Hold
from guerdon.core.members import NUMBER, Identifier, Profile
from guerdon.core.memberships import Filter
from guerdon.engine import Engine, enrolling, posting, reading, settling
from guerdon.engine.enrolling import Enrolled, Enrolment

DAY = timedelta(days=1)


@pytest.fixture
def moving() -> Clock:
    return Clock()


@pytest.fixture
async def later(dsn: str, moving: Clock) -> AsyncIterator[Engine]:
    """An engine whose clock is moved by the test."""
    async with Engine.running(dsn, clock=moving, connections=3) as engine:
        yield engine


async def enrolled(engine: Engine) -> tuple[Shop, Enrolled, uuid.UUID]:
    """Somebody with points that lapse on day 2, a hold that ends on day 4, and points promised for day 6."""
    shop = await open_shop(engine)
    who = await enrolling.enrol(engine, Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="test.id"))
    named: dict[str, Any] = {"caller": shop.caller, "account_id": who.membership.account_id, "at": NOW}
    hold_id = uuid.uuid4()
    await posting.post(engine, Earn(**named, points=Decimal(100), expires_at=NOW + 2 * DAY))
    await posting.post(engine, Earn(**named, points=Decimal(10)))
    await posting.post(engine, Hold(**named, hold_id=hold_id, points=Decimal(30), expires_at=NOW + 4 * DAY))
    promise: dict[str, Any] = {"pending_id": uuid.uuid4(), "activates_at": NOW + 6 * DAY}
    await posting.post(engine, Earn(**named, points=Decimal(7), **promise))
    return shop, who, hold_id


EXPECTED = {1: (110, 30, 7), 3: (40, 30, 7), 5: (10, 0, 7), 7: (17, 0, 0)}
"""Posted, held and pending as days go by: what is held does not lapse before the hold has ended."""


@pytest.mark.parametrize("day", EXPECTED)
async def test_every_reading_shows_what_is_right_now(later: Engine, moving: Clock, day: int) -> None:
    """Without a job having run: one membership, a member's, a page of them, and a statement."""

    def figures(balance: Any) -> tuple[int, ...]:
        return (int(balance.posted), int(balance.held), int(balance.pending))

    async def seen(look: Any) -> tuple[int, ...]:
        moving.now = NOW
        shop, who, _ = await enrolled(later)
        moving.now = NOW + day * DAY
        return figures(await look(shop, who))

    async def one(shop: Shop, who: Enrolled) -> Any:
        return (await reading.membership(later, shop.caller, who.membership.id)).balance

    async def of_member(shop: Shop, who: Enrolled) -> Any:
        return (await reading.memberships_of(later, shop.caller, who.member.id))[0].balance

    async def a_page(shop: Shop, who: Enrolled) -> Any:
        wanted = Filter(chain_ids=[who.membership.chain_id])
        return (await reading.memberships_page(later, shop.caller, wanted, cursor=None, limit=9))[0].balance

    async def a_statement(shop: Shop, who: Enrolled) -> Any:
        names = [Identifier(NUMBER, who.member.number)]
        return (await reading.statement(later, shop.caller, names, NOW, NOW + 9 * DAY)).balance

    async def members(shop: Shop, who: Enrolled) -> Any:
        ((_, membership),), _count = await reading.members_page(later, shop.caller, skip=0, take=5)
        assert membership is not None
        return membership.balance

    for look in (one, of_member, a_page, a_statement, members):
        assert await seen(look) == EXPECTED[day], look.__name__


async def test_a_hold_is_seen_to_have_ended(later: Engine, moving: Clock) -> None:
    """At its very end, and not a moment before."""
    shop, _, hold_id = await enrolled(later)
    moving.now = NOW + 4 * DAY - timedelta(microseconds=1)
    assert (await reading.hold(later, shop.caller, hold_id)).state == "open"
    moving.now = NOW + 4 * DAY
    assert (await reading.hold(later, shop.caller, hold_id)).state == "expired"


async def test_settling_twice_changes_nothing(later: Engine, moving: Clock) -> None:
    """And entries carry the moment that counts, not the one at which somebody looked."""
    _, who, _ = await enrolled(later)
    moving.now = NOW + 30 * DAY
    account_id = who.membership.account_id
    await settling.settle(later, [account_id])
    entries = "SELECT kind, points, effective_at, recorded_at FROM entries WHERE account_id = $1 ORDER BY version"
    first = await fetch(later, entries, account_id)
    assert [(row["kind"], int(row["points"]), row["effective_at"]) for row in first[2:]] == [
        ("expire", -70, NOW + 2 * DAY),
        ("expire", -30, NOW + 4 * DAY),
        ("earn", 7, NOW + 6 * DAY),
    ]
    assert {row["recorded_at"] for row in first[2:]} == {moving.now}
    await settling.settle(later, [account_id])
    assert await fetch(later, entries, account_id) == first
