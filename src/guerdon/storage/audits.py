"""Audits as rows, and the checks that each chunk of the ledger is put to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from guerdon.core.audits import Finding, Kind
from guerdon.core.buckets import BUCKETS, bucket_of
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Query, Row

sql = queries.load("audits")
checks = queries.load("checks")

OF_ACCOUNTS: tuple[Query, ...] = (
    checks.accounts,
    checks.entries,
    checks.holds,
    checks.pending,
    checks.lots,
    checks.lots_of_entries,
    checks.debits,
    checks.consumptions,
    checks.totals,
    checks.reversals,
    checks.transfers,
    checks.due,
    checks.waiting,
)
"""What a set of accounts is put to; every one takes their ids and the moment that counts as now."""

FIRST = UUID(int=0)
LAST = UUID(int=2**128 - 1)

KEYS_TO_A_SLICE = 1_000_000
"""Keys that lead to one entry are looked for among so many at a time, about."""


class Part(StrEnum):
    """What is gone through, in this order."""

    ACCOUNTS = "accounts"
    KEYS = "keys"
    SHARED_KEYS = "shared_keys"
    MEMBERSHIPS = "memberships"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit of a tenant (None: of all), and where it goes on."""

    id: UUID
    tenant_id: UUID | None
    part: Part
    after_id: UUID
    after_key: str
    step: int
    checked: int
    total: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a look at one chunk came to: how many rows, what was found, and the audit as it goes on from there."""

    checked: int
    found: tuple[Finding, ...]
    following: Audit


async def begin(connection: Connection, audit_id: UUID, tenant_id: UUID | None, now: datetime) -> Audit:
    """A new audit; those of the same tenant, or of all, from before are forgotten."""
    counts = await sql.counts.one(connection, tenant_id=tenant_id)
    new = Audit(audit_id, tenant_id, Part.ACCOUNTS, FIRST, "", 0, 0, sum(counts))
    await sql.forget.run(connection, tenant_id=tenant_id)
    await sql.begin.run(
        connection,
        id=new.id,
        tenant_id=tenant_id,
        now=now,
        part=new.part.value,
        after_id=new.after_id,
        after_key=new.after_key,
        total=new.total,
    )
    return new


async def unfinished(connection: Connection, tenant_id: UUID | None) -> Audit | None:
    """The audit of the tenant, or of all, that has not come to its end."""
    row = await sql.unfinished.row(connection, tenant_id=tenant_id)
    if row is None:
        return None
    fields = {name: row[name] for name in Audit.__dataclass_fields__}
    return Audit(**{**fields, "part": Part(row["part"])})


async def advance(connection: Connection, audit: Audit, chunk: Chunk, now: datetime) -> Audit | None:
    """Writes what a chunk came to; None where another process has gone on with the audit meanwhile."""
    following = chunk.following
    done = following.part is Part.DONE
    mine = await sql.advance.value(
        connection,
        id=audit.id,
        step=audit.step,
        part=following.part.value,
        after_id=following.after_id,
        after_key=following.after_key,
        checked=chunk.checked,
        finished_at=now if done else None,
    )
    if not mine:
        return None
    if chunk.found:
        await _keep(connection, audit.id, chunk.found)
    return replace(following, step=audit.step + 1, checked=audit.checked + chunk.checked)


async def _keep(connection: Connection, audit_id: UUID, found: Sequence[Finding]) -> None:
    await sql.keep.run(
        connection,
        id=audit_id,
        account_ids=[f.account_id for f in found],
        kinds=[f.kind.value for f in found],
        expected=[f.expected for f in found],
        found=[f.found for f in found],
        places=[f.place for f in found],
    )


async def findings(connection: Connection, audit_id: UUID) -> list[Finding]:
    """What an audit has found so far, in the order of finding."""
    return [_finding(row) for row in await sql.findings.rows(connection, id=audit_id)]


async def fix(connection: Connection) -> None:
    """Fixes what the statements of a snapshot see: nothing that is written later."""
    await sql.fix.run(connection)


async def look(connection: Connection, audit: Audit, count: int, now: datetime) -> Chunk:
    """Puts the next chunk of an audit to its checks.

    Args:
        connection: in a transaction whose statements all see the same rows.
        audit: where to go on.
        count: how many accounts, keys or memberships to a chunk.
        now: not earlier than anything that was written into those rows.
    """
    match audit.part:
        case Part.ACCOUNTS:
            return await _accounts(connection, audit, count, now)
        case Part.KEYS:
            return await _keys(connection, audit, count)
        case Part.SHARED_KEYS:
            return await _shared_keys(connection, audit)
        case Part.MEMBERSHIPS:
            return await _memberships(connection, audit, count)
        case Part.DONE:
            return Chunk(0, (), audit)


async def look_at(connection: Connection, account_ids: Sequence[UUID], now: datetime) -> tuple[int, list[Finding]]:
    """Puts some accounts and the keys that lead to them to their checks; how many of them there are."""
    rows = await sql.some_accounts.rows(connection, ids=list(account_ids))
    found = await _checked(connection, rows, now)
    ids = [row["id"] for row in rows]
    keys = await checks.keys.rows(
        connection, after_id=FIRST, after_key="", upto_id=None, upto_key=None, tenant_id=None, ids=ids
    )
    shared = await checks.shared_keys.rows(connection, slices=1, slice=0, tenant_id=None, ids=ids)
    return len(ids), [*found, *map(_finding, (*keys, *shared))]


async def _checked(connection: Connection, accounts: Sequence[Row], now: datetime) -> list[Finding]:
    ids = [row["id"] for row in accounts]
    found = [
        Finding(row["id"], Kind.WRONG_BUCKET, str(bucket_of(row["id"])), str(row["bucket"]), "")
        for row in accounts
        if row["bucket"] != bucket_of(row["id"])
    ]
    for check in OF_ACCOUNTS:
        found += [_finding(row) for row in await check.rows(connection, ids=ids, now=now)]
    return found


async def _accounts(connection: Connection, audit: Audit, count: int, now: datetime) -> Chunk:
    rows = await sql.next_accounts.rows(connection, after_id=audit.after_id, tenant_id=audit.tenant_id, count=count)
    found = await _checked(connection, rows, now)
    is_last = len(rows) < count
    if audit.tenant_id is None:  # rows of accounts that are not there have no tenant
        upto = LAST if is_last else rows[-1]["id"]
        orphans = await checks.orphans.rows(connection, after=audit.after_id, upto=upto)
        found += [_finding(row) for row in orphans]
    following = _from(audit, Part.KEYS) if is_last else replace(audit, after_id=rows[-1]["id"])
    return Chunk(len(rows), tuple(found), following)


async def _keys(connection: Connection, audit: Audit, count: int) -> Chunk:
    last = await sql.next_keys.row(
        connection, after_id=audit.after_id, after_key=audit.after_key, tenant_id=audit.tenant_id, count=count
    )
    if last is None:
        return Chunk(0, (), _from(audit, Part.SHARED_KEYS))
    rows = await checks.keys.rows(
        connection,
        after_id=audit.after_id,
        after_key=audit.after_key,
        upto_id=last["id"],
        upto_key=last["key"],
        tenant_id=audit.tenant_id,
        ids=None,
    )
    following = replace(audit, after_id=last["id"], after_key=last["key"])
    return Chunk(last["count"], tuple(map(_finding, rows)), following)


async def _shared_keys(connection: Connection, audit: Audit) -> Chunk:
    slices = min(max(audit.total // KEYS_TO_A_SLICE, 1), BUCKETS)
    this = int(audit.after_key or 0)
    rows = await checks.shared_keys.rows(connection, slices=slices, slice=this, tenant_id=audit.tenant_id, ids=None)
    following = replace(audit, after_key=str(this + 1)) if this + 1 < slices else _from(audit, Part.MEMBERSHIPS)
    return Chunk(0, tuple(map(_finding, rows)), following)


async def _memberships(connection: Connection, audit: Audit, count: int) -> Chunk:
    last = await sql.next_memberships.row(connection, after_id=audit.after_id, tenant_id=audit.tenant_id, count=count)
    if last is None:
        return Chunk(0, (), _from(audit, Part.DONE))
    rows = await checks.memberships.rows(
        connection, after_id=audit.after_id, upto_id=last["id"], tenant_id=audit.tenant_id
    )
    return Chunk(last["count"], tuple(map(_finding, rows)), replace(audit, after_id=last["id"]))


def _from(audit: Audit, part: Part) -> Audit:
    """The audit at the beginning of a part."""
    return replace(audit, part=part, after_id=FIRST, after_key="")


def _finding(row: Row) -> Finding:
    return Finding(row["account_id"], Kind(row["kind"]), row["expected"], row["found"], row["place"])
