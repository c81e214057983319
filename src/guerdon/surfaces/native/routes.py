"""The native API's operations: parse, map, ask, map."""

from typing import Any
from uuid import UUID

from guerdon.core.refusals import HoldNotFound, MemberNotFound, MembershipNotFound
from guerdon.engine import Engine, finding, posting, reading
from guerdon.surfaces.native import mapping, wire
from guerdon.web import parsing
from guerdon.web.operations import Answer, Call, Operation

NEWEST = 2**63 - 1


async def list_members(engine: Engine, call: Call[None]) -> wire.Members:
    """Find the member that answers to an identifier."""
    query, _ = parsing.read(call.request.query, wire.MembersQuery, strict=False)
    try:
        member_id = await finding.member(engine, call.caller, mapping.names(query))
    except MemberNotFound:
        return wire.Members([])
    return wire.Members([await _member(engine, call, member_id)])


async def get_member(engine: Engine, call: Call[None]) -> wire.Member:
    """Read a member with its memberships."""
    return await _member(engine, call, mapping.id_of(call, "member_id", MemberNotFound))


async def _member(engine: Engine, call: Call[None], member_id: UUID) -> wire.Member:
    member = await reading.member(engine, call.caller, member_id)
    return mapping.from_member(member, await reading.memberships_of(engine, call.caller, member_id))


async def list_memberships(engine: Engine, call: Call[None]) -> wire.Memberships:
    """Read a member's memberships, the one that stands for the member first."""
    member = await get_member(engine, call)
    return wire.Memberships(member.memberships)


async def get_membership(engine: Engine, call: Call[None]) -> wire.Membership:
    """Read a membership with its balance."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    return mapping.from_membership(await reading.membership(engine, call.caller, membership_id))


async def list_entries(engine: Engine, call: Call[None]) -> wire.Entries:
    """Read a membership's entries, newest first."""
    query, _ = parsing.read(call.request.query, wire.EntriesQuery, strict=False)
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    before = query.before or NEWEST
    found = await reading.entries(engine, call.caller, membership_id, before=before, limit=query.limit)
    return mapping.from_entries(found)


async def list_holds(engine: Engine, call: Call[None]) -> wire.Holds:
    """Read a membership's holds, newest first."""
    query, _ = parsing.read(call.request.query, wire.HoldsQuery, strict=False)
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    found = await reading.holds(engine, call.caller, membership_id, open_only=query.state == "open", limit=query.limit)
    return wire.Holds([mapping.from_hold(hold) for hold in found])


async def get_hold(engine: Engine, call: Call[None]) -> wire.Hold:
    """Read a hold."""
    hold_id = mapping.id_of(call, "hold_id", HoldNotFound)
    return mapping.from_hold(await reading.hold(engine, call.caller, hold_id))


async def earn(engine: Engine, call: Call[wire.EarnRequest]) -> Answer:
    """Add points."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    account_id = await reading.account(engine, call.caller, membership_id, call.key)
    posted, entry = await posting.earn(engine, mapping.to_earn(call, account_id))
    return mapping.earned(call, posted, entry)


async def place_hold(engine: Engine, call: Call[wire.HoldRequest]) -> Answer:
    """Reserve points that are available."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    account_id = await reading.account(engine, call.caller, membership_id, call.key)
    posted, hold = await posting.hold(engine, mapping.to_hold(call, account_id, engine.new_id()))
    return mapping.held(call, posted, hold)


async def capture_hold(engine: Engine, call: Call[wire.CaptureRequest]) -> Answer:
    """Take reserved points: all that remain, or a part."""
    placed = await reading.hold(engine, call.caller, mapping.id_of(call, "hold_id", HoldNotFound))
    posted = await posting.post(engine, mapping.to_capture(call, placed))
    entry = await reading.entry(engine, posted)
    hold = await reading.hold_after(engine, call.caller, placed.id, entry, final=mapping.is_final(call.body))
    return mapping.captured(call, posted, entry, hold)


async def void_hold(engine: Engine, call: Call[None]) -> Answer:
    """Free what a hold still reserves."""
    hold_id = mapping.id_of(call, "hold_id", HoldNotFound)
    placed = await reading.hold(engine, call.caller, hold_id)
    posted = await posting.post(engine, mapping.to_void(call, placed))
    return mapping.held(call, posted, await reading.hold(engine, call.caller, hold_id))


READ_PROBLEMS = {401: "No token, or not a good one", 404: "No such thing within the merchant"}
QUERY_PROBLEMS = {400: "A parameter is missing or wrong", 401: READ_PROBLEMS[401]}
PAGE_PROBLEMS = {**QUERY_PROBLEMS, **READ_PROBLEMS}
WRITE_PROBLEMS = {
    **READ_PROBLEMS,
    400: "The body or a header is wrong; nothing was changed",
    409: "Refused, by the code in the answer; nothing was changed",
    413: "The body is too large",
    500: "A fault of ours, or of the database: repeat the request with its key to learn what happened",
    503: "Too much is waiting; nothing was begun",
}

_read: dict[str, Any] = {"method": "GET", "source": "Guerdon: the native API"}
_write: dict[str, Any] = {
    "method": "POST",
    "source": "Guerdon: the native API",
    "keyed": True,
    "problems": WRITE_PROBLEMS,
    "answer_headers": {wire.REPLAYED: "`true` where an equal request with the same key was answered before."},
}

OPERATIONS = (
    Operation(
        name="listMembers",
        paths=("/members",),
        handle=list_members,
        query=wire.MembersQuery,
        answer=wire.Members,
        tag="Members",
        problems=QUERY_PROBLEMS,
        **_read,
    ),
    Operation(
        name="getMember",
        paths=("/members/{member_id}",),
        handle=get_member,
        answer=wire.Member,
        tag="Members",
        problems=READ_PROBLEMS,
        **_read,
    ),
    Operation(
        name="listMemberships",
        paths=("/members/{member_id}/memberships",),
        handle=list_memberships,
        answer=wire.Memberships,
        tag="Members",
        problems=READ_PROBLEMS,
        **_read,
    ),
    Operation(
        name="getMembership",
        paths=("/memberships/{membership_id}",),
        handle=get_membership,
        answer=wire.Membership,
        tag="Memberships",
        problems=READ_PROBLEMS,
        **_read,
    ),
    Operation(
        name="listEntries",
        paths=("/memberships/{membership_id}/entries",),
        handle=list_entries,
        query=wire.EntriesQuery,
        answer=wire.Entries,
        tag="Memberships",
        problems=PAGE_PROBLEMS,
        **_read,
    ),
    Operation(
        name="listHolds",
        paths=("/memberships/{membership_id}/holds",),
        handle=list_holds,
        query=wire.HoldsQuery,
        answer=wire.Holds,
        tag="Holds",
        problems=PAGE_PROBLEMS,
        **_read,
    ),
    Operation(
        name="getHold",
        paths=("/holds/{hold_id}",),
        handle=get_hold,
        answer=wire.Hold,
        tag="Holds",
        problems=READ_PROBLEMS,
        **_read,
    ),
    Operation(
        name="earn",
        paths=("/memberships/{membership_id}/earn",),
        handle=earn,
        body=wire.EarnRequest,
        answer=wire.EarnResult,
        tag="Memberships",
        **_write,
    ),
    Operation(
        name="placeHold",
        paths=("/memberships/{membership_id}/holds",),
        handle=place_hold,
        body=wire.HoldRequest,
        answer=wire.HoldResult,
        tag="Holds",
        **_write,
    ),
    Operation(
        name="captureHold",
        paths=("/holds/{hold_id}/capture",),
        handle=capture_hold,
        body=wire.CaptureRequest,
        optional_body=True,
        answer=wire.CaptureResult,
        tag="Holds",
        **_write,
    ),
    Operation(
        name="voidHold",
        paths=("/holds/{hold_id}/void",),
        handle=void_hold,
        answer=wire.HoldResult,
        tag="Holds",
        **_write,
    ),
)
