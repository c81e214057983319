"""What happens by itself: points lapse unless they are held, holds end, pending points become good and pay debts."""

from core.ledgers import at, books, hold, ints, lot, pending
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.core.projections import Projection, project


def told(found: Projection) -> list[tuple[str, float, int]]:
    """The steps: what, on which day, how many."""
    return [(s.what.value, (s.at - at(0)).total_seconds() / 86_400, int(s.points)) for s in found.steps]


def test_points_lapse_on_their_day_and_not_before() -> None:
    """Those that lapse together in one step."""
    kept = books(posted=60, lots=[lot(1, 10, 10, 5), lot(2, 20, 20, 5), lot(3, 30, 30, None)])
    assert told(project(kept, at(4.9))) == []
    found = project(kept, at(5))
    assert told(found) == [("lapse", 5, 30)]
    assert found.steps[0].subjects == ("1/1", "2/1")
    assert ints(found.posted, found.available, found.waiting) == (30, 30, 0)


def test_held_points_wait_and_lapse_when_the_hold_ends() -> None:
    """The first to lapse are the ones that are kept."""
    kept = books(posted=50, held=30, lots=[lot(1, 50, 50, 5)], holds=[hold(1, 30, 30, expires_at=8)])
    found = project(kept, at(7))
    assert told(found) == [("lapse", 5, 20)]
    assert ints(found.posted, found.held, found.waiting) == (30, 30, 30)
    found = project(kept, at(9))
    assert told(found) == [("lapse", 5, 20), ("hold_ends", 8, 30), ("lapse", 8, 30)]
    assert ints(found.posted, found.held, found.waiting) == (0, 0, 0)


def test_a_hold_without_an_end_keeps_points_for_good() -> None:
    """However long."""
    kept = books(posted=50, held=30, lots=[lot(1, 50, 50, 5)], holds=[hold(1, 30, 30)])
    assert project(kept, at(9_000)).waiting == 30


def test_pending_points_pay_what_is_owed_first() -> None:
    """And lapse by the program's policy, counted from the day they became good."""
    expiry = Expiry(kind=ExpiryKind.ROLLING, count=2, unit="day")
    kept = books(expiry, posted=-10, pending=25, promises=[pending(1, 25, 25, activates_at=3)])
    found = project(kept, at(4))
    assert ints(found.posted, found.pending, found.lifetime) == (15, 0, 25)
    assert told(project(kept, at(90))) == [("activation", 3, 25), ("lapse", 5.5, 15)]
    assert project(kept, at(90)).posted == 0


def test_pending_points_are_activity() -> None:
    """They renew the day of the others, which never moves backwards."""
    expiry = Expiry(kind=ExpiryKind.INACTIVITY, count=4, unit="day")
    facts = {"posted": 10, "lots": [lot(1, 10, 10, None)], "promises": [pending(1, 5, 5, activates_at=2)]}
    assert told(project(books(expiry, idle_at=4.5, **facts), at(30))) == [("activation", 2, 5), ("lapse", 6.5, 15)]
    assert told(project(books(expiry, idle_at=9.5, **facts), at(30))) == [("activation", 2, 5), ("lapse", 9.5, 15)]


def test_what_waits_for_a_call_does_nothing() -> None:
    """Nor does what has ended."""
    kept = books(
        posted=5,
        pending=7,
        lots=[lot(1, 5, 5, None), lot(2, 5, 0, 1)],
        promises=[pending(1, 7, 7), pending(2, 7, 0, "cancelled", activates_at=1)],
        holds=[hold(1, 9, 0, "expired", expires_at=1)],
    )
    found = project(kept, at(900))
    assert found.steps == ()
    assert ints(found.posted, found.pending) == (5, 7)
