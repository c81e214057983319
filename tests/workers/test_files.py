"""What is asked for over the API is done by a worker, and gone on with where one has left it."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from conftest import Shop, open_shop
from engine.people import fetch
from guerdon.core.callers import Caller
from guerdon.core.imports import CHUNK_ROWS, Import
from guerdon.core.refusals import Overloaded
from guerdon.engine import Engine, exporting, importing, uploading
from guerdon.engine.uploading import Upload
from guerdon.storage import imports
from guerdon.workers import files, jobs
from guerdon.workers.jobs import Habits
from lives import turn
from workers.waiting import so


async def begun(engine: Engine, shop: Shop) -> tuple[Caller, UUID]:
    """An import of members, whose file is to come."""
    caller = replace(shop.caller, credential_id=uuid.uuid4())
    upload = Upload(caller=caller, kind="members", format="csv", program_id=None, namespace="external", earns=False)
    return caller, (await uploading.create(engine, upload)).made.id


async def run(engine: Engine, caller: Caller, import_id: UUID, text: bytes, *, is_trial: bool = False) -> Import:
    """Imports a file, as a worker does."""
    await uploading.put(engine, caller, import_id, 1, text)
    await uploading.run(engine, caller, import_id, is_trial=is_trial, skips_bad=False)
    await files.import_file(engine, asyncio.Event(), str(import_id))
    return (await uploading.one(engine, caller, import_id)).made


async def test_an_import_and_an_export_are_done_at_a_server(alone: Engine) -> None:
    """One that is asked for, and one that nobody asks for again but the round."""
    shop = await open_shop(alone)
    made = []
    for name in ("A", "B"):
        caller, import_id = await begun(alone, shop)
        await uploading.put(alone, caller, import_id, 1, f"id,points\n{name},5\n".encode())
        await uploading.run(alone, caller, import_id, is_trial=False, skips_bad=False)
        made.append(import_id)
    copy = await exporting.create(alone, caller)
    await fetch(alone, "DELETE FROM jobs.pgqueuer")
    await files.resume(alone)
    async with jobs.working(alone, Habits(expiry_interval_seconds=0, webhook_interval_seconds=0)):

        async def done() -> bool:
            shown = [(await uploading.one(alone, caller, import_id)).made.state for import_id in made]
            return [*shown, (await exporting.one(alone, caller, copy.id)).state] == ["done"] * 3

        await so(done)
    accounts = await fetch(alone, "SELECT posted FROM accounts WHERE tenant_id = $1", caller.tenant_id)
    assert [int(account["posted"]) for account in accounts] == [5, 5]


async def test_a_file_that_is_half_written_is_no_other(
    engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of another one would count as written that are not; the one that it was is gone on with."""
    caller, import_id = await begun(engine, shop)
    monkeypatch.setitem(CHUNK_ROWS, "members", 1)
    monkeypatch.setattr(importing, "AT_ONCE", 1)
    whole = importing._chunk

    async def broken(engine: Engine, made: Import, chunk: int) -> None:
        if chunk:
            raise ArithmeticError
        await whole(engine, made, chunk)

    monkeypatch.setattr(importing, "_chunk", broken)
    assert (await run(engine, caller, import_id, b"id\nA\nB\n")).state == "failed"
    monkeypatch.setattr(importing, "_chunk", whole)
    failed = await run(engine, caller, import_id, b"id\nC\nB\nD\n")
    assert failed.problem is not None
    assert failed.problem.startswith("rows of the file that it had before are written")
    done = await run(engine, caller, import_id, b"id\nA\nB\n")
    assert (done.state, done.rows, done.bad) == ("done", 2, 0)
    names = "SELECT canonical FROM identifiers WHERE tenant_id = $1 AND namespace = 'external'"
    assert sorted(row["canonical"] for row in await fetch(engine, names, caller.tenant_id)) == ["A", "B"]


async def test_a_file_that_nobody_comes_back_to_is_forgotten(alone: Engine) -> None:
    """With the rows of it that were put down to be checked."""
    caller, import_id = await begun(alone, await open_shop(alone))
    assert (await run(alone, caller, import_id, b"id\nA\n", is_trial=True)).state == "checked"
    turn(alone, alone.clock() + uploading.KEPT_FILES + timedelta(seconds=1))
    await uploading.forget(alone)
    assert await fetch(alone, "SELECT 1 FROM import_parts UNION ALL SELECT 1 FROM import_members") == []


async def test_a_file_whose_rows_a_crash_of_the_database_took_is_read_again(
    alone: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of anybody's: the job is tried again, and does all of it."""
    caller, import_id = await begun(alone, await open_shop(alone))
    whole = importing._chunk

    async def crashed(engine: Engine, made: Import, chunk: int) -> None:
        async with engine.database.transaction() as connection:
            await imports.clear(connection, made)
        await whole(engine, made, chunk)

    monkeypatch.setattr(importing, "_chunk", crashed)
    with pytest.raises(Overloaded):
        await run(alone, caller, import_id, b"id\nA\nB\n")
    monkeypatch.setattr(importing, "_chunk", whole)
    assert [task.key for task in await uploading.waiting(alone)] == [str(import_id)]
    await files.import_file(alone, asyncio.Event(), str(import_id))
    assert (await uploading.one(alone, caller, import_id)).made.state == "done"
    assert len(await fetch(alone, "SELECT 1 FROM members WHERE tenant_id = $1", caller.tenant_id)) == 2
