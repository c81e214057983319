"""A version of a program's rule set, and where it is in its life: that is a matter of time, and of nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from guerdon.core.rules.sets import RuleSet


class VersionState(StrEnum):
    """A draft may be changed; one that is scheduled may be taken back; one that is live, or was, never changes."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAST = "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A rule set of a program.

    Attributes:
        version: 1, 2, 3 ... in the program; 0 is the program's rate, which is nowhere written as a rule set.
        text: the JSON that it was sent as.
        live_from: from when on orders earn by it; None is a draft.
    """

    program_id: UUID
    version: int
    rules: RuleSet
    text: str
    note: str | None = None
    live_from: datetime | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None


def state_of(version: Version, live: int | None, now: datetime) -> VersionState:
    """Where a version is in its life.

    Args:
        version: the version.
        live: which one is live now.
        now: the moment.
    """
    if version.live_from is None:
        return VersionState.DRAFT
    if version.live_from > now:
        return VersionState.SCHEDULED
    return VersionState.LIVE if version.version == live else VersionState.PAST
