"""Pools of codes as they cross the wire."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import END, Cursor, Limit, Moment, NextCursor, PoolId, Title

PoolCode = Annotated[
    str,
    Meta(
        max_length=255,
        pattern=rf"^\S(.*\S)?{END}",
        description="One line, without space around it.",
        examples=["SUMMER-7F3K"],
    ),
]


class Pool(Struct):
    """Codes of somebody else's that are handed out once each."""

    id: PoolId
    name: Title
    created_at: Moment
    codes: Annotated[int, Meta(ge=0, description="How many there ever were.")]
    free: Annotated[int, Meta(ge=0, description="How many nobody has been given.")]


class PoolsQuery(Struct):
    """Which pools, newest first."""

    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class Pools(Struct):
    """A page of pools."""

    data: list[Pool]
    next_cursor: NextCursor


class NewPool(Struct):
    """A pool to be made; a reward names it to hand its codes out."""

    name: Title


class NewCodes(Struct):
    """Codes to put in; one that is there already is left out."""

    codes: Annotated[list[PoolCode], Meta(min_length=1, max_length=10_000)]


class Filled(Struct):
    """A pool with more codes."""

    added: Annotated[int, Meta(ge=0, description="How many it did not have yet.")]
    pool: Pool
