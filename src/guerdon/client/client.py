"""The client of the native API: asks, and asks again where nothing was begun or no answer came."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

import httpx
import msgspec

from guerdon.client.exchange import Reply, reply_of, request_of, wait_seconds
from guerdon.client.operations import Operation

Body = TypeVar("Body")
Answer = TypeVar("Answer")
Item_co = TypeVar("Item_co", covariant=True)
Query = Mapping[str, object]

TIMEOUT_SECONDS = 30.0


class Page(Protocol[Item_co]):
    """A page of a list."""

    @property
    def data(self) -> Sequence[Item_co]:
        """What is on it."""

    @property
    def next_cursor(self) -> str | None:
        """What the next one is asked for with; None where there is none."""


class Client:
    """Waits for each answer. Close it, or use it in a `with` block."""

    def __init__(self, base_url: str, token: str, *, http: httpx.Client | None = None) -> None:
        """A client.

        Args:
            base_url: the server's address with `/v1`.
            token: a key.
            http: another HTTP client than an ordinary one.
        """
        self._http = http or httpx.Client(timeout=TIMEOUT_SECONDS)
        self._http.base_url = httpx.URL(base_url)
        self._http.headers["Authorization"] = f"Bearer {token}"

    def call(
        self,
        operation: Operation[Body, Answer],
        body: Body | None = None,
        *,
        query: Query | None = None,
        key: str | None = None,
        if_match: str | None = None,
        **path: object,
    ) -> Reply[Answer]:
        """Carries out an operation.

        Args:
            operation: one of `operations`.
            body: what it takes.
            query: parameters behind the question mark; None is left out.
            key: the idempotency key of a write; without one it has a new one.
            if_match: the entity tag that what is to be changed must have.
            path: the parameters in its path.

        Raises:
            ApiError: a refusal or a failure.
            httpx.TransportError: no answer came, and the request could not be repeated, or in vain.
        """
        request = request_of(
            self._http, operation, path, body=_sendable(body), query=query or {}, key=key, if_match=if_match
        )
        tried = 0
        while True:
            tried += 1
            response = None
            try:
                response = self._http.send(request)
            except httpx.TransportError:
                if (wait := wait_seconds(operation, None, tried)) is None:
                    raise
            else:
                if (wait := wait_seconds(operation, response, tried)) is None:
                    return reply_of(operation, response)
            time.sleep(wait)

    def iterate(
        self, operation: Operation[None, Page[Item_co]], *, query: Query | None = None, **path: object
    ) -> Iterator[Item_co]:
        """Goes through a list, page after page, each asked for when it is needed.

        Args:
            operation: one of `operations` that lists in pages.
            query: filters, and as `limit` how many a page has.
            path: the parameters in its path.

        Raises:
            ApiError, httpx.TransportError: as for `call`.
        """
        asked = dict(query or {})
        while True:
            page = self.call(operation, None, query=asked, key=None, if_match=None, **path).body
            yield from page.data
            if page.next_cursor is None:
                return
            asked["cursor"] = page.next_cursor

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """The same for programs that do something else meanwhile. Close it, or use it in an `async with` block."""

    def __init__(self, base_url: str, token: str, *, http: httpx.AsyncClient | None = None) -> None:
        """As `Client`."""
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        self._http.base_url = httpx.URL(base_url)
        self._http.headers["Authorization"] = f"Bearer {token}"

    async def call(
        self,
        operation: Operation[Body, Answer],
        body: Body | None = None,
        *,
        query: Query | None = None,
        key: str | None = None,
        if_match: str | None = None,
        **path: object,
    ) -> Reply[Answer]:
        """Carries out an operation, as `Client.call` does.

        Raises:
            ApiError, httpx.TransportError: as for `Client.call`.
        """
        request = request_of(
            self._http, operation, path, body=_sendable(body), query=query or {}, key=key, if_match=if_match
        )
        tried = 0
        while True:
            tried += 1
            response = None
            try:
                response = await self._http.send(request)
            except httpx.TransportError:
                if (wait := wait_seconds(operation, None, tried)) is None:
                    raise
            else:
                if (wait := wait_seconds(operation, response, tried)) is None:
                    return reply_of(operation, response)
            await asyncio.sleep(wait)

    async def iterate(
        self, operation: Operation[None, Page[Item_co]], *, query: Query | None = None, **path: object
    ) -> AsyncIterator[Item_co]:
        """Goes through a list, as `Client.iterate` does.

        Raises:
            ApiError, httpx.TransportError: as for `Client.call`.
        """
        asked = dict(query or {})
        while True:
            page = (await self.call(operation, None, query=asked, key=None, if_match=None, **path)).body
            for item in page.data:
                yield item
            if page.next_cursor is None:
                return
            asked["cursor"] = page.next_cursor

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _sendable(body: Any) -> msgspec.Struct | bytes | None:
    """A body; every model of the API is a struct, or bytes."""
    return body if isinstance(body, msgspec.Struct | bytes) else None
