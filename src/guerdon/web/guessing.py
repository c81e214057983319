"""Counts the wrong secrets of a name, and after too many looks at none for a while, not even at the right one."""

import asyncio
from collections.abc import Coroutine, Hashable
from functools import partial
from ipaddress import ip_address
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from guerdon.core.refusals import OutcomeUnknown, Overloaded
from guerdon.web.limiting import Limiter, Rate
from guerdon.web.operations import Request

Found = TypeVar("Found")

GUESSES = Limiter(Rate(requests=10, seconds=60))
"""Wrong secrets of one name from one place, in this process."""

_under_way: dict[tuple[Hashable, ...], "asyncio.Task[Any]"] = {}
"""Secrets that are being looked at, each for one thing: who sends one many times at once has guessed once, and it is
hashed once."""


async def tried(request: Request, whose: tuple[str, ...], trying: "partial[Coroutine[Any, Any, Found]]") -> Found:
    """What a secret opens; nothing, or false, where it is not good.

    Args:
        request: that has it.
        whose: the name that the secret is tried for, in any case, and what its wrong ones are counted by besides.
        trying: looks at it; all that it is given behind the engine, the secret too, is kept for as long as it looks.

    Raises:
        TooManyRequests: there were too many that were wrong.
    """
    guess = uuid5(NAMESPACE_OID, "\n".join(whose).casefold())
    same = guess, trying.func, *trying.args[1:]
    asked = _under_way.get(same)
    if asked is None:
        GUESSES.count(guess, request.at)
        asked = _under_way[same] = asyncio.create_task(_tried(guess, trying))
        asked.add_done_callback(lambda _: _under_way.pop(same))
    found: Found = await asyncio.shield(asked)
    return found


async def _tried(guess: UUID, trying: "partial[Coroutine[Any, Any, Found]]") -> Found:
    try:
        found = await trying()
    except (Overloaded, OutcomeUnknown):  # nobody looked at it
        GUESSES.forget(guess)
        raise
    if found:
        GUESSES.forget(guess)
    return found


def source_of(request: Request) -> str:
    """The address that a request comes from: of a proxy on this machine, the one that it says."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_here(request.peer) else request.peer


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
