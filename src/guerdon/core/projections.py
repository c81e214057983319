"""What will become of an account by a moment ahead, if nobody does anything: lapses, ends of holds, pending earns."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from guerdon.core.books import Books, Lot, total
from guerdon.core.commands import HoldState, PendingState
from guerdon.core.expiries import lapses_at
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import ExpiryKind
from guerdon.core.statements import Hold, PendingEarn


class What(StrEnum):
    """What happens by itself."""

    LAPSE = "lapse"
    HOLD_ENDS = "hold_ends"
    ACTIVATION = "activation"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens.

    Attributes:
        at: when.
        what: what.
        points: how many lapse, become free, or come in.
        subjects: the lots as `version/part`, the hold, or the pending earn.
    """

    at: datetime
    what: What
    points: Decimal
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """An account's figures at a moment, and the steps to them.

    `waiting` are points past their day that a hold keeps; None of a moment that is past: it is not written down.
    """

    at: datetime
    posted: Decimal
    held: Decimal
    pending: Decimal
    lifetime: Decimal
    waiting: Decimal | None
    steps: tuple[Step, ...]

    @property
    def available(self) -> Decimal:
        """What can be spent then: posted less held."""
        return minus(self.posted, self.held)


def project(books: Books, until: datetime) -> Projection:
    """What settling at a moment would come to, given the open lots, holds and pending earns.

    Args:
        books: the account; what is no longer open does not matter.
        until: the moment, not before anything that is written in the books.
    """
    run = _Run(
        books,
        [_Left(lot, lot.remaining) for lot in books.lots if lot.remaining],
        [hold for hold in books.holds if hold.state == HoldState.OPEN],
        [promise for promise in books.promises if promise.state == PendingState.OPEN],
        idle_at=books.idle_at,
        freed_at=books.freed_at,
        version=books.version,
        posted=books.posted,
        held=books.held,
        pending=books.pending,
        lifetime=books.lifetime,
    )
    while (at := run.next(until)) is not None:
        run.lapse(at)
        run.end_holds(at)
        run.activate(at)
    waiting = total(left.points for left in run.due(until))
    return Projection(until, run.posted, run.held, run.pending, run.lifetime, waiting, tuple(run.steps))


@dataclass(slots=True)
class _Left:
    """A lot and what is left of it."""

    lot: Lot
    points: Decimal


@dataclass(slots=True)
class _Run:
    """An account on its way through time."""

    books: Books
    lots: list[_Left]
    holds: list[Hold]
    promises: list[PendingEarn]
    idle_at: datetime | None
    freed_at: datetime | None
    version: int
    posted: Decimal
    held: Decimal
    pending: Decimal
    lifetime: Decimal
    steps: list[Step] = field(default_factory=list)

    def next(self, until: datetime) -> datetime | None:
        """Up to when everything can go in one step; None where nothing more happens by the moment."""
        ends = [hold.expires_at for hold in self.holds]
        begins = [promise.activates_at for promise in self.promises]
        at = min((moment for moment in (*ends, *begins, until) if moment is not None), default=until)
        happens = any(moment is not None and moment <= at for moment in (*ends, *begins))
        return at if happens or total(left.points for left in self.due(at)) > self.held else None

    def due(self, at: datetime) -> list[_Left]:
        """The lots that are past their day, in the order in which they are spent."""
        due = [(day, left) for left in self.lots if left.points and (day := self._day(left.lot)) and day <= at]
        due.sort(key=lambda each: (each[0], each[1].lot.earned_at, each[1].lot.version, each[1].lot.part))
        return [left for _, left in due]

    def _day(self, lot: Lot) -> datetime | None:
        return lot.expires_at or self.idle_at

    def lapse(self, at: datetime) -> None:
        """Lots past their day, but for as many points as are held."""
        kept, lapsed = self.held, list[tuple[datetime, _Left, Decimal]]()
        for left in self.due(at):
            stays = min(left.points, kept)
            kept = minus(kept, stays)
            if points := minus(left.points, stays):
                day = self._day(left.lot) or at
                lapsed.append((max(day, self.freed_at or day), left, points))
        lapsed.sort(key=lambda each: each[0])
        for moment, together in groupby(lapsed, key=lambda each: each[0]):
            self._lapse_together(moment, [(left, points) for _, left, points in together])

    def _lapse_together(self, moment: datetime, lots: Iterable[tuple[_Left, Decimal]]) -> None:
        gone, subjects = ZERO, list[str]()
        for left, points in lots:
            left.points = minus(left.points, points)
            gone = plus(gone, points)
            subjects.append(f"{left.lot.version}/{left.lot.part}")
        self.posted = minus(self.posted, gone)
        self.version += 1
        self.steps.append(Step(moment, What.LAPSE, gone, tuple(subjects)))

    def end_holds(self, at: datetime) -> None:
        """Holds whose time is over."""
        for hold in [hold for hold in self.holds if hold.expires_at and hold.expires_at <= at]:
            self.holds.remove(hold)
            self.held = minus(self.held, hold.remaining)
            self.freed_at = at
            self.steps.append(Step(hold.expires_at or at, What.HOLD_ENDS, hold.remaining, (str(hold.id),)))

    def activate(self, at: datetime) -> None:
        """Pending earns whose time has come: each a lot, which pays what is owed first."""
        due = [(p.activates_at, p.id, p) for p in self.promises if p.activates_at and p.activates_at <= at]
        for moment, _, promise in sorted(due, key=lambda each: each[:2]):
            self.promises.remove(promise)
            self.version += 1
            policy = self.books.program.expiry
            lapses = lapses_at(policy, moment)
            if policy.kind is ExpiryKind.INACTIVITY and lapses is not None:
                self.idle_at, lapses = max(self.idle_at or lapses, lapses), None
            points = promise.remaining
            lot = Lot(self.version, 1, points, points, moment, promise.expires_at or lapses)
            owed = max(minus(ZERO, self.posted), ZERO)
            self.lots.append(_Left(lot, max(minus(points, owed), ZERO)))
            self.posted = plus(self.posted, points)
            self.lifetime = plus(self.lifetime, points)
            self.pending = minus(self.pending, points)
            self.steps.append(Step(moment, What.ACTIVATION, points, (str(promise.id),)))
