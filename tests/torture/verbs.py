"""Every verb of the ledger, drawn at random, on a few accounts under several programs, with days that soon come."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from conftest import Shop, open_shop
from guerdon.core import commands as verbs
from guerdon.core.commands import Basis, Command
from guerdon.core.members import Profile
from guerdon.core.programs import Expiry, ExpiryKind, ReturnPolicy
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolment

ACCOUNTS_OF_A_SHOP = 3
PROGRAMS: tuple[dict[str, Any], ...] = (
    {},
    {"expiry": Expiry(kind=ExpiryKind.ROLLING, count=1, unit="day"), "return_policy": ReturnPolicy.PENDING_ONLY},
    {"expiry": Expiry(kind=ExpiryKind.INACTIVITY, count=1, unit="month"), "return_grace_days": 3},
    {"allow_negative": True, "return_policy": ReturnPolicy.ALLOW_NEGATIVE},
)


@dataclass(slots=True)
class Known:
    """What was made on an account, to be asked for again."""

    shop: Shop
    account_id: UUID
    holds: list[UUID] = field(default_factory=list)
    pending: list[UUID] = field(default_factory=list)
    version: int = 1


async def open_accounts(engine: Engine) -> list[list[Known]]:
    """A few accounts in a shop of each kind."""
    opened = []
    for rules in PROGRAMS:
        shop = await open_shop(engine, **rules)
        ask = Enrolment(caller=shop.caller, at=datetime.now(UTC), profile=Profile(), namespace="test")
        made = [await enrolling.enrol(engine, ask) for _ in range(ACCOUNTS_OF_A_SHOP)]
        opened.append([Known(shop, one.membership.account_id) for one in made])
    return opened


class Drawing:
    """Draws commands, each with a key of its own."""

    def __init__(self, seed: str, shops: list[list[Known]], new_id: Callable[[], UUID]) -> None:
        self._seed, self._shops, self._new_id = seed, shops, new_id
        self._draw = random.Random(seed)  # noqa: S311 - a load, no secret
        self._count = 0

    def next(self) -> tuple[Known, Command]:
        """One more, and the account that it is for."""
        self._count += 1
        weights = {
            self._earn: 6,
            self._promise: 3,
            self._hold: 5,
            self._end_of_hold: 5,
            self._end_of_promise: 3,
            self._adjust: 2,
            self._set: 1,
            self._reverse: 4,
            self._transfer: 3,
        }
        shop = self._draw.choice(self._shops)
        known = self._draw.choice(shop)
        (make,) = self._draw.choices(list(weights), list(weights.values()))
        facts: dict[str, Any] = {
            "caller": known.shop.caller,
            "account_id": known.account_id,
            "at": datetime.now(UTC),
            "key": f"test:{self._seed}.{self._count}",
            "reference": f"{self._seed}.{self._count}",
        }
        return known, make(known, facts, shop)

    def _points(self, most: int = 40) -> Decimal:
        return Decimal(self._draw.randint(1, 4 * most)) / 4

    def _soon(self) -> datetime | None:
        if self._draw.random() < 0.4:
            return None
        return datetime.now(UTC) + timedelta(seconds=self._draw.uniform(0.05, 1))

    def _earn(self, _known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        return verbs.Earn(**facts, points=self._points(), expires_at=self._soon())

    def _promise(self, known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        known.pending.append(self._new_id())
        return verbs.Earn(**facts, points=self._points(), pending_id=known.pending[-1], activates_at=self._soon())

    def _hold(self, known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        known.holds.append(self._new_id())
        once = self._draw.random() < 0.2
        if once:
            facts["reference"] = f"sale {self._draw.randint(1, 5)}"
        return verbs.Hold(
            **facts, hold_id=known.holds[-1], points=self._points(20), once_per_reference=once, expires_at=self._soon()
        )

    def _end_of_hold(self, known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        hold_id = self._draw.choice(known.holds[-6:] or [self._new_id()])
        if self._draw.random() < 0.3:
            return verbs.Void(**facts, hold_id=hold_id)
        points = None if self._draw.random() < 0.6 else self._points(5)
        return verbs.Capture(**facts, hold_id=hold_id, points=points, release_rest=self._draw.random() < 0.3)

    def _end_of_promise(self, known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        pending_id = self._draw.choice(known.pending[-6:] or [self._new_id()])
        kind = self._draw.choice([verbs.Activate, verbs.Activate, verbs.Cancel])
        return kind(**facts, pending_id=pending_id)

    def _adjust(self, _known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        return verbs.Adjust(**facts, points=self._points() * self._draw.choice([1, -1]))

    def _set(self, _known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        return verbs.Set(**facts, points=self._points(200), basis=self._draw.choice(list(Basis)))

    def _reverse(self, known: Known, facts: dict[str, Any], _shop: list[Known]) -> Command:
        version = self._draw.randint(max(1, known.version - 15), known.version)
        points = None if self._draw.random() < 0.5 else self._points(10)
        return verbs.Reverse(**facts, version=version, points=points, expires_at=self._soon())

    def _transfer(self, _known: Known, facts: dict[str, Any], shop: list[Known]) -> Command:
        points = None if self._draw.random() < 0.2 else self._points(30)
        return verbs.Transfer(**facts, to_account_id=self._draw.choice(shop).account_id, points=points)
