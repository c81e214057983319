"""The log of changes as it crosses the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from guerdon.surfaces.native.wire import Cursor, Limit, Moment, NextCursor

Kind = Annotated[str, Meta(min_length=1, max_length=50, description="Of what was changed.", examples=["reward"])]


class Change(Struct):
    """Who changed what, and when."""

    id: UUID
    at: Moment
    actor_id: Annotated[UUID, Meta(description="The key that it was done with.")]
    actor: Annotated[str, Meta(description="What people call the key.")] | None
    surface: str
    action: Annotated[str, Meta(description="The operation.", examples=["updateReward"])]
    kind: Kind
    subject_id: Annotated[UUID, Meta(description="What was changed.")]
    before: Annotated[Raw, Meta(description="As it was; null where it was not there, and of members.")]
    after: Annotated[Raw, Meta(description="As it is from then on; null where it is gone, and of members.")]


class AuditQuery(Struct):
    """Which changes, newest first."""

    kind: Kind | UnsetType = UNSET
    subject_id: Annotated[UUID, Meta(description="Those of one thing.")] | UnsetType = UNSET
    actor_id: Annotated[UUID, Meta(description="Those that were done with a key.")] | UnsetType = UNSET
    since: Annotated[Moment, Meta(description="Made then or later.")] | UnsetType = UNSET
    until: Annotated[Moment, Meta(description="Made before.")] | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor | UnsetType = UNSET


class AuditLog(Struct):
    """A page of changes."""

    data: list[Change]
    next_cursor: NextCursor
