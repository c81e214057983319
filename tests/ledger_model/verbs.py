"""Each verb of the ledger on one account of the model, of which everything due has happened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from guerdon.core import commands as verbs
from guerdon.core import refusals as no
from guerdon.core.commands import Basis, Command, HoldState, PendingState
from guerdon.core.points import ZERO, minus, plus
from ledger_model.accounts import ModelAccount, ModelHold, ModelPending, Said
from ledger_model.days import day_of_lot
from ledger_model.reversing import reverse
from ledger_model.settling import become_earn


@dataclass(frozen=True)
class Done:
    """What an accepted command led to.

    Attributes:
        version: the entry, None without one.
        subject_id: the hold or pending earn.
        again: it had been done before.
        shortfall: what a reversal could not take.
    """

    version: int | None = None
    subject_id: UUID | None = None
    again: bool = False
    shortfall: Decimal = ZERO


def apply(account: ModelAccount, command: Command, now: datetime, others: dict[UUID, ModelAccount]) -> Done:
    """Carries out a command.

    Raises:
        Refusal: it cannot be; nothing was changed.
    """
    if isinstance(command, verbs.Transfer):
        return _transfer(account, command, now, others.get(command.to_account_id))
    return ON_ONE_ACCOUNT[type(command)](account, command, now)


def said(command: Command, otherwise: Said | None = None, **ids: UUID) -> Said:
    """What the command says, and where it says nothing, what was said of its hold or pending earn."""
    before = otherwise or Said()
    return Said(
        reason=command.reason if command.reason is not None else before.reason,
        reference=command.reference if command.reference is not None else before.reference,
        location=command.location if command.location is not None else before.location,
        surface=command.caller.surface,
        actor=command.caller.credential_id,
        cause=command.cause,
        **ids,
    )


def _day_ahead(account: ModelAccount, at: datetime, given: datetime | None, now: datetime) -> datetime | None:
    """The day of a lot that comes in at a moment; the account's own, where the lot would have none, is ahead too."""
    day = given if given is not None else day_of_lot(account.program.expiry, at)
    counts = day if day is not None else account.idle_if(at)
    if counts is not None and counts <= now:
        raise no.TimeNotAhead(account.id)
    return day


def _come_in(
    account: ModelAccount,
    kind: str,
    points: Decimal,
    command: Command,
    now: datetime,
    given: datetime | None = None,
) -> int:
    """Points come in as a lot of their own."""
    day = _day_ahead(account, command.at, given, now)
    entry = account.enter(kind, points, (command.at, now), said(command))
    account.lifetime = plus(account.lifetime, points)
    account.renew(command.at)
    account.add_lot(entry, points, command.at, day)
    account.repay(entry.version)
    return entry.version


def _go_out(account: ModelAccount, kind: str, points: Decimal, command: Command, now: datetime, told: Said) -> int:
    entry = account.enter(kind, minus(ZERO, points), (command.at, now), told)
    account.take(entry, now)
    return entry.version


def _earn(account: ModelAccount, command: verbs.Earn, now: datetime) -> Done:
    ends, begins = command.expires_at, command.activates_at
    waits = command.pending_id is not None and (begins is None or begins > now)
    if not waits:
        return Done(_come_in(account, "earn", command.points, command, now, ends), command.pending_id)
    if ends is not None and (ends <= now or (begins is not None and ends <= begins)):
        raise no.TimeNotAhead(account.id)
    assert command.pending_id is not None
    account.pendings[command.pending_id] = ModelPending(
        command.pending_id,
        command.points,
        command.points,
        begins,
        ends,
        said(command, pending_id=command.pending_id),
    )
    return Done(subject_id=command.pending_id)


def _open_pending(account: ModelAccount, pending_id: UUID) -> ModelPending:
    pending = account.pendings.get(pending_id)
    if pending is None:
        raise no.PendingNotFound(str(pending_id))
    if pending.state is not PendingState.OPEN:
        raise no.PendingNotOpen(pending_id, pending.state.value)
    return pending


def _activate(account: ModelAccount, command: verbs.Activate, now: datetime) -> Done:
    pending = _open_pending(account, command.pending_id)
    _day_ahead(account, command.at, pending.expires_at, now)
    told = said(command, pending.said, pending_id=pending.id)
    if told.cause is None:
        told = replace(told, cause=pending.said.cause)
    become_earn(account, pending, told, (command.at, now), now)
    return Done(account.version, pending.id)


def _adjust(account: ModelAccount, command: verbs.Adjust, now: datetime) -> Done:
    if command.points > 0:
        return Done(_come_in(account, "adjust", command.points, command, now))
    if plus(account.available, command.points) < 0 and not account.program.allow_negative:
        raise no.InsufficientPoints(account.id, account.available)
    return Done(_go_out(account, "adjust", abs(command.points), command, now, said(command)))


def _set(account: ModelAccount, command: verbs.Set, now: datetime) -> Done:
    base = account.available if command.basis is Basis.AVAILABLE else account.posted
    difference = minus(command.points, base)
    if difference > 0:
        return Done(_come_in(account, "set", difference, command, now))
    if difference == 0:
        # The first set is an entry even of nothing: afterwards the balance is known.
        return Done() if account.entries else Done(_go_out(account, "set", ZERO, command, now, said(command)))
    after = plus(account.available, difference)
    if after < min(ZERO, command.points) and not account.program.allow_negative:
        raise no.InsufficientPoints(account.id, account.available)
    return Done(_go_out(account, "set", abs(difference), command, now, said(command)))


def _hold(account: ModelAccount, command: verbs.Hold, now: datetime) -> Done:
    if command.expires_at is not None and command.expires_at <= now:
        raise no.TimeNotAhead(account.id)
    replaced: ModelHold | None = None
    if command.once_per_reference and command.reference is not None:
        for hold_id, hold in account.holds.items():
            if hold.state is HoldState.OPEN and hold.once and hold.said.reference == command.reference:
                if hold.points == command.points:
                    return Done(subject_id=hold_id, again=True)
                replaced = hold
    if command.points > plus(account.available, replaced.remaining if replaced else ZERO):
        raise no.InsufficientPoints(account.id, account.available)
    if replaced:
        replaced.close(HoldState.VOIDED, now)
        account.freed_at = now
    account.holds[command.hold_id] = ModelHold(
        command.points, command.points, command.once_per_reference, command.expires_at, said(command)
    )
    return Done(subject_id=command.hold_id)


def _open_hold(account: ModelAccount, hold_id: UUID) -> ModelHold:
    hold = account.holds.get(hold_id)
    if hold is None:
        raise no.HoldNotFound(str(hold_id))
    if hold.state is not HoldState.OPEN:
        raise no.HoldNotOpen(hold_id, hold.state.value)
    return hold


def _capture(account: ModelAccount, command: verbs.Capture, now: datetime) -> Done:
    hold = _open_hold(account, command.hold_id)
    points = hold.remaining if command.points is None else command.points
    if points > hold.remaining:
        raise no.CaptureExceedsHold(command.hold_id)
    hold.remaining = minus(hold.remaining, points)
    if command.release_rest:
        account.freed_at = now
    if command.release_rest or hold.remaining == 0:
        hold.close(HoldState.CAPTURED, now)
    told = said(command, hold.said, hold_id=command.hold_id)
    # Activity first: what has no day of its own lapses later from now on, and is taken in its new turn.
    account.renew(command.at)
    return Done(_go_out(account, "capture", points, command, now, told), command.hold_id)


def _cancel(account: ModelAccount, command: verbs.Cancel, now: datetime) -> Done:
    _open_pending(account, command.pending_id).close(PendingState.CANCELLED, now)
    return Done(subject_id=command.pending_id)


def _void(account: ModelAccount, command: verbs.Void, now: datetime) -> Done:
    _open_hold(account, command.hold_id).close(HoldState.VOIDED, now)
    account.freed_at = now
    return Done(subject_id=command.hold_id)


def _reverse(account: ModelAccount, command: verbs.Reverse, now: datetime) -> Done:
    done = reverse(account, command, said(command), now)
    return Done(done.version, shortfall=done.shortfall)


def _transfer(source: ModelAccount, command: verbs.Transfer, now: datetime, target: ModelAccount | None) -> Done:
    if (
        target is None
        or target.id == source.id
        or target.tenant_id != source.tenant_id
        or target.closed
        or target.program.id != source.program.id
    ):
        raise no.TransferNotAllowed(command.to_account_id)
    points = source.available if command.points is None else command.points
    if points <= 0 or points > source.available:
        raise no.InsufficientPoints(source.id, source.available)
    times = (command.at, now)
    out = source.enter("transfer", minus(ZERO, points), times, said(command), peer_id=target.id)
    taken = source.take(out, now)
    into = target.enter("transfer", points, times, said(command), peer_id=source.id)
    target.renew(command.at)
    for lot, part in taken:
        target.add_lot(into, part, lot.earned_at, lot.expires_at)
    target.repay(into.version)
    return Done(out.version)


ON_ONE_ACCOUNT: dict[type[Command], Callable[[ModelAccount, Any, datetime], Done]] = {
    verbs.Earn: _earn,
    verbs.Activate: _activate,
    verbs.Cancel: _cancel,
    verbs.Adjust: _adjust,
    verbs.Set: _set,
    verbs.Hold: _hold,
    verbs.Capture: _capture,
    verbs.Void: _void,
    verbs.Reverse: _reverse,
}
