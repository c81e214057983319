"""Kills the server and PostgreSQL under load: what was acknowledged is there, once, and the rest settles."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from guerdon.demo import client
from guerdon.storage import embedded

ROUNDS_SHORT, ROUNDS_LONG = 2, 100
WRITERS = 16
ENOUGH = 300
"""Acknowledged before the kill, so that a round shows something."""

LOAD_SECONDS = 0.3
"""That the writers go on against a server that is gone."""


class Server:
    """A real server process with a PostgreSQL of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.start()

    def start(self) -> None:
        """Starts the process and waits until it is ready."""
        command = [sys.executable, "-m", "guerdon", "serve", "--demo", "--port", "0", "--data", str(self.data)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.data, bufsize=1)
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "is ready at " in line:
                self.base_url = line.split("is ready at ")[1].split()[0]
                break
        else:
            pytest.fail(f"the server did not start, exit code {self.process.wait()}: {''.join(said)}")
        self.rest = threading.Thread(target=self.process.stdout.read)
        self.rest.start()

    def kill(self) -> None:
        """No warning, no clean-up."""
        self.process.kill()
        self._ended()

    def kill_database(self) -> None:
        """The postmaster and with it every session, in the middle of whatever they do."""
        os.kill(int((self.data / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def stop(self) -> None:
        """In order."""
        self.process.send_signal(signal.SIGINT)
        assert self._ended() == 0

    def _ended(self) -> int:
        code = self.process.wait(30)
        self.rest.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


class Load:
    """Writers that earn one point at a time, each under a key of its own, until they are told to stop."""

    def __init__(self, server: Server, name: str) -> None:
        self.facts: dict[str, Any] = client.facts(server.base_url)["counterpoint"]  # type: ignore[assignment]
        self.name = name
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.stopping, self.enough = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def run(self, kill: Any) -> None:
        """Earns for a while, kills in the middle, and stops."""
        for thread in self.threads:
            thread.start()
        assert self.enough.wait(60), "the server acknowledges nothing"
        kill()
        self.stopping.wait(LOAD_SECONDS)
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _write(self, number: int) -> None:
        with httpx.Client(timeout=20) as http:
            count = 0
            while not self.stopping.is_set():
                key = f"{self.name}.{number}.{count}"
                count += 1
                self.sent.add(key)
                try:
                    if self.earn(http, key).status_code == 204:
                        self.acknowledged.add(key)
                        if len(self.acknowledged) >= ENOUGH:
                            self.enough.set()
                except httpx.TransportError:
                    if self.stopping.wait(0.05):
                        return

    def earn(self, http: httpx.Client, key: str) -> httpx.Response:
        """One point under a key."""
        return http.post(
            f"{self.facts['base_url']}/Loyalty/Earn",
            json={"CustomerNumber": self.facts["customer"], "Points": 1, "Reference": key},
            headers={"Authorization": f"Bearer {self.facts['token']}", "Idempotency-Key": key},
        )


@contextmanager
def folder() -> Iterator[Path]:
    """A short path that the database's user can reach."""
    with tempfile.TemporaryDirectory(prefix="guerdon-kill-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def stored(data: Path) -> list[str]:
    """The references of all earns of one point, read from the tables themselves; walks the chain on the way."""

    async def read(dsn: str) -> list[str]:
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch("SELECT * FROM entries ORDER BY account_id, version")
        accounts = await connection.fetch("SELECT * FROM accounts")
        await connection.close()
        for account in accounts:
            balance, version = 0, 0
            for row in rows:
                if row["account_id"] == account["id"]:
                    balance, version = balance + row["points"], version + 1
                    assert (row["version"], row["balance_after"]) == (version, balance)
            assert (account["version"], account["posted"]) == (version, balance)
        return [row["reference"] for row in rows if row["reference"]]

    with embedded.running(data) as dsn:
        return asyncio.run(read(dsn))


def rounds(count: int) -> None:
    """Kill, start again, look: every acknowledged earn is there once; every other one settles by its key."""
    with folder() as data:
        server = Server(data)
        settled: set[str] = set()
        for number in range(count):
            load = Load(server, f"round {number}")
            kill_database = number % 2 == 1
            load.run(server.kill_database if kill_database else server.kill)
            if kill_database:
                server.kill()
            server.start()
            found = stored(data)
            assert len(found) == len(set(found)), "an earn is there twice"
            assert load.acknowledged <= set(found), "an acknowledged earn is gone"
            load.facts = client.facts(server.base_url)["counterpoint"]  # type: ignore[assignment]
            with httpx.Client(timeout=20) as http:
                for key in load.sent:
                    assert load.earn(http, key).status_code == 204
            settled |= load.sent
        server.stop()
        assert sorted(stored(data)) == sorted(settled)


def test_kills_under_load() -> None:
    """One kill -9 of the server and one of PostgreSQL."""
    rounds(ROUNDS_SHORT)


@pytest.mark.torture
def test_many_kills_under_load() -> None:
    """The same a hundred times."""
    rounds(ROUNDS_LONG)


def test_an_interrupt_stops_the_database_too() -> None:
    """After an orderly end nothing is left running, and the next start needs no recovery."""
    with folder() as data:
        server = Server(data)
        assert (data / "postgres" / "postmaster.pid").exists()
        server.stop()
        assert not (data / "postgres" / "postmaster.pid").exists()
        assert not (data / "var" / "server.json").exists()
