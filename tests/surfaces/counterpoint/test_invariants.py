"""What is always true between the figures and rows of a balance check, each by its number, and all of it at random."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guerdon.core.commands import Adjust, Earn
from guerdon.engine import posting
from surfaces.counterpoint.conftest import THEN, Past
from surfaces.counterpoint.tills import CALLER, PENDING, PROMISED, SUMMARY, Customer, Json, backdated, figures, refused

DAY = timedelta(days=1)


@pytest.fixture
async def holder(past: Past) -> Customer:
    """610 points of long ago, 250 of last week, and 300 of them held."""
    customer = await past.customer()
    for points, days in (("500", 1500), ("110", 1100), ("250", 4)):
        await backdated(past.engine, customer, points, THEN - days * DAY)
    customer.authorized("W-1", 300)
    return customer


def amounts(loyalty: Json, *activities: str | None) -> list[int]:
    """The points of rows of these kinds; None is an ordinary one."""
    return [row["PointAmount"] for row in loyalty["History"] if row.get("Activity") in activities]


def posted(loyalty: Json) -> int:
    """What the rows of what was posted come to, the summary included."""
    return sum(amounts(loyalty, SUMMARY, None, "Charge"))


def test_i1_available_is_the_balance_less_the_holds(holder: Customer) -> None:
    """Whatever is held."""
    assert figures(holder.loyalty()) == (860, 300, 560)
    holder.authorized("W-2", 560)
    assert figures(holder.loyalty()) == (860, 860, 0)


def test_i2_posted_rows_come_to_the_balance(holder: Customer) -> None:
    """The summary, what was earned, and what was spent."""
    holder.finished("Confirm", holder.authorized("W-2", 60))
    loyalty = holder.loyalty()
    assert posted(loyalty) == loyalty["PointBalance"] == 800
    assert amounts(loyalty, SUMMARY) == [610]


def test_i3_pending_charges_come_to_the_open_authorizations(holder: Customer) -> None:
    """Each above zero."""
    holder.authorized("W-2", 60)
    loyalty = holder.loyalty()
    assert amounts(loyalty, PENDING) == [300, 60]
    assert loyalty["OpenAuthorizations"] == 360


def test_i4_all_rows_come_to_what_is_available(holder: Customer) -> None:
    """With what is held taken off."""
    loyalty = holder.loyalty()
    assert posted(loyalty) - sum(amounts(loyalty, PENDING)) == loyalty["AvailablePointBalance"] == 560


def test_i5_a_hold_does_not_change_the_balance(holder: Customer) -> None:
    """Nor any row of what was posted."""
    before = holder.loyalty()
    holder.authorized("W-2", 60)
    after = holder.loyalty()
    assert before["PointBalance"] == after["PointBalance"]
    assert posted(before) == posted(after)


def test_i6_an_earn_is_posted_at_once(holder: Customer) -> None:
    """It is in the balance, and never pending."""
    holder.earned(100)
    loyalty = holder.loyalty()
    assert (loyalty["PointBalance"], loyalty["PendingPointsEarned"]) == (960, 0)


async def test_i7_what_is_not_posted_yet_is_not_spendable(past: Past, holder: Customer) -> None:
    """Promised by another surface: shown apart, with a row of its own, and not to be held."""
    for points, reference, location in (("40.6", "T-1", "Main Street"), ("0.6", None, None)):
        promise = Earn(
            caller=CALLER,
            account_id=holder.account_id,
            at=THEN,
            points=Decimal(points),
            pending_id=past.engine.new_id(),
            activates_at=THEN + DAY,
            reference=reference,
            location=location,
        )
        await posting.post(past.engine, promise)
    loyalty = holder.loyalty()
    assert (loyalty["PendingPointsEarned"], figures(loyalty)) == (41, (860, 300, 560))
    promised = [row for row in loyalty["History"] if row.get("Activity") == PROMISED]
    first = {"Date": "05/10/2021", "PointAmount": 40, "Location": "Main Street", "Document": "T-1"}
    assert promised == [{"Activity": PROMISED, **first}, {"Activity": PROMISED, "Date": "05/10/2021", "PointAmount": 1}]
    refused(holder.authorize("W-2", 561), 400, "No Balance Remaining")
    past.clock.now = THEN + DAY
    loyalty = holder.loyalty()
    assert (loyalty["PendingPointsEarned"], figures(loyalty)) == (0, (901, 300, 601))


def test_i8_no_more_is_held_than_is_available(holder: Customer) -> None:
    """One point more is refused, and changes nothing."""
    refused(holder.authorize("W-2", 561), 400, "No Balance Remaining")
    assert figures(holder.loyalty()) == (860, 300, 560)
    holder.authorized("W-2", 560)


def test_i9_a_confirm_takes_the_points_from_balance_and_holds(holder: Customer) -> None:
    """What is available stays."""
    code = holder.authorized("W-1", 300)
    holder.finished("Confirm", code)
    assert figures(holder.loyalty()) == (560, 0, 560)


def test_i10_a_cancel_frees_the_points(holder: Customer) -> None:
    """The balance stays, and what is available rises."""
    holder.finished("Cancel", holder.authorized("W-1", 300))
    assert figures(holder.loyalty()) == (860, 0, 860)


async def test_i11_the_balance_is_earned_less_redeemed_and_adjusted(past: Past) -> None:
    """By the five customers of Counterpoint's own guide."""
    for earned, redeemed, adjusted, balance in (
        (2456, 0, 10000, 12456),
        (9862, 162, 10001, 19701),
        (1050, 0, 8000, 9050),
        (1894, 7894, 6000, 0),
        (0, 0, 0, 0),
    ):
        customer = await past.customer()
        if adjusted:
            adjust = Adjust(caller=CALLER, account_id=customer.account_id, at=THEN, points=Decimal(adjusted))
            await posting.post(past.engine, adjust)
        if earned:
            customer.earned(earned)
        if redeemed:
            customer.finished("Confirm", customer.authorized("T-1", redeemed))
        loyalty = customer.loyalty()
        assert loyalty["PointBalance"] == balance == posted(loyalty)
        assert sum(amounts(loyalty, None)) == earned + adjusted
        assert -sum(amounts(loyalty, "Charge")) == redeemed


@pytest.mark.parametrize("days", [0, 1, 5, 366, 1099, 1100, 1500, 1501, 4000])
async def test_i12_the_window_changes_the_history_only(holder: Customer, days: int) -> None:
    """Wherever it begins, and wherever it ends."""
    plain = {**holder.loyalty(), "History": []}
    start = f"{THEN - days * DAY:%m/%d/%Y}"
    for window in ({"startDate": start}, {"startDate": "01/01/2000", "endDate": start}):
        loyalty = holder.loyalty(**window)
        assert {**loyalty, "History": []} == plain
        assert amounts(loyalty, PENDING) == [300]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 500)),
        st.tuples(st.just("share"), st.integers(1, 99)),
        st.tuples(st.just("authorize"), st.integers(1, 400)),
        st.tuples(st.just("Confirm"), st.integers(0, 3)),
        st.tuples(st.just("Cancel"), st.integers(0, 3)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.integers(0, 700))
async def test_all_of_it_after_any_steps(past: Past, steps: list[tuple[str, int]], days: int) -> None:
    """Earns, shares of a point, holds, confirms and cancels in any order; `loyalty` adds up each time."""
    customer, codes, sale = await past.customer(), list[str](), 0
    for step, number in steps:
        if step == "earn":
            customer.earned(number)
        elif step == "share":
            await backdated(past.engine, customer, f"0.{number:02}", THEN - number * 8 * DAY)
        elif step == "authorize":
            sale += 1
            answer: httpx.Response = customer.authorize(f"S-{sale}", number)
            if answer.status_code == 200:
                codes.append(answer.json()["AuthCode"])
            else:
                refused(answer, 400, "No Balance Remaining")
                assert customer.figures()[2] < number
        elif codes:
            customer.finished(step, codes.pop(number % len(codes)))
        loyalty: dict[str, Any] = customer.loyalty()
        windowed = customer.loyalty(startDate=f"{THEN - days * DAY:%m/%d/%Y}")
        assert {**loyalty, "History": []} == {**windowed, "History": []}
        assert len(amounts(loyalty, PENDING)) == len(codes)
