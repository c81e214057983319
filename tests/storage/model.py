"""The ledger's rules once more, in plain Python and one command at a time: what the SQL is compared with."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from guerdon.core import commands as verbs
from guerdon.core import refusals as no
from guerdon.core.commands import Basis, Command, HoldState
from guerdon.core.points import minus, plus
from guerdon.core.refusals import Refusal

ZERO = Decimal(0)


@dataclass
class ModelHold:
    """What a hold still reserves."""

    points: Decimal
    remaining: Decimal
    reference: str | None
    state: HoldState = HoldState.OPEN


@dataclass
class ModelAccount:
    """An account with all that happened to it."""

    allow_negative: bool = False
    posted: Decimal = ZERO
    lifetime: Decimal = ZERO
    entries: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    holds: dict[UUID, ModelHold] = field(default_factory=dict)

    @property
    def held(self) -> Decimal:
        total = ZERO
        for hold in self.holds.values():
            total = plus(total, hold.remaining)
        return total

    @property
    def available(self) -> Decimal:
        return minus(self.posted, self.held)


@dataclass(frozen=True)
class Outcome:
    """What a command led to: a refusal's class, or the entry's version and the figures after it."""

    refusal: type[Refusal] | None
    version: int | None
    points: Decimal
    posted: Decimal
    held: Decimal
    hold_id: UUID | None


@dataclass
class Model:
    """A ledger of accounts; keys are forever."""

    accounts: dict[UUID, ModelAccount] = field(default_factory=dict)
    keys: dict[str, tuple[bytes, Outcome]] = field(default_factory=dict)

    def post(self, command: Command) -> Outcome:
        """Carries out one command."""
        if command.key is not None and command.key in self.keys:
            fingerprint, first = self.keys[command.key]
            if fingerprint != command.fingerprint():
                return Outcome(no.KeyReused, None, ZERO, ZERO, ZERO, None)
            return first
        account = self.accounts.get(command.account_id)
        if account is None:
            return Outcome(no.AccountNotFound, None, ZERO, ZERO, ZERO, None)
        outcome = self._decide(account, command)
        if command.key is not None:
            self.keys[command.key] = (command.fingerprint(), outcome)
        return outcome

    def _decide(self, account: ModelAccount, command: Command) -> Outcome:
        before = len(account.entries)
        try:
            hold_id = self._apply(account, command)
        except Refusal as refusal:
            return Outcome(type(refusal), None, ZERO, account.posted, account.held, None)
        entered = len(account.entries) > before
        points = account.entries[-1][1] if entered else ZERO
        return Outcome(None, len(account.entries) if entered else None, points, account.posted, account.held, hold_id)

    def _apply(self, account: ModelAccount, command: Command) -> UUID | None:
        match command:
            case verbs.Earn():
                self._enter(account, "earn", command.points)
            case verbs.Adjust():
                if command.points < 0 and not account.allow_negative and plus(account.available, command.points) < 0:
                    raise no.InsufficientPoints(command.account_id, account.available)
                self._enter(account, "adjust", command.points)
            case verbs.Set():
                self._set(account, command)
            case verbs.Hold():
                return self._hold(account, command)
            case verbs.Capture() | verbs.Void():
                return self._finish(account, command)
        return None

    def _enter(self, account: ModelAccount, kind: str, points: Decimal) -> None:
        account.posted = plus(account.posted, points)
        if kind != "capture" and points > 0:
            account.lifetime = plus(account.lifetime, points)
        account.entries.append((kind, points, account.posted))

    def _set(self, account: ModelAccount, command: verbs.Set) -> None:
        base = account.available if command.basis is Basis.AVAILABLE else account.posted
        difference = minus(command.points, base)
        after = plus(account.available, difference)
        if difference < 0 and not account.allow_negative and after < min(ZERO, command.points):
            raise no.InsufficientPoints(command.account_id, account.available)
        if difference != 0 or not account.entries:
            self._enter(account, "set", difference)

    def _hold(self, account: ModelAccount, command: verbs.Hold) -> UUID:
        replaced: ModelHold | None = None
        if command.once_per_reference and command.reference is not None:
            for hold_id, hold in account.holds.items():
                if hold.state is HoldState.OPEN and hold.reference == command.reference:
                    if hold.points == command.points:
                        return hold_id
                    replaced = hold
        if command.points > plus(account.available, replaced.remaining if replaced else ZERO):
            raise no.InsufficientPoints(command.account_id, account.available)
        if replaced:
            replaced.remaining, replaced.state = ZERO, HoldState.VOIDED
        single = command.reference if command.once_per_reference else None
        account.holds[command.hold_id] = ModelHold(command.points, command.points, single)
        return command.hold_id

    def _finish(self, account: ModelAccount, command: verbs.Capture | verbs.Void) -> UUID:
        hold = account.holds.get(command.hold_id)
        if hold is None:
            raise no.HoldNotFound(command.hold_id)
        if hold.state is not HoldState.OPEN:
            raise no.HoldNotOpen(command.hold_id, hold.state)
        if isinstance(command, verbs.Void):
            hold.remaining, hold.state = ZERO, HoldState.VOIDED
            return command.hold_id
        points = hold.remaining if command.points is None else command.points
        if points > hold.remaining:
            raise no.CaptureExceedsHold(command.hold_id)
        hold.remaining = ZERO if command.release_rest else minus(hold.remaining, points)
        if hold.remaining == 0:
            hold.state = HoldState.CAPTURED
        self._enter(account, "capture", points.copy_negate())
        return command.hold_id
