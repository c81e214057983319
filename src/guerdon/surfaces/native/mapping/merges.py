"""Merges as the native API names and shows them; pure."""

from typing import Any
from uuid import UUID

from guerdon.core.members import Merge
from guerdon.core.refusals import MergeRefused
from guerdon.engine import merging
from guerdon.surfaces.native.mapping import id_of
from guerdon.surfaces.native.wire import merges as wire
from guerdon.surfaces.native.wire.members import Member
from guerdon.web.operations import Call


def merge_of(call: Call[Any]) -> UUID:
    """The merge in the path.

    Raises:
        MergeRefused: it is no id.
    """
    return id_of(call, "merge_id", lambda _: MergeRefused(merging.NO_SUCH_MERGE))


def from_merge(made: Merge, member: Member) -> wire.Merge:
    """A merge, with the member that both are now."""
    return wire.Merge(made.id, made.absorbed_id, member)
