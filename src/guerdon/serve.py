"""Composes the one application and serves it: every surface under its prefix, and health."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import structlog
import uvicorn

import guerdon
from guerdon.engine import Engine
from guerdon.surfaces import SURFACES
from guerdon.web import health
from guerdon.web.application import Application, application
from guerdon.web.mounting import mounted


def compose(engine: Engine) -> Application:
    """The one ASGI application over an engine."""
    index = {
        "name": "guerdon",
        "version": guerdon.__version__,
        "surfaces": {surface.name: surface.prefix for surface in SURFACES},
    }
    return mounted(
        {surface.prefix: application(surface, engine, engine.clock) for surface in SURFACES},
        health.application(engine.ready, index),
    )


def log_without_values() -> None:
    """Logs tracebacks without the values of variables, which hold passwords and tokens; a set-up of one's own stays."""
    if structlog.is_configured():
        return
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that lets requests in; `ended` is done once it has been interrupted and has let go of them."""

    base_url: str
    ended: "asyncio.Task[None]"


@asynccontextmanager
async def listening(engine: Engine, host: str, port: int) -> AsyncIterator[Listening]:
    """Serves requests during the block, on the port that is given or, for 0, on a free one.

    Raises:
        OSError: the address cannot be taken; the message names it.
    """
    log_without_values()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Head and body go out in two writes: without this, the second waits 40 ms for the client's late ACK.
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            taken.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {host}, port {port}: {error.strerror}") from error
        server = uvicorn.Server(
            uvicorn.Config(
                compose(engine),
                lifespan="off",
                access_log=False,
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=5,
            )
        )
        ended = asyncio.create_task(server.serve([taken]))
        while not server.started and not ended.done():  # noqa: ASYNC110 - the library has no event for it
            await asyncio.sleep(0.01)
        shown = f"[{host}]" if ":" in host else host
        try:
            yield Listening(f"http://{shown}:{taken.getsockname()[1]}", ended)
        finally:
            server.should_exit = True
            await ended


def leave_signals_to_the_server() -> None:
    """Keeps the process alive after the server has answered an interrupt, so that the database is closed in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: None)
