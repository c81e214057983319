"""Members of the native API."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from guerdon.core.refusals import MemberNotFound
from guerdon.engine import Engine, erasing, finding, porting, reading, registering, tracing
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, pages
from guerdon.surfaces.native.mapping import members as words
from guerdon.surfaces.native.routes import memberships
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    CREATE,
    DELETE,
    PAGE_PROBLEMS,
    QUERY_PROBLEMS,
    READ,
    READ_ONE,
    READ_PROBLEMS,
    administers,
    asked,
    whole,
    written,
)
from guerdon.surfaces.native.wire import members as wire
from guerdon.surfaces.native.wire.memberships import MembershipQuery
from guerdon.web.operations import Answer, Call, Operation


async def list_members(engine: Engine, call: Call[None]) -> wire.Members:
    """Find the member that answers to an identifier, or list members."""
    query = asked(call, wire.MembersQuery)
    if words.is_listing(query):
        return await _page(engine, call, query)
    try:
        member_id = await finding.member(engine, call.caller, words.names(query))
        return wire.Members([await shown(engine, call, member_id)], None)
    except MemberNotFound:
        return wire.Members([], None)


async def _page(engine: Engine, call: Call[None], query: wire.MembersQuery) -> wire.Members:
    after = pages.after_cursor(query.cursor, query.sort, words.serial)
    found = await registering.page(engine, call.caller, words.roll(query), after=after, limit=query.limit + 1)
    page, cursor = pages.paged(found, query.limit, query.sort, lambda member: member.serial)
    held = await reading.memberships_of(engine, call.caller, *(member.id for member in page))
    lapses = await tracing.next_lapses(engine, held)
    return wire.Members([words.from_member(member, held, lapses) for member in page], cursor)


async def get_member(engine: Engine, call: Call[None]) -> Answer:
    """Read a member with its memberships."""
    query, member_id = asked(call, MembershipQuery), mapping.id_of(call, "member_id", MemberNotFound)
    found = await shown(engine, call, member_id)
    if query.expand is not UNSET:
        held = [await memberships.with_standing(engine, call, each) for each in found.memberships]
        found = structs.replace(found, memberships=held)
    return mapping.tagged(call, found)


async def shown(engine: Engine, call: Call[Any], member_id: UUID) -> wire.Member:
    """A member with its memberships, as it is answered."""
    member = await reading.member(engine, call.caller, member_id)
    held = await reading.memberships_of(engine, call.caller, member.id)
    return words.from_member(member, held, await tracing.next_lapses(engine, held))


@written
async def create_member(engine: Engine, call: Call[wire.NewMember]) -> Done:
    """Make a member, and let it join a program at once where one is named."""
    made = await registering.register(engine, words.to_registration(call, engine.new_id()))
    return Done("member", made.id, await shown(engine, call, made.id), about=made.id, is_told=False)


@written
async def update_member(engine: Engine, call: Call[wire.MemberChange]) -> Done:
    """Change what is known of a member, and its names."""
    before = await registering.locked(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    mapping.expected(call, words.from_member(before, [], {}))
    profile, names = words.to_profile(call.body.profile, before.profile), words.to_names(call.body)
    await registering.change(engine, call.caller, call.at, before, profile, names)
    return Done("member", before.id, await shown(engine, call, before.id), about=before.id, is_told=False)


@written
async def erase_member(engine: Engine, call: Call[None]) -> Done:
    """Forget a member for good; its accounts and entries stay, of nobody."""
    before = await registering.locked(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    mapping.expected(call, words.from_member(before, [], {}))
    await erasing.erase(engine, call.caller.tenant_id, before.id)
    return Done("member", before.id, None, is_told=False)


async def export_member(engine: Engine, call: Call[None]) -> wire.MemberExport:
    """Read everything that is kept of a member, and of those that have gone up in it, as a person may ask for it."""
    member_id = mapping.id_of(call, "member_id", MemberNotFound)
    return wire.MemberExport(member_id, call.at, await porting.member(engine, call.caller.tenant_id, member_id))


OPERATIONS = (
    Operation(
        name="listMembers",
        paths=("/members",),
        handle=list_members,
        query=wire.MembersQuery,
        answer=wire.Members,
        tag="Members",
        problems=QUERY_PROBLEMS,
        **READ,
    ),
    Operation(
        name="createMember",
        paths=("/members",),
        handle=create_member,
        body=wire.NewMember,
        answer=wire.Member,
        tag="Members",
        **CREATE,
    ),
    Operation(
        name="getMember",
        paths=("/members/{member_id}",),
        handle=get_member,
        query=MembershipQuery,
        answer=wire.Member,
        tag="Members",
        **READ_ONE | {"problems": PAGE_PROBLEMS},
    ),
    Operation(
        name="updateMember",
        paths=("/members/{member_id}",),
        handle=update_member,
        body=wire.MemberChange,
        answer=wire.Member,
        tag="Members",
        **CHANGE,
    ),
    Operation(
        name="eraseMember",
        paths=("/members/{member_id}",),
        handle=erase_member,
        tag="Members",
        **whole(DELETE),
    ),
    Operation(
        name="exportMember",
        paths=("/members/{member_id}/export",),
        handle=export_member,
        answer=wire.MemberExport,
        tag="Members",
        problems=READ_PROBLEMS,
        **whole(administers(READ)),
    ),
)
