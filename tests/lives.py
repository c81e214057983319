"""Members with accounts on which everything that a ledger knows has happened."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from conftest import NOW, Shop, open_shop
from guerdon.core.commands import (
    Activate,
    Adjust,
    Basis,
    Cancel,
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
from guerdon.core.members import Profile
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.core.refusals import Refusal
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolment
from guerdon.storage import ledger
from guerdon.storage.queries import Connection

DAY = timedelta(days=1)
LATER = NOW + 11 * DAY
"""When the last of it has happened."""

ROLLING = Expiry(kind=ExpiryKind.ROLLING, count=1, unit="month")


def day(number: float) -> datetime:
    """So many days after NOW."""
    return NOW + number * DAY


def turn(engine: Engine, to: datetime) -> None:
    """Sets the clock of an engine of the tests."""
    engine.clock.now = to  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Life:
    """The accounts: one with everything, the one it gave points to, one in debt, and one that began with nothing."""

    shop: Shop
    full: UUID
    given: UUID
    debtor: UUID
    empty: UUID
    open_hold: UUID
    ended_hold: UUID
    open_promise: UUID
    kept_promise: UUID

    @property
    def accounts(self) -> list[UUID]:
        """All of them."""
        return [self.full, self.given, self.debtor, self.empty]


async def account_in(engine: Engine, shop: Shop, name: str) -> UUID:
    """The account of somebody new."""
    profile = Profile(full_name=name, email=f"{name.lower()}-{uuid.uuid4().hex[:8]}@example.org")
    ask = Enrolment(caller=shop.caller, at=NOW, profile=profile, namespace="test.id")
    return (await enrolling.enrol(engine, ask)).membership.account_id


class Poster:
    """Posts to accounts, each command at a day of its own."""

    def __init__(self, shop: Shop, connection: Connection) -> None:
        self._shop = shop
        self._connection = connection

    async def refused(self, kind: type[Command], account_id: UUID, on: float, **facts: Any) -> Posting | Refusal:
        """Posts one command, whatever is said to it."""
        if "points" in facts:
            facts["points"] = Decimal(facts["points"])
        command = kind(caller=self._shop.caller, account_id=account_id, at=day(on), **facts)
        return (await ledger.post(self._connection, [command], day(on)))[0]

    async def post(self, kind: type[Command], account_id: UUID, on: float, **facts: Any) -> Posting:
        """Posts one command that must be accepted."""
        answer = await self.refused(kind, account_id, on, **facts)
        assert isinstance(answer, Posting), repr(answer)
        return answer


async def lived(engine: Engine) -> Life:
    """A shop with all of it, up to LATER; nothing is due then."""
    shop = await open_shop(engine, expiry=ROLLING, return_grace_days=10)
    lax = await open_shop(engine, allow_negative=True)
    made = Life(
        shop,
        await account_in(engine, shop, "Ada"),
        await account_in(engine, shop, "Bruno"),
        await account_in(engine, lax, "Chiara"),
        await account_in(engine, shop, "Dora"),
        *(uuid.uuid4() for _ in range(4)),
    )
    async with engine.database.transaction() as connection:
        await _full(Poster(shop, connection), made)
        await _debt(Poster(lax, connection), made.debtor)
        poster = Poster(shop, connection)
        await poster.post(Set, made.empty, 0, points=0, basis=Basis.POSTED)
        await poster.post(Earn, made.empty, 1, points=10, key="e1")
        await ledger.settle(connection, made.accounts, LATER)
    return made


async def _full(poster: Poster, life: Life) -> None:
    full, voided, promised = life.full, uuid.uuid4(), uuid.uuid4()
    await poster.post(Earn, full, 0, points=100, key="k1", reason="Dinner")  # version 1
    await poster.post(Earn, full, 0, points=50, expires_at=day(10), key="k2")  # 2
    await poster.post(Set, full, 0, points=150, basis=Basis.POSTED, key="k3")  # none
    await poster.post(Hold, full, 1, points=60, hold_id=life.open_hold, key="k4")
    await poster.post(Capture, full, 1, points=20, hold_id=life.open_hold, key="k5")  # 3, of lot 2
    await poster.post(Hold, full, 1, points=30, hold_id=life.ended_hold, expires_at=day(5))
    await poster.post(Hold, full, 1, points=5, hold_id=voided, reference="order-1")
    await poster.post(Void, full, 1, hold_id=voided, key="k6")
    await poster.post(Earn, full, 1, points=40, pending_id=life.kept_promise, activates_at=day(3), key="k7")
    await poster.post(Earn, full, 1, points=25, pending_id=life.open_promise, activates_at=day(20))
    await poster.post(Earn, full, 1, points=7, pending_id=promised)
    await poster.post(Cancel, full, 1, pending_id=promised)
    await poster.post(Adjust, full, 2, points=-10, reason="Lost card")  # 4, of lot 2
    await poster.post(Reverse, full, 2, version=4, points=4)  # 5, back to lot 2
    await poster.post(Reverse, full, 2, version=1, points=5, key="k8")  # 6, of lot 1
    await poster.refused(Adjust, full, 2, points=-1000, key="k9")
    await poster.post(Transfer, full, 4, points=15, to_account_id=life.given)  # 8, after the pending earn
    await poster.post(Reverse, full, 11, version=3, points=3, key="k10")  # the lot has lapsed: 9 is that, 10 this


async def _debt(poster: Poster, debtor: UUID) -> None:
    await poster.post(Earn, debtor, 0, points=10)
    await poster.post(Adjust, debtor, 1, points=-30, key="d1")
    await poster.post(Earn, debtor, 2, points=5)
    promised = uuid.uuid4()
    await poster.post(Earn, debtor, 2, points=6, pending_id=promised)
    await poster.post(Activate, debtor, 3, pending_id=promised)
