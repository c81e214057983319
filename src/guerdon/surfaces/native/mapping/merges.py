"""Merges as the native API names and shows them; pure."""

from guerdon.core.members import Merge
from guerdon.surfaces.native.wire import merges as wire
from guerdon.surfaces.native.wire.members import Member


def from_merge(made: Merge, member: Member) -> wire.Merge:
    """A merge, with the member that both are now."""
    return wire.Merge(made.id, made.absorbed_id, member)
