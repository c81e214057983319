"""Commands over HTTP on any surface, the answers to them, and a connection to ask them on."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from guerdon.demo import client

LONGEST_WAIT_SECONDS = 90
"""A request without an answer by then hangs."""


LATER = {429, 500, 503}
"""Ask again: 500 may have been done, the others were not; 429 is how Mews says 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether it says what became of the command: it was done, or refused for good."""
        return self.status not in LATER

    @property
    def said(self) -> tuple[int, Any]:
        """What every repeat must say too: all of it but the request's id."""
        body = json.loads(self.body) if self.body else None
        if isinstance(body, dict):
            body.pop("request_id", None)
        return self.status, body


@dataclass(slots=True, kw_only=True)
class Command:
    """One request that may be sent again and again.

    Attributes:
        key: its idempotency key, and the reference on whatever comes of it.
        surface: through which it goes.
        path: below the surface's prefix.
        body: JSON.
        keyed: whether the surface's operation takes a key.
        answer: the first one that settled it.
    """

    key: str
    surface: str
    path: str
    body: dict[str, Any]
    keyed: bool = True
    answer: Answer | None = None


class Connection:
    """One connection to a server, opened when it is needed and again after it broke."""

    def __init__(self, base_url: str) -> None:
        self._facts: dict[str, Any] = client.facts(base_url)
        self._address = urlsplit(base_url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connects, if it is not connected.

        Raises:
            OSError: the server is not there.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
        return self._streams

    async def ask(self, command: Command) -> Answer:
        """Sends a command and waits for the answer.

        Raises:
            OSError: the server is not there, or the connection broke; a TimeoutError means that it hangs.
        """
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                reader, writer = await self.open()
                writer.write(self._message(command))
                await writer.drain()
                return await _answer(reader)
        except asyncio.IncompleteReadError as error:
            self.close()
            raise ConnectionResetError("the server hung up") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hangs up."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    def _message(self, command: Command) -> bytes:
        facts, body = self._facts[command.surface], command.body
        headers = {"Host": self._address.netloc, "Content-Type": "application/json"}
        if command.surface == "mews":
            body = {"ClientToken": facts["client_token"], "AccessToken": facts["access_token"], "Client": "t", **body}
        else:
            headers["Authorization"] = f"Bearer {facts['token']}"
        if command.keyed:
            headers["Idempotency-Key"] = command.key
        raw = json.dumps(body).encode()
        headers["Content-Length"] = str(len(raw))
        path = urlsplit(facts["base_url"]).path + command.path
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + raw


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(status=int(first.split()[1]), body=body.decode(), headers=headers)


REFUSALS_OF_STATE = {"counterpoint": {400}, "native": {409}, "mews": {400, 403}, "xomni": {409}}
"""How a surface says that points do not suffice, that a hold has ended, or that somebody is there already."""

MEMBERS_OF_ERRORS = {
    "counterpoint": {"Message"},
    "mews": {"Message", "RequestId"},
    "xomni": {"IdentifierGuid", "IdentifierTick", "FriendlyDescription"},
    "native": {"type", "title", "status", "detail", "code", "request_id"},
}


def fault_of(command: Command, answer: Answer) -> str | None:
    """What is wrong with an answer, whatever the state of the server is; None for nothing."""
    if answer.status < 300 or answer.status in REFUSALS_OF_STATE[command.surface]:
        return None
    wrong = "no such answer" if answer.is_settled else _fault_of_refusal(command, answer)
    return wrong and f"{command.surface} answered {answer.status} {answer.body!r} to {command.path}: {wrong}"


def _fault_of_refusal(command: Command, answer: Answer) -> str | None:
    body = json.loads(answer.body)
    if not MEMBERS_OF_ERRORS[command.surface] <= set(body):
        return "not the surface's dialect"
    if answer.status != 500 and not answer.headers.get("retry-after"):
        return "no Retry-After"
    if command.surface == "native" and body["code"] not in {"overloaded", "outcome_unknown"}:
        return "no clear refusal"
    return None
