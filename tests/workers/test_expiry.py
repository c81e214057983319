"""The server makes what is due happen by itself, and an error does not end that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from guerdon.engine import Engine, expiring
from guerdon.engine.expiring import Expired
from guerdon.workers import expiry


async def test_an_error_is_told_and_the_next_round_tries_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is cancelled."""
    rounds = 0
    enough = asyncio.Event()

    async def expire(_: Engine) -> AsyncIterator[Expired]:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise OSError("the database is away")
        if rounds == 3:
            enough.set()
        yield Expired(rounds)

    monkeypatch.setattr(expiring, "expire", expire)
    with capture_logs() as logs:
        task = asyncio.create_task(expiry.tidy(engine, 0))
        await asyncio.wait_for(enough.wait(), 30)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert "the database is away" in logs[0]["error"]
    assert logs[0]["log_level"] == "error"
    assert logs[1]["accounts"] == 2
