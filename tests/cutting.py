"""A wire between a client and PostgreSQL that can be cut at the worst moment: after the work, before the answer."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit


class Wire:
    """Passes bytes both ways; once armed, it passes one more request and cuts before the answer comes back."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
        self._port = parts.port or 5432
        self._cuts_left = 0
        self.cut = 0

    def arm(self, times: int = 1) -> None:
        """The next answers from the server do not arrive: each time the connection is cut instead."""
        self._cuts_left = times

    async def _to_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one client."""
        server_reader, server_writer = await self._to_server()
        forth = asyncio.create_task(self._pass(reader, server_writer, cuttable=False))
        back = asyncio.create_task(self._pass(server_reader, writer, cuttable=True))
        await asyncio.wait([forth, back], return_when=asyncio.FIRST_COMPLETED)
        for task in (forth, back):
            task.cancel()
        await asyncio.gather(forth, back, return_exceptions=True)
        for stream in (writer, server_writer):
            stream.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, cuttable: bool) -> None:
        while data := await source.read(65_536):
            if cuttable and self._cuts_left:
                # The server has answered, so what was asked is done and, where it was a COMMIT, on disk.
                self._cuts_left -= 1
                self.cut += 1
                return
            target.write(data)
            await target.drain()


@asynccontextmanager
async def wired(dsn: str) -> AsyncIterator[tuple[str, Wire]]:
    """The address of the same database behind a wire, and the wire."""
    wire = Wire(dsn)
    with tempfile.TemporaryDirectory(prefix="gw") as folder:
        server = await asyncio.start_unix_server(wire.connected, f"{folder}/.s.PGSQL.5432")
        parts = urlsplit(dsn)
        user = parts.username or "guerdon"
        async with server:
            yield f"postgresql://{user}@{parts.path}?host={folder}", wire
