"""A change that somebody made to how things are set up: who, what, when, and what was there before and after."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change.

    Attributes:
        action: the operation that made it.
        kind: of what was changed.
        subject_id: what was changed.
        before: as JSON; None where it was made, or where it is not written down.
        after: likewise; None where it was deleted, or where it is not written down.
        actor_name: of the credential, for people.
    """

    id: UUID
    at: datetime
    surface: str
    actor: UUID
    action: str
    kind: str
    subject_id: UUID
    before: str | None = None
    after: str | None = None
    actor_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes are wanted; None leaves a filter off. From `since` on, before `until`."""

    kind: str | None = None
    subject_id: UUID | None = None
    actor: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
