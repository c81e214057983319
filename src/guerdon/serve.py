"""Composes the one application and serves it: every surface under its prefix, health, and work in the background."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address

import structlog
import uvicorn

import guerdon
from guerdon.engine import Engine
from guerdon.settings import SettingError, Settings
from guerdon.surfaces import SURFACES
from guerdon.web import health
from guerdon.web.application import application
from guerdon.web.exchange import Application
from guerdon.web.limiting import Rate
from guerdon.web.mounting import mounted
from guerdon.web.serving import Connection
from guerdon.web.surface import Surface
from guerdon.workers import expiry


def configured(settings: Settings) -> tuple[Surface, ...]:
    """The surfaces with the habits that the settings give them.

    Raises:
        SettingError: a setting names a surface or a switch that there is not.
    """
    names = {surface.name for surface in SURFACES}
    named = {
        "GUERDON_RATE_LIMITS": set(settings.rates or {}),
        "GUERDON_SWITCHES": {name for name, _ in settings.switched},
    }
    for variable, given in named.items():
        for unknown in given - names:
            raise SettingError(f"{variable} names {unknown!r}: there are only {', '.join(sorted(names))}")
    return tuple(_configured(surface, settings) for surface in SURFACES)


def _configured(surface: Surface, settings: Settings) -> Surface:
    on = {switch for name, switch in settings.switched if name == surface.name}
    for unknown in on - set(surface.switches):
        known = ", ".join(surface.switches) or "none"
        raise SettingError(f"GUERDON_SWITCHES names {surface.name}.{unknown}: of {surface.name} there is only {known}")
    if settings.rates is None:
        return replace(surface, on=frozenset(on), rate=None)
    own = settings.rates.get(surface.name)
    return replace(surface, on=frozenset(on), rate=Rate(*own) if own else surface.vendor_rate)


def compose(engine: Engine, surfaces: Sequence[Surface] = SURFACES) -> Application:
    """The one application over an engine."""
    index = {
        "name": "guerdon",
        "version": guerdon.__version__,
        "surfaces": {surface.name: surface.prefix for surface in surfaces},
    }
    return mounted(
        {surface.prefix: application(surface, engine, engine.clock) for surface in surfaces},
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


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket at the address, on the port that is given or, for 0, on a free one; not listening yet.

    Raises:
        OSError: the address cannot be taken; the message names it.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Head and body go out in two writes: without this, the second waits 40 ms for the client's late ACK.
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            taken.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {host}, port {port}: {error.strerror}") from error
        yield taken


def base_url(host: str, taken: socket.socket) -> str:
    """Where a bound socket is reached."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{taken.getsockname()[1]}"


@asynccontextmanager
async def listening(
    engine: Engine, host: str, port: int, surfaces: Sequence[Surface] = SURFACES
) -> AsyncIterator[Listening]:
    """Serves requests during the block, on the port that is given or, for 0, on a free one.

    Raises:
        OSError: the address cannot be taken; the message names it.
    """
    with bound(host, port) as taken:
        async with listening_on(taken, engine, surfaces) as ended:
            yield Listening(base_url(host, taken), ended)


@asynccontextmanager
async def listening_on(
    taken: socket.socket, engine: Engine, surfaces: Sequence[Surface] = SURFACES
) -> "AsyncIterator[asyncio.Task[None]]":
    """Serves requests that reach a bound socket during the block, unless the task ends before."""
    log_without_values()
    server = uvicorn.Server(
        uvicorn.Config(
            compose(engine, surfaces),
            http=Connection,
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
    try:
        yield ended
    finally:
        server.should_exit = True
        await ended


@asynccontextmanager
async def working(engine: Engine, *, expiry_interval_seconds: float) -> AsyncIterator[None]:
    """Does a server's work in the background during the block; what has no interval is left out."""
    jobs = [asyncio.create_task(expiry.tidy(engine, expiry_interval_seconds))] if expiry_interval_seconds else []
    try:
        yield
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


def leave_signals_to_the_server() -> None:
    """Keeps the process alive after the server has answered an interrupt, so that the database is closed in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: None)
