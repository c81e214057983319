"""`guerdon webhooks` lists endpoints without their secrets, and deliveries, and sends again what was given up."""

import asyncio
import json
import uuid
from decimal import Decimal

from cli.commands import called
from conftest import open_shop
from engine.people import fetch
from guerdon.core.changes import ChangeFilter
from guerdon.core.commands import Earn
from guerdon.engine import Engine, answering, notifying, posting, subscribing
from lives import account_in


async def test_endpoints_and_deliveries_are_listed_and_sent_again(alone: Engine) -> None:
    """By the tenant's slug."""
    engine, dsn = alone, alone.database.dsn
    shop = await open_shop(engine)
    account = await account_in(engine, shop, "Ada")
    endpoint = await subscribing.create(engine, shop.caller, "https://shop.example.com/", events=["points.earned"])
    await posting.post(engine, Earn(caller=shop.caller, account_id=account, at=engine.clock(), points=Decimal(1)))
    given_up = "UPDATE webhook_deliveries SET state = 'dead', status = 503 WHERE endpoint_id = $1 RETURNING 1"
    assert await notifying.collect(engine) == 1
    assert await fetch(engine, given_up, endpoint.id)
    named = ("--tenant", shop.caller.tenant_id.hex)
    code, printed = await _called(dsn, "list", *named)
    assert (code, "https://shop.example.com/" in printed) == (0, True)
    code, printed = await _called(dsn, "list", *named, "--json")
    assert [each["url"] for each in json.loads(printed)] == ["https://shop.example.com/"]
    assert endpoint.secrets[0] not in printed
    code, printed = await _called(dsn, "deliveries", str(endpoint.id), *named, "--state", "dead", "--json")
    assert [(each["state"], each["status"]) for each in json.loads(printed)] == [("dead", 503)]
    code, printed = await _called(dsn, "deliveries", str(endpoint.id), *named)
    assert (code, "points.earned" in printed) == (0, True)
    assert await _called(dsn, "replay", str(endpoint.id), *named) == (0, "1 to be sent again\n")
    assert await _called(dsn, "replay", str(endpoint.id), *named) == (0, "0 to be sent again\n")
    code, printed = await _called(dsn, "replay", str(uuid.uuid4()), *named)
    assert (code, "webhook not found" in printed) == (2, True)
    log = await answering.log(engine, shop.caller, ChangeFilter(kind="webhook"), before=None, limit=9)
    assert [(each.action, each.actor_name) for each in log] == [("webhooks replay", "cli")] * 2
    code, printed = await _called(dsn, "list", "--tenant", "nobody")
    assert (code, "no tenant has the slug nobody" in printed) == (2, True)
    code, printed = await _called(dsn, "deliveries", str(endpoint.id), *named, "--state", "lost")
    assert code == 2


async def _called(dsn: str, *arguments: str) -> tuple[int, str]:
    return await asyncio.to_thread(called, "webhooks", *arguments, GUERDON_DATABASE_URL=dsn)
