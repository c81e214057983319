"""Undoing an entry of the model, of either direction, in part or as far as it has not been undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from guerdon.core import refusals as no
from guerdon.core.commands import PendingState, Reverse
from guerdon.core.points import ZERO, minus, plus
from guerdon.core.programs import ReturnPolicy
from ledger_model.accounts import DEBT, NEVER, ModelAccount, ModelEntry, ModelLot, Said, total


@dataclass(frozen=True)
class Reversed:
    """What came of it: the entry, and what could not be taken."""

    version: int
    shortfall: Decimal


def reverse(account: ModelAccount, command: Reverse, said: Said, now: datetime) -> Reversed:
    """Carries out a reversal.

    Raises:
        Refusal: the entry is not there or cannot be undone (so far), or the grace would be over already.
    """
    if not 1 <= command.version <= account.version:
        raise no.EntryNotFound(command.version)
    entry = account.entries[command.version - 1]
    if entry.kind in ("transfer", "reverse"):
        raise no.EntryNotReversible(command.version)
    left = minus(abs(entry.points), account.undone(entry.version))
    amount = left if command.points is None else command.points
    if left == 0 or amount > left:
        raise no.ReversalExceedsEntry(command.version)
    if command.expires_at is not None and command.expires_at <= now:
        raise no.TimeNotAhead(account.id)
    times = (command.at, now)
    if entry.points < 0:
        return _give_back(account, entry, amount, command, said, times)
    return _take_back(account, entry, amount, said, times)


def _give_back(
    account: ModelAccount,
    debit: ModelEntry,
    amount: Decimal,
    command: Reverse,
    said: Said,
    times: tuple[datetime, datetime],
) -> Reversed:
    now = times[1]
    entry = account.enter("reverse", amount, times, said, reverses=debit.version)
    left = amount
    for lot_id, points in _paid_by(account, debit.version):
        back = min(left, points)
        if back > 0:
            account.move(debit.version, entry.version, lot_id, back.copy_negate())
            left = minus(left, back)
            if lot_id != DEBT:
                lot = account.lot(*lot_id)
                lot.remaining = plus(lot.remaining, back)
    assert left == 0
    _live_on(account, entry, debit, command, now)
    account.repay(entry.version)
    return Reversed(entry.version, ZERO)


def _paid_by(account: ModelAccount, debit: int) -> list[tuple[tuple[int, int], Decimal]]:
    """What still pays for a debit, in the opposite order of taking: debt first, then what was taken last."""
    net: dict[tuple[int, int], Decimal] = {}
    last: dict[tuple[int, int], int] = {}
    for (version, by, lot_id), points in account.consumed.items():
        if version == debit:
            net[lot_id] = plus(net.get(lot_id, ZERO), points)
            last[lot_id] = max(last.get(lot_id, 0), by)

    def order(lot_id: tuple[int, int]) -> tuple[bool, int, datetime, datetime, int, int]:
        if lot_id == DEBT:
            return True, 0, NEVER, NEVER, 0, 0
        lot = account.lot(*lot_id)
        return False, last[lot_id], *account.order(lot)

    return [(lot_id, net[lot_id]) for lot_id in sorted(net, key=order, reverse=True)]


def _live_on(account: ModelAccount, entry: ModelEntry, debit: ModelEntry, command: Reverse, now: datetime) -> None:
    """Points that went back to lots whose day has come move to new lots where there is a grace, else they lapse now."""
    grace = account.program.return_grace_days
    until = command.expires_at
    if until is None and grace > 0:
        until = now + timedelta(days=grace)
    lapsed: list[tuple[ModelLot, Decimal]] = []
    for (version, by, lot_id), points in account.consumed.items():
        if (version, by) == (debit.version, entry.version) and lot_id != DEBT:
            lot = account.lot(*lot_id)
            if account.is_past(lot, now):
                lapsed.append((lot, abs(points)))
    if until is None:
        account.freed_at = now if lapsed else account.freed_at
        return
    for lot, points in sorted(lapsed, key=lambda each: account.order(each[0])):
        account.pay(entry.version, entry.version, lot, points)
        account.add_lot(entry, points, lot.earned_at, until)


def _take_back(
    account: ModelAccount, credit: ModelEntry, amount: Decimal, said: Said, times: tuple[datetime, datetime]
) -> Reversed:
    policy = account.program.return_policy
    spare = max(account.available, ZERO)
    from_balance = amount
    if policy is ReturnPolicy.WITHIN_BALANCE:
        from_balance = min(amount, spare)
    elif policy is ReturnPolicy.PENDING_ONLY:
        own = total(lot.remaining for lot in account.lots if lot.version == credit.version)
        from_balance = min(amount, own, spare)
    rest = minus(amount, from_balance)
    from_pending = _unpromise(account, rest, times[1]) if policy is ReturnPolicy.PENDING_ONLY else ZERO
    shortfall = minus(rest, from_pending)
    entry = account.enter(
        "reverse",
        minus(ZERO, from_balance),
        times,
        said,
        reverses=credit.version,
        shortfall=shortfall or None,
        from_pending=from_pending or None,
    )
    account.take(entry, times[1], own=credit.version)
    account.lifetime = minus(account.lifetime, amount)
    return Reversed(entry.version, shortfall)


def _unpromise(account: ModelAccount, amount: Decimal, now: datetime) -> Decimal:
    """Takes from open pending earns, the newest first, as far as they reach; tells how much."""
    left = amount
    for pending in sorted(account.open_pendings, key=lambda each: each.id, reverse=True):
        points = min(left, pending.remaining)
        if points == 0:
            continue
        left = minus(left, points)
        pending.remaining = minus(pending.remaining, points)
        if pending.remaining == 0:
            pending.close(PendingState.CANCELLED, now)
    return minus(amount, left)
