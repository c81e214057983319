"""`guerdon import` says what is wrong by row, writes nothing until it is right, and the same file once."""

import asyncio
import uuid
from pathlib import Path

from cli.commands import called
from conftest import open_shop
from engine.people import fetch
from guerdon.core.changes import ChangeFilter
from guerdon.engine import Engine, answering


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
    assert (tmp_path / "members.csv.bad.csv").read_text() == "row,error\n2,\"email: 'nonsense' is none\"\n"
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
    assert (await run("--namespace", "email"))[0] == 2
    path.write_text("id,colour\n")
    code, printed = await run()
    assert (code, "there is no column 'colour'" in printed) == (2, True)
    slug = uuid.uuid4().hex
    code, printed = await run()
    assert (code, f"no tenant has the slug {slug}" in printed) == (2, True)
