"""The receiver on the page about webhooks works as it stands: it takes what is signed, and each event once."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import httpx

from architecture.tree import ROOT
from conftest import open_shop
from guerdon.core.commands import Earn
from guerdon.core.webhooks import Delivery, Endpoint
from guerdon.engine import Engine, delivering, notifying, posting, subscribing
from guerdon.engine.engine import utc_now
from guerdon.workers.sending import Sender
from lives import account_in, turn
from workers.test_webhooks import LOOPBACK


def example() -> str:
    page = (ROOT / "docs" / "concepts" / "webhooks.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_receiver_verifies_and_takes_each_event_once(alone: Engine, tmp_path: Path) -> None:
    """It says no to what anybody else sends."""
    turn(alone, utc_now())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    shop = await open_shop(alone)
    account = await account_in(alone, shop, "Ada")
    endpoint = await subscribing.create(alone, shop.caller, url, events=["points.earned"])
    script = tmp_path / "receiver.py"
    script.write_text(example())
    process = subprocess.Popen(  # noqa: ASYNC220 - nobody else waits here
        [sys.executable, str(script)],
        env={**os.environ, "WEBHOOK_SECRET": endpoint.secrets[0], "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=8)) as http:
            forged = await http.post(url, content=b"{}", headers={"webhook-id": "1"})
        assert forged.status_code == 400
        earn = Earn(caller=shop.caller, account_id=account, at=alone.clock(), points=Decimal("12.5"))
        await posting.post(alone, earn)
        await notifying.collect(alone)
        async with Sender.open(LOOPBACK, alone.clock) as sender:
            for _ in range(2):
                await delivering.deliver(alone, sender.send, endpoint.id, asyncio.Event())
                await subscribing.replay(
                    alone, shop.caller.tenant_id, endpoint.id, (await _only(alone, endpoint)).event_id
                )
        assert (await _only(alone, endpoint)).status == 204
    finally:
        process.terminate()
        printed, _ = await asyncio.to_thread(process.communicate)
    assert printed == "points.earned 12.5\n"


async def _only(engine: Engine, endpoint: Endpoint) -> Delivery:
    (delivery,) = await subscribing.deliveries(engine, endpoint.tenant_id, endpoint.id)
    return delivery
