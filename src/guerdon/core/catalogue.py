"""Programs and tiers to be made, changed and found, in the words of no surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from guerdon.core.memberships import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFilter:
    """Which programs or tiers are wanted; None leaves a filter off. `codes` and `created` are for programs only."""

    chain_ids: Sequence[UUID]
    ids: Sequence[UUID] | None = None
    program_ids: Sequence[UUID] | None = None
    codes: Sequence[str] | None = None
    active: bool = True
    deleted: bool = False
    created: Interval = (None, None)
    updated: Interval = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProgram:
    """A program to be written; `details` are the calling surface's."""

    id: UUID
    code: str
    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramChange:
    """What is to change of a program; None and what `details` do not name are kept."""

    id: UUID
    name: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTier:
    """A tier to be written; it is given by hand."""

    id: UUID
    program_id: UUID
    code: str
    name: str
    ordering: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChange:
    """What is to change of a tier; None keeps."""

    id: UUID
    code: str | None = None
    name: str | None = None
    ordering: int | None = None
