"""An account's life as a person would want it told: what paid for what, what became of it, and how things stood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from guerdon.core.books import Books, Consumption, Lot, total
from guerdon.core.commands import HoldState, PendingState
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.statements import Entry, Hold, PendingEarn

Promise = TypeVar("Promise", Hold, PendingEarn)


@dataclass(frozen=True, slots=True)
class Figures:
    """How an account stood at a moment; `pending` is not part of the others."""

    at: datetime
    posted: Decimal
    held: Decimal
    pending: Decimal
    lifetime: Decimal

    @property
    def available(self) -> Decimal:
        """What could be spent: posted less held."""
        return minus(self.posted, self.held)


@dataclass(frozen=True, slots=True)
class Payment:
    """What one lot paid for an entry: of the entry `version` (0: nothing had come in for it), good until `day`."""

    version: int
    part: int
    points: Decimal
    day: datetime | None


@dataclass(frozen=True, slots=True)
class Use:
    """What one entry took of a lot."""

    version: int
    kind: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a lot: which entries took how much of it, and what is left, good until `day`."""

    lot: Lot
    uses: tuple[Use, ...]
    left: Decimal
    day: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """An entry with what paid for it, or what became of what it brought.

    Of a reversal, `returns` is what went back to which lot; its `payments` went on from there as lots with a new day.
    """

    entry: Entry
    payments: tuple[Payment, ...]
    returns: tuple[Payment, ...]
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True)
class History:
    """All of an account up to a moment; holds and pending earns are as they were then."""

    figures: Figures
    events: tuple[Event, ...]
    holds: tuple[Hold, ...]
    promises: tuple[PendingEarn, ...]


_GAINS = frozenset({"earn", "adjust", "set"})
_MOVED = "moved"


def figures(books: Books, at: datetime) -> Figures:
    """How an account stood at a moment, by the effective time of what happened.

    Args:
        books: all of the account's books.
        at: not later than the moment at which they were read and settled.
    """
    entries = [entry for entry in books.entries if entry.effective_at <= at]
    known = {entry.version: entry for entry in books.entries}
    return Figures(
        at,
        total(entry.points for entry in entries),
        total(hold.remaining for hold in holds_at(books, at)),
        total(promise.remaining for promise in promises_at(books, at)),
        total(_lifetime(entry, known.get(entry.reverses or 0)) for entry in entries),
    )


def _lifetime(entry: Entry, undone: Entry | None) -> Decimal:
    if entry.kind in _GAINS:
        return max(entry.points, ZERO)
    if undone is not None and undone.kind in _GAINS and undone.points > 0:
        lost = plus(entry.points.copy_abs(), plus(entry.shortfall or ZERO, entry.from_pending or ZERO))
        return minus(ZERO, lost)
    return entry.lifetime or ZERO


def holds_at(books: Books, at: datetime) -> list[Hold]:
    """The holds placed by a moment, as they were then; from its end on, a hold reserves nothing."""
    if (since := _since_away(books, at)) is not None:
        return _moved(books.holds, since)
    taken: dict[UUID, Decimal] = {}
    for entry in books.entries:
        if entry.hold_id is not None and entry.kind == "capture" and entry.effective_at <= at:
            taken[entry.hold_id] = minus(taken.get(entry.hold_id, ZERO), entry.points)
    return [_hold_at(hold, taken.get(hold.id, ZERO), at) for hold in books.holds if hold.placed_at <= at]


def _since_away(books: Books, at: datetime) -> datetime | None:
    """Since when, at a moment, all of the account was on another that it had gone up in; None where it was not."""
    return next((since for since, until in books.away if since <= at < until), None)


def _moved(placed: Iterable[Promise], since: datetime) -> list[Promise]:
    there = [each for each in placed if each.placed_at <= since]
    return [replace(each, remaining=ZERO, state=_MOVED, closed_at=since) for each in there]


def _hold_at(hold: Hold, taken: Decimal, at: datetime) -> Hold:
    if hold.expires_at is not None and hold.expires_at <= at and hold.state in (HoldState.OPEN, HoldState.EXPIRED):
        return replace(hold, remaining=ZERO, state=HoldState.EXPIRED.value, closed_at=hold.expires_at)
    if hold.closed_at is not None and hold.closed_at <= at:
        return replace(hold, remaining=ZERO)
    left = max(minus(hold.points, taken), ZERO)
    return replace(hold, remaining=left, state=HoldState.OPEN.value, closed_at=None)


def promises_at(books: Books, at: datetime) -> list[PendingEarn]:
    """The pending earns placed by a moment, as they were then.

    What reversals took from them is not written down for each: it is taken again here, from the newest first.
    """
    if (since := _since_away(books, at)) is not None:
        return _moved(books.promises, since)
    left = {promise.id: promise.points for promise in books.promises}
    newest = sorted(books.promises, key=lambda promise: promise.id, reverse=True)
    for entry in books.entries:
        wanted = entry.from_pending if entry.from_pending and entry.effective_at <= at else ZERO
        for promise in newest if wanted else ():
            if _could_give(promise, entry.recorded_at):
                taken = min(left[promise.id], wanted)
                left[promise.id], wanted = minus(left[promise.id], taken), minus(wanted, taken)
    return [_promise_at(promise, left[promise.id], at) for promise in books.promises if promise.placed_at <= at]


def _could_give(promise: PendingEarn, at: datetime) -> bool:
    """Whether a reversal that was written at a moment could take from it; the one that took the last ended it."""
    return promise.placed_at <= at and (promise.closed_at is None or promise.closed_at >= at)


def _promise_at(promise: PendingEarn, left: Decimal, at: datetime) -> PendingEarn:
    if promise.closed_at is not None and promise.closed_at <= at:
        return replace(promise, remaining=ZERO)
    return replace(promise, remaining=left, state=PendingState.OPEN.value, closed_at=None)


def tell(books: Books, at: datetime) -> History:
    """An account's life up to a moment, by the effective time of what happened.

    Args:
        books: all of the account's books.
        at: not later than the moment at which they were read and settled.
    """
    known = {entry.version: entry for entry in books.entries if entry.effective_at <= at}
    moves = [move for move in books.consumptions if move.by_version in known and move.version in known]
    rows = _Rows(books, known, moves)
    return History(
        figures(books, at),
        tuple(rows.event(entry) for entry in known.values()),
        tuple(holds_at(books, at)),
        tuple(promises_at(books, at)),
    )


class _Rows:
    """The consumptions of an account by what they paid for, who wrote them, and the lot they were taken from."""

    def __init__(self, books: Books, known: Mapping[int, Entry], moves: Iterable[Consumption]) -> None:
        self._books = books
        self._known = known
        self._lots = {(lot.version, lot.part): lot for lot in books.lots}
        self._lots_of: dict[int, list[Lot]] = {}
        self._paid: dict[int, list[Consumption]] = {}
        self._written: dict[int, list[Consumption]] = {}
        self._taken: dict[tuple[int, int], list[Consumption]] = {}
        for lot in books.lots:
            self._lots_of.setdefault(lot.version, []).append(lot)
        for move in moves:
            self._paid.setdefault(move.version, []).append(move)
            self._written.setdefault(move.by_version, []).append(move)
            self._taken.setdefault((move.lot_version, move.lot_part), []).append(move)

    def event(self, entry: Entry) -> Event:
        """An entry with all that belongs to it."""
        returns = [
            replace(move, points=minus(ZERO, move.points))
            for move in self._written.get(entry.version, ())
            if move.version == entry.reverses and move.points < 0
        ]
        fates = tuple(self._fate(lot) for lot in self._lots_of.get(entry.version, ()))
        return Event(entry, self._payments(self._paid.get(entry.version, ())), self._payments(returns), fates)

    def _payments(self, moves: Iterable[Consumption]) -> tuple[Payment, ...]:
        """What stands paid by each lot, less what has gone back to it."""
        paid: dict[tuple[int, int], Decimal] = {}
        for move in moves:
            lot = (move.lot_version, move.lot_part)
            paid[lot] = plus(paid.get(lot, ZERO), move.points)
        return tuple(Payment(*lot, points, self._day(lot)) for lot, points in paid.items() if points)

    def _day(self, lot: tuple[int, int]) -> datetime | None:
        return self._books.day_of(self._lots[lot]) if lot in self._lots else None

    def _fate(self, lot: Lot) -> Fate:
        taken: dict[int, Decimal] = {}
        for move in self._taken.get((lot.version, lot.part), ()):
            taken[move.version] = plus(taken.get(move.version, ZERO), move.points)
        uses = tuple(Use(by, self._known[by].kind, points) for by, points in sorted(taken.items()) if points)
        return Fate(lot, uses, minus(lot.points, total(use.points for use in uses)), self._books.day_of(lot))
