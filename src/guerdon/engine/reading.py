"""Balances, statements, members, memberships and pages of them; writes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import HoldState, Posting
from guerdon.core.members import EVERYBODY, Identifier, Listing, Member
from guerdon.core.memberships import Filter, Membership
from guerdon.core.points import minus
from guerdon.core.programs import ChannelLink, Program, Tier
from guerdon.core.refusals import (
    CursorNotFound,
    HoldNotFound,
    MemberNotFound,
    MembershipNotFound,
    NoActiveProgram,
    ProgramNotFound,
)
from guerdon.core.statements import EVERY, Entry, EntryFilter, Hold, Known, Statement
from guerdon.engine import naming
from guerdon.engine.engine import Engine
from guerdon.engine.settling import settle, settled
from guerdon.storage import ledger, members, memberships, programs, tenants
from guerdon.storage.memberships import AccountQuestion
from guerdon.storage.statements import StatementQuestion


class Customer(NamedTuple):
    """A member with its membership in the tenant's default program, where it has one."""

    member: Member
    membership: Membership | None
    program: Program


async def member(engine: Engine, caller: Caller, member_id: UUID) -> Member:
    """A member with its identifiers.

    Raises:
        MemberNotFound: the caller's tenant has no such member.
    """
    async with engine.database.connection() as connection:
        found = await members.by_ids(connection, caller.tenant_id, [member_id])
    if not found:
        raise MemberNotFound(str(member_id))
    return found[0]


async def member_by_serial(engine: Engine, caller: Caller, serial: int) -> Member:
    """A member by its number within the tenant.

    Raises:
        MemberNotFound: there is none.
    """
    async with engine.database.connection() as connection:
        found = await members.by_serial(connection, caller.tenant_id, serial)
    if found is None:
        raise MemberNotFound(str(serial))
    return await member(engine, caller, found)


async def members_page(
    engine: Engine, caller: Caller, *, skip: int, take: int, listing: Listing = EVERYBODY
) -> tuple[list[tuple[Member, Membership | None]], int]:
    """Members by serial, each with a membership, and how many the list has in all.

    The membership is the one in the list's program, or, where no program is named, the one that stands for the member.
    """
    async with engine.database.connection() as connection:
        page, count = await members.page(connection, caller.tenant_id, listing, skip=skip, take=take)
    held = await _of_members(engine, caller, [m.id for m in page])
    first: dict[UUID, Membership] = {}
    for membership_ in held:
        if listing.program_id is None or membership_.program_id == listing.program_id:
            first.setdefault(membership_.member_id, membership_)
    return [(m, first.get(m.id)) for m in page], count


async def customer(engine: Engine, caller: Caller, known: Member, namespace: str) -> Customer:
    """A member as a surface's customer: it has a name in the surface's namespace, or is in the default program.

    Raises:
        MemberNotFound: it is neither, or nobody in particular.
        ProgramNotFound: the tenant has no default program.
    """
    program = await default_program(engine, caller)
    found = await memberships_of(engine, caller, known.id)
    own = next((each for each in found if each.program_id == program.id), None)
    if known.is_anonymous or (own is None and namespace not in known.identifiers):
        raise MemberNotFound(known.number)
    return Customer(known, own, program)


async def memberships_of(engine: Engine, caller: Caller, *member_ids: UUID) -> list[Membership]:
    """The members' memberships, the one that stands for its member first."""
    return await _of_members(engine, caller, member_ids)


async def _of_members(engine: Engine, caller: Caller, member_ids: Sequence[UUID]) -> list[Membership]:
    async def read() -> list[Membership]:
        async with engine.database.connection() as connection:
            found = await memberships.of_members(connection, caller.tenant_id, member_ids)
        return [each for each in found if caller.may(each.program_id)]

    return await settled(engine, read, lambda found: found)


async def membership(engine: Engine, caller: Caller, membership_id: UUID) -> Membership:
    """One membership with its figures.

    Raises:
        MembershipNotFound: the caller's tenant has no such membership, or it is deleted.
    """

    async def read() -> Membership:
        async with engine.database.connection() as connection:
            found = await memberships.by_id(connection, caller.tenant_id, membership_id)
        if found is None or not caller.may(found.program_id):
            raise MembershipNotFound(membership_id)
        return found

    return await settled(engine, read, lambda found: [found])


async def chains(engine: Engine, caller: Caller) -> frozenset[UUID]:
    """The chains that the caller may see: the one its credential is bound to, else all of the tenant's."""
    if caller.chain_id is not None:
        return frozenset({caller.chain_id})
    async with engine.database.connection() as connection:
        return await tenants.chains_of(connection, caller.tenant_id)


async def memberships_page(
    engine: Engine, caller: Caller, wanted: Filter, *, cursor: UUID | None, limit: int
) -> list[Membership]:
    """Memberships of the chains that are wanted, newest first, from the one after the cursor.

    Raises:
        CursorNotFound: no chain that the caller may see ever had that membership.
    """
    async with engine.database.connection() as connection:
        if cursor and not await memberships.exists(connection, caller.tenant_id, caller.chain_id, cursor):
            raise CursorNotFound(str(cursor))

    async def read() -> list[Membership]:
        async with engine.database.searching() as connection:
            return await memberships.search(connection, caller.tenant_id, wanted, before=cursor, limit=limit)

    return await settled(engine, read, lambda found: found)


async def account(engine: Engine, caller: Caller, membership_id: UUID, key: str | None) -> UUID:
    """The points account to post to for a membership.

    A key that the ledger has answered before gets that answer again, even when the membership is deleted by now.

    Raises:
        MembershipNotFound: the caller's tenant has no such membership, or it is deleted.
    """
    found = await engine.accounts.ask(AccountQuestion(caller.tenant_id, membership_id, key))
    if found is None or not await may_see(engine, caller, found):
        raise MembershipNotFound(membership_id)
    return found


async def entry(engine: Engine, posting: Posting) -> Entry:
    """The entry that a posting wrote.

    Raises:
        LookupError: it wrote none.
    """
    before = (posting.version or 0) + 1
    async with engine.database.connection() as connection:
        return (await ledger.entries_page(connection, posting.account_id, before=before, limit=1))[0]


async def entries(
    engine: Engine, caller: Caller, membership_id: UUID, *, before: int, limit: int, wanted: EntryFilter = EVERY
) -> list[Entry]:
    """A membership's entries, newest first, with versions below `before`.

    Raises:
        MembershipNotFound: as for `membership`.
    """
    account_id = (await membership(engine, caller, membership_id)).account_id
    async with (engine.database.connection if wanted == EVERY else engine.database.searching)() as connection:
        return await ledger.entries_page(connection, account_id, before=before, limit=limit, wanted=wanted)


async def holds(
    engine: Engine, caller: Caller, membership_id: UUID, *, state: str | None, limit: int, before: UUID | None = None
) -> list[Hold]:
    """A membership's holds, newest first, from below the id `before`.

    Raises:
        MembershipNotFound: as for `membership`.
    """
    account_id = (await membership(engine, caller, membership_id)).account_id
    async with (engine.database.searching if state else engine.database.connection)() as connection:
        return await ledger.holds_of(connection, account_id, state=state, limit=limit, before=before)


async def hold(engine: Engine, caller: Caller, hold_id: UUID) -> Hold:
    """One hold.

    Raises:
        HoldNotFound: the caller's tenant has no such hold.
    """

    async def read() -> Hold:
        async with engine.database.connection() as connection:
            found = await ledger.hold_by_id(connection, caller.tenant_id, hold_id)
        if found is None or not await may_see(engine, caller, found.account_id):
            raise HoldNotFound(hold_id)
        return found

    found = await read()
    if found.state == HoldState.OPEN and found.expires_at is not None and found.expires_at <= engine.clock():
        await settle(engine, [found.account_id])
        return await read()
    return found


async def hold_after(engine: Engine, caller: Caller, hold_id: UUID, capture: Entry, *, final: bool) -> Hold:
    """A hold as it stood when a capture of it was written, whatever came of it since.

    Args:
        engine: the engine.
        caller: who asks.
        hold_id: the hold.
        capture: the entry of the capture.
        final: the capture took all that was left or released it: nothing can have come of the hold since.

    Raises:
        HoldNotFound: as for `hold`.
    """
    latest = await hold(engine, caller, hold_id)
    if final:
        return latest
    async with engine.database.connection() as connection:
        taken = await ledger.captured(connection, capture.account_id, hold_id, until=capture.version)
    remaining = minus(latest.points, taken)
    if not remaining:
        return latest
    return replace(latest, remaining=remaining, state=HoldState.OPEN, closed_at=None)


async def program_of(engine: Engine, caller: Caller, membership_id: UUID) -> Program:
    """The program of a membership.

    Raises:
        MembershipNotFound: as for `membership`.
    """
    program_id = (await membership(engine, caller, membership_id)).program_id
    async with engine.database.connection() as connection:
        return (await programs.by_ids(connection, caller.tenant_id, [program_id]))[program_id]


async def program(engine: Engine, caller: Caller, program_id: UUID) -> Program:
    """A program.

    Raises:
        ProgramNotFound: the caller's tenant has no such program.
    """
    async with engine.database.connection() as connection:
        found = await programs.present(connection, caller.tenant_id, program_id)
    if not caller.may(program_id):
        raise ProgramNotFound(program_id)
    return found


async def may_see(engine: Engine, caller: Caller, account_id: UUID) -> bool:
    """Whether the caller may see what belongs to a points account of its tenant."""
    if caller.program_ids is None:
        return True
    async with engine.database.connection() as connection:
        program_id = await ledger.program_of(connection, account_id)
    return program_id is not None and caller.may(program_id)


async def in_chain_of(engine: Engine, caller: Caller, program_id: UUID) -> Caller:
    """The caller, bound to the chain of a program, for who is bound to none.

    Raises:
        ProgramNotFound: as for `program`.
    """
    return replace(caller, chain_id=(await program(engine, caller, program_id)).chain_id)


async def default_program(engine: Engine, caller: Caller) -> Program:
    """The program that members join where nothing names one.

    Raises:
        ProgramNotFound: the tenant has none.
    """
    async with engine.database.connection() as connection:
        return await programs.chosen(connection, caller.tenant_id, None)


async def tiers(engine: Engine, *program_ids: UUID) -> list[Tier]:
    """The programs' ladders, the lowest step of each first."""
    async with engine.database.connection() as connection:
        return await programs.tiers_of(connection, program_ids)


async def channel_link(engine: Engine, caller: Caller, link_id: str) -> ChannelLink:
    """An active channel link.

    Raises:
        NoActiveProgram: unknown in the caller's tenant, or nothing is active on it.
    """
    if "\0" in link_id:
        raise NoActiveProgram(link_id)
    async with engine.database.connection() as connection:
        found = await programs.link(connection, caller.tenant_id, link_id)
    if found is None:
        raise NoActiveProgram(link_id)
    return found


async def channel_link_anywhere(engine: Engine, link_id: str) -> tuple[UUID, ChannelLink]:
    """An active channel link with its tenant, for those who show no credentials.

    Raises:
        NoActiveProgram: unknown, or nothing is active on it.
    """
    async with engine.database.connection() as connection:
        found = await programs.link_anywhere(connection, link_id)
    if found is None:
        raise NoActiveProgram(link_id)
    return found


async def channel_profile(engine: Engine, caller: Caller, profile_id: str) -> ChannelLink:
    """A vendor's profile, in the place of a channel link.

    Raises:
        NoActiveProgram: unknown in the caller's tenant.
    """
    if "\0" in profile_id:
        raise NoActiveProgram(profile_id)
    async with engine.database.connection() as connection:
        found = await programs.profile(connection, caller.tenant_id, profile_id)
    if found is None:
        raise NoActiveProgram(profile_id)
    return found.link


async def channel_account(engine: Engine, caller: Caller, account: str) -> ChannelLink:
    """The one profile in an account at a vendor, in the place of a channel link.

    Raises:
        NoActiveProgram: the caller's tenant has none there, or has several that are not of one program.
    """
    async with engine.database.connection() as connection:
        found = await programs.profiles_of(connection, caller.tenant_id, account) if "\0" not in account else []
    if len({profile.program_id for profile in found}) != 1:
        raise NoActiveProgram(account)
    return found[0].link


async def statement(
    engine: Engine,
    caller: Caller,
    names: Sequence[Identifier],
    since: datetime,
    until: datetime,
    known: Known | None = None,
) -> Statement:
    """A member's statement of account for a window, both ends in it; empty for one without a membership.

    Args:
        engine: the engine.
        caller: who asks.
        names: the member's.
        since: the beginning of the window.
        until: its end.
        known: where the account is this one, at this version, its entries are not read.

    Raises:
        MemberNotFound: nobody in the caller's tenant answers to the names.
    """
    question = StatementQuestion(caller.tenant_id, naming.askable(names), since, until, known)
    found = await engine.statements.ask(question)
    if found is None:
        raise MemberNotFound(names[0].value)
    due_at = found.balance.due_at if found.balance else None
    if found.account_id is None or due_at is None or due_at > engine.clock():
        return found
    await settle(engine, [found.account_id])
    return await engine.statements.ask(question) or found
