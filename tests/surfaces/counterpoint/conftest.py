"""Tills of the demo tenant and of its neighbour, a customer for each test that asks, and a server in the past."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from conftest import Clock, cloned, served
from guerdon.demo import client
from guerdon.engine import Engine
from surfaces.counterpoint.tills import THREADS, Customer, Till, new_customer

THEN = datetime(2021, 5, 10, tzinfo=UTC)


@pytest.fixture(scope="session")
def wire() -> Iterator[httpx.Client]:
    """A real client over a real socket, for as many threads as tests use."""
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=THREADS)) as session:
        yield session


@pytest.fixture(scope="session")
def till(wire: httpx.Client, facts: dict[str, Any]) -> Till:
    """A till of the demo tenant."""
    return Till(wire, facts["counterpoint"]["base_url"], facts["counterpoint"]["token"])


@pytest.fixture(scope="session")
def neighbour(wire: httpx.Client, facts: dict[str, Any]) -> Till:
    """A till of the tenant that must not see the demo tenant."""
    return Till(wire, facts["counterpoint"]["base_url"], facts["other_tenant"]["counterpoint"]["token"])


@pytest.fixture
async def customer(engine: Engine, till: Till) -> Customer:
    """An enrolled customer of this test's own, without points."""
    return await new_customer(engine, till)


@dataclass(frozen=True)
class Past:
    """A server whose clock stands where a test puts it, its engine, and a till of its demo tenant."""

    engine: Engine
    till: Till
    clock: Clock

    async def customer(self) -> Customer:
        """A customer of a test's own."""
        return await new_customer(self.engine, self.till)


@pytest.fixture(scope="package")
def past_server(cluster: str, template: str) -> Iterator[tuple[str, str, Clock]]:
    """A server on a database of its own, in 2021: the database's address, the server's, and its clock."""
    clock = Clock(THEN)
    with cloned(cluster, template) as address, served(address, clock) as base_url:
        yield address, base_url, clock


@pytest.fixture
async def past(past_server: tuple[str, str, Clock], wire: httpx.Client) -> AsyncIterator[Past]:
    """The server in the past, with its clock put right."""
    address, base_url, clock = past_server
    clock.now = THEN
    known: Any = client.facts(base_url)["counterpoint"]
    async with Engine.running(address, clock=clock, connections=2) as engine:
        yield Past(engine, Till(wire, known["base_url"], known["token"]), clock)
