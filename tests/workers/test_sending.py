"""Requests go to public addresses only, and wherever else is allowed: to the address that was looked at."""

import asyncio
import socket
import threading
import uuid
from collections import Counter
from ipaddress import ip_network
from typing import Any

import pytest
from standardwebhooks import Webhook

from core.test_webhooks import ENDPOINT
from guerdon.engine.delivering import Waiting
from guerdon.engine.engine import utc_now
from guerdon.workers.sending import Sender, is_allowed
from workers.receivers import receiving

LOOPBACK = [ip_network("127.0.0.0/8")]


def waiting(url: str) -> Waiting:
    endpoint = ENDPOINT.__class__(
        **{name: getattr(ENDPOINT, name) for name in ENDPOINT.__slots__} | {"url": url, "old_secret_until": None}
    )
    return Waiting(uuid.uuid4(), '{"type": "points.earned"}', 0, None, endpoint)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",  # noqa: S104
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
        "ff02::1", "fec0::2", "64:ff9b:1::a00:1", "::127.0.0.1", "::ffff:0:127.0.0.1", "2001:0:a00:1::",
    ],
)  # fmt: skip
def test_addresses_that_are_nobodys_business(address: str) -> None:
    """Private, loopback, link-local and what leads there."""
    assert not is_allowed(address, ())
    assert not is_allowed(address, [ip_network("8.8.8.0/24")])


def test_addresses_that_are_allowed() -> None:
    """Public ones, and those of a network that is named."""
    assert is_allowed("8.8.8.8", ())
    assert is_allowed("2606:4700:4700::1111", ())
    assert is_allowed("64:ff9b::808:808", ()), "by a gateway that translates it"
    assert is_allowed("fec0::2", [ip_network("fec0::/10")])
    assert is_allowed("10.1.2.3", [ip_network("10.1.0.0/16")])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433"])
async def test_a_name_that_leads_inside_is_not_asked(host: str) -> None:
    """However it is written."""
    with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        async with Sender.open((), utc_now) as sender:
            attempt = await sender.send(waiting(f"http://{host}:{port}/"))
        assert not attempt.is_taken
        assert attempt.error is not None
        assert receiver.got == []


async def test_requests_are_signed_and_redirects_not_followed() -> None:
    """By Standard Webhooks: the receiver's own library says so."""
    with receiving() as receiver:
        receiver.statuses = [200, 307]
        async with Sender.open(LOOPBACK, utc_now) as sender:
            attempts = [await sender.send(waiting(receiver.url + "/hooks?a=b")) for _ in range(2)]
        assert [attempt.status for attempt in attempts] == [200, 307]
        assert len(receiver.got) == 2
        headers, body = receiver.got[0]
        assert Webhook(ENDPOINT.secrets[0]).verify(body, headers) == {"type": "points.earned"}
        assert headers["host"] == receiver.url.removeprefix("http://")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://nobody.invalid/", "http://[::1/"]
)
async def test_who_does_not_answer_is_told_as_an_error(url: str) -> None:
    """And never raised."""
    async with Sender.open(LOOPBACK, utc_now) as sender:
        attempt = await sender.send(waiting(url))
    assert attempt.status is None
    assert attempt.error


async def test_a_name_that_is_not_found_for_long_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many requests ask for it: they are one look-up, and there is room for many such names."""
    held, asked, real = threading.Event(), Counter[str](), socket.getaddrinfo

    def found(host: str, *more: Any, **named: Any) -> Any:
        asked[host] += 1
        if host.endswith(".slow.example"):
            held.wait(20)
            raise socket.gaierror
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with receiving() as receiver:
        async with Sender.open(LOOPBACK, utc_now) as sender:
            slow = [
                asyncio.create_task(sender.send(waiting(f"http://{number % 10}.slow.example/"))) for number in range(80)
            ]
            await asyncio.sleep(0.1)
            try:
                attempt = await asyncio.wait_for(sender.send(waiting(receiver.url)), 5)
            finally:
                held.set()
            assert attempt.is_taken
            assert {attempt.error for attempt in await asyncio.gather(*slow)} == {
                f"{number}.slow.example is not known" for number in range(10)
            }
    assert max(asked.values()) == 1
