"""What moves points as commands, and entries and lots as the native API shows them; pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from guerdon.core import lots, statements
from guerdon.core.commands import Adjust, Basis, Earn, Posting, Reverse, Set, Transfer
from guerdon.core.statements import EntryFilter
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import moments, or_kept, pending, shown
from guerdon.surfaces.native.wire import points as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Answer, Call

HIGHEST_PART = 2**15 - 1


def to_filter(query: wire.EntriesQuery) -> EntryFilter:
    """Which entries are wanted."""
    return EntryFilter(
        kind=or_kept(query.kind, None),
        reference=or_kept(query.reference, None),
        since=or_kept(query.since, None),
        until=or_kept(query.until, None),
    )


def to_earn(call: Call[wire.EarnRequest], account_id: UUID, pending_id: UUID) -> Earn:
    """An earn, or a promise of one under an id; a time that was given is part of the request.

    Raises:
        InvalidField, PointsOutOfRange: the amount or a time cannot be.
    """
    body = call.body
    if body.activates_at is not None and not body.pending:
        raise InvalidField("activates_at", "goes with pending only")
    return Earn(
        caller=call.caller,
        account_id=account_id,
        at=moments.past("effective_at", body.effective_at, call.at),
        key=call.key,
        points=mapping.amount(body.points),
        dated=body.effective_at is not None,
        expires_at=moments.planned("expires_at", body.expires_at),
        pending_id=pending_id if body.pending else None,
        activates_at=moments.planned("activates_at", body.activates_at),
        **_said(body),
    )


def to_adjust(call: Call[wire.AdjustRequest], account_id: UUID) -> Adjust:
    """Points by hand, up or down.

    Raises:
        InvalidField, PointsOutOfRange: the amount cannot be.
    """
    points = mapping.change(call.body.points)
    return Adjust(
        caller=call.caller, account_id=account_id, at=call.at, key=call.key, points=points, **_said(call.body)
    )


def to_set(call: Call[wire.SetRequest], account_id: UUID) -> Set:
    """A figure to write.

    Raises:
        InvalidField, PointsOutOfRange: the figure cannot be.
    """
    return Set(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key,
        points=mapping.figure(call.body.points),
        basis=Basis(call.body.basis),
        **_said(call.body),
    )


def to_reverse(call: Call[wire.ReverseRequest], account_id: UUID, version: int) -> Reverse:
    """All that is left of an entry to undo, or a part.

    Raises:
        InvalidField, PointsOutOfRange: the amount or the time cannot be.
    """
    return Reverse(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key,
        version=version,
        points=None if call.body.points is None else mapping.amount(call.body.points),
        expires_at=moments.planned("expires_at", call.body.expires_at),
        **_said(call.body),
    )


def to_transfer(call: Call[wire.TransferRequest], account_id: UUID, to_account_id: UUID) -> Transfer:
    """All available points to move, or some.

    Raises:
        InvalidField, PointsOutOfRange: the amount cannot be.
    """
    return Transfer(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key,
        to_account_id=to_account_id,
        points=None if call.body.points is None else mapping.amount(call.body.points),
        **_said(call.body),
    )


def _said(body: Any) -> dict[str, str | None]:
    return {"reason": body.reason, "reference": body.reference, "location": body.location}


def from_entries(entries: Sequence[statements.Entry], cursor: str | None) -> wire.Entries:
    """A page of entries."""
    return wire.Entries([from_entry(entry) for entry in entries], cursor)


def from_entry(entry: statements.Entry) -> wire.Entry:
    """An entry under an id that nothing else has."""
    return wire.Entry(
        id=f"{entry.account_id}.{entry.version}",
        version=entry.version,
        kind=entry.kind,
        points=shown(entry.points),
        balance_after=shown(entry.balance_after),
        effective_at=entry.effective_at,
        recorded_at=entry.recorded_at,
        reason=entry.reason,
        reference=entry.reference,
        location=entry.location,
        hold_id=entry.hold_id,
        pending_id=entry.pending_id,
        reverses=entry.reverses,
        shortfall=_of_reversal(entry, entry.shortfall),
        from_pending=_of_reversal(entry, entry.from_pending),
        peer_account_id=entry.peer_id,
        surface=entry.surface,
        cause=entry.cause,
    )


def _of_reversal(entry: statements.Entry, points: Decimal | None) -> Decimal | None:
    """Every reversal has the figure, none as zero; nothing else has it."""
    return None if entry.reverses is None else shown(points or Decimal(0))


def from_lots(found: Sequence[lots.Lot], cursor: str | None) -> wire.Lots:
    """A page of lots, each under the entry that brought it."""
    return wire.Lots([_lot(lot) for lot in found], cursor)


def lot_key(lot: lots.Lot) -> str:
    """A lot's place in a list, for a cursor."""
    place = lots.place_of(lot)
    moments = [moment.isoformat() if moment else "" for moment in (place.day, place.earned_at)]
    return " ".join([f"{place.is_used:d}", *moments, str(place.rank), str(place.part)])


def lot_place(key: str) -> lots.Place:
    """The place that a cursor has.

    Raises:
        ValueError: it is none.
    """
    is_used, day, earned_at, rank, part = key.split(" ")
    if abs(int(rank)) > mapping.HIGHEST_VERSION or not 0 < int(part) <= HIGHEST_PART:
        raise ValueError("no lot")
    return lots.Place(is_used == "1", _moment(day), _moment(earned_at), int(rank), int(part))


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _lot(lot: lots.Lot) -> wire.Lot:
    return wire.Lot(
        entry_version=lot.version,
        points=shown(lot.points),
        remaining=shown(lot.remaining),
        earned_at=lot.earned_at,
        expires_at=lot.expires_at,
    )


def _payment(points: Decimal, lot: lots.Lot | None) -> wire.Payment:
    if lot is None:
        return wire.Payment(points, None, None, None)
    return wire.Payment(points, lot.version, lot.earned_at, lot.expires_at)


def from_trace(trace: lots.Trace) -> wire.EntryTrace:
    """An entry with where its points came from and went to."""
    return wire.EntryTrace(
        entry=from_entry(trace.entry),
        paid_by=[_payment(shown(paid.points), paid.lot) for paid in trace.paid_by],
        lots=[_lot(lot) for lot in trace.lots],
        spent_on=[wire.Spending(spent.version, shown(spent.points)) for spent in trace.spent_on],
        reversed_by=list(trace.reversed_by),
        undone=shown(trace.undone),
    )


def earned(call: Call[Any], posting: Posting, made: statements.Entry | statements.PendingEarn) -> Answer:
    """The answer to an earn, the same for every repeat: an entry, or what was promised."""
    balance = mapping.after(posting)
    if isinstance(made, statements.PendingEarn):
        return mapping.answer(call, posting, wire.EarnResult(None, pending.from_pending(made), balance))
    return mapping.answer(call, posting, wire.EarnResult(from_entry(made), None, balance))


def entered(call: Call[Any], posting: Posting, entry: statements.Entry) -> Answer:
    """The answer to what always writes an entry."""
    return mapping.answer(call, posting, wire.EntryResult(from_entry(entry), mapping.after(posting)))


def figure_set(call: Call[Any], posting: Posting, entry: statements.Entry | None) -> Answer:
    """The answer to a set, without an entry where nothing changed."""
    return mapping.answer(call, posting, wire.SetResult(from_entry(entry) if entry else None, mapping.after(posting)))


def activated(call: Call[Any], posting: Posting, entry: statements.Entry, promised: statements.PendingEarn) -> Answer:
    """The answer to an activation, from the pending earn as it was left."""
    body = wire.ActivateResult(from_entry(entry), pending.from_pending(promised), mapping.after(posting))
    return mapping.answer(call, posting, body)
