"""`guerdon programs backtest` as a command: the difference as a plot and as JSON, and how it ends."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.commands import called
from conftest import NOW, Clock, cloned
from core.rules.baskets import BASE, rule
from engine.buying import Store, open_store
from guerdon.engine import Engine, ruling

TIMES = ("--since", "2026-06-01", "--until", "2026-08-01")


async def _history(address: str) -> tuple[str, str]:
    """A program with two orders and a draft that doubles; its id, and the slug of its tenant."""
    async with Engine.running(address, clock=Clock(), connections=2) as engine:
        store: Store = await open_store(engine, BASE, at=NOW - timedelta(days=9))
        buyer = await store.member()
        for day, price in ((1, 10), (0, 30)):
            await store.buy(buyer, price, at=NOW - timedelta(days=day))
        await ruling.draft(engine, store.drafting(rule("base", per_spend={"points": 2})))
        return str(store.shop.program.id), store.shop.caller.tenant_id.hex


@pytest.fixture(scope="module")
def history(cluster: str, template: str) -> Iterator[tuple[str, str, str]]:
    """A database of these tests' own, a program in it, and the slug of its tenant."""
    with cloned(cluster, template) as address:
        yield (address, *asyncio.run(_history(address)))


def test_the_difference_is_drawn(history: tuple[str, str, str]) -> None:
    address, program, _ = history
    code, told = called("programs", "backtest", program, "--version", "2", *TIMES, GUERDON_DATABASE_URL=address)
    assert code == 0, told
    assert "2 orders and events gave 40 and would have given 80: +40 (+100.0 %)" in told
    (first, second) = (line for line in told.splitlines() if line.strip().startswith("2026-07-0"))
    assert first.split()[:5] == ["2026-07-01", "1", "10", "20", "+10"]
    assert first.count("█") * 3 == second.count("█")


def test_it_is_told_as_json_and_of_a_file(history: tuple[str, str, str], tmp_path: Path) -> None:
    """By the code of the program, within its tenant."""
    address, _, slug = history
    file = tmp_path / "rules.json"
    file.write_text('{"rules": [{"id": "base", "give": {"per_spend": {"points": 0.5}}}]}')
    asked = ("programs", "backtest", "P", "--tenant", slug, "--rules", str(file), "--json", *TIMES)
    code, told = called(*asked, GUERDON_DATABASE_URL=address)
    assert code == 0, told
    document: dict[str, Any] = json.loads(told[told.index("{") :])
    assert document["totals"] == {"orders": 2, "actual": 40, "draft": 20, "difference": -20}
    assert [day["difference"] for day in document["by_day"]] == [-5, -15]
    assert len(document["members"]) == document["members_changed"] == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("P",), "give either --version or --rules"),
        (("nothing", "--version", "1"), "program not found: nothing"),
        (("{program}", "--version", "9"), "rule set not found: 9"),
        (("{program}", "--rules", "{nowhere}"), "No such file"),
        (("{program}", "--rules", "{bad}"), "/rules/0/id: is required"),
        (("{program}", "--rules", "{worse}"), "no JSON"),
    ],
)
def test_what_cannot_be_is_said(
    history: tuple[str, str, str], tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    address, program, _ = history
    names = {"program": program, "nowhere": "/nowhere"}
    for name, text in (("bad", '{"rules": [{"give": {}}]}'), ("worse", '{"rules": [1E999999999999999999999]}')):
        (tmp_path / name).write_text(text)
        names[name] = str(tmp_path / name)
    code, told = called(
        "programs", "backtest", *(each.format(**names) for each in arguments), GUERDON_DATABASE_URL=address
    )
    assert (code, why in " ".join(told.split())) == (2, True), told
