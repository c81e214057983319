"""Every state of the posting function becomes its refusal, with the facts of the case."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW
from guerdon.core import refusals as no
from guerdon.core.callers import Caller
from guerdon.core.commands import Cancel, Command, Earn, Reverse, Void
from guerdon.storage.refusals import STATES, Facts, refusal_of

ACCOUNT, HOLD = UUID(int=3), UUID(int=4)
COMMON: dict[str, Any] = {
    "caller": Caller(UUID(int=1), "test", UUID(int=2)),
    "account_id": ACCOUNT,
    "at": NOW,
    "key": "k",
}
FACTS = Facts(Decimal(7), "captured")

EXPECTED: dict[str, no.Refusal] = {
    "GD001": no.AccountNotFound(ACCOUNT),
    "GD002": no.AccountClosed(ACCOUNT),
    "GD003": no.InsufficientPoints(ACCOUNT, Decimal(7)),
    "GD004": no.HoldNotFound(str(HOLD)),
    "GD005": no.HoldNotOpen(HOLD, "captured"),
    "GD006": no.CaptureExceedsHold(HOLD),
    "GD007": no.KeyReused("k"),
    "GD008": no.PendingNotFound(str(HOLD)),
    "GD009": no.PendingNotOpen(HOLD, "captured"),
    "GD010": no.TimeNotAhead(ACCOUNT),
    "GD011": no.EntryNotFound(5),
    "GD012": no.EntryNotReversible(5),
    "GD013": no.ReversalExceedsEntry(5),
    "GD014": no.TransferNotAllowed(ACCOUNT),
}


def test_every_state_is_tried() -> None:
    """A new state needs its line here."""
    assert set(EXPECTED) == set(STATES)


@pytest.mark.parametrize("state", EXPECTED)
def test_a_state_becomes_its_refusal(state: str) -> None:
    """Type and facts."""
    asked: Command = Void(hold_id=HOLD, **COMMON)
    if "pending_id" in vars(EXPECTED[state]):
        asked = Cancel(pending_id=HOLD, **COMMON)
    elif "version" in vars(EXPECTED[state]):
        asked = Reverse(version=5, **COMMON)
    refusal = refusal_of(state, asked, FACTS)
    assert type(refusal) is type(EXPECTED[state])
    assert vars(refusal) == vars(EXPECTED[state])


def test_a_command_without_a_hold_or_a_key_is_no_trouble() -> None:
    """Not every verb has both."""
    earn = Earn(points=Decimal(1), **{**COMMON, "key": None})
    assert [type(refusal_of(state, earn, Facts(Decimal(0), None))) for state in STATES] == list(
        map(type, EXPECTED.values())
    )


def test_a_state_that_nobody_knows_is_our_fault() -> None:
    """It must be seen as a crash, not be taken for an acceptance."""
    with pytest.raises(KeyError):
        refusal_of("GD999", Void(hold_id=HOLD, **COMMON), FACTS)
