"""Everything that must run during a benchmark, and is gone afterwards: databases of its own and a server of its own."""

import asyncio
import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench.loads import BenchmarkError
from guerdon.storage import embedded

START_SECONDS = 60
STOP_SECONDS = 20

FILLED = "filled"

CALM_SECONDS = 5.0
AT_ONCE_SECONDS = 0.02
"""In which a server that has nothing else to do answers."""


def end_in_order_when_killed() -> None:
    """Makes a plain kill run what an interrupt from the keyboard runs: everything that was started is stopped."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps a second benchmark out of the folder.

    Raises:
        BenchmarkError: one is running.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchmarkError(f"another benchmark is running in {folder}") from None
        yield


@contextmanager
def postgres(url: str | None, folder: Path) -> Iterator[str]:
    """The address of the PostgreSQL that is set, or of one in a data folder that is thrown away at the end."""
    with ExitStack() as stack:
        if url is None:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            url = stack.enter_context(embedded.running(folder))
        yield url


@contextmanager
def database(postgres_url: str, purpose: str) -> Iterator[str]:
    """The address of an empty database of our own, dropped at the end."""
    name = f"guerdon_bench_{purpose}_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    asyncio.run(_execute(postgres_url, f'CREATE DATABASE "{name}"'))
    try:
        parts = urlsplit(postgres_url)
        yield urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
    finally:
        asyncio.run(_execute(postgres_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@contextmanager
def named_database(postgres_url: str, name: str, *, keep: bool) -> "Iterator[tuple[str, bool, Callable[[], None]]]":
    """The address of a database of that name, whether it has been filled, and what says so; dropped unless it is kept.

    One that was begun and not filled is made anew.
    """
    parts = urlsplit(postgres_url)
    address = urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
    is_filled = asyncio.run(_comment(postgres_url, name)) == FILLED
    if not is_filled:
        asyncio.run(_execute(postgres_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        asyncio.run(_execute(postgres_url, f'CREATE DATABASE "{name}"'))
    try:
        yield (
            address,
            is_filled,
            lambda: asyncio.run(_execute(address, f"COMMENT ON DATABASE \"{name}\" IS '{FILLED}'")),
        )
    finally:
        if not keep:
            asyncio.run(_execute(postgres_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def _comment(url: str, name: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
        )
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    base_url: str
    pid: int

    def calm_down(self) -> None:
        """Waits until it is done with what others asked and no longer wait for; at most for some seconds."""
        until = time.monotonic() + CALM_SECONDS
        while time.monotonic() < until:
            began = time.monotonic()
            with suppress(OSError), urllib.request.urlopen(f"{self.base_url}/health/ready", timeout=CALM_SECONDS):  # noqa: S310 - http, our own
                if time.monotonic() - began < AT_ONCE_SECONDS:
                    return

    def peak_mb(self) -> float:
        """The most memory that was ever resident, in megabytes; not a number where the system does not say."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        except OSError:
            return float("nan")
        (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
        return int(kilobytes) * 1024 / 1e6


def let_many_in() -> None:
    """Raises how many connections this process and those that it starts may have, as far as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def server(database_url: str, folder: Path, *, workers: int = 1) -> Iterator[Server]:
    """`guerdon serve` on a database, in a process of its own that works in a folder.

    Raises:
        BenchmarkError: it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "var" / "server.json"
    state.unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "guerdon", "serve", "--demo", "--host", "127.0.0.1", "--port", "0",
        "--workers", str(workers),
    ]  # fmt: skip
    with (folder / "server.log").open("w+") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "GUERDON_DATABASE_URL": database_url, "GUERDON_RATE_LIMITS": "off"},
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupt from the keyboard reaches us alone: we stop it in order
        )  # fmt: skip
        try:
            yield Server(_base_url(process, state, folder / "server.log"), process.pid)
        finally:
            _stop(process)


def _base_url(process: "subprocess.Popen[bytes]", state: Path, log: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            return str(json.loads(state.read_text())["base_url"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise BenchmarkError(f"the server did not start:\n{log.read_text()[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
