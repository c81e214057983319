"""A long file is read by two processes as one would read it."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from conftest import open_shop
from engine.people import fetch
from engine.test_importing import ROWS, bad, imported, plan, prepared, write
from guerdon.core.refusals import Overloaded
from guerdon.engine import Engine, staging
from guerdon.engine.tables import BATCH_ROWS


async def test_a_long_file_is_shared_by_two_processes(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row is put down once, under its number, whichever of them reads it."""
    monkeypatch.setattr(staging, "WORTH_BYTES", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    shop = await open_shop(engine)
    count = 2 * BATCH_ROWS + 10
    wrong = [1, BATCH_ROWS, BATCH_ROWS + 1, 2 * BATCH_ROWS, count]
    rows = [{"id": f"L{n}", "points": "-1" if n in wrong else "1"} for n in range(1, count + 1)]
    rows[-1]["points"] = "1"
    rows[-1]["id"] = rows[BATCH_ROWS + 1]["id"]
    ready = await prepared(engine, plan(shop, write(tmp_path / "long.jsonl", rows)))
    assert ready.made.rows == count
    assert list(await bad(engine, ready)) == [*wrong[:3], BATCH_ROWS + 2, *wrong[3:]]
    own = "SELECT row, name FROM import_members WHERE import_id = $1 AND error IS NULL ORDER BY row"
    staged = await fetch(engine, own, ready.made.id)
    assert [row["name"] for row in staged[:2]] == ["L2", "L3"]
    assert all(row["name"] == f"L{row['row']}" for row in staged)


async def test_a_share_that_is_not_put_down_is_told(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second process has ended before it was done: nothing is checked or written, and another try may succeed."""
    shop = await open_shop(engine)
    path = write(tmp_path / "a.csv", ROWS)
    with monkeypatch.context() as patched:
        patched.setattr(staging, "WORTH_BYTES", 0)
        patched.setattr(os, "cpu_count", lambda: 2)
        patched.setattr(sys, "executable", shutil.which("false"))
        with pytest.raises(Overloaded):
            await prepared(engine, plan(shop, path))
    assert await imported(engine, plan(shop, path)) == 4
