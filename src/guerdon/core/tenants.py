"""A tenant as the operator of the server sees it: what it is called, and whether anybody is let in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A merchant group.

    Attributes:
        slug: its name in commands and in the names of hosts; no other has it.
        suspended_at: since when nobody is let in; None where callers are.
    """

    id: UUID
    slug: str
    name: str
    created_at: datetime
    suspended_at: datetime | None = None
