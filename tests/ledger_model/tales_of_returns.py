"""Stories of what is taken first, what goes back where, what is owed, and what moves to another account."""

from datetime import timedelta
from decimal import Decimal

from guerdon.core import refusals as no
from guerdon.core.commands import Basis, Set
from guerdon.core.programs import Expiry, ExpiryKind, ReturnPolicy
from ledger_model.tales import START, Tale, refused

DAY = timedelta(days=1)
PLAIN: dict[str, object] = {}
NEGATIVE = {"allow_negative": True}
GRACE = {"return_grace_days": 10}
IDLE = Expiry(kind=ExpiryKind.INACTIVITY, count=10, unit="day")


def what_lapses_first_is_taken_first(tale: Tale) -> None:
    """Points without a day last; of one day the older ones, and of one age the ones that came first."""
    tale.earn(10)
    tale.earn(10, expires_at=START + 9 * DAY)
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.earn(10, expires_at=START + 5 * DAY, at=START - DAY)
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.adjust(-12)
    assert tale.paid(6) == {(4, 1): 10, (3, 1): 2}
    tale.adjust(-30)
    assert tale.paid(7) == {(3, 1): 8, (5, 1): 10, (2, 1): 10, (1, 1): 2}


def debt_is_repaid_oldest_first(tale: Tale) -> None:
    """What was spent and not there is owed; whatever comes in pays it before it can be spent again."""
    tale.earn(10)
    tale.adjust(-15)
    tale.adjust(-7)
    assert tale.account().debts() == {2: 5, 3: 7}
    tale.earn(6)
    assert tale.account().debts() == {3: 6}
    assert tale.account().consumed[2, 4, (0, 0)] == -5
    assert tale.paid(3) == {(0, 0): 6, (4, 1): 1}
    tale.earn(20)
    assert tale.left() == {(1, 1): 0, (4, 1): 0, (5, 1): 14}
    assert tale.figures() == (14, 0, 0, 36)


def a_return_goes_back_to_where_it_came_from(tale: Tale) -> None:
    """The last points taken are the first to go back, with the day that they had."""
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.earn(10, expires_at=START + 9 * DAY)
    tale.hold("h", 15)
    tale.capture("h")
    assert tale.left() == {(1, 1): 0, (2, 1): 5}
    done = tale.reverse(3, 7)
    assert (done.version, int(done.points), int(done.shortfall)) == (4, 7, 0)
    assert tale.left() == {(1, 1): 2, (2, 1): 10}
    assert tale.last().reverses == 3
    assert refused(tale.reverse(3, 9), no.ReversalExceedsEntry, version=3)
    tale.reverse(3)
    assert tale.left() == {(1, 1): 10, (2, 1): 10}
    assert tale.figures() == (20, 0, 0, 20)
    assert refused(tale.reverse(3), no.ReversalExceedsEntry, version=3)
    assert refused(tale.reverse(4), no.EntryNotReversible, version=4)
    assert refused(tale.reverse(6), no.EntryNotFound, version=6)


def a_return_pays_what_is_owed_first(tale: Tale) -> None:
    """The debt of the entry itself, then what was repaid last; what has come back repays other debts."""
    tale.earn(10)
    tale.adjust(-20)
    tale.earn(4)
    tale.adjust(-3)
    assert tale.account().debts() == {2: 6, 4: 3}
    tale.reverse(2, 8)
    assert tale.paid(2) == {(1, 1): 10, (3, 1): 2, (0, 0): 0}
    assert tale.account().debts() == {4: 1}
    assert tale.paid(4) == {(0, 0): 1, (3, 1): 2}
    assert tale.account().posted == -1
    tale.reverse(2)
    assert tale.paid(2) == {(1, 1): 0, (3, 1): 0, (0, 0): 0}
    assert tale.account().debts() == {}
    assert tale.left() == {(1, 1): 9, (3, 1): 2}


def what_was_repaid_last_goes_back_first(tale: Tale) -> None:
    """Whatever its day; of what was taken at once, what lapses last."""
    tale.earn(10)
    tale.earn(10, expires_at=START + 9 * DAY)
    tale.adjust(-25)
    tale.earn(5, expires_at=START + 3 * DAY)
    tale.reverse(3, 7)
    assert tale.paid(3) == {(0, 0): 0, (1, 1): 8, (2, 1): 10, (4, 1): 0}
    tale.reverse(3, 9)
    assert tale.paid(3) == {(0, 0): 0, (1, 1): 0, (2, 1): 9, (4, 1): 0}


def lots_that_are_used_up_are_passed_over(tale: Tale) -> None:
    """However many there are, the one that is not used up yet is found, and so is one that is filled again."""
    for _ in range(40):
        tale.earn(2)
    tale.adjust(-77)
    assert {version for (version, _), left in tale.left().items() if left} == {39, 40}
    tale.adjust(-2)
    assert tale.paid(42) == {(39, 1): 1, (40, 1): 1}
    tale.reverse(41, 72)
    tale.adjust(-73)
    assert sum(tale.left().values()) == 0


def lots_that_live_on_keep_their_order(tale: Tale) -> None:
    """Several lots that lapsed meanwhile become parts, the one that lapsed first being the first of them."""
    tale.earn(2, expires_at=START + 5 * DAY)
    tale.earn(3, expires_at=START + 4 * DAY)
    tale.adjust(-5)
    tale.pass_by(6)
    tale.reverse(3)
    assert tale.left() == {(1, 1): 0, (2, 1): 0, (4, 1): 3, (4, 2): 2}
    tale.adjust(-4)
    assert tale.paid(5) == {(4, 1): 3, (4, 2): 1}


def returned_too_late_points_lapse_again(tale: Tale) -> None:
    """Without grace they lapse when the account is next touched, as of the moment they came back and no earlier."""
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.adjust(-10)
    tale.wait(7)
    tale.reverse(2)
    assert tale.told(3) == [("reverse", 10)]
    tale.wait(0)
    assert tale.told(4) == [("expire", -10)]
    assert tale.last().effective_at == tale.account().entries[2].recorded_at


def returned_too_late_points_have_a_grace(tale: Tale) -> None:
    """The program's, or that of the call, as a lot of their own; points that had not lapsed keep their day."""
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.earn(10)
    tale.adjust(-15)
    tale.wait(7)
    tale.reverse(3, 9)
    assert tale.left() == {(1, 1): 0, (2, 1): 10, (4, 1): 4}
    assert tale.account().lots[2].expires_at == START + 17 * DAY
    assert tale.account().lots[2].earned_at == START
    assert tale.account().consumed[4, 4, (1, 1)] == 4
    tale.reverse(3, 1, expires_at=START + 8 * DAY)
    assert tale.account().lots[3].expires_at == START + 8 * DAY
    assert refused(tale.reverse(3, 1, expires_at=tale.now), no.TimeNotAhead)
    tale.wait(30)
    assert tale.told(6) == [("expire", -1), ("expire", -4)]


def debt_has_no_day(tale: Tale) -> None:
    """What nothing had paid for goes back to nothing, also where everything of the account would have lapsed."""
    tale.earn(40)
    tale.pass_by(100)
    tale.adjust(-17)
    assert tale.told() == [("earn", 40), ("expire", -40), ("adjust", -17)]
    tale.reverse(3, 3)
    assert tale.paid(3) == {(0, 0): 14}
    assert tale.left() == {(1, 1): 0}
    assert tale.figures() == (-14, 0, 0, 40)


def a_lapse_is_undone(tale: Tale) -> None:
    """A kindness of the merchant's: the points live on as long as is said."""
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.wait(7)
    tale.reverse(2, expires_at=START + 9 * DAY)
    tale.wait(1)
    assert tale.figures() == (10, 0, 0, 10)
    tale.wait(1)
    assert tale.told(2) == [("expire", -10), ("reverse", 10), ("expire", -10)]


def a_returned_earn_takes_what_is_there(tale: Tale) -> None:
    """Its own points first, then others, and no more than is available; the rest is told. Lifetime falls by all."""
    tale.earn(10)
    tale.earn(10)
    tale.adjust(-6)
    tale.hold("h", 7)
    done = tale.reverse(2)
    assert (done.version, int(done.points), int(done.shortfall)) == (4, -7, 3)
    assert tale.paid(4) == {(2, 1): 7}
    assert tale.left() == {(1, 1): 4, (2, 1): 3}
    assert tale.figures() == (7, 7, 0, 10)
    assert refused(tale.reverse(2, 1), no.ReversalExceedsEntry)
    assert int(tale.reverse(1, 2).points) == 0
    assert (tale.told(5), tale.last().shortfall, tale.last().reverses) == ([("reverse", 0)], Decimal(2), 1)


def a_returned_earn_is_owed(tale: Tale) -> None:
    """Where the program takes all of it, below zero if need be."""
    tale.earn(10)
    tale.adjust(-6)
    tale.earn(3)
    done = tale.reverse(1)
    assert (int(done.points), int(done.shortfall)) == (-10, 0)
    assert tale.paid(4) == {(1, 1): 4, (3, 1): 3, (0, 0): 3}
    assert tale.figures() == (-3, 0, 0, 3)


def a_returned_earn_takes_what_is_promised(tale: Tale) -> None:
    """Its own lot only, then promises, the newest first, as far as they reach."""
    tale.earn(10)
    tale.adjust(-7)
    tale.earn(50)
    tale.promise("p", 2)
    tale.promise("q", 3)
    done = tale.reverse(1, 7)
    assert (int(done.points), int(done.shortfall)) == (-3, 0)
    assert tale.last().from_pending == 4
    assert [int(each.remaining) for each in tale.account().pendings.values()] == [1, 0]
    assert [each.state.value for each in tale.account().pendings.values()] == ["open", "cancelled"]
    assert tale.figures() == (50, 0, 1, 53)
    done = tale.reverse(1)
    assert (int(done.points), int(done.shortfall), tale.last().from_pending) == (0, 2, Decimal(1))
    assert tale.figures() == (50, 0, 0, 50)


def a_transfer_keeps_the_days(tale: Tale) -> None:
    """Each lot arrives as a part with the day and age it had; what is owed there is repaid first."""
    tale.earn(10, expires_at=START + 9 * DAY)
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.earn(10)
    tale.do(Set, 1, points=-4, basis=Basis.POSTED)
    tale.pass_by(1)
    done = tale.transfer(1, 24)
    assert (done.version, int(done.points), int(done.posted)) == (4, -24, 6)
    assert tale.paid(4) == {(2, 1): 10, (1, 1): 10, (3, 1): 4}
    parts = [(lot.id, int(lot.points), lot.earned_at, lot.expires_at) for lot in tale.account(1).lots]
    assert parts == [
        ((2, 1), 10, START, START + 5 * DAY),
        ((2, 2), 10, START, START + 9 * DAY),
        ((2, 3), 4, START, None),
    ]
    assert tale.left(1) == {(2, 1): 6, (2, 2): 10, (2, 3): 4}
    assert tale.figures(1) == (20, 0, 0, 0)
    assert tale.last(1).peer_id == tale.accounts[0]
    assert refused(tale.reverse(4), no.EntryNotReversible)


def what_lapses_first_repays_first(tale: Tale) -> None:
    """Of what arrives together, and of what goes back together: not what is oldest."""
    tale.earn(10, at=START - DAY, expires_at=START + 9 * DAY)
    tale.earn(10, expires_at=START + 5 * DAY)
    tale.adjust(-4, 1)
    tale.transfer(1)
    assert tale.left(1) == {(2, 1): 6, (2, 2): 10}
    tale.adjust(-20, 1)
    tale.adjust(-3, 1)
    tale.reverse(3, account=1)
    assert tale.paid(4, 1) == {(0, 0): 0, (2, 1): 3}


def a_transfer_takes_what_is_available(tale: Tale) -> None:
    """All of it, never below zero, and only to another account of the program."""
    tale.earn(10)
    tale.hold("h", 4)
    assert refused(tale.transfer(1, 7), no.InsufficientPoints, available=Decimal(6))
    for target in (0, 3):
        assert refused(tale.transfer(target, 1), no.TransferNotAllowed, account_id=tale.accounts[target])
    assert int(tale.transfer(1).points) == -6
    assert refused(tale.transfer(1), no.InsufficientPoints, available=Decimal(0))
    assert tale.figures() == (4, 4, 0, 10)


def a_figure_is_written(tale: Tale) -> None:
    """As the difference; the first is an entry even of nothing, and only a figure below zero goes below zero."""
    assert tale.do(Set, points=0, basis=Basis.POSTED).version == 1
    assert tale.do(Set, points=0, basis=Basis.POSTED).version is None
    assert refused(tale.reverse(1), no.ReversalExceedsEntry)
    tale.do(Set, points=30, basis=Basis.AVAILABLE)
    tale.hold("h", 10)
    assert int(tale.do(Set, points=25, basis=Basis.AVAILABLE).points) == 5
    assert refused(tale.do(Set, points=5, basis=Basis.POSTED), no.InsufficientPoints, available=Decimal(25))
    assert refused(tale.do(Set, points=-2, basis=Basis.POSTED), no.InsufficientPoints, available=Decimal(25))
    tale.void("h")
    assert int(tale.do(Set, points=-2, basis=Basis.POSTED).points) == -37
    assert tale.figures() == (-2, 0, 0, 35)
    assert tale.left() == {(2, 1): 0, (3, 1): 0}


def a_hold_once_per_reference(tale: Tale) -> None:
    """The same again is the same hold; another amount replaces it, and one that cannot be had changes nothing."""
    tale.earn(10)
    tale.hold("a", 6, reference="sale", once_per_reference=True)
    again = tale.hold("b", 6, reference="sale", once_per_reference=True)
    assert (again.hold_id, again.replayed) == (tale.id_of("a"), True)
    wanted = tale.hold("c", 11, reference="sale", once_per_reference=True)
    assert refused(wanted, no.InsufficientPoints, available=Decimal(4))
    assert tale.account().held == 6
    assert tale.hold("d", 9, reference="sale", once_per_reference=True).hold_id == tale.id_of("d")
    assert refused(tale.void("a"), no.HoldNotOpen, state="voided")
    assert tale.figures() == (10, 9, 0, 10)


def a_key_has_one_effect(tale: Tale) -> None:
    """For good, also of a refusal, and whatever falls due in between."""
    tale.earn(10, expires_at=START + 5 * DAY)
    first = tale.adjust(-11, key="k")
    assert refused(first, no.InsufficientPoints, available=Decimal(10))
    tale.earn(5)
    tale.pass_by(9)
    again = tale.adjust(-11, key="k")
    assert (again.refusal, again.replayed) == (first.refusal, True)
    assert tale.told(3) == [("expire", -10)]
    assert refused(tale.adjust(-1, key="k"), no.KeyReused, key="k")


TALES = [
    (what_lapses_first_is_taken_first, PLAIN),
    (debt_is_repaid_oldest_first, NEGATIVE),
    (a_return_goes_back_to_where_it_came_from, PLAIN),
    (a_return_pays_what_is_owed_first, NEGATIVE),
    (what_was_repaid_last_goes_back_first, NEGATIVE),
    (lots_that_are_used_up_are_passed_over, PLAIN),
    (lots_that_live_on_keep_their_order, GRACE),
    (returned_too_late_points_lapse_again, PLAIN),
    (returned_too_late_points_have_a_grace, GRACE),
    (debt_has_no_day, NEGATIVE | GRACE | {"expiry": IDLE}),
    (a_lapse_is_undone, {"expiry": Expiry(kind=ExpiryKind.NEVER)}),
    (a_returned_earn_takes_what_is_there, {"return_policy": ReturnPolicy.WITHIN_BALANCE}),
    (a_returned_earn_is_owed, {"return_policy": ReturnPolicy.ALLOW_NEGATIVE}),
    (a_returned_earn_takes_what_is_promised, {"return_policy": ReturnPolicy.PENDING_ONLY}),
    (a_transfer_keeps_the_days, PLAIN),
    (what_lapses_first_repays_first, NEGATIVE),
    (a_transfer_takes_what_is_available, NEGATIVE),
    (a_figure_is_written, PLAIN),
    (a_hold_once_per_reference, PLAIN),
    (a_key_has_one_effect, PLAIN),
]
"""The stories, each with the rules of the program that it plays in."""
