"""The order of lots: open ones as they are spent, then the others, newest first."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from guerdon.core.lots import Lot, Place, place_of

NOW = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
OPEN = Lot(uuid.uuid4(), 7, 2, Decimal(5), Decimal(1), NOW, None)


def test_an_open_lot_is_placed_by_its_days_and_a_used_one_by_its_version() -> None:
    assert place_of(OPEN) == Place(is_used=False, day=None, earned_at=NOW, rank=7, part=2)
    assert place_of(replace(OPEN, expires_at=NOW)).day == NOW
    used = replace(OPEN, remaining=Decimal(0), expires_at=NOW)
    assert place_of(used) == Place(is_used=True, day=None, earned_at=None, rank=-7, part=2)
