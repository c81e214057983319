"""Wrong secrets are counted by name and address, and what nobody looked at is none."""

import asyncio
import uuid
from functools import partial

import pytest

from conftest import NOW
from guerdon.core.refusals import Overloaded
from guerdon.web.failures import TooManyRequests
from guerdon.web.guessing import source_of, tried
from guerdon.web.operations import Operation, Request


async def nothing(_engine: object, _call: object) -> None:
    """Does nothing."""


OPERATION = Operation(name="Any", method="GET", paths=("/",), handle=nothing)


def sent(peer: str = "", forwarded: str | None = None) -> Request:
    """A request from an address."""
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return Request(operation=OPERATION, id="1", at=NOW, headers=headers, path={}, query={}, peer=peer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ("127.0.0.1", "192.0.2.1, 198.51.100.7", "198.51.100.7"),
        ("::1", "198.51.100.7,", "::1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed(peer: str, forwarded: str | None, source: str) -> None:
    """And only what it has put there itself: whatever stands before that came from outside."""
    assert source_of(sent(peer, forwarded)) == source


async def test_what_nobody_looked_at_is_no_guess() -> None:
    """A database that is away for a while locks nobody out."""
    name = uuid.uuid4().hex

    async def away() -> bool:
        raise Overloaded(1)

    async def wrong() -> bool:
        return False

    for _ in range(11):
        with pytest.raises(Overloaded):
            await tried(sent(), (name,), partial(away))
    assert [await tried(sent(), (name,), partial(wrong)) for _ in range(10)] == [False] * 10
    with pytest.raises(TooManyRequests):
        await tried(sent(), (name.upper(),), partial(wrong))


async def test_the_same_at_the_same_time_is_looked_at_once() -> None:
    """Others may go away meanwhile; whoever stays is told."""
    looked, go = [], asyncio.Event()

    async def right() -> bool:
        looked.append(1)
        await go.wait()
        return True

    name = uuid.uuid4().hex
    asked = [asyncio.create_task(tried(sent(), (name,), partial(right))) for _ in range(20)]
    await asyncio.sleep(0)
    asked[0].cancel()
    go.set()
    assert [await each for each in asked[1:]] == [True] * 19
    assert looked == [1]


async def test_what_a_secret_is_for_keeps_the_answers_apart() -> None:
    """A name and its secret in two kinds of request at once, or for two tenants: each is told its own answer."""

    async def of(_engine: None, what: str) -> str:
        await asyncio.sleep(0)
        return what

    async def for_all(_engine: None, what: str) -> str:
        return f"all {what}"

    tries = [partial(of, None, "token"), partial(of, None, "caller"), partial(for_all, None, "token")]
    name = uuid.uuid4().hex
    assert await asyncio.gather(*[tried(sent(), (name,), each) for each in tries]) == ["token", "caller", "all token"]
