"""`guerdon serve`: runs the server until it is interrupted."""

import gc
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from guerdon.demo import client, tenant
from guerdon.engine import Engine, housing
from guerdon.serve import is_loopback, leave_signals_to_the_server, listening
from guerdon.settings import SettingError, Settings

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
) -> None:
    """Serve every surface on one port."""
    began = time.monotonic()
    try:
        settings = Settings.read()
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    host, port = host or settings.host, settings.port if port is None else port
    if demo and not is_loopback(host):
        raise typer.BadParameter(f"--demo has well-known passwords and is refused on {host}; use a loopback address")
    try:
        with housing.database(settings.database_url, data or settings.data, _step) as dsn:
            uvloop.run(_serve(dsn, settings.connections, host, port, began, demo=demo))
    except (housing.EmbeddedError, housing.MigrationError, OSError) as error:
        console.print(f"[red]guerdon cannot start:[/] {escape(str(error))}")
        raise typer.Exit(1) from None


def _step(what: str) -> None:
    console.print(f"  {what}", style="dim", markup=False)


def _spare_the_collector() -> None:
    """What is loaded by now stays: looking through it again and again costs every request a part of a millisecond."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


async def _serve(dsn: str, connections: int, host: str, port: int, began: float, *, demo: bool) -> None:
    leave_signals_to_the_server()
    async with Engine.running(dsn, connections=connections) as engine:
        if demo:
            _step("founding the demo tenant")
            await tenant.seed(engine)
        _spare_the_collector()
        async with listening(engine, host, port) as server:
            with _known_as(server.base_url):
                console.print(f"[bold]guerdon is ready at {server.base_url}[/] after {time.monotonic() - began:.1f} s")
                if demo:
                    for surface, line in client.first_calls(server.base_url).items():
                        console.print(f"\n[bold]{surface}[/]")
                        console.print(line, markup=False)
                await server.ended


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
