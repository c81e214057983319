"""What places and ends a hold as commands, and holds as the native API shows them; pure."""

from typing import Any
from uuid import UUID

from guerdon.core import statements
from guerdon.core.commands import Capture, Hold, Posting, Void
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import moments, points, shown
from guerdon.surfaces.native.wire import holds as wire
from guerdon.web.operations import Answer, Call


def to_hold(call: Call[wire.HoldRequest], account_id: UUID, hold_id: UUID) -> Hold:
    """A new hold.

    Raises:
        InvalidField, PointsOutOfRange: the amount or the time cannot be.
    """
    return Hold(
        caller=call.caller,
        account_id=account_id,
        at=call.at,
        key=call.key,
        hold_id=hold_id,
        points=mapping.amount(call.body.points),
        reason=call.body.reason,
        reference=call.body.reference,
        location=call.body.location,
        expires_at=moments.planned("expires_at", call.body.expires_at),
    )


def to_capture(call: Call[wire.CaptureRequest], hold: statements.Hold) -> Capture:
    """A capture of all that remains, or of a part.

    Raises:
        InvalidField, PointsOutOfRange: the amount cannot be.
    """
    return Capture(
        caller=call.caller,
        account_id=hold.account_id,
        at=call.at,
        key=call.key,
        hold_id=hold.id,
        points=None if call.body.points is None else mapping.amount(call.body.points),
        release_rest=call.body.release_rest,
        reason=call.body.reason,
        reference=call.body.reference,
        location=call.body.location,
    )


def to_void(call: Call[Any], hold: statements.Hold) -> Void:
    """A void of what a hold still reserves."""
    return Void(caller=call.caller, account_id=hold.account_id, at=call.at, key=call.key, hold_id=hold.id)


def is_final(body: wire.CaptureRequest) -> bool:
    """Whether a capture ends its hold whatever the figures are."""
    return body.points is None or body.release_rest


def from_hold(hold: statements.Hold) -> wire.Hold:
    """A hold as it stands."""
    return wire.Hold(
        id=hold.id,
        account_id=hold.account_id,
        state=hold.state,
        points=shown(hold.points),
        remaining=shown(hold.remaining),
        placed_at=hold.placed_at,
        expires_at=hold.expires_at,
        closed_at=hold.closed_at,
        reason=hold.reason,
        reference=hold.reference,
        location=hold.location,
    )


def held(call: Call[Any], posting: Posting, hold: statements.Hold) -> Answer:
    """The answer to a hold or a void, from the hold as it was left."""
    return mapping.answer(call, posting, wire.HoldResult(from_hold(hold), mapping.after(posting)))


def captured(call: Call[Any], posting: Posting, entry: statements.Entry, hold: statements.Hold) -> Answer:
    """The answer to a capture, from the hold as it stood right after it."""
    body = wire.CaptureResult(points.from_entry(entry), from_hold(hold), mapping.after(posting))
    return mapping.answer(call, posting, body)
