"""Exports: copies of a tenant that somebody asked for and can fetch in parts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

PART_BYTES = 4 * 2**20
"""Of a copy; the last part has what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A copy of a tenant.

    Attributes:
        state: queued, running, done, failed, or forgotten: made, and no longer kept.
        rows: in it, so far.
        parts: that it is kept in.
        size_bytes: of all of them.
        problem: why it failed, for people.
    """

    id: UUID
    tenant_id: UUID
    state: str
    rows: int
    parts: int
    size_bytes: int
    problem: str | None
    actor: UUID
    created_at: datetime
    finished_at: datetime | None
