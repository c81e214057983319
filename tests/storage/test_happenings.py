"""Ids begin with their milliseconds: those made from a moment on are not below what stands for it."""

import uuid
from datetime import UTC, datetime, timedelta

from guerdon.engine import Engine
from guerdon.storage.happenings import id_at


def test_ids_are_found_by_when_they_were_made(engine: Engine) -> None:
    before = datetime.now(UTC)
    made = engine.new_id()
    assert id_at(before) <= made < id_at(datetime.now(UTC) + timedelta(milliseconds=2))
    assert id_at(datetime.fromtimestamp(0, UTC)) == uuid.UUID(int=0)
