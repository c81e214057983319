"""The reference model itself: worked examples by hand, and what is always true of it, without a database."""

import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guerdon.core.callers import Caller
from guerdon.core.programs import Expiry, ExpiryKind
from ledger_model import tales_of_returns, tales_of_time
from ledger_model.accounts import ModelAccount
from ledger_model.days import day_of_lot, later
from ledger_model.model import Model
from ledger_model.plans import Draft, Facts, Plan, plans, program, rules
from ledger_model.settling import overdue, settle
from ledger_model.states import check, differences, state_of
from ledger_model.tales import START, Tale, day

TALES = tales_of_time.TALES + tales_of_returns.TALES


def opened(first: Facts, second: Facts) -> tuple[Model, Draft]:
    """Three accounts of one program and one of another."""
    caller = Caller(uuid.uuid4(), "test", uuid.uuid4())
    model = Model()
    one, other = program(caller.tenant_id, **first), program(caller.tenant_id, **second)
    for made in (one, one, one, other):
        account = ModelAccount(uuid.uuid4(), caller.tenant_id, made)
        model.accounts[account.id] = account
    return model, Draft(caller, list(model.accounts), model)


@pytest.mark.parametrize(("tell", "chosen"), TALES, ids=lambda each: getattr(each, "__name__", "") or "-")
def test_a_story_told_by_hand(tell: Callable[[Tale], None], chosen: Facts) -> None:
    """The model does what the rules say, worked out on paper."""
    model, draft = opened(chosen, {})

    def settled(now: datetime) -> None:
        for id_ in model.accounts:
            model.settle(id_, now)

    tell(Tale(model, draft.caller, draft.accounts, model.post, settled))
    for account in model.accounts.values():
        check(state_of(account))


@settings(max_examples=40, deadline=None)
@given(first=rules(), second=rules(), plan=plans())
def test_it_always_adds_up(first: Facts, second: Facts, plan: Plan) -> None:
    """Every invariant after every command; a refusal changes nothing but what was due anyway."""
    model, draft = opened(first, second)
    now = START
    for step, drawn in plan:
        now += step
        for facts, key in drawn:
            before = deepcopy(model.accounts)
            outcome = model.post(draft.command(facts, now, key), now)
            for id_, account in model.accounts.items():
                check(state_of(account))
                if outcome.refusal or outcome.replayed:
                    settle(before[id_], now)
                    settle(account, now)
                    assert not differences(state_of(before[id_]), state_of(account))


@settings(max_examples=40, deadline=None)
@given(first=rules(), plan=plans(batches=6), looks=st.lists(st.integers(1, 120), max_size=6))
def test_it_does_not_matter_when_anybody_looks(first: Facts, plan: Plan, looks: list[int]) -> None:
    """Settled on the way or only at the end: the same, apart from when it was written."""
    model, draft = opened(first, first)
    now = START
    for step, drawn in plan:
        now += step
        for facts, key in drawn:
            model.post(draft.command(facts, now, key), now)
    for account in model.accounts.values():
        watched, end = deepcopy(account), now + timedelta(days=130)
        for days in sorted(looks):
            settle(watched, now + timedelta(days=days))
            assert overdue(watched, now + timedelta(days=days)) <= watched.held
        for each in (watched, account):
            settle(each, end)
        assert not differences(unrecorded(account), unrecorded(watched))


def unrecorded(account: ModelAccount) -> dict[str, Any]:
    """What is known of an account, without when the entries were written."""
    state = state_of(account)
    return state | {"entries": [{**entry, "recorded_at": None} for entry in state["entries"]]}


@pytest.mark.parametrize(
    ("expiry", "at", "expected"),
    [
        ({"count": 30, "unit": "day"}, "2026-07-02T12:00", "2026-08-02"),
        ({"count": 1, "unit": "month"}, "2026-01-31T23:59", "2026-03-01"),
        ({"count": 1, "unit": "month"}, "2028-01-31T12:00", "2028-03-01"),
        ({"count": 1, "unit": "year"}, "2028-02-29T12:00", "2029-03-01"),
        ({"count": 1, "unit": "month", "round_to": "month"}, "2026-01-31T12:00", "2026-03-01"),
        ({"count": 1, "unit": "month", "round_to": "quarter"}, "2026-02-28T12:00", "2026-04-01"),
        ({"count": 1, "unit": "month", "round_to": "quarter"}, "2026-03-01T12:00", "2026-07-01"),
        ({"count": 1, "unit": "year", "round_to": "year"}, "2026-03-01T12:00", "2028-01-01"),
        # In New York it is still 2 July, and midnight there is four or five hours later.
        ({"count": 1, "unit": "day", "time_zone": "America/New_York"}, "2026-07-03T03:59", "2026-07-04T04:00"),
        ({"count": 4, "unit": "month", "time_zone": "America/New_York"}, "2026-07-02T12:00", "2026-11-03T05:00"),
        # In Havana the clock goes from 1 back to 0: the day ends at the first of both midnights.
        ({"count": 1, "unit": "day", "time_zone": "America/Havana"}, "2026-10-30T12:00", "2026-11-01T04:00"),
        # And from 0 on to 1: the day begins at 1.
        ({"count": 1, "unit": "day", "time_zone": "America/Havana"}, "2026-03-06T12:00", "2026-03-08T05:00"),
    ],
)
def test_the_end_of_a_counted_time(expiry: Facts, at: str, expected: str) -> None:
    """Counted in the calendar of the place, to the end of the day there or of what it is rounded to."""
    assert day_of_lot(Expiry(kind=ExpiryKind.ROLLING, **expiry), day(at)) == day(expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-29T12:00", "2026-07-01"),
        ("2026-06-30T12:00", "2026-07-01"),
        ("2026-07-01T00:00", "2027-01-01"),
        ("2026-12-31T23:59", "2027-01-01"),
        ("2027-01-01T00:00", "2027-07-01"),
    ],
)
def test_the_next_of_fixed_days(at: str, expected: str) -> None:
    """The day itself is one still."""
    assert day_of_lot(Expiry(kind=ExpiryKind.FIXED, dates=("12-31", "06-30")), day(at)) == day(expected)


def test_months_are_counted_to_their_last_day() -> None:
    """31 January and one month is the last of February."""
    assert later(date(2026, 1, 31), 1, "month") == date(2026, 2, 28)
    assert later(date(2026, 12, 31), 2, "month") == date(2027, 2, 28)
    assert later(date(2026, 5, 31), 12, "month") == date(2027, 5, 31)
