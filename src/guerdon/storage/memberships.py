"""Memberships as rows: written many at once, read one, by member or by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from guerdon.core.buckets import bucket_of
from guerdon.core.memberships import Balance, Filter, Membership, MembershipState
from guerdon.storage import ledger, queries
from guerdon.storage.database import RacedError
from guerdon.storage.queries import Connection, Row

sql = queries.load("memberships")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMembership:
    """A membership to be written; its account is opened with it."""

    id: UUID
    account_id: UUID
    member_id: UUID
    program_id: UUID
    number: str | None = None
    provider_id: str | None = None
    state: MembershipState = MembershipState.ENROLLED
    is_primary: bool = False
    url: str | None = None
    expires_at: datetime | None = None
    tier_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AccountQuestion:
    """Which account is posted to for a membership of a tenant?

    None for one that is deleted, unless the ledger has answered the key before.
    """

    tenant_id: UUID
    membership_id: UUID
    key: str | None


async def insert(connection: Connection, tenant_id: UUID, new: Sequence[NewMembership], now: datetime) -> None:
    """Writes memberships and opens their accounts."""
    await ledger.open_accounts(connection, tenant_id, [(m.account_id, m.program_id) for m in new], now)
    await sql.insert_memberships.run(
        connection,
        tenant_id=tenant_id,
        ids=[m.id for m in new],
        member_ids=[m.member_id for m in new],
        account_ids=[m.account_id for m in new],
        buckets=[bucket_of(m.account_id) for m in new],
        now=now,
        **_changeable(new),
    )


async def update(connection: Connection, changed: Sequence[Membership], now: datetime) -> None:
    """Writes the changeable columns of memberships that this transaction has locked; all are active afterwards."""
    await sql.update_memberships.run(connection, ids=[m.id for m in changed], now=now, **_changeable(changed))


async def move_accounts(connection: Connection, ids: Sequence[UUID]) -> None:
    """Takes the accounts of memberships into the programs that these have been moved to."""
    await sql.move_accounts.run(connection, ids=list(ids))


def _changeable(memberships: Sequence[NewMembership] | Sequence[Membership]) -> dict[str, list[object]]:
    return {
        "program_ids": [m.program_id for m in memberships],
        "numbers": [m.number for m in memberships],
        "provider_ids": [m.provider_id for m in memberships],
        "states": [m.state.value for m in memberships],
        "primaries": [m.is_primary for m in memberships],
        "urls": [m.url for m in memberships],
        "expiries": [m.expires_at for m in memberships],
        "tier_ids": [m.tier_id for m in memberships],
    }


async def set_tier(
    connection: Connection, membership_id: UUID, tier_id: UUID | None, until: datetime | None, now: datetime
) -> None:
    """Gives a locked membership a tier by hand, until a moment or for good; None takes it back."""
    await sql.set_tier.run(connection, id=membership_id, tier_id=tier_id, until=until, now=now)


async def demote_others(
    connection: Connection,
    tenant_id: UUID,
    chain_id: UUID,
    *,
    member_ids: Sequence[UUID],
    keep_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Leaves each member with at most the named primary memberships in the chain."""
    await sql.demote_others.run(
        connection,
        tenant_id=tenant_id,
        chain_id=chain_id,
        member_ids=list(member_ids),
        keep_ids=list(keep_ids),
        now=now,
    )


async def delete(connection: Connection, ids: Sequence[UUID], now: datetime, *, is_told: bool = True) -> None:
    """Marks memberships as deleted; those that are already stay as they were. It is told, unless they come back."""
    await sql.delete_memberships.run(connection, ids=list(ids), now=now, is_told=is_told)


async def lock(connection: Connection, tenant_id: UUID, chain_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Membership]:
    """Locks the chain's memberships with these ids, deleted ones too; their members first.

    Raises:
        RacedError: one has become another member's meanwhile.
    """
    owners = await sql.lock_owners.rows(connection, tenant_id=tenant_id, ids=list(ids))
    rows = await sql.lock_memberships.rows(connection, tenant_id=tenant_id, chain_id=chain_id, ids=list(ids))
    if not {row["member_id"] for row in rows} <= {owner["id"] for owner in owners}:
        raise RacedError("merges")
    return {row["id"]: membership(row) for row in rows}


async def figures_of(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Balance]:
    """The figures of the accounts of memberships, by the memberships' ids."""
    return {row["id"]: ledger.balance(row) for row in await sql.figures_of.rows(connection, ids=list(ids))}


async def lock_members(
    connection: Connection, tenant_id: UUID, ids: Sequence[UUID], *, with_anonymous: bool = True
) -> set[UUID]:
    """Locks members so that no other enrolment of theirs runs; returns those that exist."""
    rows = await sql.lock_members.rows(connection, tenant_id=tenant_id, ids=list(ids), with_anonymous=with_anonymous)
    return {row["id"] for row in rows}


async def active_pairs(
    connection: Connection, tenant_id: UUID, member_ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], UUID]:
    """(member, program) of the members' active memberships, to the membership's id."""
    rows = await sql.active_pairs.rows(connection, tenant_id=tenant_id, member_ids=list(member_ids))
    return {(row["member_id"], row["program_id"]): row["id"] for row in rows}


async def by_id(connection: Connection, tenant_id: UUID, membership_id: UUID) -> Membership | None:
    """One membership of the tenant, not deleted."""
    row = await sql.by_id.row(connection, tenant_id=tenant_id, id=membership_id)
    return membership(row) if row else None


async def accounts_of(connection: Connection, questions: Sequence[AccountQuestion]) -> list[UUID | None]:
    """Answers many questions with one query."""
    rows = await sql.accounts_of.rows(
        connection,
        tenant_ids=[question.tenant_id for question in questions],
        ids=[question.membership_id for question in questions],
        keys=[question.key for question in questions],
    )
    found = {row["ord"]: row["account_id"] for row in rows}
    return [found.get(number) for number in range(1, len(questions) + 1)]


async def accounts_ever(connection: Connection, tenant_id: UUID, member_id: UUID) -> list[UUID]:
    """The accounts of all memberships of a member, also of those that are deleted or came along by merges."""
    rows = await sql.accounts_ever.rows(connection, tenant_id=tenant_id, member_id=member_id)
    return [row["account_id"] for row in rows]


async def of_members(connection: Connection, tenant_id: UUID, member_ids: Sequence[UUID]) -> list[Membership]:
    """The members' memberships, not deleted; the primary ones first, then the oldest."""
    rows = await sql.of_member.rows(connection, tenant_id=tenant_id, member_ids=list(member_ids))
    return [membership(row) for row in rows]


async def exists(connection: Connection, tenant_id: UUID, chain_id: UUID | None, membership_id: UUID) -> bool:
    """Whether the chain, or with None any chain of the tenant, ever had this membership."""
    return bool(await sql.exists.value(connection, tenant_id=tenant_id, chain_id=chain_id, id=membership_id))


async def search(
    connection: Connection, tenant_id: UUID, wanted: Filter, *, before: UUID | None, limit: int
) -> list[Membership]:
    """A page of memberships, newest first, from below the id `before`."""
    rows = await sql.search.rows(
        connection,
        tenant_id=tenant_id,
        chain_ids=list(wanted.chain_ids),
        ids=wanted.ids,
        member_ids=wanted.member_ids,
        program_ids=wanted.program_ids,
        states=wanted.states,
        numbers=wanted.numbers,
        provider_ids=wanted.provider_ids,
        active=wanted.active,
        deleted=wanted.deleted,
        created_from=wanted.created[0],
        created_to=wanted.created[1],
        updated_from=wanted.updated[0],
        updated_to=wanted.updated[1],
        before=before,
        limit=limit,
    )
    return [membership(row) for row in rows]


_COLUMNS = itemgetter(*(name for name in Membership.__dataclass_fields__ if name != "balance"))
_STATE = list(Membership.__dataclass_fields__).index("state")
_made: Callable[..., Membership] = Membership


def membership(row: Row) -> Membership:
    """A membership from a row that has its columns and the figures of its account."""
    values = list(_COLUMNS(row))
    values[_STATE] = MembershipState(values[_STATE])
    return _made(*values, ledger.balance(row))
