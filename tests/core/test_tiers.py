"""The ladder, walked through time: up at once, down only when a time has run out, and what is missing said exactly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.programs import Downgrade, Qualifying, Tier, Window
from guerdon.core.tiers import Deed, Move, Place, granted, place


def tier(number: int, threshold: int, *, by_hand: bool = False) -> Tier:
    code = "BSG"[number] if number < 3 else "X"
    return Tier(UUID(int=number), UUID(int=9), code, code, None, None, None, Decimal(threshold), None, number, by_hand)


LADDER = [tier(2, 500), tier(0, 0), tier(1, 100), tier(3, 0, by_hand=True)]
CALENDAR: dict[str, Any] = {"window": Window.CALENDAR, "unit": "quarter"}
ROLLING: dict[str, Any] = {"window": Window.ROLLING, "count": 12, "unit": "month"}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(now: str, *deeds: tuple[str, int], **rules: Any) -> Place:
    done = [Deed(day(when), Decimal(amount)) for when, amount in deeds]
    return place(Qualifying(**rules), LADDER, done, day(now))


def facts(*said: object) -> list[object]:
    return list(said)


def told(found: Place) -> list[str]:
    return [f"{s.at:%Y-%m-%d} {s.what} {s.tier.code if s.tier else None}" for s in found.steps]


def code(found: Place) -> str | None:
    return found.tier.code if found.tier else None


def test_over_a_lifetime_nobody_falls() -> None:
    found = at("2030-01-01", ("2020-01-01", 60), ("2021-01-01", 60))
    assert (code(found), found.until, found.keeping) == ("S", None, None)
    assert facts(found.counted, found.missing, found.by) == [120, 380, None]
    assert told(found) == ["2020-01-01 reached B", "2021-01-01 reached S"]
    assert code(at("2030-01-01", ("2020-01-01", 99))) == "B"
    assert code(at("2030-01-01", ("2020-01-01", 100))) == "S"
    assert place(Qualifying(), [], [], day("2030-01-01")).tier is None


@pytest.mark.parametrize("rules", [{}, CALENDAR, ROLLING], ids=["lifetime", "calendar", "rolling"])
def test_who_has_done_nothing_stands_where_nothing_is_asked(rules: dict[str, Any]) -> None:
    """For good; with a ladder that asks something on its lowest step, nowhere."""
    found = at("2030-01-01", **rules)
    assert facts(code(found), found.until, found.missing) == ["B", None, 100]
    assert place(Qualifying(**rules), LADDER[2:3], [], day("2030-01-01")).tier is None


def test_progress_is_as_people_say_it() -> None:
    """240 points to Gold by 31 March; keeping Silver needs 80."""
    found = at("2026-02-01", ("2025-11-05", 150), ("2026-01-10", 20), ("2026-01-20", 240), **CALENDAR)
    assert facts(code(found), found.counted, found.missing, found.by) == ["S", 260, 240, day("2026-04-01")]
    early = at("2026-02-01", ("2025-11-05", 150), ("2026-01-10", 20), **CALENDAR)
    assert facts(code(early), early.until, early.keeping) == ["S", day("2026-04-01"), 80]
    assert not early.is_warned
    assert at("2026-03-05", ("2025-11-05", 150), ("2026-01-10", 20), **CALENDAR).is_warned


@pytest.mark.parametrize(
    ("downgrade", "ended"), [(Downgrade.BALANCE, ["B"]), (Downgrade.ONE_STEP, ["S", "B"])], ids=["balance", "one_step"]
)
def test_a_period_of_the_calendar(downgrade: Downgrade, ended: list[str]) -> None:
    """Good to the end of the next one; then where the member would come by itself, or one step down."""
    rules = {**CALENDAR, "downgrade": downgrade}
    deeds = (("2025-11-05", 500),)
    assert code(at("2026-03-31", *deeds, **rules)) == "G"
    assert told(at("2027-01-01", *deeds, **rules))[-len(ended) :] == [
        f"2026-{month}-01 dropped {code}" for month, code in zip(("04", "10"), ended, strict=False)
    ]
    kept = at("2026-05-01", *deeds, ("2026-02-01", 500), **rules)
    assert (code(kept), kept.until) == ("G", day("2026-07-01"))


def test_a_rolling_window() -> None:
    """Good for as long as the window is, from when enough was done last; grace is longer, and counts."""
    deeds = (("2025-01-15", 100), ("2025-06-15", 30))
    found = at("2025-12-01", *deeds, **ROLLING)
    assert facts(code(found), found.until, found.counted) == ["S", day("2026-06-15"), 130]
    assert found.keeping == 100
    assert told(at("2026-01-16", deeds[0], **ROLLING))[-1] == "2026-01-15 dropped B", "one deed is good for one window"
    assert code(at("2026-06-15", *deeds, **ROLLING)) == "B"
    late = (*deeds, ("2026-06-20", 100))
    assert told(at("2026-06-21", *late, **ROLLING))[-2:] == ["2026-06-15 dropped B", "2026-06-20 reached S"]
    spared = at("2026-06-30", *late, **ROLLING, grace_days=10)
    assert (told(spared)[-1], spared.until) == ("2025-01-15 reached S", day("2027-06-30"))


@pytest.mark.parametrize(
    ("done", "until"),
    [
        ("2026-10-25T23:30+01:00", "2026-11-25T23:30+01:00"),
        ("2026-03-29T12:00+02:00", "2026-04-29T12:00+02:00"),
        ("2026-02-28T12:00+01:00", "2026-03-28T12:00+01:00"),
        ("2026-02-28T23:30+01:00", "2026-03-28T23:30+01:00"),
        ("2026-09-25T12:00+02:00", "2026-10-25T12:00+01:00"),
    ],
)
def test_a_rolling_window_of_months_ends_at_the_same_time_of_day(done: str, until: str) -> None:
    """Where the program is, also from or to a day on which clocks change."""
    since, end = datetime.fromisoformat(done), datetime.fromisoformat(until)
    rules = Qualifying(window=Window.ROLLING, unit="month", time_zone="Europe/Berlin")
    found = place(rules, LADDER, [Deed(since, Decimal(100))], end - timedelta(minutes=1))
    assert (found.until, found.counted) == (end, Decimal(100))
    assert place(rules, LADDER, [Deed(since, Decimal(100))], end + timedelta(minutes=1)).counted == 0


def test_days_are_those_of_the_program_whatever_clocks_do() -> None:
    """Of a rolling window, of grace after a midnight, and of notice: to the same time of day."""
    rules: dict[str, Any] = {"time_zone": "Europe/Berlin", "notice_days": 10}
    since = datetime.fromisoformat("2026-10-20T12:00+02:00")
    rolling = Qualifying(window=Window.ROLLING, count=10, unit="day", **rules)
    found = place(rolling, LADDER, [Deed(since, Decimal(100))], since)
    end = datetime.fromisoformat("2026-10-30T12:00+01:00")
    assert (found.until, found.warned_from) == (end, since)
    calendar = Qualifying(window=Window.CALENDAR, unit="month", grace_days=30, **rules)
    found = place(calendar, LADDER, [Deed(day("2026-08-20"), Decimal(100))], since)
    assert found.until == datetime.fromisoformat("2026-10-31T00:00+01:00")


def test_above_a_tier_that_was_given_is_the_next_one_up() -> None:
    """None above the top; to one that is off the ladder, what the member would come to by itself."""
    found = at("2026-01-01", ("2025-12-01", 60))
    for number, above, missing in ((0, None, None), (2, "G", 440), (1, "S", 40), (3, "S", 40)):
        then = granted(found, LADDER[number], None, day("2026-01-01"), LADDER)
        assert (then.next_tier.code if then.next_tier else None, then.missing) == (above, missing)


def test_a_tier_by_hand_is_not_lost_before_its_day() -> None:
    now, silver, gift = day("2026-01-01"), LADDER[2], LADDER[3]
    low, high = at("2026-01-01", ("2025-12-01", 1)), at("2026-01-01", ("2025-12-01", 600))
    assert code(granted(low, silver, now + timedelta(days=1), now, LADDER)) == "S"
    assert granted(low, silver, now, now, LADDER) == low
    assert granted(high, silver, None, now, LADDER) == high
    soon = replace(high, tier=silver, until=now + timedelta(days=2), is_warned=True)
    assert granted(soon, silver, now + timedelta(days=1), now, LADDER) == soon
    longer = granted(soon, silver, now + timedelta(days=3), now, LADDER)
    assert (longer.until, longer.is_warned) == (now + timedelta(days=3), False)
    given_ = granted(high, gift, None, now, LADDER)
    assert (code(given_), given_.steps[-1].what, given_.keeping) == ("X", Move.GRANTED, None)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(-50, 300)), max_size=12), st.sampled_from([CALENDAR, ROLLING])
)
def test_nobody_falls_without_a_time_that_ran_out(deeds: list[tuple[int, int]], rules: dict[str, Any]) -> None:
    """And what the walk says at each day is what it says of that day later."""
    start = day("2024-01-01")
    done = [Deed(start + timedelta(days=after), Decimal(amount)) for after, amount in deeds]
    whole = place(Qualifying(**rules), LADDER, done, start + timedelta(days=1_500))
    for after in range(0, 1_500, 250):
        then = place(Qualifying(**rules), LADDER, done, start + timedelta(days=after))
        assert list(then.steps) == [step for step in whole.steps if step.at <= start + timedelta(days=after)]
    for step in whole.steps:
        if step.what is Move.DROPPED:
            assert step.at > min(deed.at for deed in done) + timedelta(days=89)
