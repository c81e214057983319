"""Memberships of the native API."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from guerdon.core.callers import Caller
from guerdon.core.memberships import Membership
from guerdon.core.refusals import MemberNotFound, MembershipNotFound
from guerdon.engine import Engine, explaining, joining, placing, reading, registering, tracing
from guerdon.surfaces.native import mapping
from guerdon.surfaces.native.mapping import Done, moments, tiers
from guerdon.surfaces.native.mapping import memberships as words
from guerdon.surfaces.native.routes.told import (
    CHANGE,
    CREATE,
    DELETE,
    PAGE_PROBLEMS,
    READ,
    READ_ONE,
    READ_PROBLEMS,
    asked,
    written,
)
from guerdon.surfaces.native.wire import memberships as wire
from guerdon.web.failures import Forbidden
from guerdon.web.operations import Answer, Call, Operation


async def list_memberships(engine: Engine, call: Call[None]) -> wire.Memberships:
    """Read a member's memberships, the one that stands for the member first."""
    member = await reading.member(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    held = await reading.memberships_of(engine, call.caller, member.id)
    lapses = await tracing.next_lapses(engine, held)
    return wire.Memberships([words.from_membership(each, lapses) for each in held])


async def get_membership(engine: Engine, call: Call[None]) -> Answer:
    """Read a membership with its balance and what lapses next."""
    query, membership_id = asked(call, wire.MembershipQuery), mapping.id_of(call, "membership_id", MembershipNotFound)
    found = await shown(engine, call, membership_id)
    return mapping.tagged(call, found if query.expand is UNSET else await with_standing(engine, call, found))


async def with_standing(engine: Engine, call: Call[Any], found: wire.Membership) -> wire.Membership:
    """A membership with where it stands on the ladder."""
    membership = await reading.membership(engine, call.caller, found.id)
    return structs.replace(found, standing=tiers.from_place(await placing.standing(engine, membership, call.at)))


async def shown(engine: Engine, call: Call[Any], membership_id: UUID) -> wire.Membership:
    """A membership as it is answered."""
    found = await reading.membership(engine, call.caller, membership_id)
    return words.from_membership(found, await tracing.next_lapses(engine, [found]))


async def known(engine: Engine, call: Call[Any], membership_id: UUID) -> wire.Membership | None:
    """The same to come with something else, as far as it still is one."""
    try:
        return await shown(engine, call, membership_id)
    except MembershipNotFound:
        return None


async def get_balance(engine: Engine, call: Call[None]) -> wire.BalanceAt:
    """Read the figures at any moment: as they were, or as they will be if nobody does anything."""
    at = moments.planned("at", mapping.or_kept(asked(call, wire.BalanceQuery).at, None))
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    found = await reading.membership(engine, call.caller, membership_id)
    balance = await explaining.balance(engine, explaining.Name(str(found.account_id)), at)
    return words.from_projection(balance.projection)


@written
async def create_membership(engine: Engine, call: Call[wire.NewMembership]) -> Done:
    """Let a member join a program."""
    member = await registering.locked(engine, call.caller, mapping.id_of(call, "member_id", MemberNotFound))
    caller = await reading.in_chain_of(engine, call.caller, call.body.program_id)
    held = await _held(engine, caller, member.id, promotes=call.body.is_primary)
    item = words.to_joining(call, member.id, member.number, is_first=not any(each.is_primary for each in held))
    (made,) = await joining.add(engine, caller, call.at, [item])
    return Done("membership", made.id, await shown(engine, call, made.id), about=member.id)


async def _held(engine: Engine, caller: Caller, member_id: UUID, *, promotes: bool) -> list[Membership]:
    """All memberships of a member, those too that the caller does not see.

    Raises:
        Forbidden: another one is to stand for the member than one that the caller does not see.
    """
    held = await reading.memberships_of(engine, replace(caller, program_ids=None), member_id)
    if promotes and any(m.is_primary and m.chain_id == caller.chain_id and not caller.may(m.program_id) for m in held):
        raise Forbidden
    return held


@written
async def update_membership(engine: Engine, call: Call[wire.MembershipChange]) -> Done:
    """Change a membership."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    caller = await joining.locked(engine, call.caller, membership_id)
    before = await shown(engine, call, membership_id)
    mapping.expected(call, before)
    if call.body.is_primary is True:
        await _held(engine, caller, before.member_id, promotes=True)
    await joining.update(engine, caller, call.at, [words.to_change(call.body, membership_id)])
    after = await shown(engine, call, membership_id)
    return Done("membership", membership_id, after, before, about=before.member_id)


@written
async def delete_membership(engine: Engine, call: Call[None]) -> Done:
    """End a membership; its account and entries stay, and open holds can still be ended."""
    membership_id = mapping.id_of(call, "membership_id", MembershipNotFound)
    caller = await joining.locked(engine, call.caller, membership_id)
    before = await shown(engine, call, membership_id)
    mapping.expected(call, before)
    await joining.delete(engine, caller, call.at, [membership_id])
    return Done("membership", membership_id, None, before)


OPERATIONS = (
    Operation(
        name="listMemberships",
        paths=("/members/{member_id}/memberships",),
        handle=list_memberships,
        answer=wire.Memberships,
        tag="Memberships",
        problems=READ_PROBLEMS,
        **READ,
    ),
    Operation(
        name="createMembership",
        paths=("/members/{member_id}/memberships",),
        handle=create_membership,
        body=wire.NewMembership,
        answer=wire.Membership,
        tag="Memberships",
        **CREATE,
    ),
    Operation(
        name="getMembership",
        paths=("/memberships/{membership_id}",),
        handle=get_membership,
        query=wire.MembershipQuery,
        answer=wire.Membership,
        tag="Memberships",
        **READ_ONE | {"problems": PAGE_PROBLEMS},
    ),
    Operation(
        name="updateMembership",
        paths=("/memberships/{membership_id}",),
        handle=update_membership,
        body=wire.MembershipChange,
        answer=wire.Membership,
        tag="Memberships",
        **CHANGE,
    ),
    Operation(
        name="deleteMembership",
        paths=("/memberships/{membership_id}",),
        handle=delete_membership,
        tag="Memberships",
        **DELETE,
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
