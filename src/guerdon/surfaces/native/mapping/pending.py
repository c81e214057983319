"""What ends a pending earn as commands, and pending earns as the native API shows them; pure."""

from typing import Any

from guerdon.core.commands import Activate, Cancel, Posting
from guerdon.core.statements import PendingEarn
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import shown
from guerdon.surfaces.native.wire import pending as wire
from guerdon.web.operations import Answer, Call


def to_activate(call: Call[wire.ActivateRequest], placed: PendingEarn) -> Activate:
    """A pending earn to turn into an earn now."""
    return Activate(
        caller=call.caller,
        account_id=placed.account_id,
        at=call.at,
        key=call.key,
        pending_id=placed.id,
        reason=call.body.reason,
        reference=call.body.reference,
        location=call.body.location,
    )


def to_cancel(call: Call[Any], placed: PendingEarn) -> Cancel:
    """A pending earn to take back."""
    return Cancel(caller=call.caller, account_id=placed.account_id, at=call.at, key=call.key, pending_id=placed.id)


def from_pending(promised: PendingEarn) -> wire.PendingEarn:
    """A pending earn as it stands."""
    return wire.PendingEarn(
        id=promised.id,
        account_id=promised.account_id,
        state=promised.state,
        points=shown(promised.points),
        remaining=shown(promised.remaining),
        placed_at=promised.placed_at,
        activates_at=promised.activates_at,
        expires_at=promised.expires_at,
        closed_at=promised.closed_at,
        reason=promised.reason,
        reference=promised.reference,
        location=promised.location,
    )


def cancelled(call: Call[Any], posting: Posting, promised: PendingEarn) -> Answer:
    """The answer to a cancellation, from the pending earn as it was left."""
    return mapping.answer(call, posting, wire.PendingResult(from_pending(promised), mapping.after(posting)))
