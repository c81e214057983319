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
"""Columns of a file of balances or orders that say whose a row is: one of them."""

BALANCES = (*NAMES, *OPENING, "reason", "reference")

LINES = "lines"
"""The column of an order's lines: a list, or in a file that has none, its JSON."""

ORDERS = (
    *NAMES,
    "reference",
    "at",
    "amount",
    LINES,
    "discount",
    "prices_include_tax",
    "currency",
    "location",
    "channel",
    "points",
    "tier",
)

COLUMNS = {"members": MEMBERS, "balances": BALANCES, "orders": ORDERS}
"""By the kind of a file."""

BESIDE = ("row", "error")
"""Columns of a file of bad rows, which are looked over: it is mended, and imported as it is."""

FORMATS = ("csv", "jsonl", "parquet")

CHUNK_ROWS = {"members": 10_000, "balances": 10_000, "orders": 1_000}
"""Written in one transaction."""

EARNING_ROWS = 100
"""Likewise, of orders that earn: accounts and budgets of campaigns are locked until its end, and others wait."""


class UnusableFileError(ValueError):
    """A file cannot be read at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file that is read in.

    Attributes:
        kind: of the file.
        state: uploading: its parts are coming; queued; staging: it is being read and checked; checked; writing; done;
            failed.
        rows: in the file.
        bad: rows that are not written.
        serial_before: members that are made have the serials behind it.
        format: csv, jsonl or parquet, with `.gz` where it is; None where the file is not kept here.
        namespace: what the column `id` is called among the names of a member.
        earns: its orders earn by the rules.
        is_trial: it is only checked.
        skips_bad: good rows are written also where others are bad.
        problem: why it failed, for people.
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
    surface: str
    format: str | None
    namespace: str
    earns: bool
    is_trial: bool
    skips_bad: bool
    problem: str | None

    @property
    def chunk_rows(self) -> int:
        """How many rows of the file are a chunk; the last one may have fewer."""
        return EARNING_ROWS if self.earns else CHUNK_ROWS[self.kind]

    @property
    def chunks(self) -> int:
        """How many there are."""
        return -(-self.rows // self.chunk_rows)
