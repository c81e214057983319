"""Stories of what happens by itself: points that lapse, holds that end, promises that come true."""

from datetime import timedelta
from decimal import Decimal

from guerdon.core import refusals as no
from guerdon.core.commands import Activate, Cancel, PendingState
from guerdon.core.programs import Expiry, ExpiryKind
from ledger_model.tales import START, Tale, day, refused

DAY = timedelta(days=1)
MONTH_THERE = {"expiry": Expiry(kind=ExpiryKind.ROLLING, count=1, unit="month", time_zone="America/New_York")}
IDLE = {"expiry": Expiry(kind=ExpiryKind.INACTIVITY, count=10, unit="day")}
PLAIN: dict[str, object] = {}


def points_lapse_at_the_end_of_their_day(tale: Tale) -> None:
    """A month from 2 July in New York ends there at midnight after 2 August; it is written when somebody looks."""
    tale.earn(40)
    tale.pass_by(31)
    tale.settled(day("2026-08-03T03:59:59"))
    assert tale.told() == [("earn", 40)]
    tale.wait(30)
    assert tale.told() == [("earn", 40), ("expire", -40)]
    assert (tale.last().effective_at, tale.last().recorded_at) == (day("2026-08-03T04:00"), tale.now)
    assert (tale.last().said.surface, tale.last().said.actor.int) == ("ledger", 0)
    assert tale.figures() == (0, 0, 0, 40)
    assert tale.paid(2) == {(1, 1): 40}


def lots_of_one_moment_lapse_as_one_entry(tale: Tale) -> None:
    """And those of another in another, in the order of their moments, however late all is looked at."""
    for points, days in ((1, 3), (2, 5), (4, 3)):
        tale.earn(points, expires_at=START + days * DAY)
    tale.wait(20)
    assert tale.told(4) == [("expire", -5), ("expire", -2)]
    assert [entry.effective_at for entry in tale.account().entries[3:]] == [START + 3 * DAY, START + 5 * DAY]


def held_points_wait(tale: Tale) -> None:
    """The first points that are due are kept for the hold, the rest lapses; freed, they lapse at that moment."""
    tale.earn(10, expires_at=START + 1 * DAY)
    tale.earn(10, expires_at=START + 2 * DAY)
    tale.earn(5)
    tale.hold("h", 12)
    tale.wait(1)
    assert tale.left() == {(1, 1): 10, (2, 1): 10, (3, 1): 5}
    tale.wait(2)
    assert tale.told(4) == [("expire", -8)]
    assert tale.last().effective_at == START + 2 * DAY
    assert tale.left() == {(1, 1): 10, (2, 1): 2, (3, 1): 5}
    assert tale.account().available == 5
    tale.void("h")
    assert tale.told(5) == []
    freed = tale.now
    tale.wait(4)
    assert tale.told(5) == [("expire", -12)]
    assert tale.last().effective_at == freed
    assert tale.paid(5) == {(1, 1): 10, (2, 1): 2}


def what_is_released_lapses_then(tale: Tale) -> None:
    """Points past their day that a capture does not take, or that another hold is not for."""
    tale.earn(20, expires_at=START + 1 * DAY)
    tale.hold("a", 6)
    tale.hold("b", 5, reference="sale", once_per_reference=True)
    tale.wait(2)
    tale.capture("a", 2, release_rest=True)
    tale.wait(1)
    assert tale.told(2) == [("expire", -9), ("capture", -2), ("expire", -4)]
    assert tale.last().effective_at == START + 2 * DAY
    tale.hold("c", 3, reference="sale", once_per_reference=True)
    tale.wait(1)
    assert tale.told(5) == [("expire", -2)]
    assert tale.last().effective_at == START + 3 * DAY


def a_capture_takes_what_waited_for_it(tale: Tale) -> None:
    """Points past their day first; everything else takes them last of all, below zero if it may."""
    tale.earn(10, expires_at=START + 1 * DAY)
    tale.earn(10)
    tale.hold("h", 6)
    tale.wait(1)
    assert tale.left() == {(1, 1): 6, (2, 1): 10}
    tale.adjust(-12)
    assert tale.paid(tale.account().version) == {(2, 1): 10, (1, 1): 2}
    tale.capture("h", 5)
    assert tale.paid(tale.account().version) == {(1, 1): 4, (0, 0): 1}
    assert tale.figures() == (-1, 1, 0, 20)


def a_hold_ends_by_itself(tale: Tale) -> None:
    """What it kept past its day lapses at that moment, whenever it is looked at."""
    tale.earn(10, expires_at=START + 1 * DAY)
    tale.hold("h", 6, expires_at=START + 3 * DAY)
    tale.wait(30)
    assert tale.told(2) == [("expire", -4), ("expire", -6)]
    assert [entry.effective_at for entry in tale.account().entries[1:]] == [START + 1 * DAY, START + 3 * DAY]
    hold = tale.account().holds[tale.id_of("h")]
    assert (hold.state.value, int(hold.remaining), hold.closed_at) == ("expired", 0, START + 3 * DAY)
    assert refused(tale.capture("h"), no.HoldNotOpen, state="expired")


def a_hold_that_ends_now_reserves_nothing_now(tale: Tale) -> None:
    """Its last moment is no longer in it; a lot whose day is now is gone as well."""
    tale.earn(10, expires_at=START + 1 * DAY)
    tale.hold("h", 6, expires_at=START + 1 * DAY)
    tale.pass_by(1)
    assert refused(tale.hold("late", 1), no.InsufficientPoints, available=Decimal(0))
    assert tale.told(2) == [("expire", -4), ("expire", -6)]


def a_promise_comes_true_on_its_day(tale: Tale) -> None:
    """As an earn of that day, with what was said when it was made; its own day runs from there."""
    tale.promise("p", 30, activates_at=START + 5 * DAY, reason="stay", location="desk", cause="rule 1")
    assert tale.figures() == (0, 0, 30, 0)
    tale.wait(4.9)
    assert tale.told() == []
    tale.wait(10)
    assert tale.told() == [("earn", 30)]
    assert tale.figures() == (30, 0, 0, 30)
    assert (tale.last().effective_at, tale.last().recorded_at) == (START + 5 * DAY, tale.now)
    assert (tale.last().said.reason, tale.last().said.location, tale.last().said.cause) == ("stay", "desk", "rule 1")
    assert tale.account().lots[0].expires_at == day("2026-08-08T04:00")
    pending = tale.account().pendings[tale.id_of("p")]
    assert (pending.state, pending.closed_at) == (PendingState.ACTIVATED, START + 5 * DAY)


def a_promise_comes_true_and_lapses_before_anybody_looks(tale: Tale) -> None:
    """Everything happens in the order of time, not in the order in which it is found."""
    tale.promise("p", 30, activates_at=START + 5 * DAY, expires_at=START + 9 * DAY)
    tale.wait(20)
    assert tale.told() == [("earn", 30), ("expire", -30)]
    assert tale.last().effective_at == START + 9 * DAY


def promises_that_come_true_pay_what_is_owed(tale: Tale) -> None:
    """Two of one moment in the order of their ids, each for itself; what is left of them can be spent."""
    tale.promise("p", 3, activates_at=START + 1 * DAY)
    tale.promise("q", 4, activates_at=START + 1 * DAY, expires_at=START + 2 * DAY)
    tale.adjust(-5)
    tale.wait(1)
    assert tale.told(2) == [("earn", 3), ("earn", 4)]
    assert tale.paid(1) == {(0, 0): 0, (2, 1): 3, (3, 1): 2}
    assert tale.account().consumed[1, 3, (0, 0)] == -2
    assert tale.figures() == (2, 0, 0, 7)
    tale.wait(1)
    assert tale.told(4) == [("expire", -2)]


def a_promise_comes_true_by_call(tale: Tale) -> None:
    """Before its day, once; the call says what it likes and the promise says the rest."""
    tale.promise("p", 30, activates_at=START + 5 * DAY, reason="stay", location="desk", cause="rule 1")
    tale.pass_by(1)
    done = tale.do(Activate, pending_id=tale.id_of("p"), reason="early")
    assert (done.version, int(done.points), done.hold_id) == (1, 30, tale.id_of("p"))
    assert (tale.last().said.reason, tale.last().said.location, tale.last().said.cause) == ("early", "desk", "rule 1")
    assert tale.last().effective_at == START + 1 * DAY
    tale.wait(10)
    assert tale.told() == [("earn", 30)]
    assert refused(tale.do(Activate, pending_id=tale.id_of("p")), no.PendingNotOpen, state="activated")
    assert refused(tale.do(Cancel, pending_id=tale.id_of("p")), no.PendingNotOpen, state="activated")
    assert refused(tale.do(Cancel, pending_id=tale.id_of("q")), no.PendingNotFound)


def a_promise_is_taken_back(tale: Tale) -> None:
    """Nothing was ever in the balance."""
    tale.promise("p", 30)
    done = tale.do(Cancel, pending_id=tale.id_of("p"))
    assert (done.version, int(done.points), done.hold_id) == (None, 0, tale.id_of("p"))
    assert tale.figures() == (0, 0, 0, 0)
    assert tale.told() == []


def a_promise_for_now_is_an_earn(tale: Tale) -> None:
    """No promise is kept of it."""
    done = tale.promise("p", 30, activates_at=tale.now)
    assert (done.version, done.hold_id) == (1, tale.id_of("p"))
    assert tale.figures() == (30, 0, 0, 30)
    assert tale.account().pendings == {}


def nothing_begins_after_its_end(tale: Tale) -> None:
    """Lots, holds and promises whose day has come are refused, and so is a back-dated earn that would have lapsed."""
    for outcome in (
        tale.earn(1, expires_at=tale.now),
        tale.earn(1, at=START - 60 * DAY),
        tale.adjust(1, at=START - 60 * DAY),
        tale.promise("p", 1, expires_at=tale.now),
        tale.promise("q", 1, activates_at=START + 2 * DAY, expires_at=START + 2 * DAY),
        tale.hold("h", 1, expires_at=tale.now),
    ):
        assert refused(outcome, no.TimeNotAhead, account_id=tale.accounts[0])
    assert tale.figures() == (0, 0, 0, 0)


def an_idle_account_loses_everything(tale: Tale) -> None:
    """Ten days after the last points in, or out of a hold; taking, holding and giving back are no activity."""
    tale.earn(10)
    tale.pass_by(6)
    tale.earn(10)
    tale.pass_by(6)
    tale.hold("h", 5)
    tale.adjust(-1)
    tale.reverse(3)
    assert tale.account().idle_at == day("2026-07-19")
    tale.capture("h", 2)
    assert tale.account().idle_at == day("2026-07-25")
    tale.void("h")
    tale.wait(10.6)
    assert tale.told(6) == [("expire", -18)]
    assert tale.last().effective_at == day("2026-07-25")


def a_promise_that_comes_true_is_activity_on_its_day(tale: Tale) -> None:
    """The account was not idle, though nobody looked before it would have been."""
    tale.earn(10)
    tale.promise("p", 5, activates_at=START + 6 * DAY)
    tale.wait(15)
    assert tale.told() == [("earn", 10), ("earn", 5)]
    tale.wait(2)
    assert tale.told(3) == [("expire", -15)]
    assert tale.last().effective_at == day("2026-07-19")


def an_earlier_activity_renews_nothing(tale: Tale) -> None:
    """What is written late does not bring the day of all points forward; one that would have lapsed is refused."""
    tale.earn(10)
    tale.earn(5, at=START - 3 * DAY)
    assert tale.account().idle_at == day("2026-07-13")
    assert refused(tale.earn(5, account=1, at=START - 12 * DAY), no.TimeNotAhead)
    tale.wait(10)
    assert tale.account().posted == 15


def a_capture_is_activity_before_it_takes(tale: Tale) -> None:
    """It puts off the day of what has none of its own, so that what lapses before then pays for it."""
    tale.earn(10)
    tale.earn(10, expires_at=START + 12 * DAY)
    tale.hold("h", 5)
    tale.pass_by(5)
    tale.capture("h")
    assert tale.left() == {(1, 1): 10, (2, 1): 5}


def what_arrives_is_activity(tale: Tale) -> None:
    """Of the account that it comes to, not of the one that it leaves."""
    tale.earn(10)
    tale.earn(10, 1)
    tale.pass_by(5)
    tale.transfer(1, 4)
    tale.wait(6.5)
    assert tale.told(3) == [("expire", -6)]
    assert tale.told(account=1) == [("earn", 10), ("transfer", 4)]
    tale.wait(5)
    assert tale.told(3, account=1) == [("expire", -14)]
    assert tale.last(1).effective_at == day("2026-07-18")


TALES = [
    (points_lapse_at_the_end_of_their_day, MONTH_THERE),
    (lots_of_one_moment_lapse_as_one_entry, PLAIN),
    (held_points_wait, PLAIN),
    (what_is_released_lapses_then, PLAIN),
    (a_capture_takes_what_waited_for_it, {"allow_negative": True}),
    (a_hold_ends_by_itself, PLAIN),
    (a_hold_that_ends_now_reserves_nothing_now, PLAIN),
    (a_promise_comes_true_on_its_day, MONTH_THERE),
    (a_promise_comes_true_and_lapses_before_anybody_looks, PLAIN),
    (promises_that_come_true_pay_what_is_owed, {"allow_negative": True}),
    (a_promise_comes_true_by_call, PLAIN),
    (a_promise_is_taken_back, PLAIN),
    (a_promise_for_now_is_an_earn, PLAIN),
    (nothing_begins_after_its_end, MONTH_THERE),
    (an_idle_account_loses_everything, IDLE),
    (a_promise_that_comes_true_is_activity_on_its_day, IDLE),
    (an_earlier_activity_renews_nothing, IDLE),
    (a_capture_is_activity_before_it_takes, IDLE),
    (what_arrives_is_activity, IDLE),
]
"""The stories, each with the rules of the program that it plays in."""
