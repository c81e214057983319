"""Imports of files: what their columns are, and what came of one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

PROFILE = (
    "first_name",
    "last_name",
    "full_name",
    "date_of_birth",
    "gender",
    "address_line_1",
    "address_line_2",
    "city",
    "region",
    "postal_code",
)
OPENING = ("points", "earned_at", "expires_at")

MEMBERS = ("id", "email", "phone", *PROFILE, "joined_at", *OPENING)
"""Columns of a file of members; each may be left out."""

NAMES = ("id", "number", "email", "phone")
"""Columns of a file of balances that say whose a row is: one of them."""

BALANCES = (*NAMES, *OPENING, "reason", "reference")

COLUMNS = {"members": MEMBERS, "balances": BALANCES}
"""By the kind of a file."""

CHUNK_ROWS = 10_000
"""Written in one transaction."""


class UnusableFileError(ValueError):
    """A file cannot be read at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file that is read in.

    Attributes:
        kind: of the file.
        state: staging: it is being read and checked; writing; done.
        rows: in the file.
        bad: rows that are not written.
        serial_before: members that are made have the serials behind it.
    """

    id: UUID
    tenant_id: UUID
    kind: str
    program_id: UUID
    state: str
    rows: int
    bad: int
    serial_before: int | None
    actor: UUID
    created_at: datetime
    finished_at: datetime | None
