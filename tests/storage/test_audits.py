"""Rows are spoilt one way at a time, and the audit finds exactly that; a ledger as it was written has no findings."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import NOW, Shop
from guerdon.core.audits import MEANINGS, Finding, Kind, told
from guerdon.core.commands import Earn, Hold, Void
from guerdon.core.members import Profile
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolment
from guerdon.storage import audits, ledger
from guerdon.storage.audits import FIRST, Audit, Part
from lives import LATER, Life, lived


@pytest.fixture(scope="module")
async def life(engine: Engine) -> Life:
    """Accounts on which everything has happened; what spoils them is undone each time."""
    return await lived(engine)


@pytest.fixture
async def connection(engine: Engine) -> AsyncIterator[Any]:
    """A transaction that is undone."""
    async with engine.database.connection() as open_:
        transaction = open_.transaction()
        await transaction.start()
        yield open_
        await transaction.rollback()


async def looked(connection: Any, life: Life) -> list[Finding]:
    """What is told of these accounts, with the totals that other findings explain left out."""
    _, found = await audits.look_at(connection, life.accounts, LATER)
    return told(found)


async def test_a_ledger_as_it_was_written_has_no_findings(connection: Any, life: Life) -> None:
    """With lapses, debt, reversals of all sorts, transfers, holds and pending earns in every state."""
    assert await looked(connection, life) == []
    rows = await connection.fetch("SELECT DISTINCT kind FROM entries WHERE account_id = ANY ($1)", life.accounts)
    assert {row["kind"] for row in rows} == {"earn", "adjust", "set", "capture", "expire", "reverse", "transfer"}


async def test_points_that_waited_for_a_hold_fall_due_as_it_ends(connection: Any, engine: Engine, shop: Shop) -> None:
    """And not on their day: the account could not be looked at for them any sooner."""
    ask = Enrolment(caller=shop.caller, at=NOW, profile=Profile(), namespace="test")
    account_id = (await enrolling.enrol(engine, ask)).membership.account_id
    facts: dict[str, Any] = {"caller": shop.caller, "account_id": account_id, "at": NOW}
    hold_id = uuid.uuid4()
    days = [NOW + timedelta(days=count) for count in range(4)]
    await ledger.post(connection, [Earn(**facts, points=Decimal(10), expires_at=days[1])], NOW)
    await ledger.post(connection, [Hold(**facts, hold_id=hold_id, points=Decimal(10))], NOW)
    await ledger.settle(connection, [account_id], days[2])
    await ledger.post(connection, [Void(**facts, hold_id=hold_id)], days[3])
    assert await audits.look_at(connection, [account_id], days[3]) == (1, [])
    await connection.execute("UPDATE accounts SET due_at = due_at + interval '1 second' WHERE id = $1", account_id)
    _, (found,) = await audits.look_at(connection, [account_id], days[3])
    assert (found.kind, found.place) == (Kind.DUE_LATE, "lot 1/1")


ACCOUNT = "UPDATE accounts SET {} WHERE id = $1"
ENTRY = "UPDATE entries SET {} WHERE account_id = $1 AND version = {}"
LOT = "UPDATE touched_lots SET {} WHERE account_id = $1 AND version = {}"
KEY = "UPDATE ledger_keys SET {} WHERE account_id = $1 AND key = '{}'"

SPOILT: list[tuple[Kind, str, str, tuple[str, ...]]] = [
    (Kind.POSTED_SUM, "full", "", (ACCOUNT.format("posted = posted + 1"),)),
    (Kind.VERSION_CHAIN, "full", "", (ACCOUNT.format("version = version + 1"),)),
    (
        Kind.VERSION_CHAIN,
        "empty",
        "version 3",
        (
            ENTRY.format("version = 3", 2),
            ACCOUNT.format("version = 3"),
            KEY.format("version = 3", "e1"),
        ),
    ),
    (Kind.BALANCE_CHAIN, "full", "version 9", (ENTRY.format("balance_after = balance_after + 0.001", 9),)),
    (Kind.HELD_SUM, "full", "", (ACCOUNT.format("held = held + 1"),)),
    (
        Kind.HOLD_REMAINING,
        "full",
        "hold {open_hold}",
        ("UPDATE holds SET remaining = remaining - 1 WHERE account_id = $1 AND state = 'open'",),
    ),
    (
        Kind.HOLD_REMAINING,
        "full",
        "hold {ended_hold}",
        ("UPDATE holds SET remaining = 1 WHERE account_id = $1 AND state = 'expired'",),
    ),
    (
        Kind.HOLD_CAPTURES,
        "full",
        "hold {open_hold}",
        (
            (
                "UPDATE holds SET state = 'captured', remaining = 0, points = 19, closed_at = placed_at "
                "WHERE account_id = $1 AND state = 'open'"
            ),
            ACCOUNT.format("held = 0, due_at = '2000-01-01'"),
        ),
    ),
    (
        Kind.HOLD_CAPTURES,
        "full",
        "hold 00000000-0000-0000-0000-000000000001",
        (
            ENTRY.format("hold_id = '00000000-0000-0000-0000-000000000001'", 3),
            "UPDATE holds SET points = 40 WHERE account_id = $1 AND state = 'open'",
        ),
    ),
    (
        Kind.HOLD_STATE,
        "full",
        "hold {open_hold}",
        ("UPDATE holds SET closed_at = placed_at WHERE account_id = $1 AND state = 'open'",),
    ),
    (Kind.PENDING_SUM, "full", "", (ACCOUNT.format("pending = pending + 1"),)),
    (
        Kind.PENDING_REMAINING,
        "full",
        "pending earn {open_promise}",
        ("UPDATE pending_earns SET remaining = points + 1 WHERE account_id = $1 AND state = 'open'",),
    ),
    (
        Kind.PENDING_REMAINING,
        "full",
        "pending earn {kept_promise}",
        ("UPDATE pending_earns SET remaining = 1 WHERE account_id = $1 AND state = 'activated'",),
    ),
    (
        Kind.PENDING_STATE,
        "full",
        "pending earn {open_promise}",
        ("UPDATE pending_earns SET closed_at = placed_at WHERE account_id = $1 AND state = 'open'",),
    ),
    (Kind.PENDING_STATE, "full", "pending earn {kept_promise}", (ENTRY.format("pending_id = NULL", 7),)),
    (Kind.LIFETIME_SUM, "full", "", (ACCOUNT.format("lifetime = lifetime + 5"),)),
    (
        Kind.LOT_REMAINING,
        "full",
        "lot 1/1",
        ("UPDATE touched_lots SET remaining = remaining - 1 WHERE account_id = $1 AND version = 1",),
    ),
    (Kind.LOT_DAY, "full", "lot 1/1", (LOT.format("expires_at = expires_at + interval '1 day'", 1),)),
    (
        Kind.LOTS_OF_ENTRY,
        "full",
        "version 1",
        (LOT.format("points = points + 1, remaining = remaining + 1", 1),),
    ),
    (
        Kind.LOTS_OF_ENTRY,
        "full",
        "version 9",
        (LOT.format("points = points + 1, remaining = remaining + 1", 9),),
    ),
    (
        Kind.LOTS_OF_ENTRY,
        "full",
        "version 4",
        (
            (
                "INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at) "
                "SELECT account_id, bucket, 4, 1, 8, 8, earned_at FROM touched_lots "
                "WHERE account_id = $1 AND version = 1"
            ),
        ),
    ),
    (
        Kind.DEBIT_PAID,
        "full",
        "version 4",
        (
            "UPDATE consumptions SET points = points - 1 WHERE account_id = $1 AND version = 4 AND by_version = 4",
            "UPDATE touched_lots SET remaining = remaining + 1 WHERE account_id = $1 AND version = 2",
            ACCOUNT.format("lots_from = 0, due_at = '2000-01-01'"),
        ),
    ),
    (
        Kind.CONSUMPTION_ASTRAY,
        "full",
        "version 4, lot 2/1",
        ("UPDATE consumptions SET by_version = 99 WHERE account_id = $1 AND version = 4 AND by_version = 4",),
    ),
    (
        Kind.CONSUMPTION_ASTRAY,
        "full",
        "version 4, lot 77/1",
        (
            (
                "INSERT INTO consumptions SELECT account_id, bucket, 4, 4, 77, 1, 2 FROM touched_lots "
                "WHERE account_id = $1 AND version = 1"
            ),
            (
                "INSERT INTO consumptions SELECT account_id, bucket, 4, 5, 77, 1, -2 FROM touched_lots "
                "WHERE account_id = $1 AND version = 1"
            ),
        ),
    ),
    (
        Kind.CONSUMPTION_ASTRAY,
        "full",
        "version 3, lot 1/1",
        (
            (
                "INSERT INTO consumptions SELECT l.account_id, l.bucket, v.version, 8, v.lot, 1, v.points "
                "FROM touched_lots l, "
                "(VALUES (3, 1, -2), (6, 1, 2), (3, 2, 2), (6, 2, -2)) AS v (version, lot, points) "
                "WHERE l.account_id = $1 AND l.version = 1"
            ),
        ),
    ),
    (
        Kind.LOTS_AND_DEBT,
        "debtor",
        "",
        (
            "DELETE FROM consumptions WHERE account_id = $1 AND lot_version = 1",
            "UPDATE consumptions SET points = 30 WHERE account_id = $1 AND by_version = 2",
            "UPDATE touched_lots SET remaining = points WHERE account_id = $1 AND version = 1",
            ACCOUNT.format("lots_from = 0"),
        ),
    ),
    (Kind.LOTS_FROM, "full", "lot 1/1", (ACCOUNT.format("lots_from = 2"),)),
    (Kind.REVERSAL_TARGET, "full", "version 4", (ENTRY.format("kind = 'reverse'", 4),)),
    (
        Kind.REVERSAL_EXCEEDS,
        "full",
        "version 1",
        (
            ENTRY.format("shortfall = 100", 6),
            ACCOUNT.format("lifetime = lifetime - 100"),
        ),
    ),
    (Kind.TRANSFER_TWIN, "full", "version 8", (ENTRY.format("recorded_at = recorded_at + interval '1 second'", 8),)),
    (Kind.DUE_LATE, "full", "pending earn {open_promise}", (ACCOUNT.format("due_at = NULL"),)),
    (Kind.DUE_LATE, "empty", "lot 2/1", (ACCOUNT.format("due_at = due_at + interval '1 second'"),)),
    (
        Kind.DUE_LATE,
        "empty",
        "lot 2/1",
        ("UPDATE entries SET expires_at = NULL WHERE account_id = $1", ACCOUNT.format("idle_at = '2026-07-20'")),
    ),
    (
        Kind.DUE_LATE,
        "given",
        "hold 00000000-0000-0000-0000-000000000002",
        (
            (
                "INSERT INTO holds (account_id, bucket, id, points, remaining, placed_at, expires_at, surface, actor) "
                "SELECT id, bucket, '00000000-0000-0000-0000-000000000002', 1, 1, opened_at, '2026-07-13', 'test', id "
                "FROM accounts WHERE id = $1"
            ),
            ACCOUNT.format("held = held + 1"),
        ),
    ),
    (
        Kind.OVERDUE,
        "empty",
        "",
        (
            (
                "INSERT INTO holds (account_id, bucket, id, points, remaining, placed_at, surface, actor) "
                "SELECT id, bucket, '00000000-0000-0000-0000-000000000003', 10, 10, opened_at, 'test', id "
                "FROM accounts WHERE id = $1"
            ),
            "UPDATE entries SET expires_at = '2026-07-12' WHERE account_id = $1 AND version = 2",
            ACCOUNT.format("held = held + 10, due_at = NULL, overdue = 9"),
        ),
    ),
    (Kind.NO_PROGRAM, "full", "", (ACCOUNT.format("program_id = id"),)),
    (Kind.NO_MEMBERSHIP, "full", "", ("DELETE FROM memberships WHERE account_id = $1",)),
    (Kind.CLOSED_WITH_POINTS, "full", "", (ACCOUNT.format("closed_at = opened_at"),)),
    (Kind.KEY_ENTRY, "full", "key k5", (KEY.format("points = points - 1", "k5"),)),
    (Kind.KEY_ENTRY, "full", "key k5", (KEY.format("version = 99", "k5"),)),
    (Kind.KEY_ENTRY, "full", "key k4", (KEY.format("points = 1", "k4"),)),
    (Kind.KEY_REFUSED, "full", "key k9", (KEY.format("version = 4", "k9"),)),
    (
        Kind.KEY_TWICE,
        "full",
        "key k1",
        (
            "ALTER TABLE ledger_keys DROP CONSTRAINT ledger_keys_pkey",
            "INSERT INTO ledger_keys SELECT * FROM ledger_keys WHERE account_id = $1 AND key IN ('k1', 'k3')",
            "DELETE FROM ledger_keys WHERE account_id = $1 AND key = 'k3'",
            KEY.format("refusal = 'GD003', version = NULL", "k1"),
        ),
    ),
    (Kind.KEY_SHARED, "full", "version 1", (KEY.format("version = 1, points = 100", "k2"),)),
]


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: f"{spoilt[0]}-{spoilt[2] or 'account'}")
async def test_what_is_spoilt_is_found(
    connection: Any, life: Life, spoilt: tuple[Kind, str, str, tuple[str, ...]]
) -> None:
    """That and nothing else, in the account and at the place where it is."""
    kind, whose, place, statements = spoilt
    account_id = getattr(life, whose)
    for statement in statements:
        await connection.execute(statement, *([account_id] if "$1" in statement else []))
    found = await looked(connection, life)
    assert {f.kind for f in found} == {kind}, found
    first = next(f for f in found if f.account_id == account_id)
    assert place.format(**{name: getattr(life, name) for name in Life.__dataclass_fields__}) == first.place
    assert first.expected != first.found


async def whole(connection: Any, tenant_id: uuid.UUID | None, count: int) -> tuple[list[Finding], int]:
    """An audit from its beginning to its end; how many rows it has looked at."""
    audit = await audits.begin(connection, uuid.uuid4(), tenant_id, LATER)
    found: list[Finding] = []
    while audit.part is not Part.DONE:
        chunk = await audits.look(connection, audit, count, LATER)
        following = await audits.advance(connection, audit, chunk, LATER)
        assert following is not None
        audit = following
        found += chunk.found
    assert await audits.findings(connection, audit.id) == found
    assert await audits.unfinished(connection, tenant_id) is None
    return found, audit.checked


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
async def test_chunks_of_any_size_see_everything_once(connection: Any, life: Life, count: int) -> None:
    """Every key and membership too, the last of a chunk and the first of the next included."""
    tenant_id = life.shop.caller.tenant_id
    assert (await whole(connection, tenant_id, count))[0] == []
    await connection.execute("UPDATE accounts SET posted = posted + 1 WHERE tenant_id = $1", tenant_id)
    await connection.execute("UPDATE ledger_keys SET points = 7 WHERE tenant_id = $1", tenant_id)
    await connection.execute("UPDATE memberships SET bucket = (bucket + 1) % 256 WHERE tenant_id = $1", tenant_id)
    found, _ = await whole(connection, tenant_id, count)
    kinds = [f.kind for f in told(found)]
    assert kinds.count(Kind.POSTED_SUM) == 3
    assert kinds.count(Kind.NO_ACCOUNT) == 3
    assert kinds.count(Kind.KEY_ENTRY) == 10


async def test_rows_of_no_account_are_found(connection: Any, life: Life) -> None:
    """Whatever table they are in, and however far they are beyond the last account."""
    last = uuid.UUID(int=2**128 - 2)
    for table in ("entries", "holds", "touched_lots", "consumptions", "pending_earns"):
        await connection.execute(f"UPDATE {table} SET account_id = $2 WHERE account_id = $1", life.full, last)  # noqa: S608
    found = (await audits.look(connection, Audit(last, None, Part.ACCOUNTS, FIRST, "", 0, 0, 0), 10_000, LATER)).found
    places = {f.place for f in found if f.kind is Kind.NO_ACCOUNT and f.account_id == last}
    assert places == {"entries", "holds", "lots", "consumptions", "pending earns"}


async def test_an_account_in_another_bucket_is_found(connection: Any, life: Life) -> None:
    """Where everything of it has moved along, the bucket is all that is wrong."""
    for table in ("accounts", "entries", "holds", "touched_lots", "consumptions", "pending_earns", "ledger_keys"):
        column = "id" if table == "accounts" else "account_id"
        await connection.execute(f"UPDATE {table} SET bucket = (bucket + 1) % 256 WHERE {column} = $1", life.full)  # noqa: S608
    assert {f.kind for f in await looked(connection, life)} == {Kind.WRONG_BUCKET}


async def test_of_two_that_go_on_with_one_audit_only_one_gets_through(connection: Any, life: Life) -> None:
    """The position is written together with the findings, against the step that was read."""
    tenant_id = life.shop.caller.tenant_id
    audit = await audits.begin(connection, uuid.uuid4(), tenant_id, LATER)
    chunk = await audits.look(connection, audit, 1, LATER)
    following = await audits.advance(connection, audit, chunk, LATER)
    assert following is not None
    assert await audits.unfinished(connection, tenant_id) == following
    assert await audits.advance(connection, audit, chunk, LATER) is None
    assert following == replace(chunk.following, step=1, checked=1)


def test_every_kind_is_spoilt_somewhere() -> None:
    """A check that nobody has seen fail may be no check."""
    elsewhere = {Kind.NO_ACCOUNT, Kind.WRONG_BUCKET}
    assert {kind for kind, *_ in SPOILT} | elsewhere == set(Kind) == set(MEANINGS)
