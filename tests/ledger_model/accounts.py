"""One account of the model: its figures, entries, lots, and how points come in, are taken and go back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.commands import HoldState, PendingState
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import Program
from ledger_model.days import idle_after

DEBT = (0, 0)
"""The lot that stands for points which were spent and not there."""

NOBODY = UUID(int=0)
"""The actor of what happens by itself."""

NEVER = datetime.max.replace(tzinfo=UTC)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    found = ZERO
    for amount in amounts:
        found = plus(found, amount)
    return found


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of a posting and does not decide anything."""

    reason: str | None = None
    reference: str | None = None
    location: str | None = None
    surface: str = "ledger"
    actor: UUID = NOBODY
    cause: str | None = None
    hold_id: UUID | None = None
    pending_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """An immutable posting."""

    version: int
    kind: str
    points: Decimal
    balance_after: Decimal
    effective_at: datetime
    recorded_at: datetime
    said: Said
    reverses: int | None = None
    shortfall: Decimal | None = None
    from_pending: Decimal | None = None
    peer_id: UUID | None = None

    @property
    def undoing(self) -> Decimal:
        """How much of the entry that it reverses it has used up."""
        return total([abs(self.points), self.shortfall or ZERO, self.from_pending or ZERO])


@dataclass
class ModelLot:
    """Points that came in together and lapse together."""

    version: int
    part: int
    points: Decimal
    remaining: Decimal
    earned_at: datetime
    expires_at: datetime | None

    @property
    def id(self) -> tuple[int, int]:
        """The entry, and which part of it."""
        return self.version, self.part


@dataclass
class ModelHold:
    """Reserved points."""

    points: Decimal
    remaining: Decimal
    once: bool
    expires_at: datetime | None
    said: Said
    state: HoldState = HoldState.OPEN
    closed_at: datetime | None = None

    def close(self, state: HoldState, at: datetime) -> None:
        """Ends it: nothing is reserved any more."""
        self.remaining, self.state, self.closed_at = ZERO, state, at


@dataclass
class ModelPending:
    """Promised points."""

    id: UUID
    points: Decimal
    remaining: Decimal
    activates_at: datetime | None
    expires_at: datetime | None
    said: Said
    state: PendingState = PendingState.OPEN
    closed_at: datetime | None = None

    def close(self, state: PendingState, at: datetime) -> None:
        """Ends it: nothing is promised any more."""
        self.remaining, self.state, self.closed_at = ZERO, state, at


Taken = list[tuple[ModelLot, Decimal]]


@dataclass
class ModelAccount:
    """An account with all that ever happened to it."""

    id: UUID
    tenant_id: UUID
    program: Program
    closed: bool = False
    lifetime: Decimal = ZERO
    idle_at: datetime | None = None
    freed_at: datetime | None = None
    entries: list[ModelEntry] = field(default_factory=list)
    lots: list[ModelLot] = field(default_factory=list)
    consumed: dict[tuple[int, int, tuple[int, int]], Decimal] = field(default_factory=dict)
    holds: dict[UUID, ModelHold] = field(default_factory=dict)
    pendings: dict[UUID, ModelPending] = field(default_factory=dict)

    @property
    def posted(self) -> Decimal:
        return self.entries[-1].balance_after if self.entries else ZERO

    @property
    def held(self) -> Decimal:
        return total(hold.remaining for hold in self.holds.values())

    @property
    def pending(self) -> Decimal:
        return total(pending.remaining for pending in self.pendings.values())

    @property
    def available(self) -> Decimal:
        return minus(self.posted, self.held)

    @property
    def version(self) -> int:
        return len(self.entries)

    @property
    def open_pendings(self) -> list[ModelPending]:
        return [pending for pending in self.pendings.values() if pending.state is PendingState.OPEN]

    @property
    def open_holds(self) -> list[ModelHold]:
        return [hold for hold in self.holds.values() if hold.state is HoldState.OPEN]

    def day(self, lot: ModelLot) -> datetime | None:
        """When the lot lapses: on its own day, or when the account has been idle."""
        return lot.expires_at if lot.expires_at is not None else self.idle_at

    def order(self, lot: ModelLot) -> tuple[datetime, datetime, int, int]:
        """What is used up earlier comes first."""
        return self.day(lot) or NEVER, lot.earned_at, lot.version, lot.part

    def is_past(self, lot: ModelLot, moment: datetime) -> bool:
        """Whether the lot's day has come."""
        return (self.day(lot) or NEVER) <= moment

    def filled(self) -> list[ModelLot]:
        """Lots with something left, in the order in which they are used up."""
        return sorted((lot for lot in self.lots if lot.remaining > 0), key=self.order)

    def lot(self, version: int, part: int) -> ModelLot:
        """The lot with this id."""
        return next(lot for lot in self.lots if lot.id == (version, part))

    def enter(
        self,
        kind: str,
        points: Decimal,
        times: tuple[datetime, datetime],
        said: Said,
        *,
        reverses: int | None = None,
        shortfall: Decimal | None = None,
        from_pending: Decimal | None = None,
        peer_id: UUID | None = None,
    ) -> ModelEntry:
        """Writes the next entry; `times` are when it counts and when it was written."""
        entry = ModelEntry(
            version=self.version + 1,
            kind=kind,
            points=points,
            balance_after=plus(self.posted, points),
            effective_at=times[0],
            recorded_at=times[1],
            said=said,
            reverses=reverses,
            shortfall=shortfall,
            from_pending=from_pending,
            peer_id=peer_id,
        )
        self.entries.append(entry)
        return entry

    def renew(self, at: datetime) -> None:
        """Activity: what has no day of its own lapses so much later, and never earlier than before."""
        self.idle_at = self.idle_if(at)

    def idle_if(self, at: datetime) -> datetime | None:
        """When the account would have been idle for too long, after an activity."""
        computed = idle_after(self.program.expiry, at)
        return computed if self.idle_at is None or computed is None else max(self.idle_at, computed)

    def move(self, debit: int, by: int, lot_id: tuple[int, int], points: Decimal) -> None:
        """Notes that a lot paid for a debit (above zero) or got it back (below)."""
        self.consumed[debit, by, lot_id] = plus(self.consumed.get((debit, by, lot_id), ZERO), points)

    def pay(self, debit: int, by: int, lot: ModelLot, points: Decimal) -> None:
        """A lot pays for a debit."""
        lot.remaining = minus(lot.remaining, points)
        self.move(debit, by, lot.id, points)

    def take(self, entry: ModelEntry, now: datetime, *, own: int | None = None) -> Taken:
        """Pays for a debit from lots in order, the rest is debt; tells what came from where.

        Lots whose day has come wait for a hold: captures use them first, everything else last of all. With `own`, the
        parts of that entry come before all others.
        """
        lots = self.filled()
        if entry.kind != "capture":
            lots.sort(key=lambda lot: self.is_past(lot, now))
        lots.sort(key=lambda lot: lot.version != own)
        left = abs(entry.points)
        taken: Taken = []
        for lot in lots:
            points = min(left, lot.remaining)
            if points > 0:
                self.pay(entry.version, entry.version, lot, points)
                taken.append((lot, points))
                left = minus(left, points)
        if left > 0:
            self.move(entry.version, entry.version, DEBT, left)
        return taken

    def add_lot(self, entry: ModelEntry, points: Decimal, earned_at: datetime, expires_at: datetime | None) -> ModelLot:
        """The next part of what came in with an entry."""
        part = sum(lot.version == entry.version for lot in self.lots) + 1
        lot = ModelLot(entry.version, part, points, points, earned_at, expires_at)
        self.lots.append(lot)
        return lot

    def debts(self) -> dict[int, Decimal]:
        """What is still unpaid, by the debit, oldest first."""
        open_debts: dict[int, Decimal] = {}
        for (debit, _, lot_id), points in self.consumed.items():
            if lot_id == DEBT:
                open_debts[debit] = plus(open_debts.get(debit, ZERO), points)
        return {debit: points for debit, points in sorted(open_debts.items()) if points > 0}

    def repay(self, by: int) -> None:
        """Points that are there pay what is owed, the oldest debit first.

        Where there is debt, every lot was empty before the entry `by`: whatever is left in any came in with it.
        """
        for debit, owed in self.debts().items():
            left = owed
            for lot in self.filled():
                points = min(left, lot.remaining)
                if points > 0:
                    self.move(debit, by, DEBT, points.copy_negate())
                    self.pay(debit, by, lot, points)
                    left = minus(left, points)

    def undone(self, version: int) -> Decimal:
        """How much of an entry its reversals have used up."""
        return total(entry.undoing for entry in self.entries if entry.reverses == version)
