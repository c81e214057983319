"""Re-walks every account from its tables: nothing that the figures say may differ from what the rows add up to."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import asyncpg

from guerdon.core.audits import Finding
from guerdon.engine import Engine, auditing
from guerdon.engine.auditing import Plan
from guerdon.engine.engine import utc_now
from torture.loading import KEYED

Row: TypeAlias = Mapping[str, Any]
Place = tuple[Any, ...]

TABLES = ("accounts", "entries", "holds", "pending_earns", "touched_lots", "consumptions", "ledger_keys")
COUNTED = {"earn", "adjust", "set"}
"""Kinds that count for lifetime points where they add."""


def audit(dsn: str, clock: Callable[[], datetime] = utc_now) -> None:
    """The one place where the state of a ledger is judged.

    Args:
        dsn: of its database.
        clock: no earlier than what the ledger has been settled up to.

    Raises:
        AssertionError: with every account that disagrees, and how.
    """
    problems = asyncio.run(walk(dsn))
    assert problems == [], "\n".join(problems[:20])
    findings = asyncio.run(_audited(dsn, clock))
    assert findings == [], findings[:20]


async def _audited(dsn: str, clock: Callable[[], datetime]) -> list[Finding]:
    """What `guerdon ledger audit` finds, which knows nothing of this file."""
    async with Engine.running(dsn, clock=clock, connections=1) as engine:
        return [finding async for step in auditing.audit(engine, Plan()) for finding in step.found]


async def walk(dsn: str) -> list[str]:
    """What is wrong, in words."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables: dict[str, list[Row]] = {
                name: [dict(row) for row in await connection.fetch(f"SELECT * FROM {name}")]  # noqa: S608
                for name in TABLES
            }
            free = await connection.fetch("SELECT id FROM programs WHERE allow_negative")
    finally:
        await connection.close()
    by_account: dict[str, dict[Any, list[Row]]] = {}
    for name in TABLES[1:-1]:
        by_account[name] = defaultdict(list)
        for row in tables[name]:
            by_account[name][row["account_id"]].append(row)
    known = {account["id"] for account in tables["accounts"]}
    problems = [f"{name}: no account {lost}" for name, rows in by_account.items() for lost in set(rows) - known]
    for account in tables["accounts"]:
        own = {name: rows.get(account["id"], []) for name, rows in by_account.items()}
        negative = account["program_id"] in {row["id"] for row in free}
        problems += [f"account {account['id']}: {what}" for what in Account(account, own).problems(negative=negative)]
    moved = [entry for entry in tables["entries"] if entry["kind"] == "transfer"]
    if _sum(moved):
        problems.append(f"transfers made {_sum(moved)} points")
    return [*problems, *_of_keys(tables)]


class Account:
    """One account and its rows."""

    def __init__(self, account: Row, rows: dict[str, list[Row]]) -> None:
        self.account = account
        self.entries = sorted(rows["entries"], key=lambda row: int(row["version"]))
        self.holds, self.pending = rows["holds"], rows["pending_earns"]
        touched = {row["version"] for row in rows["touched_lots"]}
        self.lots = [*rows["touched_lots"], *(_untouched(e) for e in self.entries if _is_lot(e, touched))]
        self.consumptions = rows["consumptions"]
        self.by_version: dict[int, Row] = {row["version"]: row for row in self.entries}

    def problems(self, *, negative: bool) -> Iterator[str]:
        """Everything that disagrees."""
        yield from self._chain()
        yield from self._figures(negative=negative)
        yield from self._holds()
        yield from self._debits()
        yield from self._lots()
        yield from self._due()

    def _chain(self) -> Iterator[str]:
        balance = Decimal(0)
        for number, entry in enumerate(self.entries, 1):
            balance += entry["points"]
            if entry["version"] != number:
                yield f"version {entry['version']} where {number} was to be"
                return
            if entry["balance_after"] != balance:
                yield f"entry {number} says {entry['balance_after']}, it is {balance}"
            if entry["reverses"] is not None and not 0 < entry["reverses"] < number:
                yield f"entry {number} reverses {entry['reverses']}"

    def _figures(self, *, negative: bool) -> Iterator[str]:
        yield from self._is("version", len(self.entries))
        yield from self._is("posted", _sum(self.entries))
        yield from self._is("held", _sum((h for h in self.holds if h["state"] == "open"), "remaining"))
        yield from self._is("pending", _sum((p for p in self.pending if p["state"] == "open"), "remaining"))
        gained = sum((e["points"] for e in self.entries if e["kind"] in COUNTED and e["points"] > 0), Decimal(0))
        undone = sum((_undone(e) for e in self.entries if self._undoes(e, credit=True)), Decimal(0))
        yield from self._is("lifetime", gained - undone)
        written = any(e["kind"] == "set" and e["balance_after"] < 0 for e in self.entries)
        if self.account["posted"] < self.account["held"] and not negative and not written:
            yield f"{self.account['posted']} posted, and {self.account['held']} held"

    def _is(self, name: str, figure: Decimal | int) -> Iterator[str]:
        if self.account[name] != figure:
            yield f"{name} is {self.account[name]}, the rows add up to {figure}"

    def _undoes(self, entry: Row, *, credit: bool) -> bool:
        original = self.by_version.get(entry["reverses"])
        return original is not None and (original["points"] > 0) == credit

    def _holds(self) -> Iterator[str]:
        taken: dict[Any, Decimal] = defaultdict(Decimal)
        for entry in self.entries:
            if entry["hold_id"] is not None:
                taken[entry["hold_id"]] -= entry["points"]
        if lost := set(taken) - {hold["id"] for hold in self.holds}:
            yield f"captures of unknown holds {lost}"
        for hold in self.holds:
            left = hold["points"] - taken[hold["id"]]
            is_open = hold["state"] == "open"
            if left < 0 or (is_open and left != hold["remaining"]) or (not is_open and hold["remaining"] != 0):
                yield f"hold {hold['id']} ({hold['state']}) keeps {hold['remaining']}, {left} is not taken"
            if is_open != (hold["closed_at"] is None) or (is_open and left == 0):
                yield f"hold {hold['id']} is {hold['state']} with {left}, closed {hold['closed_at']}"
        once = Counter(h["reference"] for h in self.holds if h["state"] == "open" and h["once_per_reference"])
        yield from (f"{count} open holds for {reference}" for reference, count in once.items() if count > 1)

    def _debits(self) -> Iterator[str]:
        paid: dict[int, Decimal] = defaultdict(Decimal)
        for row in self.consumptions:
            paid[row["version"]] += row["points"]
            if not row["version"] <= row["by_version"] <= len(self.entries):
                yield f"consumption of {row['version']} by {row['by_version']}"
        back: dict[int, Decimal] = defaultdict(Decimal)
        for entry in self.entries:
            if self._undoes(entry, credit=False):
                back[entry["reverses"]] += entry["points"]
        renewed: dict[int, Decimal] = defaultdict(Decimal)
        for lot in self.lots:
            renewed[lot["version"]] += lot["points"]
        for entry in self.entries:
            version, points = entry["version"], entry["points"]
            owed = -points - back[version] if points < 0 else Decimal(0)
            if self._undoes(entry, credit=False):
                owed = renewed[version]
            elif points >= 0 and renewed[version] != points:
                yield f"entry {version} of {points} made lots of {renewed[version]}"
            if paid[version] != owed:
                yield f"entry {version} of {points} is paid with {paid[version]}, not {owed}"

    def _lots(self) -> Iterator[str]:
        taken: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for row in self.consumptions:
            taken[row["lot_version"], row["lot_part"]] += row["points"]
        debt = taken.pop((0, 0), Decimal(0))
        for lot in self.lots:
            name = lot["version"], lot["part"]
            left = lot["points"] - taken.pop(name, Decimal(0))
            if left != lot["remaining"]:
                yield f"lot {name} has {lot['remaining']}, {left} is not taken"
            if lot["version"] < self.account["lots_from"] and lot["remaining"]:
                yield f"lot {name} has {lot['remaining']} before {self.account['lots_from']}"
        if taken:
            yield f"points of lots that are not there: {dict(taken)}"
        posted = self.account["posted"]
        if _sum(self.lots, "remaining") != max(posted, 0) or debt != max(-posted, 0):
            yield f"lots keep {_sum(self.lots, 'remaining')} and {debt} is owed, of {posted}"

    def _due(self) -> Iterator[str]:
        days = [h["expires_at"] for h in self.holds if h["state"] == "open"]
        days += [p["activates_at"] for p in self.pending if p["state"] == "open"]
        if not self.account["overdue"]:
            days += [lot["expires_at"] or self.account["idle_at"] for lot in self.lots if lot["remaining"]]
        first = min((day for day in days if day is not None), default=None)
        # What is past may be looked at until now: points that came back to a lapsed lot fell due when they came.
        last = None if first is None else max(first, utc_now())
        if last is not None and (self.account["due_at"] is None or self.account["due_at"] > last):
            yield f"due at {self.account['due_at']}, something falls due at {first}"


def _is_lot(entry: Row, touched: set[int]) -> bool:
    return entry["points"] > 0 and entry["kind"] in COUNTED and entry["version"] not in touched


def _untouched(entry: Row) -> Row:
    """The entry as the lot that it is until something is taken from it."""
    return {**entry, "part": 1, "remaining": entry["points"]}


def _undone(entry: Row) -> Decimal:
    figures = abs(entry["points"]), entry["shortfall"], entry["from_pending"]
    return sum((figure for figure in figures if figure is not None), Decimal(0))


def _sum(rows: Iterable[Row], name: str = "points") -> Decimal:
    return sum((row[name] for row in rows), Decimal(0))


def _of_keys(tables: dict[str, list[Row]]) -> Iterator[str]:
    """Each entry and hold of a command with a key belongs to one key, and each key's answer to its entry."""
    entries: dict[Place, Row] = {(row["account_id"], row["version"]): row for row in tables["entries"]}
    named: Counter[Place] = Counter()
    for key in tables["ledger_keys"]:
        if key["version"] is None:
            continue
        place = key["account_id"], key["version"]
        named[place] += 1
        entry = entries.get(place)
        if entry is None:
            yield f"key {key['key']}: no entry {place}"
        elif (key["points"], key["posted"]) != (entry["points"], entry["balance_after"]):
            yield f"key {key['key']} was answered {key['points']} and {key['posted']}, not {dict(entry)}"
        elif _is_plain_earn(entry) and not key["key"].endswith(f":{entry['reference']}"):
            yield f"key {key['key']} led to the entry of {entry['reference']}"
    yield from (f"{count} keys for entry {place}" for place, count in named.items() if count > 1)
    alone = [place for place, row in entries.items() if place not in named and _has_a_key_of_its_own(row)]
    yield from (f"no key for entry {place}" for place in alone)
    placed = {key["hold_id"] for key in tables["ledger_keys"]}
    rows = [row for name in ("holds", "pending_earns") for row in tables[name] if row["surface"] in KEYED]
    yield from (f"no key for {row['id']}" for row in rows if row["id"] not in placed)


def _is_plain_earn(entry: Row) -> bool:
    """Not what came of a pending earn, whose reference is that of the promise."""
    return entry["kind"] == "earn" and entry["pending_id"] is None and bool(entry["reference"])


def _has_a_key_of_its_own(entry: Row) -> bool:
    """Not the other half of a transfer, nor a pending earn that became one by itself."""
    came = entry["kind"] == "transfer" and entry["points"] > 0
    return entry["surface"] in KEYED and not came and entry["pending_id"] is None
