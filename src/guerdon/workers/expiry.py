"""Makes what is due on accounts happen even where nobody looks: lapses, ends of holds, pending earns."""

import asyncio
from typing import NoReturn

import structlog

from guerdon.core.refusals import OutcomeUnknown, Overloaded
from guerdon.engine import Engine, expiring, redeeming

log = structlog.get_logger()


async def tidy(engine: Engine, interval_seconds: float) -> NoReturn:
    """Settles accounts as things fall due on them, until it is cancelled.

    An error is told in the log, and the next round tries again.

    Args:
        engine: the engine.
        interval_seconds: how long to pause once nothing is due.
    """
    while True:
        try:
            async for done in expiring.expire(engine):
                if done.settled:
                    log.info("settled what was due", accounts=done.settled)
            while ended := await redeeming.expire(engine):
                log.info("ended what was reserved too long", redemptions=ended)
        except (Overloaded, OutcomeUnknown) as refusal:
            log.warning("could not settle what is due", error=refusal.code, again_in_seconds=interval_seconds)
        except Exception as error:
            log.exception("could not settle what is due", error=repr(error), again_in_seconds=interval_seconds)
        await asyncio.sleep(interval_seconds)
