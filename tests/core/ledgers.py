"""Books of an account, put down by hand."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from guerdon.core.books import Books, Consumption, Lot
from guerdon.core.points import ZERO
from guerdon.core.programs import Expiry, Program
from guerdon.core.statements import Entry, Hold, PendingEarn

START = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ACCOUNT = uuid.UUID(int=1)


def day(number: float | None) -> datetime | None:
    """So many days after the start."""
    return None if number is None else START + number * DAY


def at(number: float) -> datetime:
    """Likewise, where there is one."""
    return START + number * DAY


def ints(*amounts: Decimal | None) -> tuple[int, ...]:
    """Amounts that are whole, to compare."""
    whole = tuple(int(amount or 0) for amount in amounts)
    assert whole == tuple(amount or 0 for amount in amounts)
    return whole


def entry(version: int, kind: str, points: int, on: float, **more: Any) -> Entry:
    """An entry of that day; its balance is of no matter here."""
    known = {"reason": None, "reference": None, "location": None, "hold_id": None, "surface": "test", "cause": None}
    facts = {**known, "recorded_at": at(on), **more}
    return Entry(ACCOUNT, version, kind, Decimal(points), ZERO, at(on), **facts)


def lot(version: int, points: int, remaining: int, lapses: float | None, on: float = 0) -> Lot:
    """The one lot of an entry."""
    return Lot(version, 1, Decimal(points), Decimal(remaining), at(on), day(lapses))


def took(version: int, lot_version: int, points: int, by: int | None = None) -> Consumption:
    """What an entry took of a lot."""
    return Consumption(version, by or version, lot_version, 1 if lot_version else 0, Decimal(points))


def hold(number: int, points: int, remaining: int, state: str = "open", **more: Any) -> Hold:
    """A hold, placed on the first day unless it is said; days as numbers."""
    days = {name: day(more.get(name)) for name in ("closed_at", "expires_at")}
    return Hold(
        id=uuid.UUID(int=number),
        account_id=ACCOUNT,
        points=Decimal(points),
        remaining=Decimal(remaining),
        state=state,
        placed_at=at(more.get("placed_at", 0)),
        reason=None,
        reference=None,
        location=None,
        **days,
    )


def pending(number: int, points: int, remaining: int, state: str = "open", **more: Any) -> PendingEarn:
    """A pending earn, placed on the first day; days as numbers."""
    days = {name: day(more.get(name)) for name in ("closed_at", "activates_at", "expires_at")}
    return PendingEarn(
        id=uuid.UUID(int=number),
        account_id=ACCOUNT,
        points=Decimal(points),
        remaining=Decimal(remaining),
        state=state,
        placed_at=at(more.get("placed_at", 0)),
        reason=None,
        reference=None,
        location=None,
        **days,
    )


def books(expiry: Expiry = Expiry(), **facts: Any) -> Books:  # noqa: B008 - a frozen value
    """An account's books; figures that are not given are 0, rows that are not given are not there."""
    figures: dict[str, Any] = {name: Decimal(facts.pop(name, 0)) for name in ("posted", "held", "pending", "lifetime")}
    rows: dict[str, Any] = {
        name: tuple(facts.pop(name, ())) for name in ("entries", "lots", "consumptions", "holds", "promises")
    }
    moments: dict[str, Any] = {name: day(facts.pop(name, None)) for name in ("idle_at", "freed_at")}
    program = Program(
        uuid.UUID(int=2), uuid.UUID(int=3), "P", "Program", (), (), None, allow_negative=True, expiry=expiry
    )
    return Books(
        account_id=ACCOUNT,
        program=program,
        version=facts.pop("version", 10),
        opened_at=START,
        closed_at=None,
        **figures,
        **rows,
        **moments,
    )
