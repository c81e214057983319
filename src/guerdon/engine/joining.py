"""Adds, changes and deletes memberships by the thousand: all of a call or nothing of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import TypeVar
from uuid import UUID

from guerdon.core.callers import Caller
from guerdon.core.commands import Basis, Set
from guerdon.core.memberships import Membership, MembershipState
from guerdon.core.refusals import (
    AlreadyEnrolled,
    MemberNotFound,
    MembershipNotFound,
    ProgramNotFound,
    Refusal,
    TierNotFound,
)
from guerdon.engine.engine import Engine
from guerdon.storage import ledger, memberships, programs
from guerdon.storage.memberships import NewMembership
from guerdon.storage.queries import Connection

AT_A_TIME = 1_000
"""Postings per call of the posting function, which keeps all of a call in memory."""


class Keep(Enum):
    """The stored value stays as it is."""

    KEEP = "keep"


KEEP = Keep.KEEP

_DETAILS = attrgetter(*(f for f in Membership.__dataclass_fields__ if f not in ("updated_at", "deleted_at", "balance")))
"""What is known of a membership in the order of its fields, but for the last three."""

_made: Callable[..., Membership] = Membership

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """A membership to add; `points` is an absolute balance, None leaves the new account untouched."""

    member_id: UUID
    program_id: UUID
    is_primary: bool
    state: MembershipState = MembershipState.ENROLLED
    number: str | None = None
    provider_id: str | None = None
    url: str | None = None
    expires_at: datetime | None = None
    tier_id: UUID | None = None
    points: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to change of a membership; everything else is kept. `points` None clears, which writes 0."""

    membership_id: UUID
    program_id: UUID | Keep = KEEP
    is_primary: bool | Keep = KEEP
    state: MembershipState | Keep = KEEP
    number: str | Keep | None = KEEP
    provider_id: str | Keep | None = KEEP
    url: str | Keep | None = KEEP
    expires_at: datetime | Keep | None = KEEP
    tier_id: UUID | Keep | None = KEEP
    points: Decimal | Keep | None = KEEP


def chain_of(caller: Caller) -> UUID:
    """The chain that the caller is bound to; surfaces that have chains see to it that there is one."""
    if caller.chain_id is None:
        raise ValueError("this surface needs a credential that is bound to a chain")
    return caller.chain_id


async def add(
    engine: Engine, caller: Caller, at: datetime, items: Sequence[Joining], *, with_anonymous: bool = True
) -> list[Membership]:
    """Adds memberships; returns them in the order asked.

    A primary one takes the flag from the member's others in the chain; within a call the last one wins.

    Raises:
        MemberNotFound, ProgramNotFound, TierNotFound: an item names what the caller's chain does not have, or somebody
            who is nobody in particular where these are not meant.
        AlreadyEnrolled: the member has a membership in that program.
    """

    async def work(connection: Connection) -> list[Membership]:
        named = [item.member_id for item in items]
        members = await memberships.lock_members(connection, caller.tenant_id, named, with_anonymous=with_anonymous)
        rules = await _Rules.load(connection, caller, ((item.program_id, item.tier_id) for item in items))
        pairs = await memberships.active_pairs(connection, caller.tenant_id, list(members))
        primary = {item.member_id: index for index, item in enumerate(items) if item.is_primary}
        new: list[NewMembership] = []
        for index, item in enumerate(items):
            if item.member_id not in members:
                raise MemberNotFound(str(item.member_id))
            rules.check(item.program_id, item.tier_id)
            membership = _new(engine, item, is_primary=primary.get(item.member_id) == index)
            if pairs.setdefault((item.member_id, item.program_id), membership.id) != membership.id:
                raise AlreadyEnrolled(item.member_id, item.program_id)
            new.append(membership)
        chosen = [membership for membership in new if membership.is_primary]
        await _demote_others(connection, caller, at, chosen)
        await memberships.insert(connection, caller.tenant_id, new, at)
        targets = zip(new, items, strict=True)
        await _set_points(
            connection, caller, at, [(m.account_id, i.points) for m, i in targets if i.points is not None]
        )
        known = await memberships.lock(
            connection, caller.tenant_id, chain_of(caller), [membership.id for membership in new]
        )
        return [known[membership.id] for membership in new]

    return await engine.database.retrying(work)


async def update(engine: Engine, caller: Caller, at: datetime, changes: Sequence[Change]) -> list[Membership]:
    """Changes memberships, one after another; returns them in the order asked.

    Raises:
        MembershipNotFound: unknown in the caller's chain, or deleted.
        ProgramNotFound, TierNotFound: a change names what the chain or the program does not have.
        AlreadyEnrolled: a membership would move to a program where the member has another.
        InsufficientPoints: points are held that a new balance would not cover.
    """

    async def work(connection: Connection) -> list[Membership]:
        stored = await _locked(connection, caller, [change.membership_id for change in changes])
        current = dict(stored)
        rules = await _Rules.load(connection, caller, _named(current, changes))
        pairs: dict[tuple[UUID, UUID], UUID] = {}
        if any(change.program_id is not KEEP for change in changes):
            members = [membership.member_id for membership in current.values()]
            pairs = await memberships.active_pairs(connection, caller.tenant_id, members)
        for change in changes:
            before = current[change.membership_id]
            after = current[before.id] = _changed(before, change)
            rules.check(after.program_id, after.tier_id)
            _move(pairs, before, after)
            if change.is_primary is True:
                _demote_here(current, after)
        chosen = [m for m in current.values() if m.is_primary and not stored[m.id].is_primary]
        await _demote_others(connection, caller, at, chosen)
        # Out of each other's way first: one may move to where another was, and rows are written in any order.
        moved = [m.id for m in current.values() if m.program_id != stored[m.id].program_id]
        if len(moved) > 1:
            await memberships.delete(connection, moved, at, is_told=False)
        named = {c.membership_id for c in changes if c.points not in (KEEP, stored[c.membership_id].balance.posted)}
        written = {m.id: m for m in current.values() if m.id in named or m != stored[m.id]}
        await memberships.update(connection, list(written.values()), at)
        if moved:
            await memberships.move_accounts(connection, moved)
        targets = [
            (current[c.membership_id].account_id, c.points or Decimal(0)) for c in changes if c.points is not KEEP
        ]
        await _set_points(connection, caller, at, targets)
        figures = await memberships.figures_of(connection, list(current))
        done = {
            id_: _made(*_DETAILS(m), at if id_ in written else m.updated_at, None, figures[id_])
            for id_, m in current.items()
        }
        return [done[change.membership_id] for change in changes]

    return await engine.database.retrying(work)


async def locked(engine: Engine, caller: Caller, membership_id: UUID) -> Caller:
    """Keeps a membership from being changed before the transaction ends; the caller, bound to its chain.

    Raises:
        MembershipNotFound: the tenant has no such membership, or it is deleted.
    """

    async def work(connection: Connection) -> Caller:
        found = await memberships.by_id(connection, caller.tenant_id, membership_id)
        if found is None or caller.chain_id not in (None, found.chain_id) or not caller.may(found.program_id):
            raise MembershipNotFound(membership_id)
        bound = replace(caller, chain_id=found.chain_id)
        await _locked(connection, bound, [membership_id])
        return bound

    return await engine.database.retrying(work)


async def delete(engine: Engine, caller: Caller, at: datetime, ids: Sequence[UUID]) -> None:
    """Marks memberships as deleted; those that are already are accepted and stay as they were.

    Raises:
        MembershipNotFound: one of them was never in the caller's chain.
    """

    async def work(connection: Connection) -> None:
        known = await memberships.lock(connection, caller.tenant_id, chain_of(caller), ids)
        for membership_id in ids:
            if membership_id not in known:
                raise MembershipNotFound(membership_id)
        await memberships.delete(connection, ids, at)

    await engine.database.retrying(work)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The programs and tiers that a call names: the chain of each program, and the program of each tier."""

    chain_id: UUID
    programs: dict[UUID, UUID]
    tiers: dict[UUID, UUID]

    @classmethod
    async def load(cls, connection: Connection, caller: Caller, named: Iterable[tuple[UUID, UUID | None]]) -> "_Rules":
        """Reads them, and keeps them from being deleted meanwhile."""
        pairs = list(named)
        tier_ids = {tier_id for _, tier_id in pairs if tier_id is not None}
        return cls(
            chain_of(caller),
            await programs.share(connection, caller.tenant_id, list({program_id for program_id, _ in pairs})),
            await programs.share_tiers(connection, list(tier_ids)) if tier_ids else {},
        )

    def check(self, program_id: UUID, tier_id: UUID | None) -> None:
        if self.programs.get(program_id) != self.chain_id:
            raise ProgramNotFound(program_id)
        if tier_id is not None and self.tiers.get(tier_id) != program_id:
            raise TierNotFound(tier_id)


def _new(engine: Engine, item: Joining, *, is_primary: bool) -> NewMembership:
    return NewMembership(
        id=engine.new_id(),
        account_id=engine.new_id(),
        member_id=item.member_id,
        program_id=item.program_id,
        number=item.number,
        provider_id=item.provider_id,
        state=item.state,
        is_primary=is_primary,
        url=item.url,
        expires_at=item.expires_at,
        tier_id=item.tier_id,
    )


def _kept(new: Value | Keep, stored: Value) -> Value:
    return stored if isinstance(new, Keep) else new


def _changed(before: Membership, change: Change) -> Membership:
    tier_id = _kept(change.tier_id, before.tier_id)
    return Membership(
        id=before.id,
        member_id=before.member_id,
        program_id=_kept(change.program_id, before.program_id),
        is_primary=_kept(change.is_primary, before.is_primary),
        state=_kept(change.state, before.state),
        number=_kept(change.number, before.number),
        provider_id=_kept(change.provider_id, before.provider_id),
        url=_kept(change.url, before.url),
        expires_at=_kept(change.expires_at, before.expires_at),
        tier_id=tier_id,
        tier_until=before.tier_until if tier_id == before.tier_id else None,
        chain_id=before.chain_id,
        account_id=before.account_id,
        created_at=before.created_at,
        updated_at=before.updated_at,
        deleted_at=None,
        balance=before.balance,
    )


def _named(current: Mapping[UUID, Membership], changes: Sequence[Change]) -> Iterator[tuple[UUID, UUID | None]]:
    """Every program and tier that a membership has before a change or after it."""
    for change in changes:
        before = current[change.membership_id]
        yield before.program_id, before.tier_id
        yield _kept(change.program_id, before.program_id), _kept(change.tier_id, before.tier_id)


def _move(pairs: dict[tuple[UUID, UUID], UUID], before: Membership, after: Membership) -> None:
    if after.program_id == before.program_id:
        return
    if (after.member_id, after.program_id) in pairs:
        raise AlreadyEnrolled(after.member_id, after.program_id)
    pairs[after.member_id, after.program_id] = pairs.pop((before.member_id, before.program_id))


def _demote_here(current: dict[UUID, Membership], primary: Membership) -> None:
    for other in current.values():
        if other.member_id == primary.member_id and other.id != primary.id:
            current[other.id] = replace(other, is_primary=False)


async def _demote_others(
    connection: Connection, caller: Caller, at: datetime, chosen: Sequence[NewMembership] | Sequence[Membership]
) -> None:
    if chosen:
        await memberships.demote_others(
            connection,
            caller.tenant_id,
            chain_of(caller),
            member_ids=[membership.member_id for membership in chosen],
            keep_ids=[membership.id for membership in chosen],
            now=at,
        )


async def _locked(connection: Connection, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Membership]:
    known = await memberships.lock(connection, caller.tenant_id, chain_of(caller), ids)
    for membership_id in ids:
        if membership_id not in known or known[membership_id].deleted_at is not None:
            raise MembershipNotFound(membership_id)
    return known


async def _set_points(
    connection: Connection, caller: Caller, at: datetime, targets: Sequence[tuple[UUID, Decimal]]
) -> None:
    # In the order that the posting function locks them, so that several calls of it do not wait in a circle.
    targets = sorted(targets, key=lambda target: target[0])
    commands = [Set(caller=caller, account_id=a, at=at, points=p, basis=Basis.POSTED) for a, p in targets]
    for start in range(0, len(commands), AT_A_TIME):
        for answer in await ledger.post(connection, commands[start : start + AT_A_TIME], at):
            if isinstance(answer, Refusal):
                raise answer
