"""The demo tenant's connection, and a hotel chain for each test that asks for one."""

from typing import Any

import httpx
import pytest

from guerdon.engine import Engine
from surfaces.mews.hotels import Connection, Hotel, open_hotel


@pytest.fixture
async def hotel(engine: Engine, http: httpx.Client, server: str) -> Hotel:
    """A hotel chain of this test's own."""
    return await open_hotel(engine, http, server)


@pytest.fixture
async def portfolio(engine: Engine, http: httpx.Client, server: str) -> Hotel:
    """A hotel chain of this test's own, with a token that is bound to no chain."""
    return await open_hotel(engine, http, server, portfolio=True)


@pytest.fixture
def demo(http: httpx.Client, server: str, facts: dict[str, Any]) -> Connection:
    """The demo tenant's connection."""
    return Connection(http, server, facts["mews"]["client_token"], facts["mews"]["access_token"])
