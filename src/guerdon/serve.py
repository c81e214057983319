"""Composes the one application and serves it: every surface under its prefix, and health."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
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
from guerdon.web.metrics import Figures
from guerdon.web.mounting import mounted
from guerdon.web.serving import Connection
from guerdon.web.surface import Surface

IDLE_SECONDS = 75
"""How long a connection may be silent between requests: longer than proxies and clients keep theirs, most of which
do so for a minute at most, so that none is closed while a request is on its way."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a server is reached: every surface below its prefix, and some at their vendors' own paths as well.

    Attributes:
        host: the address to listen on.
        port: of all surfaces; 0 takes a free one.
        hosts: names of hosts, by the surface that has their every path to itself; see `mounted`.
        ports: likewise.
    """

    host: str
    port: int
    hosts: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)


def configured(settings: Settings, *, demo: bool = False) -> tuple[Surface, ...]:
    """The surfaces with the habits that the settings give them, and those of the demo where it is served.

    Raises:
        SettingError: a setting names a surface or a switch that there is not.
    """
    names = {surface.name for surface in SURFACES}
    named = {
        "GUERDON_RATE_LIMITS": set(settings.rates or {}),
        "GUERDON_SWITCHES": {name for name, _ in settings.switched},
        "GUERDON_SURFACE_MINUTES": {name for name, _ in settings.minutes},
        "GUERDON_SURFACE_HOSTS": set(settings.surface_hosts),
        "GUERDON_SURFACE_PORTS": set(settings.surface_ports),
    }
    for variable, given in named.items():
        for unknown in given - names:
            raise SettingError(f"{variable} names {unknown!r}: there are only {', '.join(sorted(names))}")
    made = (_configured(surface, settings) for surface in SURFACES)
    return tuple(replace(new, on=new.on | old.on) if demo else new for new, old in zip(made, SURFACES, strict=True))


def _configured(surface: Surface, settings: Settings) -> Surface:
    on = {switch for name, switch in settings.switched if name == surface.name}
    for unknown in on - set(surface.switches):
        known = ", ".join(surface.switches) or "none"
        raise SettingError(f"GUERDON_SWITCHES names {surface.name}.{unknown}: of {surface.name} there is only {known}")
    minutes = {thing: minutes for (name, thing), minutes in settings.minutes.items() if name == surface.name}
    for thing, given in minutes.items():
        _check_time(surface, thing, given)
    own = (settings.rates or {}).get(surface.name)
    rate = None if settings.rates is None else Rate(*own) if own else surface.vendor_rate
    return replace(surface, on=frozenset(on), minutes=minutes, rate=rate)


def _check_time(surface: Surface, thing: str, minutes: int) -> None:
    what = f"GUERDON_SURFACE_MINUTES names {surface.name}.{thing}"
    if thing not in surface.times:
        raise SettingError(f"{what}: of {surface.name} there is only {', '.join(surface.times) or 'none'}")
    if not minutes and surface.times[thing].minutes:
        raise SettingError(f"{what}, which must last a minute at least")


ALL = ""
"""The name, among those of surfaces, of what all of them are reached by."""


def compose(
    engine: Engine, hosts: Mapping[str, str], surfaces: Sequence[Surface], figures: Figures
) -> dict[str, Application]:
    """Each surface as an application over an engine, by its name, and all of them as one.

    Args:
        engine: is asked.
        hosts: as in `Places`.
        surfaces: all of them, with their habits.
        figures: are told.
    """
    index = {
        "name": "guerdon",
        "version": guerdon.__version__,
        "surfaces": {surface.name: surface.prefix for surface in surfaces},
    }
    made = {surface.name: application(surface, engine, engine.clock) for surface in surfaces}
    by_prefix = {surface.prefix: made[surface.name] for surface in surfaces}
    by_host = {host: made[name] for name, host in hosts.items()}
    return {ALL: mounted(by_prefix, health.application(engine.ready, index, figures), by_host), **made}


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
def bound(places: Places) -> Iterator[dict[str, socket.socket]]:
    """A socket at every port, by the surface that is alone there; not listening yet.

    Raises:
        OSError: an address cannot be taken; the message names it.
    """
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(_bound(places.host, port))
            for name, port in {ALL: places.port, **places.ports}.items()
        }


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Head and body go out in two writes: without this, the second waits 40 ms for the client's late ACK.
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            taken.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {host}, port {port}: {error.strerror}") from error
        yield taken


def base_url(places: Places, taken: Mapping[str, socket.socket]) -> str:
    """Where all surfaces are reached."""
    shown = f"[{places.host}]" if ":" in places.host else places.host
    return f"http://{shown}:{taken[ALL].getsockname()[1]}"


@asynccontextmanager
async def listening(engine: Engine, places: Places, surfaces: Sequence[Surface] = SURFACES) -> AsyncIterator[Listening]:
    """Serves requests during the block.

    Raises:
        OSError: an address cannot be taken; the message names it.
    """
    with bound(places) as taken:
        async with listening_on(taken, engine, places.hosts, surfaces) as ended:
            yield Listening(base_url(places, taken), ended)


@asynccontextmanager
async def listening_on(
    taken: Mapping[str, socket.socket],
    engine: Engine,
    hosts: Mapping[str, str],
    surfaces: Sequence[Surface] = SURFACES,
    figures: Figures | None = None,
) -> "AsyncIterator[asyncio.Task[None]]":
    """Serves requests that reach bound sockets during the block, unless the task ends before.

    Args:
        taken: as from `bound`.
        engine: is asked.
        hosts: as in `Places`.
        surfaces: all of them, with their habits.
        figures: what this process and others have counted; this one's where there is none.
    """
    log_without_values()
    applications = compose(engine, hosts, surfaces, figures or Figures())
    async with AsyncExitStack() as stack:
        for name in taken.keys() - {ALL}:
            await stack.enter_async_context(_serving(taken[name], applications[name]))
        yield await stack.enter_async_context(_serving(taken[ALL], applications[ALL]))


@asynccontextmanager
async def _serving(taken: socket.socket, served: Application) -> "AsyncIterator[asyncio.Task[None]]":
    server = uvicorn.Server(
        uvicorn.Config(
            served,
            http=Connection,
            lifespan="off",
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=IDLE_SECONDS,
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


def leave_signals_to_the_server() -> None:
    """Keeps the process alive after the server has answered an interrupt, so that the database is closed in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: None)
