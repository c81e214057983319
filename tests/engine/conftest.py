"""An engine on a database that no other test knows."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from conftest import Clock, cloned
from guerdon.engine import Engine


@pytest.fixture
async def alone(cluster: str, template: str) -> AsyncIterator[Engine]:
    """Where every account is this test's; its clock stands still at NOW."""
    copy = cloned(cluster, template)
    address = await asyncio.to_thread(copy.__enter__)
    try:
        async with Engine.running(address, clock=Clock()) as running:
            yield running
    finally:
        await asyncio.to_thread(copy.__exit__, None, None, None)
