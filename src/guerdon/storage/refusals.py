"""Which SQLSTATE of ours is which refusal: the only place that knows, total both ways."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from guerdon.core import refusals as no
from guerdon.core.commands import Command


@dataclass(frozen=True, slots=True)
class Facts:
    """What the posting function says beside the state."""

    available: Decimal
    state: str | None


def _hold(command: Command) -> object:
    return getattr(command, "hold_id", None)


STATES: dict[str, Callable[[Command, Facts], no.Refusal]] = {
    "GD001": lambda c, _: no.AccountNotFound(c.account_id),
    "GD002": lambda c, _: no.AccountClosed(c.account_id),
    "GD003": lambda c, f: no.InsufficientPoints(c.account_id, f.available),
    "GD004": lambda c, _: no.HoldNotFound(str(_hold(c))),
    "GD005": lambda c, f: no.HoldNotOpen(_hold(c), f.state or ""),  # type: ignore[arg-type]
    "GD006": lambda c, _: no.CaptureExceedsHold(_hold(c)),  # type: ignore[arg-type]
    "GD007": lambda c, _: no.KeyReused(c.key or ""),
    "GD008": lambda c, _: no.PendingNotFound(str(getattr(c, "pending_id", None))),
    "GD009": lambda c, f: no.PendingNotOpen(c.pending_id, f.state or ""),  # type: ignore[attr-defined]
    "GD010": lambda c, _: no.TimeNotAhead(c.account_id),
    "GD011": lambda c, _: no.EntryNotFound(getattr(c, "version", 0)),
    "GD012": lambda c, _: no.EntryNotReversible(getattr(c, "version", 0)),
    "GD013": lambda c, _: no.ReversalExceedsEntry(getattr(c, "version", 0)),
    "GD014": lambda c, _: no.TransferNotAllowed(getattr(c, "to_account_id", c.account_id)),
}


def refusal_of(state: str, command: Command, facts: Facts) -> no.Refusal:
    """The refusal that a state from the posting function stands for."""
    return STATES[state](command, facts)
