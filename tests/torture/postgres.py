"""A PostgreSQL that a test may stop, kill and starve, with databases to use in it."""

import asyncio
import os
import signal
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from cutting import Wire, wired
from guerdon.demo import tenant
from guerdon.engine import Engine
from guerdon.storage import embedded, migrate
from torture.sweeping import swept

MOST_CONNECTIONS = 40
SETTINGS = ("shared_buffers = '64MB'", f"max_connections = {MOST_CONNECTIONS}", "log_min_messages = 'fatal'")
TEMPLATE = "with_demo"
ASK_AGAIN_SECONDS = 0.02
"""Between two looks at something that tells nobody when it changes."""


@contextmanager
def folder() -> Iterator[Path]:
    """A short path that the database's user can reach."""
    made = tempfile.TemporaryDirectory(prefix="guerdon-torture-")
    path = Path(made.name)
    path.chmod(0o755)
    with swept(path), made:
        yield path


class Postgres:
    """One server on a data folder."""

    def __init__(self, path: Path, *settings: str) -> None:
        self._cluster = embedded._Cluster(path)
        self._has_template = False
        self.path = path
        self._cluster._create()
        with (path / "postgresql.conf").open("a") as configuration:
            configuration.write("\n".join(["", *SETTINGS, *settings, ""]))

    @property
    def dsn(self) -> str:
        """Of the first database."""
        return self._cluster.dsn

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        return int((self.path / "postmaster.pid").read_text().split()[0])

    @property
    def as_user(self) -> dict[str, Any]:
        """How to run another program as the user that the server runs as."""
        return self._cluster.as_user

    @property
    def runs(self) -> bool:
        """Whether there is a postmaster."""
        return self._cluster._run("pg_ctl", "status", "-D", str(self.path)).returncode == 0

    def start(self) -> None:
        """Returns when it answers; nothing to do where it does already."""
        self._cluster.ensure_started()

    def stop_at_once(self) -> None:
        """Every session ends where it is; the next start recovers."""
        self._cluster._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.path))

    def quit(self) -> None:
        """The same by a signal, and nobody waits."""
        os.kill(self.pid, signal.SIGQUIT)

    def kill(self) -> None:
        """The postmaster alone: its sessions notice after a moment."""
        os.kill(self.pid, signal.SIGKILL)

    def empty_database(self) -> str:
        """The address of a new one."""
        return self._create(f"t_{uuid.uuid4().hex}")

    def database(self) -> str:
        """The address of a new one that has the demo already."""
        if not self._has_template:
            asyncio.run(_found(self._create(TEMPLATE)))
            self._has_template = True
        return self._create(f"t_{uuid.uuid4().hex}", TEMPLATE)

    def _create(self, name: str, template: str = "template1") -> str:
        self.start()  # whatever the test before left behind
        asyncio.run(execute(self.dsn, f"CREATE DATABASE {name} TEMPLATE {template}"))
        parts = urlsplit(self.dsn)
        return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


async def _found(dsn: str) -> None:
    await migrate.migrate(dsn)
    async with Engine.running(dsn) as engine:
        await tenant.seed(engine)


@contextmanager
def running(path: Path, *settings: str) -> Iterator[Postgres]:
    """A new server for the block."""
    postgres = Postgres(path, *settings)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop_at_once()


@asynccontextmanager
async def session(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the test's own."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def execute(dsn: str, statement: str) -> None:
    """Runs a statement."""
    async with session(dsn) as connection:
        await connection.execute(statement)


async def until(connection: "asyncpg.Connection[asyncpg.Record]", condition: str) -> None:
    """Asks until a condition holds."""
    async with asyncio.timeout(60):
        while not await connection.fetchval(f"SELECT {condition}"):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(ASK_AGAIN_SECONDS)


@contextmanager
def cuttable(dsn: str) -> Iterator[tuple[str, Wire]]:
    """The address of a database behind a wire that runs in a thread, and the wire."""
    loop, ending = asyncio.new_event_loop(), asyncio.Event()
    up = threading.Event()
    wires: list[tuple[str, Wire]] = []

    async def run() -> None:
        async with wired(dsn) as wire:
            wires.append(wire)
            up.set()
            await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert up.wait(30)
        yield wires[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.run_until_complete(_cancel_rest())
        loop.close()


async def _cancel_rest() -> None:
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
