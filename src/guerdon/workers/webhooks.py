"""Sends webhooks: what has happened becomes events, and each endpoint for which one waits has a job of its own."""

import asyncio
from uuid import UUID

from guerdon.engine import Engine, delivering, notifying, queueing
from guerdon.engine.queueing import Task
from guerdon.workers.sending import Sender

DELIVER = "deliver"
"""The job that sends what waits for an endpoint."""


async def collect(engine: Engine) -> None:
    """Makes events of what has happened, and asks for a job for each endpoint for which something is due."""
    await notifying.collect(engine)
    await queueing.ask(engine, [Task(DELIVER, str(endpoint_id)) for endpoint_id in await delivering.due(engine)])


async def deliver(engine: Engine, sender: Sender, stop: asyncio.Event, key: str) -> None:
    """Sends what waits for an endpoint until nothing is due, or it is told to stop."""
    await delivering.deliver(engine, sender.send, UUID(key), stop)
