"""Waits for what another process does and tells nobody."""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_SECONDS = 0.05
"""Between two looks."""


async def so(is_so: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Until it is so, at most so long."""
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(LOOK_SECONDS)
