"""Imports files and makes copies of tenants, each asked for over the API, and goes on with what was cut off."""

import asyncio
from uuid import UUID

from guerdon.engine import Engine, exporting, queueing, uploading


async def resume(engine: Engine) -> None:
    """Asks again for what somebody began and nobody has finished; what is being done is asked for already."""
    await queueing.ask(engine, [*await uploading.waiting(engine), *await exporting.waiting(engine)])


async def import_file(engine: Engine, stop: asyncio.Event, key: str) -> None:
    """Imports a file."""
    await uploading.carry_out(engine, UUID(key), stop)


async def export(engine: Engine, stop: asyncio.Event, key: str) -> None:
    """Makes a copy of a tenant."""
    await exporting.carry_out(engine, UUID(key), stop)
