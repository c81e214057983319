"""What is due on an account of the model happens: lapses, holds that end, pending earns that become earns."""

from datetime import datetime
from decimal import Decimal

from guerdon.core.commands import HoldState, PendingState
from guerdon.core.points import ZERO, minus, plus
from ledger_model.accounts import ModelAccount, ModelLot, ModelPending, Said, total
from ledger_model.days import day_of_lot


def settle(account: ModelAccount, now: datetime) -> None:
    """Everything that is due up to a moment, in the order of time."""
    while True:
        holds = [hold.expires_at for hold in account.open_holds if hold.expires_at is not None]
        pendings = [each.activates_at for each in account.open_pendings if each.activates_at is not None]
        moment = min([now, *holds, *pendings])
        lapsed = _lapse(account, moment, now)
        ended = _end_holds(account, moment)
        activated = _activate_due(account, moment, now)
        if not (lapsed or ended or activated):
            return


def _lapse(account: ModelAccount, moment: datetime, now: datetime) -> bool:
    """Lots past their day lapse, apart from the first of them, as many points as are held."""
    protected = account.held
    lapsing: dict[datetime, list[tuple[ModelLot, Decimal]]] = {}
    for lot in account.filled():
        day = account.day(lot)
        if day is None or day > moment:
            continue
        kept = min(protected, lot.remaining)
        protected = minus(protected, kept)
        if kept < lot.remaining:
            effective = day if account.freed_at is None else max(day, account.freed_at)
            lapsing.setdefault(effective, []).append((lot, minus(lot.remaining, kept)))
    for effective, lots in sorted(lapsing.items()):
        points = total(points for _, points in lots)
        entry = account.enter("expire", points.copy_negate(), (effective, now), Said())
        for lot, lost in lots:
            account.pay(entry.version, entry.version, lot, lost)
    return bool(lapsing)


def _end_holds(account: ModelAccount, moment: datetime) -> bool:
    due = [hold for hold in account.open_holds if hold.expires_at is not None and hold.expires_at <= moment]
    for hold in due:
        assert hold.expires_at is not None
        hold.close(HoldState.EXPIRED, hold.expires_at)
        account.freed_at = moment
    return bool(due)


def _activate_due(account: ModelAccount, moment: datetime, now: datetime) -> bool:
    due = [
        (pending.activates_at, pending)
        for pending in account.open_pendings
        if pending.activates_at is not None and pending.activates_at <= moment
    ]
    for at, pending in sorted(due, key=lambda each: (each[0], each[1].id)):
        become_earn(account, pending, pending.said, (at, now), at)
    return bool(due)


def become_earn(
    account: ModelAccount, pending: ModelPending, said: Said, times: tuple[datetime, datetime], closed_at: datetime
) -> None:
    """What is left of a pending earn comes into the balance."""
    at = times[0]
    points = pending.remaining
    pending.close(PendingState.ACTIVATED, closed_at)
    entry = account.enter("earn", points, times, said)
    account.lifetime = plus(account.lifetime, points)
    account.renew(at)
    day = pending.expires_at if pending.expires_at is not None else day_of_lot(account.program.expiry, at)
    account.add_lot(entry, points, at, day)
    account.repay(entry.version)


def overdue(account: ModelAccount, now: datetime) -> Decimal:
    """Points past their day that wait for a hold to end, once everything due has happened."""
    return total([ZERO, *(lot.remaining for lot in account.filled() if account.is_past(lot, now))])
