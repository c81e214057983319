"""Members and memberships of the native API."""

from typing import Any
from uuid import UUID

from guerdon.core.refusals import MemberNotFound, MembershipNotFound
from guerdon.engine import Engine, explaining, finding, reading, tracing
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import members as words
from guerdon.surfaces.native.routes.told import PAGE_PROBLEMS, QUERY_PROBLEMS, READ, READ_PROBLEMS
from guerdon.surfaces.native.wire import members as wire
from guerdon.web import parsing
from guerdon.web.operations import Call, Operation


async def list_members(engine: Engine, call: Call[None]) -> wire.Members:
    """Find the member that answers to an identifier."""
    query, _ = parsing.read(call.request.query, wire.MembersQuery, strict=False)
    try:
        member_id = await finding.member(engine, call.caller, words.names(query))
    except MemberNotFound:
        return wire.Members([])
    return wire.Members([await shown(engine, call, member_id)])


async def get_member(engine: Engine, call: Call[None]) -> wire.Member:
    """Read a member with its memberships."""
    return await shown(engine, call, mapping.id_of(call, "member_id", MemberNotFound))


async def shown(engine: Engine, call: Call[Any], member_id: UUID) -> wire.Member:
    """A member with its memberships, as it is answered."""
    member = await reading.member(engine, call.caller, member_id)
    held = await reading.memberships_of(engine, call.caller, member.id)
    return words.from_member(member, held, await tracing.next_lapses(engine, held))


async def list_memberships(engine: Engine, call: Call[None]) -> wire.Memberships:
    """Read a member's memberships, the one that stands for the member first."""
    member = await get_member(engine, call)
    return wire.Memberships(member.memberships)


async def get_membership(engine: Engine, call: Call[None]) -> wire.Membership:
    """Read a membership with its balance and what lapses next."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    found = await reading.membership(engine, call.caller, membership_id)
    return words.from_membership(found, await tracing.next_lapses(engine, [found]))


async def get_balance(engine: Engine, call: Call[None]) -> wire.BalanceAt:
    """Read the figures at any moment: as they were, or as they will be if nobody does anything."""
    query, _ = parsing.read(call.request.query, wire.BalanceQuery, strict=False)
    at = words.moment_of(query)
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    found = await reading.membership(engine, call.caller, membership_id)
    balance = await explaining.balance(engine, explaining.Name(str(found.account_id)), at)
    return words.from_projection(balance.projection)


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
        name="getMember",
        paths=("/members/{member_id}",),
        handle=get_member,
        answer=wire.Member,
        tag="Members",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="listMemberships",
        paths=("/members/{member_id}/memberships",),
        handle=list_memberships,
        answer=wire.Memberships,
        tag="Members",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getMembership",
        paths=("/memberships/{membership_id}",),
        handle=get_membership,
        answer=wire.Membership,
        tag="Memberships",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="getBalance",
        paths=("/memberships/{membership_id}/balance",),
        handle=get_balance,
        query=wire.BalanceQuery,
        answer=wire.BalanceAt,
        tag="Memberships",
        problems=PAGE_PROBLEMS,
        **READ,
    ),
)
