"""Orders that were paid elsewhere are history, or earn as if they had been told of; each once."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from conftest import NOW
from core.rules.baskets import BASE, rule
from engine.buying import Store, open_store
from engine.people import fetch
from engine.test_backtesting import DAY, backtest, figures
from engine.test_importing import bad, findings, imported, prepared, write
from guerdon.core import imports
from guerdon.engine import Engine, importing, reading
from guerdon.engine.importing import Plan

LINES = [
    {"sku": "CUP-7", "quantity": 2, "unit_price": 6.95},
    {"id": "tea", "category": "tea", "unit_price": 4.5, "discount": 0.5},
]


ROWS: list[dict[str, Any]] = [
    {"id": "A", "reference": "O1", "at": "2026-06-20T10:00:00+02:00", "amount": "12.50", "points": "12", "tier": "T"},
    {"email": "B@example.com", "reference": "O2", "at": "2026-06-21", "lines": LINES, "channel": "app"},
    {"id": "A", "reference": "O3", "at": "2026-06-22", "amount": "7", "points": "0"},
]


@pytest.fixture
async def store(engine: Engine, tmp_path: Path) -> Store:
    """A store of two members, where the first order gives 50 points."""
    first = rule("first", per_visit={"points": 50}, when={"first_purchase": True})
    store = await open_store(engine, {**BASE}, first, at=NOW - 40 * DAY)
    people = write(tmp_path / "people.csv", [{"id": "A", "points": "100"}, {"id": "B", "email": "b@example.com"}])
    await imported(engine, plan(store, people, kind="members"))
    return store


def plan(store: Store, path: Path, **more: Any) -> Plan:
    told: dict[str, Any] = {"slug": store.shop.caller.tenant_id.hex, "kind": "orders", **more}
    return Plan(path=path, **told)


async def ordered(store: Store) -> dict[str, dict[str, Any]]:
    """The orders of a store by their references."""
    statement = (
        "SELECT o.*, o.occasion::jsonb AS bought, a.posted FROM orders o JOIN accounts a ON a.id = o.account_id"
        " WHERE o.tenant_id = $1 ORDER BY o.placed_at"
    )
    return {row["reference"]: dict(row) for row in await fetch(store.engine, statement, store.shop.caller.tenant_id)}


def flat(name: str) -> list[dict[str, Any]]:
    """The rows, with lists as JSON where the form of a file has none."""
    if "csv" not in name:
        return ROWS
    return [{key: json.dumps(value) if key == "lines" else value for key, value in row.items()} for row in ROWS]


async def membership(store: Store, name: str) -> Any:
    """The membership of a member by its own id."""
    (row,) = await fetch(
        store.engine,
        "SELECT s.id FROM memberships s JOIN identifiers i ON i.member_id = s.member_id"
        " WHERE i.tenant_id = $1 AND i.namespace = 'external' AND i.value = $2",
        store.shop.caller.tenant_id,
        name,
    )
    return await reading.membership(store.engine, store.shop.caller, UUID(str(row["id"])))


@pytest.mark.parametrize("name", ["o.csv.gz", "o.jsonl", "o.parquet"])
async def test_orders_of_before_count_and_earn_nothing(store: Store, tmp_path: Path, name: str) -> None:
    """They can be replayed under rules, beside what they earned where they were paid."""
    assert await imported(store.engine, plan(store, write(tmp_path / name, flat(name)))) == 3
    found = await ordered(store)
    assert [(int(row["posted"]), row["version"], row["surface"]) for row in found.values()] == [
        (100, None, "import"), (0, None, "import"), (100, None, "import"),
    ]  # fmt: skip
    assert [row["amount"] for row in found.values()] == [Decimal("12.50"), Decimal("17.9"), 7]
    assert [line["id"] for line in found["O2"]["bought"]["lines"]] == ["1", "tea"]
    told = await backtest(store, 1)
    assert figures(told.report) == (3, 12, 12 + 50 + 17 + 50 + 7)
    bought = await store.buy(await membership(store, "A"), 10)
    assert bought.reckoning is not None
    assert bought.reckoning.points == 10, "it is not the first"


async def test_orders_earn_where_that_is_asked_for(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the rules that were live then, in the order of the file, whatever chunks it has."""
    monkeypatch.setattr(imports, "EARNING_ROWS", 1)
    assert await imported(store.engine, plan(store, write(tmp_path / "o.jsonl", ROWS), earns=True)) == 3
    found = await ordered(store)
    assert {name: int(row["posted"]) for name, row in found.items()} == {"O1": 100 + 69, "O2": 67, "O3": 100 + 69}
    assert await findings(store.engine, store.shop) == []
    assert await imported(store.engine, plan(store, write(tmp_path / "p.jsonl", ROWS), earns=True)) == 3
    again = plan(store, write(tmp_path / "q.jsonl", [*ROWS, {**ROWS[0], "reference": "O4"}]), earns=True)
    assert await imported(store.engine, again) == 1, "the others are there"


async def test_what_is_wrong_with_orders_is_told_by_row(store: Store, tmp_path: Path) -> None:
    """Of the row, of others of the file, and of orders that are there."""
    await imported(store.engine, plan(store, write(tmp_path / "first.jsonl", ROWS[:1])))
    good: dict[str, Any] = {"id": "A", "reference": "X", "at": "2026-06-20", "amount": "1"}
    rows: list[dict[str, Any]] = [
        {**good, "id": "Z", "reference": "Y"},
        {**good, "reference": None},
        {**good, "at": None},
        {**good, "at": "2999-01-01"},
        {**good, "amount": "NaN"},
        {**good, "amount": "-1"},
        {**good, "amount": "1e12"},
        {**good, "amount": None},
        {**good, "lines": LINES},
        {**good, "amount": None, "lines": [{"sku": "x"}]},
        {**good, "amount": None, "lines": [{"unit_price": 1, "quantity": 0}]},
        {**good, "currency": "euro"},
        {**good, "points": "-1"},
        {**good, "prices_include_tax": "maybe", "amount": None, "lines": LINES},
        {**good, "reference": "x" * 256},
        {**good, "reference": "twice"},
        {**good, "reference": "twice"},
        {**good, "reference": "O1"},
        {**good, "at": "1899-12-31"},
        {**good},
    ]
    ready = await prepared(store.engine, plan(store, write(tmp_path / "second.jsonl", rows)))
    found = await bad(store.engine, ready)
    assert list(found) == list(range(1, 20)), found
    assert (found[1], found[2], found[3]) == ("nobody has this external", "reference: missing", "at: missing")
    assert found[10].startswith("lines: ")
    assert found[11] == "lines: quantity of line 1: must be above zero"
    assert found[16] == found[17] == "reference: another row of the file has it"
    assert found[18] == "reference: an order has it already"
    assert found[19] == "at: is too long ago"
    assert [step async for step in importing.write(store.engine, ready)][-1].done == 1
    assert set(await ordered(store)) == {"O1", "X"}
