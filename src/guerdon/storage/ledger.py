"""Accounts, entries and holds as rows; the only caller of `ledger_post`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core import commands as verbs
from guerdon.core.buckets import bucket_of
from guerdon.core.commands import Command, Posting
from guerdon.core.memberships import Balance
from guerdon.core.points import minus
from guerdon.core.refusals import KeyReused, Refusal
from guerdon.core.statements import Entry, Fold, Hold
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row
from guerdon.storage.refusals import Facts, refusal_of

sql = queries.load("ledger")


async def open_accounts(
    connection: Connection, tenant_id: UUID, accounts: Sequence[tuple[UUID, UUID]], now: datetime
) -> None:
    """Opens empty accounts: pairs of account id and program id."""
    await sql.open_accounts.run(
        connection,
        tenant_id=tenant_id,
        ids=[account for account, _ in accounts],
        buckets=[bucket_of(account) for account, _ in accounts],
        program_ids=[program for _, program in accounts],
        now=now,
    )


async def post(
    connection: Connection, commands: Sequence[Command], now: datetime, bucket: int | None = None
) -> list[Posting | Refusal]:
    """Posts commands in order; each gets its own answer, and one refusal spoils no other.

    Args:
        connection: where it is in a transaction, all is committed with it; else call by call.
        commands: at most some hundreds.
        now: the moment to write on the rows.
        bucket: None on one server; given, all accounts must be in it.
    """
    answers: list[Posting | Refusal] = []
    for wave in waves(commands):
        rows = await sql.post.rows(connection, now=now, bucket=bucket, **_columns(wave))
        answers += [_answer(command, row, now) for command, row in zip(wave, rows, strict=True)]
    return answers


def _claims(command: Command) -> Iterable[tuple[object, ...]]:
    """What no two commands of one call may share: the function sees the tables as they were before the call."""
    if command.key is not None:
        yield "key", command.caller.tenant_id, command.key
    if isinstance(command, verbs.Hold | verbs.Capture | verbs.Void):
        yield "hold", command.hold_id
    # A replaced hold and one that is captured or voided could be the same: at most one of these per account.
    if isinstance(command, verbs.Capture | verbs.Void) or (
        isinstance(command, verbs.Hold) and command.once_per_reference
    ):
        yield "holds of", command.account_id


def waves(commands: Sequence[Command]) -> Iterable[list[Command]]:
    """Cuts the sequence wherever a command depends on the rows of one before it."""
    wave: list[Command] = []
    claimed: set[tuple[object, ...]] = set()
    for command in commands:
        claims = set(_claims(command))
        if claims & claimed:
            yield wave
            wave, claimed = [], set()
        wave.append(command)
        claimed |= claims
    if wave:
        yield wave


def _columns(commands: Sequence[Command]) -> dict[str, list[object]]:
    return {
        "verb": [c.verb for c in commands],
        "tenant": [c.caller.tenant_id for c in commands],
        "account": [c.account_id for c in commands],
        "points": [getattr(c, "points", None) for c in commands],
        "basis": [getattr(c, "basis", None) for c in commands],
        "hold": [getattr(c, "hold_id", None) for c in commands],
        "flag": [getattr(c, "once_per_reference", False) or getattr(c, "release_rest", False) for c in commands],
        "at": [c.at for c in commands],
        "reason": [c.reason for c in commands],
        "reference": [c.reference for c in commands],
        "location": [c.location for c in commands],
        "surface": [c.caller.surface for c in commands],
        "actor": [c.caller.credential_id for c in commands],
        "cause": [c.cause for c in commands],
        "key": [c.key for c in commands],
        "fingerprint": [c.fingerprint() if c.key is not None else None for c in commands],
    }


def _answer(command: Command, row: Row, now: datetime) -> Posting | Refusal:
    state, version, points, posted, held, hold_id, hold_state, replayed = row
    if state is not None:
        refusal = refusal_of(state, command, Facts(minus(posted, held), hold_state))
        refusal.replayed = replayed and not isinstance(refusal, KeyReused)
        return refusal
    recorded_at = None if replayed else now
    return Posting(command.account_id, version, points, posted, held, hold_id, replayed, recorded_at)


async def entries_page(connection: Connection, account_id: UUID, *, before: int, limit: int) -> list[Entry]:
    """Entries newest first, with versions below `before`."""
    rows = await sql.entries_page.rows(
        connection, account_id=account_id, bucket=bucket_of(account_id), before=before, limit=limit
    )
    return [_entry(row) for row in rows]


async def holds_of(connection: Connection, account_id: UUID, *, open_only: bool, limit: int) -> list[Hold]:
    """Holds newest first."""
    rows = await sql.holds_of.rows(
        connection, account_id=account_id, bucket=bucket_of(account_id), open_only=open_only, limit=limit
    )
    return [_hold(row) for row in rows]


async def captured(connection: Connection, account_id: UUID, hold_id: UUID, *, until: int) -> Decimal:
    """What captures of a hold had taken in all when the entry with the version `until` was written."""
    taken: Decimal = await sql.captured.value(
        connection, account_id=account_id, bucket=bucket_of(account_id), hold_id=hold_id, until=until
    )
    return taken


async def hold_by_id(connection: Connection, tenant_id: UUID, hold_id: UUID) -> Hold | None:
    """One hold of the tenant."""
    row = await sql.hold_by_id.row(connection, tenant_id=tenant_id, hold_id=hold_id)
    return _hold(row) if row else None


async def window(
    connection: Connection, account_id: UUID, since: datetime, until: datetime
) -> tuple[Fold, tuple[Entry, ...], tuple[Hold, ...], Balance]:
    """The entries of a window (both ends in it), the fold before it, open holds and figures, from one snapshot."""
    row = await sql.window.one(
        connection, account_id=account_id, bucket=bucket_of(account_id), since=since, until=until
    )
    return (
        Fold(row["count"], int(row["whole_points"]), row["latest_at"]),
        tuple(_entry(entry) for entry in row["entries"]),
        tuple(_hold(hold) for hold in row["holds"]),
        balance(row),
    )


def balance(row: Row) -> Balance:
    """The figures of an account from a row that has its columns."""
    return Balance(row["posted"], row["held"], row["lifetime"], row["version"])


def _entry(row: Row) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__dataclass_fields__})


def _hold(row: Row) -> Hold:
    return Hold(**{name: row[name] for name in Hold.__dataclass_fields__})
