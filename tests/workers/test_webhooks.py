"""Events reach a receiver at least once and in order; one that does not take them keeps nobody else from theirs."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from conftest import Shop, open_shop
from engine.people import fetch
from guerdon.core.commands import Earn
from guerdon.core.refusals import WebhookNotFound
from guerdon.core.webhooks import OVERLAP, PATIENCE, Attempt, DeliveryFilter, Endpoint
from guerdon.engine import Engine, delivering, notifying, posting, subscribing
from guerdon.engine.delivering import Waiting
from guerdon.engine.subscribing import Change
from guerdon.storage import webhooks
from guerdon.workers import jobs
from guerdon.workers.jobs import Habits
from guerdon.workers.sending import Sender
from lives import account_in, turn
from workers.receivers import Receiver, receiving
from workers.waiting import so

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def shop(alone: Engine) -> Shop:
    """A shop of its own, now."""
    turn(alone, datetime.now(UTC))
    return await open_shop(alone)


async def earned(engine: Engine, shop: Shop, *accounts: UUID) -> None:
    """Points for accounts, one after another; then events of it."""
    for account_id in accounts:
        command = Earn(caller=shop.caller, account_id=account_id, at=engine.clock(), points=Decimal(1))
        await posting.post(engine, command)
    await notifying.collect(engine)


async def listening(engine: Engine, shop: Shop, receiver: Receiver) -> Endpoint:
    return await subscribing.create(engine, shop.caller, receiver.url, events=["points.earned"])


async def sent(engine: Engine, endpoint: Endpoint, later: timedelta = timedelta(0)) -> None:
    """Sends what is due some time from now."""
    turn(engine, engine.clock() + later)
    async with Sender.open(LOOPBACK, engine.clock) as sender:
        await asyncio.wait_for(delivering.deliver(engine, sender.send, endpoint.id, asyncio.Event()), 30)


async def states(engine: Engine, endpoint: Endpoint) -> list[tuple[str, int, int | None]]:
    found = await subscribing.deliveries(engine, endpoint.tenant_id, endpoint.id)
    return [(delivery.state, delivery.attempts, delivery.status) for delivery in reversed(found)]


async def test_a_member_s_events_come_in_order(alone: Engine, shop: Shop) -> None:
    """The next is not sent before the one before is taken; those of others go on."""
    ada, ben = await account_in(alone, shop, "Ada"), await account_in(alone, shop, "Ben")
    with receiving() as receiver:
        endpoint = await listening(alone, shop, receiver)
        await earned(alone, shop, ada, ada)
        receiver.statuses = [503]
        await sent(alone, endpoint)
        assert await states(alone, endpoint) == [("waiting", 1, 503), ("waiting", 0, None)]
        await earned(alone, shop, ben)
        await sent(alone, endpoint)
        assert [e["data"]["account_id"] for e in receiver.events] == [str(ada), str(ben)]
        await sent(alone, endpoint, timedelta(seconds=12))
        assert [(e["data"]["account_id"], e["data"]["version"]) for e in receiver.events[2:]] == [
            (str(ada), 1),
            (str(ada), 2),
        ]
        assert receiver.got[0][0]["webhook-id"] == receiver.got[2][0]["webhook-id"]
        assert {state for state, *_ in await states(alone, endpoint)} == {"delivered"}
        assert await fetch(alone, "SELECT 1 FROM webhook_queues") == []
        Webhook(endpoint.secrets[0]).verify(receiver.got[0][1], receiver.got[0][0])


async def test_what_is_given_up_after_three_days_can_be_sent_again(alone: Engine, shop: Shop) -> None:
    """It makes room for what comes after it."""
    ada = await account_in(alone, shop, "Ada")
    with receiving() as receiver:
        endpoint = await listening(alone, shop, receiver)
        await earned(alone, shop, ada, ada)
        receiver.statuses = [500, 500]
        await sent(alone, endpoint)
        await sent(alone, endpoint, PATIENCE)
        assert await states(alone, endpoint) == [("dead", 2, 500), ("delivered", 1, 200)]
        assert await subscribing.replay(alone, shop.caller.tenant_id, endpoint.id) == 1
        await sent(alone, endpoint)
        assert await states(alone, endpoint) == [("delivered", 1, 200), ("delivered", 1, 200)]
        event_id = UUID(receiver.events[-1]["id"])
        assert await subscribing.replay(alone, shop.caller.tenant_id, endpoint.id, event_id) == 1
        await sent(alone, endpoint)
        assert [e["data"]["version"] for e in receiver.events] == [1, 1, 2, 1, 1]


async def test_two_secrets_sign_while_they_overlap(alone: Engine, shop: Shop) -> None:
    """So a receiver changes to the new one at any moment of that day."""
    ada = await account_in(alone, shop, "Ada")
    with receiving() as receiver:
        old = await listening(alone, shop, receiver)
        new = await subscribing.rotate(alone, shop.caller, old.id)
        await earned(alone, shop, ada)
        await sent(alone, old)
        headers, body = receiver.got[0]
        for secret in (old.secrets[0], new.secrets[0]):
            Webhook(secret).verify(body, headers)
        turn(alone, alone.clock() + OVERLAP)
        await earned(alone, shop, ada)
        await sent(alone, old)
        assert len(receiver.got[1][0]["webhook-signature"].split(" ")) == 1


async def test_whoever_is_cut_off_leaves_it_to_others(alone: Engine, shop: Shop) -> None:
    """What was being sent is sent again; a lease that nobody gave back ends."""
    ada = await account_in(alone, shop, "Ada")
    with receiving() as receiver:
        endpoint = await listening(alone, shop, receiver)
        await earned(alone, shop, ada)
        receiver.hold.clear()
        stop = asyncio.Event()
        async with Sender.open(LOOPBACK, alone.clock) as sender:
            sending = asyncio.create_task(delivering.deliver(alone, sender.send, endpoint.id, stop))

            async def arrived() -> bool:
                return len(receiver.got) == 1

            await so(arrived)
            await sent(alone, endpoint)
            assert len(receiver.got) == 1, "somebody else has it"
            stop.set()
            await asyncio.wait_for(sending, 30)
        receiver.hold.set()
        await sent(alone, endpoint)
        assert [e["data"]["version"] for e in receiver.events] == [1, 1]


async def test_whoever_is_slower_than_its_lease_sends_nothing_twice_at_once(alone: Engine, shop: Shop) -> None:
    """A server that stood still goes on with what it is at, and does not begin with it once more beside."""
    accounts = [await account_in(alone, shop, name) for name in ("Ada", "Ben", "Cleo")]
    endpoint = await subscribing.create(alone, shop.caller, "https://shop.example.com/", events=["points.earned"])
    for account_id in accounts:
        await earned(alone, shop, account_id)
    begun: list[UUID] = []
    stood = asyncio.Event()

    async def send(waiting: Waiting) -> Attempt:
        begun.append(waiting.event_id)
        if len(begun) == 3:
            turn(alone, alone.clock() + delivering.LEASE + timedelta(seconds=1))
            asyncio.get_running_loop().call_later(0.3, stood.set)
        elif len(begun) < 3:
            await stood.wait()
        return Attempt(200)

    await asyncio.wait_for(delivering.deliver(alone, send, endpoint.id, asyncio.Event()), 30)
    assert len(begun) == len(set(begun)) == 3
    assert await fetch(alone, "SELECT 1 FROM webhook_queues WHERE endpoint_id = $1", endpoint.id) == []


async def test_no_more_are_sent_at_once_however_postgresql_goes_about_it(alone: Engine, shop: Shop) -> None:
    """Whatever it believes of the table: here, that there is next to nothing in it."""
    endpoint = await subscribing.create(alone, shop.caller, "https://shop.example.com/", events=["points.earned"])
    accounts = [await account_in(alone, shop, f"Ada{n}") for n in range(3 * delivering.AT_ONCE)]
    await earned(alone, shop, accounts[0])
    await fetch(alone, "ANALYZE webhook_queues")
    await earned(alone, shop, *accounts[1:])
    running, most = 0, 0

    async def send(_waiting: Waiting) -> Attempt:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        return Attempt(200)

    await asyncio.wait_for(delivering.deliver(alone, send, endpoint.id, asyncio.Event()), 30)
    assert most == delivering.AT_ONCE


async def test_two_changes_of_an_endpoint_are_both_made(alone: Engine, shop: Shop) -> None:
    """The second is of what the first has left; nobody who has something for it waits for either."""
    url = "https://shop.example.com/"
    endpoint = await subscribing.create(alone, shop.caller, url)
    both = [Change(url=url + "2"), Change(is_active=False)]
    async with alone.database.transaction() as connection:
        await webhooks.lock(connection, endpoint.tenant_id, endpoint.id)
        await subscribing.test(alone, endpoint.tenant_id, endpoint.id)
        changing = [asyncio.create_task(subscribing.change(alone, shop.caller, endpoint.id, each)) for each in both]
        waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

        async def wait() -> bool:
            return len(await fetch(alone, waits)) == 2

        await so(wait)
    await asyncio.gather(*changing)
    after = await subscribing.endpoint(alone, endpoint.tenant_id, endpoint.id)
    assert (after.url, after.is_active) == (url + "2", False)


async def test_a_receiver_that_hangs_keeps_nobody_from_theirs(alone: Engine, shop: Shop) -> None:
    """Neither another endpoint nor a posting; all of it by the jobs of a server."""
    accounts = [await account_in(alone, shop, f"M{number}") for number in range(12)]
    habits = Habits(expiry_interval_seconds=0, webhook_interval_seconds=1, webhook_networks=LOOPBACK)
    with receiving() as hangs, receiving() as takes:
        hangs.hold.clear()
        await listening(alone, shop, hangs)
        await listening(alone, shop, takes)
        async with jobs.working(alone, habits):
            for _ in range(3):
                await earned(alone, shop, *accounts)

            async def taken() -> bool:
                return len(takes.got) == 36

            await so(taken)
            assert len(hangs.got) == delivering.AT_ONCE
    told = [(e["data"]["account_id"], e["data"]["version"]) for e in takes.events]
    assert len(set(told)) == 36
    for account_id in accounts:
        assert [version for account, version in told if account == str(account_id)] == [1, 2, 3]


async def test_a_test_goes_to_one_endpoint_and_can_be_looked_into(alone: Engine, shop: Shop) -> None:
    """Whatever it wants, signed as any other; what waits of members is not in its way."""
    with receiving() as receiver, receiving() as other:
        endpoint = await listening(alone, shop, receiver)
        await subscribing.create(alone, shop.caller, other.url)
        ada = await account_in(alone, shop, "Ada")
        receiver.statuses = [500, 500]
        await earned(alone, shop, ada)
        await sent(alone, endpoint)
        event_id = await subscribing.test(alone, endpoint.tenant_id, endpoint.id)
        waits = await subscribing.delivery(alone, endpoint.tenant_id, endpoint.id, event_id)
        await sent(alone, endpoint)
        tried = await subscribing.delivery(alone, endpoint.tenant_id, endpoint.id, event_id)
        await sent(alone, endpoint, timedelta(seconds=30))
        done = await subscribing.delivery(alone, endpoint.tenant_id, endpoint.id, event_id)
        assert [
            (each.delivery.state, each.delivery.attempts, each.delivery.status) for each in (waits, tried, done)
        ] == [
            ("waiting", 0, None),
            ("waiting", 1, 500),
            ("delivered", 2, 200),
        ]
        assert tried.next_at is not None
        assert tried.next_at > alone.clock() - timedelta(seconds=30)
        assert (done.next_at, done.first_tried_at) == (None, tried.first_tried_at)
        headers, body = next(each for each in receiver.got if each[0]["webhook-id"] == str(event_id))
        assert body == waits.body == done.body
        assert Webhook(endpoint.secrets[0]).verify(body, headers)["data"] == {"webhook_id": str(endpoint.id)}
        assert other.got == []
        wanted = DeliveryFilter(type="webhook.test")
        (found,) = await subscribing.deliveries(alone, endpoint.tenant_id, endpoint.id, wanted)
        assert found.event_id == event_id
        (earn,) = await subscribing.deliveries(
            alone,
            endpoint.tenant_id,
            endpoint.id,
            DeliveryFilter(member_id=UUID(receiver.events[0]["data"]["member_id"])),
        )
        assert (earn.type, earn.state) == ("points.earned", "delivered")
        stranger = (await open_shop(alone)).caller.tenant_id
        with pytest.raises(WebhookNotFound):
            await subscribing.test(alone, stranger, endpoint.id)
