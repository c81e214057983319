"""An account's books as rows, whose they are, and what lapses in programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core.books import Books, Consumption, Lot
from guerdon.core.buckets import bucket_of
from guerdon.core.statements import PendingEarn
from guerdon.storage import ledger, programs, queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("books")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account it is: a membership, in a program, of a tenant."""

    membership_id: UUID
    member_id: UUID
    tenant_id: UUID
    account_id: UUID
    slug: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Lapsing:
    """What lapses in a program at the end of a day, in how many accounts, and what holds keep from it."""

    slug: str
    code: str
    last_day: date
    points: Decimal
    kept: Decimal
    accounts: int


async def owners_of(
    connection: Connection,
    *,
    named_id: UUID | None = None,
    slug: str | None = None,
    canonicals: Sequence[str] = (),
    code: str | None = None,
) -> list[Owner]:
    """The memberships with an account id or membership id, or of the member that answers to a value in a tenant.

    Args:
        connection: the connection.
        named_id: an account id or membership id; None asks by value.
        slug: the tenant.
        canonicals: how the value may be stored.
        code: only in programs with this code.
    """
    rows = await sql.owners_of.rows(connection, id=named_id, slug=slug, canonicals=list(canonicals), code=code)
    return [Owner(**dict(row)) for row in rows]


async def read(connection: Connection, owner: Owner, *, open_only: bool) -> Books:
    """All of an account's books, or only what is still open (and then without entries and consumptions).

    Raises:
        LookupError: there is no such account.
    """
    named = {"account_id": owner.account_id, "bucket": bucket_of(owner.account_id)}
    account = await sql.account.one(connection, **named)
    program_id = account["program_id"]
    rules = await programs.by_ids(connection, owner.tenant_id, [program_id])
    entries = [] if open_only else await sql.entries.rows(connection, **named)
    consumptions = [] if open_only else await sql.consumptions.rows(connection, **named)
    away = [] if open_only else await sql.away.rows(connection, account_id=owner.account_id)
    figures = {name: account[name] for name in _FIGURES}
    return Books(
        account_id=owner.account_id,
        program=rules[program_id],
        entries=tuple(ledger.entry(row) for row in entries),
        lots=tuple(_lot(row) for row in await sql.lots.rows(connection, open_only=open_only, **named)),
        consumptions=tuple(_consumption(row) for row in consumptions),
        holds=tuple(ledger.hold(row) for row in await sql.holds.rows(connection, open_only=open_only, **named)),
        promises=tuple(_promise(row) for row in await sql.promises.rows(connection, open_only=open_only, **named)),
        away=tuple((row["merged_at"], row["undone_at"]) for row in away),
        **figures,
    )


async def lapsing(
    connection: Connection, until: datetime, *, slug: str | None = None, code: str | None = None
) -> list[Lapsing]:
    """What lapses by a moment, day by day: in all programs, in those of a tenant, or in those with a code."""
    rows = await sql.lapsing.rows(connection, until=until, slug=slug, code=code)
    return [Lapsing(**dict(row)) for row in rows]


_FIGURES = (
    "posted", "held", "pending", "lifetime", "version", "opened_at", "closed_at", "idle_at", "freed_at",
)  # fmt: skip


def _lot(row: Row) -> Lot:
    return Lot(**{name: row[name] for name in Lot.__dataclass_fields__})


def _consumption(row: Row) -> Consumption:
    return Consumption(**{name: row[name] for name in Consumption.__dataclass_fields__})


def _promise(row: Row) -> PendingEarn:
    return PendingEarn(**{name: row[name] for name in PendingEarn.__dataclass_fields__})
