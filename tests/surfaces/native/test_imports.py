"""Files come in parts, are checked and written by a worker; copies are fetched in parts; only by their own tenant."""

import asyncio
import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from guerdon.core import exports as core
from guerdon.engine import Engine, exporting, uploading
from surfaces.native.conftest import Api, exactly, refused, replayed


async def done(engine: Engine, carry_out: Callable[..., Any], made: dict[str, Any]) -> None:
    """What a worker does with an import or export."""
    await carry_out(engine, uuid.UUID(made["id"]), asyncio.Event())


def rows(*names: str) -> bytes:
    """A file of members, compressed."""
    lines = [json.dumps({"id": name, "points": 5}) for name in names]
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def created(api: Api, **more: Any) -> Any:
    return exactly(api.post("/imports", kind="members", format="jsonl.gz", **more))


def put(api: Api, made: dict[str, Any], content: bytes, number: object = 1) -> Any:
    return api.call("PUT", f"/imports/{made['id']}/parts/{number}", content)


def ran(api: Api, made: dict[str, Any], key: str = "", **how: Any) -> Any:
    return api.post(f"/imports/{made['id']}/run", key, **how)


async def test_a_file_in_parts_is_checked_then_written_once(api: Api, engine: Engine) -> None:
    """As by the command line; the job can be cut off, and a part sent again."""
    name = uuid.uuid4().hex
    content = rows(name, name, f"{name}-2")
    made = created(api, namespace="shop")
    assert (made["state"], made["parts"], made["earn"]) == ("uploading", 0, False)
    refused(ran(api, made), 409, "import_refused")
    for part, number in ((b"x", 1), (content[20:], 2)):
        assert put(api, made, part, number).status_code == 204
    assert put(api, made, content[:20]).status_code == 204
    first = ran(api, made, name)
    assert exactly(first)["state"] == "queued"
    assert exactly(first)["size_bytes"] == len(content)
    again = ran(api, made, name)
    assert (replayed(again), again.content) == (True, first.content)
    refused(put(api, made, b"x"), 409, "import_refused")
    await done(engine, uploading.carry_out, made)
    shown = api.get(f"/imports/{made['id']}")
    assert (shown["state"], shown["rows"], shown["bad_rows"], shown["written_rows"]) == ("checked", 3, 2, 0)
    page = api.get(f"/imports/{made['id']}/bad-rows?limit=1")
    rest = api.get(f"/imports/{made['id']}/bad-rows?limit=1&cursor={page['next_cursor']}")
    error = "id: another row of the file has it"
    assert page["data"] + rest["data"] == [{"row": 1, "error": error}, {"row": 2, "error": error}]
    assert rest["next_cursor"] is None
    exactly(ran(api, made, skip_bad=True))
    stopped = asyncio.Event()
    stopped.set()
    await uploading.carry_out(engine, uuid.UUID(made["id"]), stopped)
    assert api.get(f"/imports/{made['id']}")["state"] == "staging"
    assert made["id"] in [task.key for task in await uploading.waiting(engine)]
    for _ in range(2):
        await done(engine, uploading.carry_out, made)
    shown = api.get(f"/imports/{made['id']}")
    assert (shown["state"], shown["bad_rows"], shown["written_rows"], shown["parts"]) == ("done", 2, 1, 0)
    (found,) = api.get(f"/members?identifier=shop:{name}-2")["data"]
    assert found["memberships"][0]["balance"]["posted"] == 5
    assert api.get(f"/members?identifier=shop:{name}")["data"] == []
    refused(ran(api, made), 409, "import_refused")
    assert shown == next(each for each in api.get("/imports")["data"] if each["id"] == made["id"])
    (line, *_) = api.get("/audit-log?kind=import")["data"]
    assert line["action"] == "runImport"


async def test_a_file_that_cannot_be_imported_says_why(api: Api, engine: Engine) -> None:
    """One that breaks off, and one that another import has; both can be put right."""
    name = uuid.uuid4().hex
    made = [created(api), created(api)]
    for each, content in zip(made, (rows(name), rows(name)[:-9]), strict=True):
        put(api, each, content)
        exactly(ran(api, each))
        await done(engine, uploading.carry_out, each)
    shown = [api.get(f"/imports/{each['id']}") for each in made]
    assert [(each["state"], each["written_rows"]) for each in shown] == [("done", 1), ("failed", 0)]
    assert "end-of-stream" in shown[1]["problem"]
    put(api, made[1], rows(name))
    exactly(ran(api, made[1], dry_run=True))
    await done(engine, uploading.carry_out, made[1])
    assert api.get(f"/imports/{made[1]['id']}")["problem"].startswith(
        f"the same file is that of import {made[0]['id']}: "
    )


async def test_nobody_joins_a_program_that_is_deleted(api: Api, engine: Engine) -> None:
    """Neither by a file that comes later, nor by one that was taken before."""
    program, name = exactly(api.post("/programs", code=uuid.uuid4().hex, name="Club"))["id"], uuid.uuid4().hex
    made = created(api, namespace="shop", program_id=program)
    put(api, made, rows(name))
    exactly(ran(api, made))
    assert api.call("DELETE", f"/programs/{program}").status_code == 204
    refused(api.post("/imports", kind="members", format="csv", program_id=program), 404, "program_not_found")
    await done(engine, uploading.carry_out, made)
    shown = api.get(f"/imports/{made['id']}")
    assert (shown["state"], shown["problem"]) == ("failed", "its program was deleted")
    assert api.get(f"/members?identifier=shop:{name}")["data"] == []


def test_ids_are_names_of_the_merchant_s_own_and_only_orders_earn(api: Api) -> None:
    """Email addresses come checked in a column of their own, and never as a name in passing."""
    for namespace in ("email", "phone", "number"):
        body = refused(api.post("/imports", kind="members", format="csv", namespace=namespace), 400, "invalid_field")
        assert body["errors"][0]["pointer"] == "/namespace"
    body = refused(api.post("/imports", kind="balances", format="csv", earn=True), 400, "invalid_field")
    assert body["errors"] == [{"detail": "is for orders only", "pointer": "/earn"}]


async def test_a_copy_is_fetched_in_parts(neighbour: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are a gzip file; it is kept for a day."""
    for module in (core, exporting):
        monkeypatch.setattr(module, "PART_BYTES", 1_000)
    made = exactly(neighbour.post("/exports"))
    refused(neighbour.call("GET", f"/exports/{made['id']}/parts/1"), 404, "file_not_found")
    await done(engine, exporting.carry_out, made)
    await done(engine, exporting.carry_out, made)
    shown = neighbour.get(f"/exports/{made['id']}")
    assert shown["state"] == "done"
    assert shown["parts"] > 1
    parts = [neighbour.call("GET", f"/exports/{made['id']}/parts/{n + 1}").content for n in range(shown["parts"])]
    head, *lines = gzip.decompress(b"".join(parts)).decode().splitlines()
    assert json.loads(head)["format"] == "guerdon tenant"
    assert json.loads(lines[-1]) == {"rows": shown["rows"]}
    assert shown in neighbour.get("/exports?limit=1")["data"]
    monkeypatch.setattr(exporting, "KEPT", -exporting.KEPT)
    await exporting.forget(engine)
    refused(neighbour.call("GET", f"/exports/{made['id']}/parts/1"), 404, "file_not_found")
    assert neighbour.get(f"/exports/{made['id']}")["state"] == "forgotten"


def test_what_is_nobody_s_or_another_s_is_not_there(api: Api, neighbour: Api) -> None:
    """Another tenant's files are as absent as those that never were."""
    theirs, copy = created(neighbour)["id"], exactly(neighbour.post("/exports"))["id"]
    for file_id in (theirs, str(uuid.uuid4()), "x"):
        refused(put(api, {"id": file_id}, b"x"), 404, "file_not_found")
        refused(ran(api, {"id": file_id}), 404, "file_not_found")
        for path in ("", "/bad-rows"):
            refused(api.call("GET", f"/imports/{file_id}{path}"), 404, "file_not_found")
    for path in (f"/exports/{copy}", f"/exports/{copy}/parts/1", "/exports/x", f"/exports/{copy}/parts/x"):
        refused(api.call("GET", path), 404, "file_not_found")
    mine = created(api)
    for number in ("0", "1001", "-1", "x", "1" * 20):
        status, code = (409, "import_refused") if number in {"0", "1001"} else (404, "file_not_found")
        refused(put(api, mine, b"x", number), status, code)
    refused(put(api, mine, b""), 409, "import_refused")
    refused(put(api, mine, b"x" * (2**20 + 1)), 413, "body_too_large")
    refused(api.post("/imports", kind="people", format="csv"), 400, "invalid_field")
    refused(api.post("/imports", kind="orders", format="xls"), 400, "invalid_field")
    refused(api.post("/imports", kind="orders", format="csv", program_id=str(uuid.uuid4())), 404, "program_not_found")
    assert theirs not in [each["id"] for each in api.get("/imports")["data"]]
