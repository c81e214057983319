"""`guerdon serve`: runs the server until it is interrupted."""

import asyncio
import gc
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from guerdon.cli.work import habits
from guerdon.cli.workers import Worker, WorkerError, keep
from guerdon.demo import client, tenant
from guerdon.engine import Engine, admitting, housing
from guerdon.serve import (
    Places,
    base_url,
    bound,
    configured,
    is_loopback,
    leave_signals_to_the_server,
    listening,
    listening_on,
)
from guerdon.settings import SettingError, Settings
from guerdon.web.metrics import Figures
from guerdon.web.surface import Surface
from guerdon.workers import jobs

STATE = Path("var/server.json")
"""Where the last server started from this folder can be reached; `guerdon demo` looks here."""

console = Console(highlight=False, soft_wrap=True)


def serve(
    *,
    demo: Annotated[bool, typer.Option(help="Found the demo tenant; only on a loopback address.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on (GUERDON_HOST).")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one (GUERDON_PORT).")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded PostgreSQL (GUERDON_DATA).")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Server processes on the one address (GUERDON_WORKERS).")
    ] = None,
) -> None:
    """Serve every surface on one port."""
    began = time.monotonic()
    try:
        settings = Settings.read()
        host, port = host or settings.host, settings.port if port is None else port
        places = Places(host, port, settings.surface_hosts, settings.surface_ports)
        surfaces = configured(settings, demo=demo)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    if demo and not is_loopback(host):
        raise typer.BadParameter(f"--demo has well-known passwords and is refused on {host}; use a loopback address")
    try:
        with housing.database(settings.database_url, data or settings.data, _step) as dsn:
            start = _Start(dsn, settings, surfaces, places, began, demo)
            if (workers or settings.workers) == 1:
                uvloop.run(_serve(start))
            else:
                _serve_in_processes(start, workers or settings.workers)
    except (housing.EmbeddedError, housing.MigrationError, WorkerError, OSError) as error:
        console.print(f"[red]guerdon cannot start:[/] {escape(str(error))}")
        raise typer.Exit(1) from None


@dataclass(frozen=True, slots=True)
class _Start:
    """What a server is started with."""

    dsn: str
    settings: Settings
    surfaces: tuple[Surface, ...]
    places: Places
    began: float
    demo: bool


def _step(what: str) -> None:
    console.print(f"  {what}", style="dim", markup=False)


def _spare_the_collector() -> None:
    """What is loaded by now stays: looking through it again and again costs every request a part of a millisecond."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _running(start: _Start) -> AbstractAsyncContextManager[Engine]:
    key = start.settings.operator_key
    operator = None if key is None else admitting.token_hash(key)
    return Engine.running(start.dsn, connections=start.settings.connections, operator=operator)


def _working(engine: Engine, start: _Start) -> AbstractAsyncContextManager[None]:
    """Jobs during the block, unless others do them."""
    return jobs.working(engine, habits(start.settings)) if start.settings.jobs == "on" else nullcontext()


async def _serve(start: _Start) -> None:
    leave_signals_to_the_server()
    async with _running(start) as engine:
        if start.demo:
            _step("founding the demo tenant")
            await tenant.seed(engine)
        _spare_the_collector()
        async with listening(engine, start.places, start.surfaces) as server, _working(engine, start):
            with _known_as(server.base_url):
                _say_ready(start, server.base_url)
                await server.ended


def _serve_in_processes(start: _Start, count: int) -> None:
    """Serves in so many processes on one socket; this one only looks after them."""
    if start.demo:
        _step("founding the demo tenant")
        uvloop.run(_found(start))
        for thread in threading.enumerate():  # those that hashed passwords end by now; forks want no other thread
            if thread is not threading.main_thread():
                thread.join()
    _spare_the_collector()
    with bound(start.places) as taken, ExitStack() as known, tempfile.TemporaryDirectory() as counted:

        def all_ready() -> None:
            known.enter_context(_known_as(base_url(start.places, taken)))
            _say_ready(start, base_url(start.places, taken))

        keep(count, lambda worker: uvloop.run(_serve_on(taken, start, worker, Path(counted))), all_ready)


async def _found(start: _Start) -> None:
    async with Engine.running(start.dsn, connections=1) as engine:
        await tenant.seed(engine)


async def _serve_on(taken: Mapping[str, socket.socket], start: _Start, worker: Worker, counted: Path) -> None:
    """Serves on a socket that others serve on as well, until interrupted or left alone by the parent."""
    leave_signals_to_the_server()
    alone = asyncio.Event()
    asyncio.get_running_loop().add_reader(worker.parent, alone.set)
    figures = Figures(counted)
    surfaces = [replace(surface, counts=counted / f"{surface.name}.counts") for surface in start.surfaces]
    async with (
        _running(start) as engine,
        figures.written(),
        listening_on(taken, engine, start.places.hosts, surfaces, figures) as ended,
        _working(engine, start),
    ):
        worker.ready()
        left = asyncio.create_task(alone.wait())
        await asyncio.wait([ended, left], return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        asyncio.get_running_loop().remove_reader(worker.parent)


def _say_ready(start: _Start, url: str) -> None:
    console.print(f"[bold]guerdon is ready at {url}[/] after {time.monotonic() - start.began:.1f} s")
    if start.demo:
        for surface, line in client.first_calls(url).items():
            console.print(f"\n[bold]{surface}[/]")
            console.print(line, markup=False)


@contextmanager
def _known_as(base_url: str) -> Iterator[None]:
    """Leaves word of where the server is, for other commands in this folder; a server does without where it cannot."""
    word = json.dumps({"base_url": base_url, "pid": os.getpid()})
    with suppress(OSError):
        STATE.parent.mkdir(parents=True, exist_ok=True)
        STATE.write_text(word)
    try:
        yield
    finally:
        with suppress(OSError):
            if STATE.read_text() == word:  # and not another server's, started since
                STATE.unlink()


def last_known(default: str) -> str:
    """The base address of the server that runs in this folder, or the default."""
    try:
        state = json.loads(STATE.read_text())
        os.kill(state["pid"], 0)
        return str(state["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return default
