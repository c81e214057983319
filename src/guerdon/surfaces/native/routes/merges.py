"""Merges of members of the native API."""

from guerdon.core.refusals import MemberNotFound, MergeNotFound
from guerdon.engine import Engine, merging
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done
from guerdon.surfaces.native.mapping import merges as words
from guerdon.surfaces.native.routes.members import shown
from guerdon.surfaces.native.routes.told import WRITE, whole, written
from guerdon.surfaces.native.wire import members
from guerdon.surfaces.native.wire import merges as wire
from guerdon.web.operations import Call, Operation


@written
async def merge_members(engine: Engine, call: Call[wire.MergeRequest]) -> Done:
    """Make one member of two, with the names, memberships and points of both."""
    into_id = mapping.id_of(call, "member_id", MemberNotFound)
    made, member = await merging.merge(engine, call.caller, into_id=into_id, from_id=call.body.from_id)
    body = words.from_merge(made, await shown(engine, call, member.id))
    return Done("member", into_id, body, about=member.id, is_told=False)


@written
async def undo_merge(engine: Engine, call: Call[None]) -> Done:
    """Make two members of one again; read the one that had gone up in the other."""
    back = await merging.unmerge(engine, call.caller, mapping.id_of(call, "merge_id", MergeNotFound))
    return Done("member", back.id, await shown(engine, call, back.id), about=back.id, is_told=False)


OPERATIONS = (
    Operation(
        name="mergeMembers",
        paths=("/members/{member_id}/merge",),
        handle=merge_members,
        body=wire.MergeRequest,
        answer=wire.Merge,
        tag="Merges",
        **whole(WRITE),
    ),
    Operation(
        name="undoMerge",
        paths=("/merges/{merge_id}/undo",),
        handle=undo_merge,
        answer=members.Member,
        tag="Merges",
        **whole(WRITE),
    ),
)
