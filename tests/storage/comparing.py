"""A ledger in PostgreSQL beside one in the model: both get the same commands, and everything is compared."""

import asyncio
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from conftest import NOW
from guerdon.core.audits import Kind
from guerdon.core.callers import Caller
from guerdon.core.commands import Command, Posting
from guerdon.core.programs import Program
from guerdon.core.refusals import Refusal
from guerdon.storage import audits, ledger, tenants
from ledger_model import states
from ledger_model.accounts import ModelAccount
from ledger_model.model import Model, Outcome, outcome_of
from ledger_model.plans import Draft, Facts, program
from ledger_model.states import State

Result = TypeVar("Result")

TABLES = {
    "accounts": "SELECT * FROM accounts WHERE id = ANY ($1)",
    "entries": "SELECT * FROM entries WHERE account_id = ANY ($1) ORDER BY account_id, version",
    "lots": "SELECT l.* FROM accounts a CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, 0) l WHERE a.id = ANY ($1)",
    "consumptions": "SELECT * FROM consumptions WHERE account_id = ANY ($1)",
    "holds": "SELECT * FROM holds WHERE account_id = ANY ($1)",
    "pendings": "SELECT * FROM pending_earns WHERE account_id = ANY ($1)",
}
"""Everything that is stored of some accounts."""


class Bench:
    """A connection and a loop of its own, for tests that Hypothesis drives."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.runner = asyncio.Runner()
        self.connection: Any = self.run(asyncpg.connect(dsn, server_settings={"timezone": "UTC", "jit": "off"}))

    def close(self) -> None:
        """Gives both back."""
        self.run(self.connection.close())
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Waits for it."""
        return self.runner.run(work)

    def fetch(self, statement: str, *arguments: object) -> list[Any]:
        """Rows, read past everything that is under test."""
        rows: list[Any] = self.run(self.connection.fetch(statement, *arguments))
        return rows

    def found(self, **chosen: Any) -> tuple[Caller, Program]:
        """A tenant of a test's own with a chain and a program, and a caller in it."""
        caller = Caller(uuid.uuid4(), "test", uuid.uuid4())
        self.run(self._found(caller))
        return caller, self.add_program(caller, **chosen)

    async def _found(self, caller: Caller) -> None:
        await tenants.insert(self.connection, caller.tenant_id, caller.tenant_id.hex, "Shop", NOW)
        await tenants.insert_chain(self.connection, caller.tenant_id, caller.tenant_id, "Chain")

    def add_program(self, caller: Caller, **chosen: Any) -> Program:
        """One more program of the tenant."""
        made = program(caller.tenant_id, **chosen)
        self.run(tenants.insert_program(self.connection, caller.tenant_id, made, is_default=False, now=NOW))
        return made

    def open(self, caller: Caller, *programs: Program) -> list[UUID]:
        """New accounts, empty: one for each mention of a program."""
        ids = [uuid.uuid4() for _ in programs]
        pairs = [(id_, program.id) for id_, program in zip(ids, programs, strict=True)]
        self.run(ledger.open_accounts(self.connection, caller.tenant_id, pairs, NOW))
        return ids

    def opened(self, **chosen: Any) -> tuple[Caller, UUID]:
        """A tenant of a test's own with one account of one program."""
        caller, made = self.found(**chosen)
        return caller, self.open(caller, made)[0]

    def post(
        self, commands: Sequence[Command], now: datetime = NOW, bucket: int | None = None
    ) -> list[Posting | Refusal]:
        """What came of some commands."""
        return self.run(ledger.post(self.connection, commands, now, bucket))

    def settle(self, account_ids: Sequence[UUID], now: datetime) -> None:
        """What is due on accounts happens."""
        self.run(ledger.settle(self.connection, account_ids, now))

    def states(self, accounts: Sequence[UUID]) -> dict[UUID, State]:
        """Everything that is stored of some accounts, as the model has it."""
        return states_of(self.run(tables_of(self.connection, accounts)))


async def tables_of(connection: Any, accounts: Sequence[UUID]) -> dict[str, list[Any]]:
    """Everything that is stored of some accounts, as it is stored."""
    return {table: await connection.fetch(statement, accounts) for table, statement in TABLES.items()}


def states_of(rows: dict[str, list[Any]]) -> dict[UUID, State]:
    """The same as the model has it."""

    def of(table: str, id_: UUID) -> Iterator[Any]:
        return (row for row in rows[table] if row["account_id"] == id_)

    def flat(row: Any, names: Sequence[str]) -> dict[str, Any]:
        return {name: row[name] for name in names}

    return {
        account["id"]: {
            "figures": flat(account, states.FIGURES),
            "entries": [flat(row, states.ENTRY) for row in of("entries", account["id"])],
            "lots": {(row["version"], row["part"]): flat(row, states.LOT) for row in of("lots", account["id"])},
            "consumptions": {
                tuple(row[name] for name in ("version", "by_version", "lot_version", "lot_part")): row["points"]
                for row in of("consumptions", account["id"])
            },
            "holds": {row["id"]: flat(row, states.HOLD) for row in of("holds", account["id"])},
            "pendings": {row["id"]: flat(row, states.PENDING) for row in of("pendings", account["id"])},
        }
        for account in rows["accounts"]
    }


LEFT = """
    SELECT a.id, a.posted, a.held, a.pending, a.lifetime, a.closed_at,
        ARRAY(
            SELECT (l.version, l.part, trim_scale(l.remaining))::text FROM ledger_lots(a.id, a.bucket, 0) l
            WHERE l.remaining > 0 ORDER BY l.version, l.part
        ) AS lots,
        ARRAY(
            SELECT (h.id, trim_scale(h.remaining))::text FROM holds h
            WHERE h.account_id = a.id AND h.state = 'open' ORDER BY h.id
        ) AS holds,
        ARRAY(
            SELECT (p.id, trim_scale(p.remaining))::text FROM pending_earns p
            WHERE p.account_id = a.id AND p.state = 'open' ORDER BY p.id
        ) AS pendings
    FROM accounts a WHERE a.id = ANY ($1) ORDER BY a.id
"""
"""What accounts have and promise, whatever brought them there."""

DISAGREEING = """
    SELECT a.id, f.*, a.posted, a.held, a.pending, a.version, a.due_at, a.lots_from
    FROM accounts a
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(e.points), 0) AS entered, count(*) AS entries, coalesce(max(e.version), 0) AS latest
        FROM entries e WHERE e.account_id = a.id
    ) e
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(l.remaining), 0) AS filled,
            coalesce(sum(l.remaining) FILTER (WHERE coalesce(l.expires_at, a.idle_at) <= $2), 0) AS past,
            min(coalesce(l.expires_at, a.idle_at)) FILTER (
                WHERE l.remaining > 0 AND coalesce(l.expires_at, a.idle_at) > $2
            ) AS lapses_at,
            min(l.version) FILTER (WHERE l.remaining > 0) AS first_lot
        FROM ledger_lots(a.id, a.bucket, 0) l
    ) l
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(c.points), 0) AS owed FROM consumptions c WHERE c.account_id = a.id AND c.lot_version = 0
    ) c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(h.remaining), 0) AS reserved, min(h.expires_at) FILTER (WHERE h.state = 'open') AS ends_at
        FROM holds h WHERE h.account_id = a.id
    ) h
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.remaining), 0) AS promised,
            min(p.activates_at) FILTER (WHERE p.state = 'open') AS activates_at
        FROM pending_earns p WHERE p.account_id = a.id
    ) p
    CROSS JOIN LATERAL (
        SELECT e.*, l.*, c.*, h.*, p.*, least(l.lapses_at, h.ends_at, p.activates_at,
            CASE WHEN l.past > h.reserved THEN $2 END) AS next_at
    ) f
    WHERE a.id = ANY ($1) AND NOT (
        a.posted = f.entered AND a.version = f.entries AND a.version = f.latest
        AND f.filled = greatest(a.posted, 0) AND f.owed = greatest(-a.posted, 0)
        AND a.held = f.reserved AND a.pending = f.promised
        AND coalesce(a.lots_from <= f.first_lot, true)
        AND coalesce(a.due_at <= f.next_at, f.next_at IS NULL)
    )
"""
"""Accounts whose figures are not what the rows say, or that will not be looked at when something is due.

`$2` is now: points that are past their day wait for a hold, and must not be more than what is held.
"""


@contextmanager
def bench_on(dsn: str) -> Iterator[Bench]:
    """A bench for as long as it is needed."""
    opened = Bench(dsn)
    try:
        yield opened
    finally:
        opened.close()


class Books:
    """The ledger and the model, with the same accounts: three of one program and one of another."""

    def __init__(self, bench: Bench, first: Facts, second: Facts) -> None:
        self.bench = bench
        self.caller, one = bench.found(**first)
        programs = [one, one, one, bench.add_program(self.caller, **second)]
        self.accounts = bench.open(self.caller, *programs)
        self.model = Model()
        for id_, made in zip(self.accounts, programs, strict=True):
            self.model.accounts[id_] = ModelAccount(id_, self.caller.tenant_id, made)
        self.draft = Draft(self.caller, self.accounts, self.model)
        self.now = NOW
        self.told = [str(first), str(second)]

    def post(self, drawn: Sequence[tuple[Facts, str | None]], *, batched: bool = True) -> list[Command]:
        """Posts commands, each with a key or without, at once or one after another; compares every answer."""
        commands, expected = [], []
        for facts, key in drawn:
            command = self.draft.command(facts, self.now, key)
            commands.append(command)
            expected.append(self.model.post(command, self.now))
        self.compare(commands, expected, batched=batched)
        return commands

    def repeat(self, commands: Sequence[Command]) -> list[Outcome]:
        """Posts commands as they are; tells what came of them."""
        expected = [self.model.post(command, self.now) for command in commands]
        self.compare(commands, expected)
        return expected

    def compare(self, commands: Sequence[Command], expected: Sequence[Outcome], *, batched: bool = True) -> None:
        """Posts commands of which it is known what must come of them."""
        calls = [list(commands)] if batched else [[command] for command in commands]
        answers = [answer for call in calls for answer in self.bench.post(call, self.now)]
        self.told += [self.line(command, answer) for command, answer in zip(commands, answers, strict=True)]
        for answer, outcome in zip(answers, expected, strict=True):
            assert outcome_of(answer) == outcome, "\n".join([*self.told, f"expected {outcome}"])
        self.agree()

    def line(self, command: Command, answer: Posting | Refusal) -> str:
        """A command and its answer, short."""
        given = {
            name: getattr(command, name)
            for name in command.__dataclass_fields__
            if name not in ("caller", "account_id") and getattr(command, name) not in (None, False)
        }
        told = ", ".join(f"{name}={self.spelt(value)}" for name, value in given.items())
        index = self.accounts.index(command.account_id)
        return f"{self.now:%F %H:%M} {type(command).__name__}({index}: {told})\n    {outcome_of(answer)}"

    def spelt(self, value: object) -> str:
        """A value of a command, short."""
        if isinstance(value, datetime):
            return f"{value:%F %H:%M}"
        if isinstance(value, UUID):
            return f"account {self.accounts.index(value)}" if value in self.accounts else f"#{value.int}"
        return str(value)

    def settle(self, indexes: Sequence[int]) -> None:
        """What is due on these accounts happens, asked for by a job."""
        ids = [self.accounts[index] for index in indexes]
        for id_ in ids:
            self.model.settle(id_, self.now)
        self.bench.settle(ids, self.now)
        self.told.append(f"{self.now} settle {indexes}")
        self.agree()

    def rejoin(self, into: int, gone: int, between: Sequence[Facts], later: timedelta) -> None:
        """Merges two accounts, does something with the one, and takes them apart. Then nothing of it has happened.

        Where there was nothing in between, each has what it had; else both have together what the one had.
        """
        ids = [self.accounts[into], self.accounts[gone]]
        said = ("merge", "test", self.caller.credential_id)
        transaction, now = self.bench.connection.transaction(), self.now
        self.bench.run(transaction.start())
        try:
            self.bench.settle(ids, self.now)
            before = self.bench.fetch(LEFT, ids)
            (made,) = self.bench.fetch(
                "SELECT ledger_merge($1, $3, $2, $1, $4, $5, $6) AS version", self.now, *ids, *said
            )
            self.look()
            holds = [hold for id_ in ids for hold in self.draft.made.get(("hold", id_), [])]
            draft = replace(self.draft, made={**self.draft.made, ("hold", ids[0]): holds})
            self.now += later
            commands = [draft.command({**facts, "account": into}, self.now) for facts in between]
            told = [self.line(command, self.bench.post([command], self.now)[0]) for command in commands]
            self.bench.settle(ids, self.now)
            together = self.bench.fetch(LEFT, ids)
            self.bench.fetch(
                "SELECT ledger_unmerge($1, $2, $3, $7, true, $1, $4, $5, $6)", self.now, *ids, *said, made["version"]
            )
            after = self.bench.fetch(LEFT, ids)
            told = [*self.told, f"merge {gone} {into}", *told, *map(str, [*before, *together, *after])]
            for name in ("posted", "held", "pending", "lifetime"):
                assert sum(row[name] for row in after) == sum(row[name] for row in together), "\n".join(told)
            # Who holds more than there is, and goes up in somebody, is not told apart from whom it went up in.
            if all(row["held"] <= max(row["posted"], 0) for row in before):
                assert after == before or between or later, "\n".join(told)
                assert all(r["held"] <= max(r["posted"], 0) for r in after if r["id"] == ids[1]), "\n".join(told)
            self.look()
        finally:
            self.now = now
            self.bench.run(transaction.rollback())

    def audit(self) -> None:
        """What is always true of the tables; and the ledger's own audit, which must not cry wolf, finds nothing."""
        for state in self.bench.states(self.accounts).values():
            states.check(state)
        self.look()

    def look(self) -> None:
        """The same, but for what the model's own rules say: it knows no merges."""
        wrong = self.bench.fetch(DISAGREEING, self.accounts, self.now)
        assert not wrong, "\n".join([*self.told, f"at {self.now}:", *map(str, wrong)])
        _, findings = self.bench.run(audits.look_at(self.bench.connection, self.accounts, self.now))
        findings = [finding for finding in findings if finding.kind is not Kind.NO_MEMBERSHIP]
        assert not findings, "\n".join([*self.told, f"at {self.now}:", *map(str, findings)])

    def agree(self) -> None:
        """Compares everything that is stored with everything that the model knows."""
        found = self.bench.states(self.accounts)
        for index, id_ in enumerate(self.accounts):
            expected = states.state_of(self.model.accounts[id_])
            differences = states.differences(expected, found[id_])
            assert not differences, "\n".join([*self.told, f"account {index}, {id_}:", *differences])
