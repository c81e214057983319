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
        self._passes_left = 0
        self._last_words = b""
        self._clients: set[asyncio.StreamWriter] = set()
        self.cut = 0
        self.refusing = False

    async def hang_up(self) -> None:
        """Ends all connections."""
        for client in list(self._clients):
            client.close()
            await client.wait_closed()

    def arm(self, times: int = 1, last_words: bytes = b"", after: int = 0) -> None:
        """The next answers from the server do not arrive: each time the connection is cut instead.

        Args:
            times: how often.
            last_words: what arrives in place of the answer, before the connection is cut.
            after: so many answers, which do arrive.
        """
        self._cuts_left = times
        self._passes_left = after
        self._last_words = last_words

    async def _to_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one client."""
        if self.refusing:
            writer.close()
            return
        self._clients.add(writer)
        server_reader, server_writer = await self._to_server()
        forth = asyncio.create_task(self._pass(reader, server_writer, cuttable=False))
        back = asyncio.create_task(self._pass(server_reader, writer, cuttable=True))
        await asyncio.wait([forth, back], return_when=asyncio.FIRST_COMPLETED)
        for task in (forth, back):
            task.cancel()
        await asyncio.gather(forth, back, return_exceptions=True)
        for stream in (writer, server_writer):
            stream.close()
        self._clients.discard(writer)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, cuttable: bool) -> None:
        while data := await source.read(65_536):
            if cuttable and self._passes_left:
                self._passes_left -= 1
            elif cuttable and self._cuts_left:
                # The server has answered, so what was asked is done and, where it was a COMMIT, on disk.
                self._cuts_left -= 1
                self.cut += 1
                target.write(self._last_words)
                return
            target.write(data)
            await target.drain()


def error_message(severity: str, code: str) -> bytes:
    """An error as PostgreSQL sends it."""
    fields = b"".join(
        kind + text.encode() + b"\0"
        for kind, text in ((b"S", severity), (b"V", severity), (b"C", code), (b"M", "died"))
    )
    return b"E" + (4 + len(fields) + 1).to_bytes(4, "big") + fields + b"\0"


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
