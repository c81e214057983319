"""Copies of a merchant's data as they cross the wire."""

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, ExportId, Limit, Moment, NextCursor

InState = Literal["queued", "running", "done", "failed", "forgotten"]
State = Annotated[
    str,
    Meta(
        description="`queued`, `running`, `done`, `failed` (with `problem`), or `forgotten`: a day after it was done.",
        examples=["done"],
        extra_json_schema={"enum": list(get_args(InState))},
    ),
]


class Export(Struct):
    """A copy of all that the merchant has: one gzip file of JSON lines, in parts."""

    id: ExportId
    state: State
    rows: Annotated[int, Meta(description="In it, so far.", examples=[1250])]
    parts: Annotated[int, Meta(description="1 to this number, to be put together in their order.", examples=[1])]
    size_bytes: int
    problem: str | None
    created_at: Moment
    finished_at: Moment | None


class ExportsQuery(Struct, kw_only=True):
    """Which copies, newest first."""

    state: Annotated[InState, Meta(description="As they stand.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Exports(Struct):
    """A page of copies."""

    data: list[Export]
    next_cursor: NextCursor
