"""`guerdon export`, `guerdon import tenant` and `guerdon member` do what the engine does, and say what they cannot."""

import asyncio
import json
import uuid
from pathlib import Path

from cli.commands import called
from conftest import open_shop
from engine.people import enrolled
from guerdon.core.changes import ChangeFilter
from guerdon.engine import Engine, answering


async def test_a_tenant_is_copied_and_a_member_exported_and_erased(engine: Engine, dsn: str, tmp_path: Path) -> None:
    """A copy is not restored beside its original; erasing wants a yes."""
    shop = await open_shop(engine)
    slug = shop.caller.tenant_id.hex
    who = str((await enrolled(engine, shop)).member.id)
    path = str(tmp_path / "copy.jsonl.gz")

    async def run(*arguments: str) -> tuple[int, str]:
        return await asyncio.to_thread(called, *arguments, GUERDON_DATABASE_URL=dsn)

    code, printed = await run("export", path, "--tenant", slug)
    assert (code, "rows in" in printed) == (0, True)
    code, printed = await run("import", "tenant", path)
    assert (code, "it is there already: tenants" in printed) == (2, True)
    code, printed = await run("import", "tenant", str(tmp_path / "none.gz"))
    assert code == 2
    code, printed = await run("member", "export", who, "--tenant", slug)
    assert (code, json.loads(printed)["members"][0]["id"]) == (0, who)
    code, printed = await run("member", "erase", who, "--tenant", slug)
    assert code == 1
    assert await run("member", "erase", who, "--tenant", slug, "--yes") == (0, "erased; the books are as they were\n")
    (change,) = await answering.log(engine, shop.caller, ChangeFilter(kind="member"), before=None, limit=9)
    assert (change.action, change.actor_name, str(change.subject_id)) == ("member erase", "cli", who)
    code, printed = await run("member", "export", str(uuid.uuid4()), "--tenant", slug)
    assert (code, "member not found" in printed) == (2, True)
    for command in (("export", path), ("member", "export", who), ("member", "erase", who, "--yes")):
        code, printed = await run(*command, "--tenant", "nobody")
        assert (code, "no tenant has the slug nobody" in printed) == (2, True)
