"""Rounds of a fault: a load, what is done to it, and what must be so afterwards."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.commands import Serving
from guerdon.demo import client
from torture.asking import Answer, Command, Connection, fault_of
from torture.books import audit
from torture.loading import Guest, Journal, Load, dealt, new_name
from torture.postgres import session

LONG = int(os.environ.get("GUERDON_TORTURE_ROUNDS", "26"))
"""Rounds of each fault in the long form: nine faults and two rounds more, so 236 in all."""

GUESTS = 6
WRITERS = 16
SETTLERS = 8
TRIES = 50
MOST_REPEATED = 500
"""Of the commands that were acknowledged; those that were not are all repeated, twice."""

Record = Callable[[str, object], None]


@dataclass(slots=True)
class Tally:
    """What the rounds of one fault came to."""

    fault: str
    rounds: int = 0
    commands: int = 0
    acknowledged: int = 0
    settled: int = 0
    refused: int = 0
    broken: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, journal: Journal, unsettled: int) -> None:
        """One more round."""
        self.rounds += 1
        self.commands += len(journal.commands)
        self.acknowledged += len(journal.commands) - unsettled
        self.settled += unsettled
        self.refused += journal.refused
        self.broken += journal.statuses.get(0, 0)

    def __str__(self) -> str:
        said = (
            f"{self.fault}: {self.rounds} rounds, {self.commands} commands, {self.acknowledged} acknowledged, "
            f"{self.settled} settled by repeating, {self.refused} refused for the moment, {self.broken} cut off"
        )
        return "; ".join([said, *self.notes])


class Server:
    """`guerdon serve`, which may be killed and started again on the same port."""

    def __init__(self, cwd: Path, *arguments: str, **settings: str) -> None:
        self._cwd, self._arguments, self._settings = cwd, arguments, settings
        self._serving = self._start("0")
        self.base_url = self._serving.base_url
        self.printed = ""

    def _start(self, port: str) -> Serving:
        settings = {
            "GUERDON_EXPIRY_INTERVAL_SECONDS": "1",
            "GUERDON_RATE_LIMITS": "off",
            "PYTHONFAULTHANDLER": "1",
            **self._settings,
        }
        return Serving("--demo", *self._arguments, "--port", port, cwd=self._cwd, **settings)

    def kill(self) -> None:
        """No warning, no clean-up."""
        self._serving.stop(9)
        self.printed += self._serving.printed

    def start(self) -> None:
        """Once more, where it was."""
        self._serving = self._start(self.base_url.rpartition(":")[2])

    def stop(self) -> None:
        """In order, and it must not have crashed before: whatever happens to the database is no surprise."""
        code = self._serving.stop()
        self.printed += self._serving.printed
        assert code == 0, self.printed[-3000:]
        for crash in ("Traceback", "crashed"):
            assert crash not in self.printed, self.printed[max(self.printed.index(crash) - 2000, 0) :][:5000]

    def give_up(self) -> str:
        """For when a round went wrong: what it printed, its exit code, and where it was if it still ran."""
        code = self._serving.stop(signal.SIGABRT)
        return f"{self._serving.printed[-8000:]}\nthe server's exit code: {code}"


@contextmanager
def serving(cwd: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """A server for the block; it is stopped in order where the block ends well."""
    server = Server(cwd, *arguments, **settings)
    try:
        yield server
        server.stop()
    except BaseException as error:
        error.add_note(server.give_up())
        raise


def guests(base_url: str, count: int = GUESTS) -> list[Guest]:
    """New members with some points, known to all surfaces."""
    facts: Any = client.facts(base_url)
    found = []
    with httpx.Client(timeout=30) as http:
        for _ in range(count):
            name = new_name("guest")
            made = http.post(
                f"{facts['xomni']['base_url']}/private/pii/loyalty",
                json={"UserName": name, "AvailablePoints": 1000},
                headers={"Authorization": f"Bearer {facts['xomni']['token']}"},
            )
            assert made.status_code == 200, made.text
            member = http.get(
                f"{facts['native']['base_url']}/members",
                params={"identifier": f"xomni.username:{name}"},
                headers={"Authorization": f"Bearer {facts['native']['token']}"},
            ).json()["data"][0]
            found.append(Guest(member["number"], member["memberships"][0]["id"]))
    return found


@contextmanager
def loading(fault: str, base_urls: Sequence[str], asked: Sequence[Guest], writers: int = WRITERS) -> Iterator[Load]:
    """A load that goes on during the block."""
    load = Load(dealt(asked, writers, base_urls, fault))
    try:
        yield load
    finally:
        load.stop()


def settle(journal: Journal, base_url: str, dsn: str, tally: Tally) -> None:
    """What must hold after a round: nothing acknowledged is lost, everything else settles, and the books agree."""
    assert not journal.faults, journal.faults[0]
    done = [command for command in journal.commands if command.answer is not None]
    rest = [command for command in journal.commands if command.answer is None]
    asyncio.run(_are_kept(dsn, done))
    asyncio.run(_repeat(base_url, rest))
    asyncio.run(_repeat(base_url, done[:: 1 + len(done) // MOST_REPEATED]))
    asyncio.run(_are_kept(dsn, journal.commands))
    audit(dsn)
    tally.add(journal, len(rest))


async def _are_kept(dsn: str, commands: Sequence[Command]) -> None:
    """Every command has left its trace: its key, or the member that it enrolled."""
    async with session(dsn) as connection:
        keys = {row["key"] for row in await connection.fetch("SELECT key FROM ledger_keys")}
        names = {
            row["value"]
            for row in await connection.fetch("SELECT value FROM identifiers WHERE namespace = 'xomni.username'")
        }
    lost = [c for c in commands if c.keyed and f"{c.surface}:{c.key}" not in keys]
    lost += [c for c in commands if c.surface == "xomni" and c.key not in names]
    assert lost == [], f"{len(lost)} are lost, among them {lost[0]}"


async def _repeat(base_url: str, commands: Sequence[Command]) -> None:
    """Asks everything again; what was answered before must be answered the same."""
    left = iter(commands)

    async def go_on() -> None:
        with closing(Connection(base_url)) as connection:
            for command in left:
                answer = await _asked(connection, command)
                if command.answer is None:
                    command.answer = answer
                    answer = await _asked(connection, command)
                if command.keyed:
                    assert answer.said == command.answer.said, f"{command}, repeated: {answer}"

    async with asyncio.TaskGroup() as group:
        for _ in range(SETTLERS):
            group.create_task(go_on())


async def _asked(connection: Connection, command: Command) -> Answer:
    """A server that just lost its connections may refuse once more, but not without end."""
    for _ in range(TRIES):
        answer = await connection.ask(command)
        assert fault_of(command, answer) is None
        if answer.is_settled:
            return answer
    raise AssertionError(f"{command} does not settle: {answer}")


@pytest.fixture
def tally(request: pytest.FixtureRequest, record_property: Record) -> Iterator[Tally]:
    """The tally of a test, told at the end of the run."""
    counted = Tally(request.node.name.removeprefix("test_").removesuffix("_many_times").replace("_", " "))
    yield counted
    record_property("rounds", str(counted))
