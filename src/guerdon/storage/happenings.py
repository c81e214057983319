"""What has happened to members beside entries, until it is an event: written with it, or seen on holds themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core.buckets import bucket_of
from guerdon.core.statements import Hold
from guerdon.storage import ledger, queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("happenings")
encoder = msgspec.json.Encoder(decimal_format="number")

WAITED = timedelta(seconds=20)
"""How long a hold may have had an id before it was placed."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that has happened to the member of an account, and is no entry."""

    account_id: UUID
    type: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose an account is; nobody's, where it has no membership."""

    account_id: UUID
    tenant_id: UUID
    program_id: UUID
    membership_id: UUID | None
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to become an event; its `data` is JSON."""

    id: UUID
    type: str
    at: datetime
    data: str
    whose: Whose


@dataclass(frozen=True, slots=True)
class Changed:
    """A hold of which something is to be told: that it was placed, how it ended, or both."""

    hold: Hold
    surface: str
    is_new: bool
    whose: Whose


@dataclass(frozen=True, slots=True)
class Listening:
    """Whose holds are looked at, from when on of each tenant, and how far back a look goes."""

    since: Mapping[UUID, datetime]
    seen_to: datetime

    @property
    def named(self) -> dict[str, Any]:
        """As the queries name it."""
        return {
            "tenant_ids": list(self.since),
            "since": list(self.since.values()),
            "first": id_at(self.seen_to - WAITED),
        }


def id_at(moment: datetime) -> UUID:
    """Below every id that is made from a moment on: ids begin with their milliseconds."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


async def write(connection: Connection, tenant_id: UUID, happened: Sequence[Happening]) -> None:
    """Writes what has happened, in the transaction in which it does, unless nobody listens."""
    if happened:
        await sql.write.run(
            connection,
            tenant_id=tenant_id,
            account_ids=[each.account_id for each in happened],
            types=[each.type for each in happened],
            moments=[each.at for each in happened],
            data=[encoder.encode(each.data).decode() for each in happened],
        )


async def fresh_accounts(
    connection: Connection, tenant_ids: Sequence[UUID], holds: Listening, limit: int
) -> list[UUID]:
    """Accounts with something to tell that is no entry; those of holds for tenants that listen to holds."""
    found = await sql.fresh_accounts.rows(connection, tenant_ids=list(tenant_ids), limit=limit)
    if holds.since:
        found += await sql.fresh_holds.rows(connection, **holds.named, limit=limit)
        found += await sql.ended_holds.rows(connection, tenant_ids=list(holds.since), limit=limit)
    return list(dict.fromkeys(row["account_id"] for row in found))


async def of_accounts(connection: Connection, account_ids: Sequence[UUID]) -> list[Waiting]:
    """What waits of accounts, in no order."""
    rows = await sql.of_accounts.rows(connection, **_accounts(account_ids))
    return [Waiting(row["id"], row["type"], row["at"], row["data"], _whose(row)) for row in rows]


async def holds_of(connection: Connection, account_ids: Sequence[UUID], holds: Listening) -> list[Changed]:
    """The holds of accounts of which something is to be told, in no order."""
    if not holds.since:
        return []
    rows = await sql.holds_of_accounts.rows(connection, **_accounts(account_ids), **holds.named)
    return [Changed(ledger.hold(row), row["surface"], row["is_new"], _whose(row)) for row in rows]


async def told(connection: Connection, waiting: Sequence[Waiting], holds: Sequence[Changed]) -> None:
    """These are events now, or are not wanted."""
    if waiting:
        await sql.told.run(connection, ids=[each.id for each in waiting])
    if holds:
        await sql.told_holds.run(
            connection,
            ids=[each.hold.id for each in holds],
            tenant_ids=[each.whose.tenant_id for each in holds],
            open=[each.hold.state == "open" for each in holds],
        )


async def forget(connection: Connection, before: datetime) -> None:
    """Forgets holds that ended and were placed before a moment, and what nobody listens to any more."""
    await sql.forget_happenings.run(connection)
    await sql.forget_holds.run(connection, before=id_at(before))


def _accounts(account_ids: Sequence[UUID]) -> dict[str, Any]:
    return {"account_ids": list(account_ids), "buckets": [bucket_of(account_id) for account_id in account_ids]}


def _whose(row: Row) -> Whose:
    return Whose(*(row[name] for name in Whose.__dataclass_fields__))
