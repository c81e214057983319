"""How an account stood at any moment, what paid for what, and what became of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.ledgers import at, books, entry, hold, ints, lot, pending, took
from guerdon.core.books import Books
from guerdon.core.histories import Event, figures, tell


def lived() -> Books:
    """Earned 100 and 50, of which 20 were captured, 3 of these given back with a new day, and 10 taken back."""
    captured = hold(1, 60, 40, placed_at=1)
    return books(
        posted=123,
        entries=[
            entry(1, "earn", 100, 0),
            entry(2, "earn", 50, 1),
            entry(3, "capture", -20, 2, hold_id=captured.id),
            entry(4, "reverse", 3, 5, reverses=3),
            entry(5, "reverse", -10, 6, reverses=1, shortfall=5, from_pending=2),
        ],
        lots=[lot(1, 100, 90, 30), lot(2, 50, 30, 4), lot(4, 3, 3, 15)],
        consumptions=[took(3, 2, 20), took(3, 2, -3, by=4), took(4, 2, 3), took(5, 1, 10)],
        holds=[captured, hold(2, 9, 0, "expired", expires_at=4, closed_at=4), hold(3, 5, 0, "voided", closed_at=2)],
        promises=[
            pending(1, 8, 8),
            pending(2, 6, 4, placed_at=1),
            pending(3, 7, 0, "activated", activates_at=3, closed_at=3),
        ],
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (-1, (0, 0, 0, 0)),
        (0, (100, 14, 15, 100)),
        (1, (150, 74, 21, 150)),
        (2, (130, 49, 21, 150)),
        (3, (130, 49, 14, 150)),
        (4, (130, 40, 14, 150)),
        (5, (133, 40, 14, 150)),
        (6, (123, 40, 12, 133)),
    ],
)
def test_figures_of_any_moment(when: float, expected: tuple[int, ...]) -> None:
    """Posted, held, pending and lifetime, by the effective time."""
    found = figures(lived(), at(when))
    assert ints(found.posted, found.held, found.pending, found.lifetime) == expected
    assert found.available == expected[0] - expected[1]


def event(version: int, when: float = 9) -> Event:
    return next(event for event in tell(lived(), at(when)).events if event.entry.version == version)


def test_what_paid_for_a_debit() -> None:
    """Less what has gone back since, as of the moment that is asked for."""
    assert [(p.version, int(p.points), p.day) for p in event(3).payments] == [(2, 17, at(4))]
    assert [(p.version, int(p.points)) for p in event(3, 4).payments] == [(2, 20)]


def test_what_became_of_an_earn() -> None:
    """Who took how much, and what is left."""
    fate = event(2).fates[0]
    assert [(use.version, use.kind, int(use.points)) for use in fate.uses] == [(3, "capture", 17), (4, "reverse", 3)]
    assert (int(fate.left), fate.day) == (30, at(4))
    assert event(2, 1).fates[0].left == 50


def test_where_a_reversal_went() -> None:
    """Back to its lot, and on from there with a new day."""
    found = event(4)
    assert [(back.version, int(back.points)) for back in found.returns] == [(2, 3)]
    assert [(payment.version, int(payment.points)) for payment in found.payments] == [(2, 3)]
    assert (int(found.fates[0].left), found.fates[0].day) == (3, at(15))


def states(rows: Any) -> list[tuple[str, int]]:
    return [(row.state, int(row.remaining)) for row in rows]


def test_holds_and_pending_earns_are_as_they_were() -> None:
    """Open until they ended, and not there before they were placed."""
    early, late = tell(lived(), at(1)), tell(lived(), at(9))
    assert states(early.holds) == [("open", 60), ("open", 9), ("open", 5)]
    assert states(late.holds) == [("open", 40), ("expired", 0), ("voided", 0)]
    assert states(early.promises) == [("open", 8), ("open", 6), ("open", 7)]
    assert states(late.promises) == [("open", 8), ("open", 4), ("activated", 0)]
    assert len(tell(lived(), at(0)).promises) == 2


def test_lifetime_is_exact() -> None:
    """To the last of the forty decimal places, also of what was taken back."""
    digits = Decimal("98.0162848830468399999999999999999999999999")
    back = replace(entry(2, "reverse", 0, 1, reverses=1), points=digits.copy_negate())
    came = books(entries=[replace(entry(1, "earn", 0, 0), points=digits), back])
    assert figures(came, at(0)).lifetime == digits
    assert figures(came, at(1)).lifetime == 0


def test_points_that_came_with_a_merge_count_for_lifetime() -> None:
    """As the entry says."""
    merged = books(entries=[entry(1, "transfer", 10, 0, lifetime=25)])
    assert figures(merged, at(1)).lifetime == 25
