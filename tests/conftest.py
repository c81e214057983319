"""A real PostgreSQL for every test: a migrated, seeded template database, cloned per test worker."""

import asyncio
import fcntl
import gc
import hashlib
import os
import socket
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
import uvicorn
import uvloop
from argon2 import PasswordHasher
from hypothesis import settings

import guerdon
import scanning
from guerdon.core.callers import Caller
from guerdon.core.programs import Program
from guerdon.demo import client
from guerdon.demo import tenant as demo_tenant
from guerdon.engine import Engine, admitting
from guerdon.engine.engine import utc_now
from guerdon.engine.founding import Founding, found
from guerdon.serve import Places, listening, log_without_values
from guerdon.storage import embedded, migrate
from guerdon.surfaces import SURFACES
from guerdon.web.operations import Operation
from guerdon.web.surface import Surface

FOLDER = Path(__file__).parent.parent / "var" / "test"
OPERATOR_KEY = "operator-of-the-servers-of-all-tests"
NOW = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Logs as a server does from the first test on: one that captures logs puts back what it found.

    Passwords are hashed in a hundredth of the time: what they are hashed with says so itself. Where a property says
    nothing else, it is tried with fifty examples.
    """
    log_without_values()
    config.pluginmanager.register(scanning.Scan(config, FOLDER / "logs", FOLDER / "postgres" / "server.log"))
    admitting._HASHER = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    settings.register_profile("suite", max_examples=30, deadline=None)
    settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """What is there now stays: a fifth of the time goes by with looking through it for garbage, otherwise."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end of a run no process waits for another that has just begun one."""
    items.sort(key=lambda item: item.path.parent.name != "torture")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names that are the same in every process, in place of addresses in memory."""
    if isinstance(val, Surface | Operation):
        return val.name.replace(" ", "_")
    return val.__name__ if isinstance(val, type) else None


def _named(dsn: str, database: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


def _checksum() -> str:
    """Of everything that decides what the template holds."""
    root = Path(guerdon.__file__).parent
    files = sorted([*root.glob("storage/sql/**/*.sql"), *root.glob("demo/*.py"), *root.glob("engine/*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


async def _run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _in_use(database: str) -> bool:
    """Whether it is the copy of a process that is still there; what killed runs left behind is not."""
    kind, _, pid = database.removeprefix("guerdon_").partition("_")
    try:
        os.kill(int(pid.partition("_")[0]), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    return kind == "test"


async def _make_template(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            return
        for row in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'guerdon\\_te%'"):
            if not _in_use(row["datname"]):
                await connection.execute(f'DROP DATABASE IF EXISTS "{row["datname"]}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}_draft"')
        await migrate.migrate(_named(dsn, f"{name}_draft"))
        async with Engine.running(_named(dsn, f"{name}_draft")) as engine:
            await demo_tenant.seed(engine)
        await connection.execute(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL for tests: the one that is set, or one of our own."""
    with ExitStack() as stack:
        given = os.environ.get("GUERDON_DATABASE_URL")
        yield given or stack.enter_context(embedded.running(FOLDER))


@pytest.fixture(scope="session")
def template(cluster: str) -> str:
    """The name of a database with the newest schema and the demo tenants."""
    name = f"guerdon_template_{_checksum()}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(_make_template(cluster, name))
    return name


@contextmanager
def cloned(cluster: str, template: str) -> Iterator[str]:
    """A copy of the template, thrown away at the end."""
    name = f"guerdon_test_{os.getpid()}_{uuid.uuid4().hex[:12]}"
    with (FOLDER / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(_run(cluster, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    try:
        yield _named(cluster, name)
    finally:
        asyncio.run(_run(cluster, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
def dsn(cluster: str, template: str) -> Iterator[str]:
    """This worker's database."""
    with cloned(cluster, template) as address:
        yield address


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
async def engine(dsn: str) -> AsyncIterator[Engine]:
    """An engine on this worker's database; its clock stands still at NOW."""
    async with Engine.running(dsn, clock=Clock()) as running:
        yield running


@pytest.fixture
async def alone(cluster: str, template: str) -> AsyncIterator[Engine]:
    """An engine on a database that no other test knows; its clock stands still at NOW."""
    copy = cloned(cluster, template)
    address = await asyncio.to_thread(copy.__enter__)
    try:
        async with Engine.running(address, clock=Clock()) as running:
            yield running
    finally:
        await asyncio.to_thread(copy.__exit__, None, None, None)


@dataclass(frozen=True)
class Shop:
    """A tenant of a test's own, with one program, and a caller in it."""

    caller: Caller
    program: Program


async def open_shop(engine: Engine, **program: Any) -> Shop:
    """Founds a tenant that no other test knows."""
    tenant_id, chain_id = uuid.uuid4(), uuid.uuid4()
    rules: dict[str, Any] = {
        "id": uuid.uuid4(),
        "chain_id": chain_id,
        "code": "P",
        "name": "Program",
        "earning_descriptions": (),
        "redemption_descriptions": (),
        "points_per_unit": Decimal(100),
        "allow_negative": False,
        **program,
    }
    founding = Founding(
        tenant_id=tenant_id, slug=tenant_id.hex, name="Shop", chain_id=chain_id, programs=[Program(**rules)]
    )
    assert await found(engine, founding)
    return Shop(Caller(tenant_id, "test", uuid.uuid4(), chain_id), founding.programs[0])


@pytest.fixture
async def shop(engine: Engine) -> Shop:
    """A tenant of this test's own."""
    return await open_shop(engine)


@contextmanager
def served(dsn: str, clock: Callable[[], datetime] = utc_now, surfaces: Sequence[Surface] = SURFACES) -> Iterator[str]:
    """A server on a database, on a free port of its own, in a thread; yields the base address."""
    started: list[str] = []
    up, stop = threading.Event(), threading.Event()
    failure: list[BaseException] = []

    async def main() -> None:
        async with (
            Engine.running(dsn, clock=clock, operator=admitting.token_hash(OPERATOR_KEY)) as engine,
            listening(engine, Places("127.0.0.1", 0), surfaces) as server,
        ):
            started.append(server.base_url)
            up.set()
            await asyncio.get_running_loop().run_in_executor(None, stop.wait)

    def run() -> None:
        try:
            uvloop.run(main())
        except BaseException as error:  # noqa: BLE001 - told to the test
            failure.append(error)
        finally:
            up.set()

    thread = threading.Thread(target=run, name="server")
    thread.start()
    up.wait(30)
    try:
        if failure:
            raise failure[0]
        yield started[0]
    finally:
        stop.set()
        thread.join(30)
        assert not failure


@contextmanager
def served_application(application: Any) -> Iterator[str]:
    """Any ASGI application on a real socket, in a thread; yields the base address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        running = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="warning"))
        thread = threading.Thread(target=running.run, args=([taken],))
        taken.listen()
        thread.start()
        try:
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(30)


@pytest.fixture(scope="session")
def server(dsn: str) -> Iterator[str]:
    """The base address of this worker's server; its demo tenant is shared by all tests of the worker."""
    with served(dsn) as base_url:
        yield base_url


@pytest.fixture
def fresh_server(cluster: str, template: str) -> Iterator[str]:
    """A server whose demo tenant nobody has touched yet."""
    with cloned(cluster, template) as address, served(address) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def facts(server: str) -> dict[str, Any]:
    """What a client needs to talk to this worker's demo tenant."""
    return client.facts(server)


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A real client over a real socket."""
    with httpx.Client(timeout=30) as session:
        yield session
