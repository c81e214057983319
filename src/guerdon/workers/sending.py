"""Sends signed requests to addresses that strangers have named: to public ones only, and wherever else is allowed."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Self

import httpcore
import httpx
from standardwebhooks import Webhook

import guerdon
from guerdon.core.webhooks import Attempt
from guerdon.engine.delivering import Waiting

ATTEMPT_SECONDS = 15.0
"""For everything: the name, the connection, the answer."""

CONNECT_SECONDS = 5.0

LOOKUPS = 64
"""Names that are looked up at once; one that nobody answers for takes longer than an attempt, and is not cut short."""

MOST_ANSWER_BYTES = 65_536
"""Of an answer, so that the connection can be used again; nobody reads it."""

LONGEST_ERROR = 300

Networks = Sequence[IPv4Network | IPv6Network]

_NAT64 = IPv6Network("64:ff9b::/96")

_UNICAST = IPv6Network("2000::/3")
"""All that public addresses of version 6 are of; what is beside it is a site's own, or another way to version 4."""


class Unallowed(httpcore.ConnectError):
    """A name has no address that requests may go to."""


def is_allowed(address: str, networks: Networks) -> bool:
    """Whether requests may go to an address: a public one, which leads to no other, or one of the networks."""
    found = ip_address(address.partition("%")[0])
    if any(found in network for network in networks):
        return True
    return all(_is_public(each) for each in _inside(found))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and not (address in _UNICAST or address in _NAT64):
        return False
    return address.is_global and not address.is_multicast


def _inside(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address | IPv6Address]:
    """The address, and those of version 4 that it is a way to."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    teredo = address.teredo or ()
    return (address, *filter(None, (address.sixtofour, nat64, *teredo)))


class Guarded(httpcore.AsyncNetworkBackend):
    """Looks names up itself, and connects to an address that it has looked at: no second look-up can tell another."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._inner = httpcore.AnyIOBackend()
        # Not the few threads that everything else shares.
        self._threads = ThreadPoolExecutor(LOOKUPS, "guerdon-names")
        self._looking: dict[tuple[str, int], asyncio.Future[Any]] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's name
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of the host that is allowed and answers."""
        addresses = await self._addresses(host, port)
        error: Exception = Unallowed(f"{host} has no address that webhooks may be sent to")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._found(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not known") from error
        addresses = dict.fromkeys(str(address[0]) for *_, address in found)
        return [address for address in addresses if is_allowed(address, self._networks)]

    async def _found(self, host: str, port: int) -> Any:
        """What the system knows of a host and port; of all who ask at once, one look-up, which goes on without them."""
        asked = host, port
        if asked not in self._looking:
            look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            self._looking[asked] = asyncio.get_running_loop().run_in_executor(self._threads, look)
            self._looking[asked].add_done_callback(lambda _: self._looking.pop(asked))
        return await asyncio.shield(self._looking[asked])

    def close(self) -> None:
        """Looks no more names up; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise Unallowed("no host")

    async def sleep(self, seconds: float) -> None:
        """As any."""
        await self._inner.sleep(seconds)


class Sender:
    """Sends events to endpoints; redirects are answers like others, and nothing of the environment is asked."""

    def __init__(self, networks: Networks, clock: Callable[[], datetime]) -> None:
        self._guarded = Guarded(networks)
        self._clock = clock

    @cached_property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        """Made for the first event: the certificates of all authorities take a while to read, and many send nothing."""
        return httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=None,  # each endpoint has a few: one that is slow takes none from another
            max_keepalive_connections=50,
            keepalive_expiry=10,
            network_backend=self._guarded,
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, networks: Networks, clock: Callable[[], datetime]) -> AsyncIterator[Self]:
        """A sender, until the end of the block.

        Args:
            networks: where requests may go besides public addresses.
            clock: of the moments that are signed.
        """
        sender = cls(networks, clock)
        try:
            yield sender
        finally:
            if "_pool" in vars(sender):
                await sender._pool.aclose()
            sender._guarded.close()

    async def send(self, waiting: Waiting) -> Attempt:
        """Tries to deliver an event once."""
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return Attempt(await self._post(waiting))
        except TimeoutError:
            return Attempt(None, f"no answer within {ATTEMPT_SECONDS:.0f} seconds")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            return Attempt(None, (str(error) or type(error).__name__)[:LONGEST_ERROR])
        except (httpx.InvalidURL, httpcore.UnsupportedProtocol, ssl.SSLError, OSError, ValueError) as error:
            return Attempt(None, (str(error) or type(error).__name__)[:LONGEST_ERROR])

    async def _post(self, waiting: Waiting) -> int:
        url = httpx.URL(waiting.endpoint.url)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers: list[tuple[bytes | str, bytes | str]] = [("Host", url.netloc), *self.headers(waiting).items()]
        body = waiting.body.encode()
        times = {"connect": CONNECT_SECONDS, "read": ATTEMPT_SECONDS, "write": ATTEMPT_SECONDS}
        request = self._pool.stream("POST", target, headers=headers, content=body, extensions={"timeout": times})
        async with request as response:
            read = 0
            async for part in response.aiter_stream():
                read += len(part)
                if read > MOST_ANSWER_BYTES:
                    break
            return int(response.status)

    def headers(self, waiting: Waiting) -> dict[str, str]:
        """Those of Standard Webhooks: signed with every secret of the endpoint that is good now."""
        now = self._clock()
        signed = [
            Webhook(secret).sign(str(waiting.event_id), now, waiting.body) for secret in waiting.endpoint.signing(now)
        ]
        return {
            "Content-Type": "application/json",
            "User-Agent": f"Guerdon/{guerdon.__version__}",
            "webhook-id": str(waiting.event_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }
