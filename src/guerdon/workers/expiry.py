"""Makes what is due on accounts happen even where nobody looks: lapses, ends of holds, pending earns."""

import asyncio

import structlog

from guerdon.engine import Engine, expiring, redeeming

log = structlog.get_logger()


async def settle(engine: Engine, stop: asyncio.Event) -> None:
    """Settles every account on which something is due, and ends what was reserved too long, unless told to stop."""
    async for done in expiring.expire(engine):
        if done.settled:
            log.info("settled what was due", accounts=done.settled)
        if stop.is_set():
            return
    while not stop.is_set() and (ended := await redeeming.expire(engine)):
        log.info("ended what was reserved too long", redemptions=ended)
