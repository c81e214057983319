"""Merges of members as they cross the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from guerdon.surfaces.native.wire import MemberId, MergeId
from guerdon.surfaces.native.wire.members import Member


class MergeRequest(Struct):
    """Who is the same person."""

    from_id: Annotated[UUID, Meta(description="The member that goes up in the one of the path.")]


class Merge(Struct):
    """Two members that became one, and that one."""

    id: MergeId
    absorbed_id: MemberId
    member: Annotated[Member, Meta(description="With the names, memberships and points of both.")]
