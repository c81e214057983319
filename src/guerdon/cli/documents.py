"""What `guerdon ledger` prints as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from guerdon.core.audits import Finding
from guerdon.core.histories import Event, Fate
from guerdon.core.projections import Projection
from guerdon.engine.explaining import Balance, Explanation, Lapsing


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding of an audit."""
    return asdict(finding)


def balance_document(told: Balance) -> dict[str, Any]:
    """An account's figures at a moment, with the steps to them where it is ahead."""
    return {"account_id": told.owner.account_id, **_projection(told.projection)}


def lapsing_document(found: Sequence[Lapsing]) -> list[dict[str, Any]]:
    """What lapses, by tenant, program and day."""
    return [asdict(row) for row in found]


def explanation_document(told: Explanation) -> dict[str, Any]:
    """An account's life."""
    history, books = told.history, told.books
    figures = history.figures
    return {
        "account_id": books.account_id,
        "membership_id": told.owner.membership_id,
        "member": {
            "id": told.member.id if told.member else told.owner.member_id,
            "name": told.member.profile.display_name if told.member else None,
            "identifiers": told.member.identifiers if told.member else {},
        },
        "tenant": told.owner.slug,
        "program": {"id": books.program.id, "code": books.program.code, "name": books.program.name},
        "figures": {**asdict(figures), "available": figures.available},
        "closed_at": books.closed_at,
        "entries": [_event(event) for event in history.events],
        "holds": [asdict(hold) for hold in history.holds],
        "pending": [asdict(promise) for promise in history.promises],
        "ahead": None if told.ahead is None else _projection(told.ahead),
    }


def _projection(at: Projection) -> dict[str, Any]:
    return {**asdict(at), "available": at.available}


def _event(event: Event) -> dict[str, Any]:
    return {
        **asdict(event.entry),
        "paid_by": [asdict(payment) for payment in event.payments],
        "returned_to": [asdict(back) for back in event.returns],
        "lots": [_fate(fate) for fate in event.fates],
    }


def _fate(fate: Fate) -> dict[str, Any]:
    return {
        "part": fate.lot.part,
        "points": fate.lot.points,
        "earned_at": fate.lot.earned_at,
        "day": fate.day,
        "uses": [asdict(use) for use in fate.uses],
        "left": fate.left,
    }
