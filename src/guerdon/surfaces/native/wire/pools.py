"""Pools of codes as they cross the wire."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import END, Cursor, Limit, Moment, NextCursor, PoolId, RedemptionId, Title

Code = Annotated[
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
    codes: Annotated[int, Meta(ge=0, description="How many there are, with those that somebody has been given.")]
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


class PoolCode(Struct):
    """A code of a pool, and whom it was given to."""

    code: str
    added_at: Moment
    issued_at: Annotated[Moment | None, Meta(description="Null: it is free.")]
    redemption_id: RedemptionId | None


class PoolCodesQuery(Struct):
    """Which codes of a pool, in their own order."""

    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    is_free: Annotated[bool, Meta(description="Whether nobody has been given it.")] | UnsetType = UNSET


class PoolCodes(Struct):
    """A page of codes."""

    data: list[PoolCode]
    next_cursor: NextCursor


class Codes(Struct):
    """Codes to put in, where one that is there already is left out; or to take out, where only free ones are."""

    codes: Annotated[list[Code], Meta(min_length=1, max_length=10_000)]


class Filled(Struct):
    """A pool with more codes."""

    added: Annotated[int, Meta(ge=0, description="How many it did not have yet.")]
    pool: Pool


class Withdrawn(Struct):
    """A pool with fewer codes."""

    withdrawn: Annotated[int, Meta(ge=0, description="How many it had that nobody had been given.")]
    pool: Pool
