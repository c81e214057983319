"""Pools of codes over a socket: who sees codes, what is found among them, and what stays where somebody needs it."""

import asyncio
import uuid
from functools import partial
from typing import Any

import httpx
import pytest

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.demo import tenant
from guerdon.engine import Engine, answering, pooling
from storage.racing import WAITING
from surfaces.native.conftest import Api, Guest, exactly, refused, replayed


@pytest.fixture
def pool(api: Api) -> Any:
    """Three codes that nobody was given."""
    made = exactly(api.post("/pools", name=uuid.uuid4().hex))
    return exactly(api.post(f"/pools/{made['id']}/codes", codes=["b / 2", "a", "ü"]))["pool"]


def test_codes_are_listed_page_by_page(api: Api, pool: dict[str, Any]) -> None:
    """In their own order; a cursor of another list, or one that was made up, is none of this list's."""
    path = f"/pools/{pool['id']}/codes"
    first = api.get(f"{path}?limit=2")
    assert [each["code"] for each in first["data"]] == ["a", "b / 2"]
    assert (first["data"][0]["issued_at"], first["data"][0]["redemption_id"]) == (None, None)
    rest = api.get(f"{path}?limit=2&cursor={first['next_cursor']}")
    assert ([each["code"] for each in rest["data"]], rest["next_cursor"]) == (["ü"], None)
    assert [each["code"] for each in api.get(f"{path}?code=b%20/%202&is_free=true")["data"]] == ["b / 2"]
    assert api.get(f"{path}?is_free=false")["data"] == []
    for cursor in ("WyJwb29scyIsImEiXQ", "WyJjb2RlcyIsIlx1MDAwMCJd", "x"):
        refused(api.call("GET", f"{path}?cursor={cursor}"), 400, "cursor_not_found")
    for query in ("is_free=perhaps", "code=%00", "code=", "free=true", "limit=0"):
        refused(api.call("GET", f"{path}?{query}"), 400, "invalid_field")


def test_the_longest_codes_have_a_next_page(api: Api) -> None:
    """A cursor names the last code of its page, whatever that is written in."""
    codes = sorted([255 * "ü", 255 * "\U0001d538", 255 * '"', 255 * "A"])
    pool = exactly(api.post("/pools", name=uuid.uuid4().hex))
    assert exactly(api.post(f"/pools/{pool['id']}/codes", codes=codes))["added"] == 4
    found, more = [], ""
    while True:
        page = api.get(f"/pools/{pool['id']}/codes?limit=1{more}")
        found += [each["code"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        more = f"&cursor={page['next_cursor']}"
    assert sorted(found) == codes


def test_a_repeat_takes_out_once(api: Api, pool: dict[str, Any]) -> None:
    path, key = f"/pools/{pool['id']}/withdraw", uuid.uuid4().hex
    answers = api.many(8, path, key, codes=["a", "a", "x"])
    assert {(exactly(each)["withdrawn"], exactly(each)["pool"]["codes"]) for each in answers} == {(1, 2)}
    assert [replayed(each) for each in answers].count(False) == 1
    assert exactly(api.post(path, codes=["a"]))["withdrawn"] == 0
    for codes in ([], [""], ["a\0"], "a", [1]):
        refused(api.post(path, codes=codes), 400, "invalid_field")


def test_what_is_promised_stays(api: Api, guest: Guest, pool: dict[str, Any]) -> None:
    """Somebody who has reserved the reward gets a code, whatever is taken out; whoever has had one is in the list."""
    api.earned(guest.membership_id, 9)
    program = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    said = {"program_id": program, "code": uuid.uuid4().hex, "title": "Ticket", "kind": "voucher_code", "cost": 5}
    reward = exactly(api.post("/rewards", **said, pool_id=pool["id"]))
    reserved = exactly(api.post(f"/memberships/{guest.membership_id}/redemptions", reward_id=reward["id"]))
    path = f"/pools/{pool['id']}"
    refused(api.post(f"{path}/withdraw", codes=["a", "b / 2", "ü"]), 409, "in_use")
    assert exactly(api.post(f"{path}/withdraw", codes=["a", "ü"]))["withdrawn"] == 2
    assert api.get(f"/rewards/{reward['id']}")["stock_left"] == 0
    issued = exactly(api.post(f"/redemptions/{reserved['id']}/issue"))
    (code,) = api.get(f"{path}/codes")["data"]
    assert (code["code"], code["redemption_id"], code["issued_at"]) == ("b / 2", issued["id"], issued["issued_at"])
    refused(api.call("DELETE", path), 409, "in_use")


def test_a_pool_is_deleted_as_it_was_seen(api: Api, pool: dict[str, Any]) -> None:
    path = f"/pools/{pool['id']}"
    seen = api.call("GET", path).headers["ETag"]
    assert exactly(api.post(f"{path}/codes", codes=["c"]))["added"] == 1
    refused(api.call("DELETE", path, None, **{"If-Match": seen}), 412, "precondition_failed")
    now = api.call("GET", path).headers["ETag"]
    assert api.call("DELETE", path, None, **{"If-Match": now}).status_code == 204
    refused(api.call("GET", path), 404, "pool_not_found")


async def test_codes_that_come_meanwhile_do_not_go_with_a_pool(api: Api, engine: Engine) -> None:
    """The deletion waits for them, and is not of what was seen then."""
    made = api.post("/pools", name=uuid.uuid4().hex)
    pool_id = uuid.UUID(exactly(made)["id"])
    caller = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4())
    deleting = partial(api.call, "DELETE", f"/pools/{pool_id}", If_Match=made.headers["etag"])

    async def filled(inside: Engine) -> "asyncio.Task[httpx.Response]":
        await pooling.fill(inside, caller, NOW, pool_id, ["late"])
        deleted = asyncio.create_task(asyncio.to_thread(deleting))
        async with inside.database.connection() as connection:
            while not await connection.fetchval(WAITING):
                assert not deleted.done()
        return deleted

    refused(await (await answering.together(engine, filled)), 412, "precondition_failed")


def test_codes_are_for_those_who_administer(api: Api, neighbour: Api, pool: dict[str, Any]) -> None:
    """A key that reads counts them; another merchant's pool is none."""
    path = f"/pools/{pool['id']}"
    secret = exactly(api.post("/api-keys", name="Till", scopes=["read", "write"]))["secret"]
    till = {"Authorization": f"Bearer {secret}"}
    assert exactly(api.call("GET", path, None, **till)) == pool
    refused(api.call("GET", f"{path}/codes", None, **till), 403, "forbidden")
    refused(api.call("POST", f"{path}/withdraw", b'{"codes":["a"]}', **till), 403, "forbidden")
    refused(neighbour.call("GET", f"{path}/codes"), 404, "pool_not_found")
    refused(neighbour.post(f"{path}/withdraw", codes=["a"]), 404, "pool_not_found")
    refused(neighbour.call("DELETE", path), 404, "pool_not_found")
    assert api.get(path) == pool
