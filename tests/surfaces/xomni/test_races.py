"""A request that has found its user and then waits for another one: what it does is done to who is there by then."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from conftest import NOW
from guerdon.engine import Engine, annotating, answering, changing, merging, reading
from guerdon.engine.changing import Change, Leaving
from storage.racing import WAITING
from surfaces.xomni.conftest import METADATA, USERS, Merchant, new_name, refused


async def meanwhile(
    engine: Engine, first: Callable[[Engine], Awaitable[Any]], then: Callable[[], httpx.Response]
) -> httpx.Response:
    """The answer to a request that has found its user, and then had to wait for another one."""

    async def both(inside: Engine) -> "asyncio.Task[httpx.Response]":
        await first(inside)
        asked = asyncio.create_task(asyncio.to_thread(then))
        async with inside.database.connection() as connection:
            while not await connection.fetchval(WAITING):
                assert not asked.done()
        return asked

    return await (await answering.together(engine, both))


async def test_a_change_that_comes_after_a_deletion_brings_nobody_back(engine: Engine, merchant: Merchant) -> None:
    """Also where it had found the user before."""
    api, user = merchant.api, await asyncio.to_thread(merchant.api.created, AvailablePoints=5)
    member = await reading.member_by_serial(engine, merchant.caller, user["Id"])
    left = Leaving(
        caller=merchant.caller, at=NOW, member_id=member.id, program_id=merchant.programs[0], namespace="xomni.username"
    )
    patch = partial(api.send, "PATCH", USERS, Id=user["Id"], UserName=new_name(), AvailablePoints=9)
    refused(await meanwhile(engine, lambda inside: changing.leave(inside, left), patch), 404)
    refused(await asyncio.to_thread(api.fetch, user["Id"]), 404)


@pytest.mark.parametrize("way", ["change", "note", "delete"])
async def test_who_goes_up_in_another_meanwhile_is_the_other(engine: Engine, merchant: Merchant, way: str) -> None:
    """As the id finds that one a moment later: it was nobody's for as long as the merge took."""
    api, one, other = merchant.api, *[await asyncio.to_thread(merchant.api.created) for _ in range(2)]
    into, gone = [await reading.member_by_serial(engine, merchant.caller, user["Id"]) for user in (other, one)]
    ways = {
        "change": partial(api.send, "PATCH", USERS, Id=one["Id"], AvailablePoints=9),
        "note": partial(api.note, "POST", one["Id"], "tier", "gold"),
        "delete": partial(api.call, "DELETE", f"{USERS}/{one['Id']}"),
    }
    merge = partial(merging.merge, caller=merchant.caller, into_id=into.id, from_id=gone.id)
    answer = await meanwhile(engine, merge, ways[way])
    assert answer.status_code == (202 if way == "delete" else 200), answer.text
    if way == "delete":
        refused(await asyncio.to_thread(api.fetch, other["Id"]), 404)
    else:
        found = await asyncio.to_thread(api.fetched, other["Id"])
        pairs = await annotating.pairs(engine, into.id)
        assert (found["AvailablePoints"], pairs) == ((9, {}) if way == "change" else (0, {"tier": "gold"}))


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_nothing_is_noted_of_whom_a_deletion_has_ended(engine: Engine, merchant: Merchant, method: str) -> None:
    """It would stay with somebody whom nobody finds any more, to be there again when the user comes back."""
    api, user = merchant.api, await asyncio.to_thread(merchant.api.created, AvailablePoints=5)
    member = await reading.member_by_serial(engine, merchant.caller, user["Id"])
    left = Leaving(
        caller=merchant.caller, at=NOW, member_id=member.id, program_id=merchant.programs[0], namespace="xomni.username"
    )
    ways = {
        "POST": partial(api.note, "POST", user["Id"], "tier", "gold"),
        "DELETE": partial(api.call, "DELETE", f"{METADATA}?loyaltyUserId={user['Id']}"),
    }
    refused(await meanwhile(engine, lambda inside: changing.leave(inside, left), ways[method]), 404)
    assert await annotating.pairs(engine, member.id) == {}


async def test_the_last_writer_of_a_name_wins(engine: Engine, merchant: Merchant) -> None:
    """Also one who writes the name that the user had when the request came."""
    api, user = merchant.api, await asyncio.to_thread(merchant.api.created)
    member = await reading.member_by_serial(engine, merchant.caller, user["Id"])
    renamed = Change(
        caller=merchant.caller,
        at=NOW,
        member_id=member.id,
        program=await reading.default_program(engine, merchant.caller),
        namespace="xomni.username",
        name=new_name(),
    )
    put = partial(api.send, "PUT", USERS, Id=user["Id"], UserName=user["UserName"])
    answer = await meanwhile(engine, lambda inside: changing.change(inside, renamed), put)
    assert answer.json()["UserName"] == user["UserName"]
    assert (await asyncio.to_thread(api.fetched, user["Id"]))["UserName"] == user["UserName"]
