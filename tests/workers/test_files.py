"""What is asked for over the API is done by a worker, and gone on with where one has left it."""

import uuid
from dataclasses import replace

from conftest import open_shop
from engine.people import fetch
from guerdon.engine import Engine, exporting, uploading
from guerdon.engine.uploading import Upload
from guerdon.workers import files, jobs
from guerdon.workers.jobs import Habits
from workers.waiting import so


async def test_an_import_and_an_export_are_done_at_a_server(alone: Engine) -> None:
    """One that is asked for, and one that nobody asks for again but the round."""
    shop = await open_shop(alone)
    caller = replace(shop.caller, credential_id=uuid.uuid4())
    made = []
    for name in ("A", "B"):
        upload = Upload(caller=caller, kind="members", format="csv", program_id=None, namespace="external", earns=False)
        found = (await uploading.create(alone, upload)).made
        await uploading.put(alone, caller, found.id, 1, f"id,points\n{name},5\n".encode())
        await uploading.run(alone, caller, found.id, is_trial=False, skips_bad=False)
        made.append(found.id)
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
