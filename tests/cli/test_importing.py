"""`guerdon import` says what is wrong by row, writes nothing until it is right, and the same file once."""

import asyncio
import csv
import uuid
from pathlib import Path

from cli.commands import called
from conftest import open_shop
from engine.people import fetch
from guerdon.core.changes import ChangeFilter
from guerdon.core.programs import Expiry, ExpiryKind
from guerdon.engine import Engine, answering


def told(path: Path) -> list[dict[str, str]]:
    """The bad rows of a file, each with what stands in it."""
    with path.open(newline="") as lines:
        assert len({len(row) for row in csv.reader(lines)}) == 1
        lines.seek(0)
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(lines)]


async def test_a_file_is_checked_then_written_once(engine: Engine, dsn: str, tmp_path: Path) -> None:
    """Bad rows are in a file beside it."""
    shop = await open_shop(engine)
    slug = shop.caller.tenant_id.hex
    path = tmp_path / "members.csv"

    async def run(*arguments: str) -> tuple[int, str]:
        command = ("import", "members", str(path), "--tenant", slug, *arguments)
        return await asyncio.to_thread(called, *command, GUERDON_DATABASE_URL=dsn)

    async def there() -> int:
        return len(await fetch(engine, "SELECT 1 FROM members WHERE tenant_id = $1", shop.caller.tenant_id))

    path.write_text("id,email,points\nC1,a@example.com,5\nC2,nonsense,5\n")
    code, printed = await run()
    assert (code, await there()) == (1, 0)
    assert "2 rows, 1 of them bad" in printed
    assert "row 2: email: 'nonsense' is none" in printed
    assert "nothing was written; --skip-bad writes the good rows" in printed
    bad = tmp_path / "members.csv.bad.csv"
    assert told(bad) == [
        {"row": "2", "error": "email: 'nonsense' is none", "id": "C2", "email": "nonsense", "points": "5"}
    ]
    code, printed = await run("--check")
    assert (code, await there()) == (1, 0)
    code, printed = await run("--skip-bad")
    assert (code, await there()) == (0, 1)
    assert "1 rows written" in printed
    code, printed = await run()
    assert (code, await there()) == (0, 1)
    assert "this file was imported before: 1 rows, and 1 bad ones" in printed
    (change,) = await answering.log(engine, shop.caller, ChangeFilter(kind="import"), before=None, limit=9)
    assert (change.action, change.actor_name) == ("import members", "cli")
    path.write_text(bad.read_text().replace(",nonsense,", ",b@example.com,"))
    code, printed = await run()
    assert (code, await there(), "1 rows, 0 of them bad" in printed) == (0, 2, True)
    for namespace in ("email", "", "a b", "x" * 65):
        assert (await run("--namespace", namespace))[0] == 2
    path.write_text("id,colour\n")
    code, printed = await run()
    assert (code, "there is no column 'colour'" in printed) == (2, True)
    slug = uuid.uuid4().hex
    code, printed = await run()
    assert (code, f"no tenant has the slug {slug}" in printed) == (2, True)


async def test_rows_that_the_ledger_refuses_are_told_as_bad(engine: Engine, dsn: str, tmp_path: Path) -> None:
    """It is asked only when they are written; who did not say that bad rows are left out hears it by the exit code."""
    shop = await open_shop(engine, expiry=Expiry(kind=ExpiryKind.ROLLING, count=1, unit="month"))
    path = tmp_path / "balances.csv"

    async def run(kind: str, text: str, *arguments: str) -> tuple[int, str]:
        path.write_text(text)
        command = ("import", kind, str(path), "--tenant", shop.caller.tenant_id.hex, *arguments)
        return await asyncio.to_thread(called, *command, GUERDON_DATABASE_URL=dsn)

    assert (await run("members", "id\nC1\n"))[0] == 0
    code, printed = await run("balances", "id,points,earned_at\nC1,5,2020-01-01\nC1,7,\n")
    assert code == 1
    assert "1 rows written" in printed
    assert "1 more are bad" in printed
    assert "row 1: time not ahead" in printed
    assert "all bad rows are in" in printed
    late = {"error": "time not ahead", "id": "C1", "earned_at": "2020-01-01"}
    assert told(tmp_path / "balances.csv.bad.csv") == [{"row": "1", "points": "5", **late}]
    code, printed = await run("balances", "id,points,earned_at\nC9,5,\nC1,8,2020-01-01\n", "--skip-bad")
    assert code == 0
    assert told(tmp_path / "balances.csv.bad.csv") == [
        {"row": "1", "error": "nobody has this external", "id": "C9", "points": "5"},
        {"row": "2", "points": "8", **late},
    ]
    code, printed = await run("balances", "id,points\nC1,1\nC1\nC1,x\n")
    assert [(row["row"], row.get("points")) for row in told(tmp_path / "balances.csv.bad.csv")] == [
        ("2", None),
        ("3", "x"),
    ]
