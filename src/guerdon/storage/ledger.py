"""Accounts, entries and holds as rows; the only caller of `ledger_post`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from guerdon.core import commands as verbs
from guerdon.core.buckets import bucket_of
from guerdon.core.commands import Command, Earn, Named, Posting
from guerdon.core.memberships import Balance
from guerdon.core.points import ZERO, minus
from guerdon.core.refusals import KeyReused, Refusal
from guerdon.core.statements import EVERY, Entry, EntryFilter, Hold
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


async def program_of(connection: Connection, account_id: UUID) -> UUID | None:
    """The program of an account."""
    found: UUID | None = await sql.program_of.value(connection, id=account_id, bucket=bucket_of(account_id))
    return found


async def post(
    connection: Connection, commands: Sequence[Command], now: datetime, bucket: int | None = None
) -> list[Posting | Refusal]:
    """Posts commands in order; each gets its own answer, and one refusal spoils no other.

    Args:
        connection: where it is in a transaction, all is committed with it; else call by call.
        commands: at most some hundreds.
        now: the moment to write on the rows, and what is due by.
        bucket: None on one server; given, all accounts must be in it.
    """
    answers: dict[int, Posting | Refusal] = {}
    for wave in waves(commands):
        told = await post_wave(connection, [commands[index] for index in wave], now, bucket)
        answers |= zip(wave, told or [], strict=True)
    return [answers[index] for index in range(len(commands))]


async def post_wave(
    connection: Connection, wave: Sequence[Command | Named], now: datetime, bucket: int | None = None
) -> list[Posting | Refusal] | None:
    """Posts one of the `waves` of some commands: one statement, and one transaction where none is open.

    Ordinary earns, which are most of all commands, are written by a statement of their own, or else by the other one.

    Returns:
        None where nothing was done, because the ledger cannot tell the account of one of those that are named, or two
        are to one account.
    """
    commands = [verbs.bare(asked) for asked in wave]
    given = [_row(asked) for asked in wave]
    earns = [command for command in commands if isinstance(command, Earn) and command.pending_id is None]
    if len(earns) == len(commands):
        rows = await sql.earn.rows(connection, now=now, bucket=bucket, commands=given)
        if rows:
            return [_earned(command, row, now) for command, row in zip(earns, rows, strict=True)]
    rows = await sql.post.rows(connection, now=now, bucket=bucket, commands=given)
    if not rows and commands:
        return None
    return [_answer(command, row, now) for command, row in zip(commands, rows, strict=True)]


def waves(commands: Sequence[Command | Named]) -> list[list[int]]:
    """Deals commands, by their indexes, into calls of the posting function that give what one by one would give.

    The function sees the tables as they were before the call. So no two commands of a call share a key, a hold or a
    pending earn; and after a command that may end a hold or take from lots, nothing more of its account comes. That
    two of those that are named go to one account, the ledger sees.
    """
    if all(_is_plain_earn(asked) for asked in commands):
        return [list(range(len(commands)))] if commands else []
    dealt: list[list[int]] = []
    free: dict[tuple[object, ...], int] = {}
    for index, command in enumerate(commands):
        accounts, rest, is_last = _claims(command)
        wave = max((free.get(claim, 0) for claim in (*accounts, *rest)), default=0)
        if wave == len(dealt):
            dealt.append([])
        dealt[wave].append(index)
        free |= dict.fromkeys(accounts, wave + is_last) | dict.fromkeys(rest, wave + 1)
    return dealt


def _is_plain_earn(asked: Command | Named) -> bool:
    command = verbs.bare(asked)
    return isinstance(command, Earn) and command.key is None and command.pending_id is None


def _claims(command: Command | Named) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], bool]:
    """The accounts of a command, what else no other may share with it, and whether it ends its accounts' turn."""
    if isinstance(command, Named):
        return [], [], False
    accounts: list[tuple[object, ...]] = [("account", command.account_id)]
    rest: list[tuple[object, ...]] = []
    if command.key is not None:
        rest.append(("key", command.caller.tenant_id, command.key))
    match command:
        case verbs.Earn(pending_id=None):
            return accounts, rest, False
        case verbs.Earn():
            return accounts, [*rest, ("subject", command.pending_id)], False
        case verbs.Hold(once_per_reference=False):
            return accounts, [*rest, ("subject", command.hold_id)], False
        case verbs.Adjust(points=points) if points > 0:
            return accounts, rest, False
        case verbs.Transfer():
            accounts.append(("account", command.to_account_id))
        case _ if (subject := _subject(command)) is not None:
            rest.append(("subject", subject))
    return accounts, rest, True


def _subject(command: Command) -> UUID | None:
    """The hold, pending earn or other account that the command names."""
    match command:
        case verbs.Hold() | verbs.Capture() | verbs.Void():
            return command.hold_id
        case verbs.Earn() | verbs.Activate() | verbs.Cancel():
            return command.pending_id
        case verbs.Transfer():
            return command.to_account_id
    return None


def _row(asked: Command | Named) -> tuple[object, ...]:
    """A `ledger_command`."""
    command = verbs.bare(asked)
    caller = command.caller
    names = asked.names if isinstance(asked, Named) else ()
    said = _EARN if isinstance(command, Earn) and command.pending_id is None else _said(command)
    basis, subject_id, version, flag, starts_at = said
    return (
        command.verb, caller.tenant_id, None if names else command.account_id, getattr(command, "points", None), basis,
        subject_id, version, flag, starts_at, getattr(command, "expires_at", None), command.at, command.reason,
        command.reference, command.location, caller.surface, caller.credential_id, command.cause, command.key,
        command.fingerprint() if command.key is not None else None,
        " ".join(name.namespace for name in names) if names else None, names[0].canonical if names else None,
    )  # fmt: skip


_EARN = (None, None, None, False, None)


def _said(command: Command) -> tuple[object, ...]:
    """What an ordinary earn does not have: basis, subject, version, flag and start."""
    return (
        getattr(command, "basis", None),
        _subject(command),
        getattr(command, "version", None),
        getattr(command, "once_per_reference", False) or getattr(command, "release_rest", False),
        getattr(command, "activates_at", None),
    )


def _earned(command: Earn, row: Row, now: datetime) -> Posting:
    account_id, version, posted, held = row
    return Posting(account_id, version, command.points, posted, held, None, False, now)  # noqa: FBT003


def _answer(command: Command, row: Row, now: datetime) -> Posting | Refusal:
    account_id, refusal_state, version, points, posted, held, subject_id, state, shortfall, replayed = row
    if refusal_state is not None:
        if command.account_id == verbs.NOBODY:
            command = replace(command, account_id=account_id)
        refusal = refusal_of(refusal_state, command, Facts(minus(posted, held), state))
        refusal.replayed = replayed and not isinstance(refusal, KeyReused)
        return refusal
    recorded_at = None if replayed else now
    return Posting(account_id, version, points, posted, held, subject_id, replayed, recorded_at, shortfall or ZERO)


async def answered(connection: Connection, tenant_id: UUID, keys: Mapping[UUID, str]) -> UUID | None:
    """Of accounts, each with the key that it would be asked with, one that was asked so before."""
    found: UUID | None = await sql.answered.value(
        connection, tenant_id=tenant_id, account_ids=list(keys), keys=list(keys.values())
    )
    return found


async def settle(connection: Connection, account_ids: Sequence[UUID], now: datetime) -> None:
    """Makes what is due on accounts by a moment happen: lapses, ends of holds, pending earns that become earns."""
    await sql.settle.run(connection, now=now, account_ids=list(account_ids))


async def due(connection: Connection, now: datetime, limit: int, skipped: Sequence[UUID] = ()) -> list[UUID]:
    """Accounts on which something is due, longest due first, locked; those that others have locked are left out.

    Args:
        connection: in a transaction.
        now: the moment by which it is due.
        limit: how many at most.
        skipped: accounts to leave out.
    """
    rows = await sql.due.rows(connection, now=now, limit=limit, skipped=list(skipped))
    return [row["id"] for row in rows]


async def settle_due(connection: Connection, now: datetime, limit: int, skipped: Sequence[UUID] = ()) -> int:
    """Settles accounts as `due` finds them, in the transaction of the connection; how many."""
    found = await due(connection, now, limit, skipped)
    if found:
        await settle(connection, found, now)
    return len(found)


async def count_due(connection: Connection, now: datetime) -> int:
    """On how many accounts something is due."""
    count: int = await sql.count_due.value(connection, now=now)
    return count


async def entries_page(
    connection: Connection, account_id: UUID, *, before: int, limit: int, wanted: EntryFilter = EVERY
) -> list[Entry]:
    """Entries newest first, with versions below `before`."""
    rows = await sql.entries_page.rows(
        connection,
        account_id=account_id,
        bucket=bucket_of(account_id),
        kind=wanted.kind,
        reference=wanted.reference,
        since=wanted.since,
        until=wanted.until,
        before=before,
        limit=limit,
    )
    return [entry(row) for row in rows]


async def holds_of(
    connection: Connection, account_id: UUID, *, state: str | None, limit: int, before: UUID | None = None
) -> list[Hold]:
    """Holds newest first, from below the id `before`."""
    rows = await sql.holds_of.rows(
        connection, account_id=account_id, bucket=bucket_of(account_id), state=state, limit=limit, before=before
    )
    return [hold(row) for row in rows]


async def captured(connection: Connection, account_id: UUID, hold_id: UUID, *, until: int) -> Decimal:
    """What captures of a hold had taken in all when the entry with the version `until` was written."""
    taken: Decimal = await sql.captured.value(
        connection, account_id=account_id, bucket=bucket_of(account_id), hold_id=hold_id, until=until
    )
    return taken


async def hold_by_id(connection: Connection, tenant_id: UUID, hold_id: UUID) -> Hold | None:
    """One hold of the tenant."""
    row = await sql.hold_by_id.row(connection, tenant_id=tenant_id, hold_id=hold_id)
    return hold(row) if row else None


def balance(row: Row) -> Balance:
    """The figures of an account from a row that has its columns."""
    return Balance(row["posted"], row["held"], row["lifetime"], row["version"], row["pending"], row["due_at"])


def entry(row: Row) -> Entry:
    """An entry from a row that has its columns."""
    return Entry(**{name: row[name] for name in Entry.__dataclass_fields__})


def hold(row: Row) -> Hold:
    """A hold from a row that has its columns."""
    return Hold(**{name: row[name] for name in Hold.__dataclass_fields__})
