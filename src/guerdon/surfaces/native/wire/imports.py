"""Imports of files as they cross the wire."""

from typing import Annotated, Literal, get_args
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, ImportId, Limit, Moment, Namespace, NextCursor, ProgramId

Kind = Literal["members", "balances", "orders"]
Format = Literal["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"]
InState = Literal["uploading", "queued", "staging", "checked", "writing", "done", "failed"]
State = Annotated[
    str,
    Meta(
        description="`uploading`; `queued`, `staging` (it is read and checked) and `writing`: somebody is at it;"
        " `checked`: nothing was written, and it can be run again; `done`; `failed`, with `problem`.",
        examples=["done"],
        extra_json_schema={"enum": list(get_args(InState))},
    ),
]
EarnFlag = Annotated[
    bool, Meta(description="Orders earn by the rules, too. Without it they are history: no balance changes.")
]
Row = Annotated[int, Meta(description="Its number, from 1; the head of a CSV file does not count.", examples=[7])]


class NewImport(Struct):
    """A file that is to come in parts."""

    kind: Kind
    format: Format
    program_id: Annotated[ProgramId, Meta(description="Without it, the default one.")] | None = None
    namespace: Annotated[Namespace, Meta(description="What the column `id` is called among names.")] = "external"
    earn: EarnFlag = False


class RunRequest(Struct):
    """How a file is to be imported."""

    dry_run: Annotated[bool, Meta(description="Only say what is wrong with it; write nothing.")] = False
    skip_bad: Annotated[bool, Meta(description="Write the good rows also where others are bad.")] = False


class Import(Struct, kw_only=True):
    """A file that is read in."""

    id: ImportId
    kind: str
    state: State
    format: Annotated[str, Meta(description="null: by the command line.")] | None
    program_id: UUID
    namespace: str
    earn: EarnFlag
    dry_run: bool
    skip_bad: bool
    parts: Annotated[int, Meta(description="Of the file; 0 once it is done, and no longer kept.", examples=[3])]
    size_bytes: int
    rows: Annotated[int, Meta(description="In the file, once it was checked.", examples=[250000])]
    bad_rows: Annotated[int, Meta(description="That are not written; `listBadRows` has them.", examples=[2])]
    written_rows: Annotated[int, Meta(description="So far.", examples=[249998])]
    problem: str | None
    created_at: Moment
    finished_at: Moment | None


class ImportsQuery(Struct, kw_only=True):
    """Which imports, newest first."""

    state: Annotated[InState, Meta(description="As they stand.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Imports(Struct):
    """A page of imports."""

    data: list[Import]
    next_cursor: NextCursor


class BadRowsQuery(Struct):
    """Which rows that are not written, in their order."""

    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class BadRow(Struct):
    """A row that is not written."""

    row: Row
    error: Annotated[str, Meta(examples=["email: 'nonsense' is none"])]


class BadRows(Struct):
    """A page of rows that are not written, in their order."""

    data: list[BadRow]
    next_cursor: NextCursor
