"""The engine runs on its database, says whether that answers, and gives ids in the order they were asked for."""

import asyncio
import shutil
import uuid
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from conftest import FOLDER, NOW, Clock, Shop, cloned
from engine.people import enrolled
from guerdon.core.commands import Earn
from guerdon.core.statements import Entry
from guerdon.engine import Engine, posting
from guerdon.engine.engine import utc_now
from guerdon.storage import embedded


async def test_it_is_ready_until_its_database_is_dropped(cluster: str, template: str) -> None:
    """Neither a connection that was open nor a new one is of use then."""
    loop = asyncio.get_running_loop()
    clone = cloned(cluster, template)
    address = await loop.run_in_executor(None, clone.__enter__)
    async with Engine.running(address, connections=2) as engine:
        assert await engine.ready()
        await loop.run_in_executor(None, clone.__exit__, None, None, None)
        assert [await engine.ready() for _ in range(3)] == [False] * 3


def test_it_is_ready_again_when_its_database_is_back() -> None:
    """Stopped in order, so that not even its socket is there; started again, it is used again."""
    folder = FOLDER / f"engine-{uuid.uuid4().hex[:8]}"
    running = embedded.running(folder)

    async def watched(address: str) -> list[bool]:
        loop = asyncio.get_running_loop()
        async with Engine.running(address, connections=2) as engine:
            ready = [await engine.ready()]
            await loop.run_in_executor(None, running.__exit__, None, None, None)
            ready += [await engine.ready() for _ in range(2)]
            with embedded.running(folder):
                ready += [await engine.ready() for _ in range(2)]
        return ready

    try:
        assert asyncio.run(watched(running.__enter__())) == [True, False, False, True, True]
    finally:
        shutil.rmtree(folder)


async def test_a_database_that_is_not_there_is_told_at_once(dsn: str, tmp_path: Path) -> None:
    """The engine does not begin without one."""
    for address, error in (
        (f"postgresql://guerdon@/none?host={tmp_path}", OSError),
        (dsn.replace("/guerdon_test_", "/guerdon_none_"), asyncpg.InvalidCatalogNameError),
    ):
        with pytest.raises(error):
            async with Engine.running(address):
                pytest.fail("it began")


async def test_the_clock_is_the_only_source_of_time(dsn: str, engine: Engine, shop: Shop) -> None:
    """What is recorded bears the engine's time, what is effective the asker's."""
    account_id = (await enrolled(engine, shop)).membership.account_id
    clock = Clock(NOW.replace(year=2031))
    async with Engine.running(dsn, clock=clock) as later:
        earn = Earn(caller=shop.caller, account_id=account_id, at=NOW.replace(year=2015), points=Decimal(1))
        _, entry = await posting.earn(later, earn)
    assert isinstance(entry, Entry)
    assert (entry.effective_at.year, entry.recorded_at) == (2015, clock.now)
    assert utc_now().tzinfo is not None


def test_ids_are_in_order(engine: Engine) -> None:
    """Pages go by them: of two, the one that was made later is the greater."""
    ids = [engine.new_id() for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
