"""A repeated request is known by its fingerprint: equal for the same request, different for any other."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.commands import Adjust, Basis, Capture, Command, Earn, Hold, Set, Void

CALLER = Caller(UUID(int=1), "test", UUID(int=2))
COMMON: dict[str, Any] = {"caller": CALLER, "account_id": UUID(int=3), "at": NOW, "key": "k", "reference": "r"}
HOLD = UUID(int=4)

COMMANDS: tuple[Command, ...] = (
    Earn(points=Decimal(5), **COMMON),
    Adjust(points=Decimal(5), **COMMON),
    Set(points=Decimal(5), basis=Basis.POSTED, **COMMON),
    Set(points=Decimal(5), basis=Basis.AVAILABLE, **COMMON),
    Hold(points=Decimal(5), hold_id=HOLD, **COMMON),
    Hold(points=Decimal(5), hold_id=HOLD, once_per_reference=True, **COMMON),
    Capture(hold_id=HOLD, **COMMON),
    Capture(hold_id=HOLD, points=Decimal(5), **COMMON),
    Capture(hold_id=HOLD, points=Decimal(5), release_rest=True, **COMMON),
    Capture(hold_id=UUID(int=5), **COMMON),
    Void(hold_id=HOLD, **COMMON),
)


def test_no_two_requests_share_a_fingerprint() -> None:
    """Else the second would be answered with what the first one did."""
    assert len({command.fingerprint() for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
def test_what_makes_another_request(command: Command) -> None:
    """Whatever a person would call a difference."""
    others: tuple[dict[str, Any], ...] = (
        {"account_id": uuid4()},
        {"reason": "other"},
        {"reference": None},
        {"location": "elsewhere"},
    )
    for change in others:
        assert replace(command, **change).fingerprint() != command.fingerprint(), change


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
def test_what_a_repeat_may_change(command: Command) -> None:
    """It comes later, through another credential of the tenant, and a new rule may have been consulted."""
    caller = Caller(CALLER.tenant_id, "test", uuid4())
    later = replace(command, at=NOW + timedelta(days=1), caller=caller, cause="rule 2")
    assert later.fingerprint() == command.fingerprint()
    assert len(command.fingerprint()) == 16


def test_a_new_hold_id_is_not_another_request() -> None:
    """The id is made anew at each try."""
    first = Hold(points=Decimal(5), hold_id=uuid4(), **COMMON)
    assert replace(first, hold_id=uuid4()).fingerprint() == first.fingerprint()


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.integers(0, 20))
def test_zeros_at_the_end_make_no_difference(points: Decimal, zeros: int) -> None:
    """100 and 100.0 are one request; 100 and 1000 are two."""
    longer = Decimal(f"{points:f}{'0' * zeros}")
    asked = Adjust(points=points, **COMMON)
    assert replace(asked, points=longer).fingerprint() == asked.fingerprint()
    assert replace(asked, points=points + 1).fingerprint() != asked.fingerprint()


def test_whole_numbers_keep_their_zeros() -> None:
    """Cutting them would make 100 and 1 the same request."""
    one, ten, hundred, same = (Earn(points=Decimal(p), **COMMON).fingerprint() for p in ("1", "10", "100", "1E+2"))
    assert len({one, ten, hundred}) == 3
    assert same == hundred
