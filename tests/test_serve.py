"""One application on one port: every surface under its prefix, health beside them, and an address that is its own."""

import asyncio
import os
import socket
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

import guerdon
from conftest import cloned, served
from guerdon.engine import Engine
from guerdon.serve import ALL, Places, bound, configured, is_loopback, listening, listening_on
from guerdon.settings import SettingError, Settings
from guerdon.surfaces import SURFACES
from storage.racing import WAITING


def test_the_index_says_what_is_served(http: httpx.Client, server: str) -> None:
    """Which program, which version, and where each surface is."""
    got = http.get(server)
    assert got.status_code == 200
    assert got.json() == {
        "name": "guerdon",
        "version": guerdon.__version__,
        "surfaces": {surface.name: surface.prefix for surface in SURFACES},
    }
    for prefix in got.json()["surfaces"].values():
        assert http.get(f"{server}{prefix}/openapi.json").json()["openapi"]


@pytest.mark.parametrize("path", ["/nothing", "/v2/members", "/V1/members", "/health", "/mewsx", "/%00", "//v1"])
def test_beside_the_surfaces_there_is_nothing(http: httpx.Client, server: str, path: str) -> None:
    """Which is said in words, whatever the method."""
    for method in ("GET", "POST", "DELETE"):
        got = http.request(method, server + path)
        assert (got.status_code, got.headers["content-type"]) == (404, "application/json")
        assert "No surface" in got.json()["detail"]


def test_a_server_without_its_database_is_live_and_not_ready(cluster: str, template: str, http: httpx.Client) -> None:
    """Requests are answered all the same, each surface in its dialect, and a balancer can tell."""
    clone = cloned(cluster, template)
    with served(clone.__enter__()) as base_url:
        health = {name: f"{base_url}/health/{name}" for name in ("live", "ready")}
        assert [http.get(url).json()["status"] for url in health.values()] == ["live", "ready"]
        clone.__exit__(None, None, None)
        answers = [http.get(url) for url in health.values()]
        assert [(got.status_code, got.json()["status"]) for got in answers] == [(200, "live"), (503, "not ready")]
        token = {"Authorization": "Bearer demo-native-token"}
        got = http.get(f"{base_url}/v1/members?email=a@example.com", headers=token)
        assert got.status_code >= 500
        assert got.headers["content-type"] == "application/problem+json"


def sockets_at(port: int) -> Iterator[socket.socket]:
    """This process's ends of connections at a port of its own, and the socket that lets them in."""
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names of descriptors, not files
        try:
            found = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # not a socket, or gone since
            continue
        with found:
            if found.family == socket.AF_INET and found.getsockname()[1] == port:
                yield found


def test_answers_are_not_held_back(http: httpx.Client, server: str) -> None:
    """Head and body are two writes: with Nagle's algorithm the body would wait 40 ms for the client's ACK."""
    assert http.get(server).status_code == 200
    ends = {
        bool(end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)): end.getsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY
        )
        for end in sockets_at(int(server.rpartition(":")[2]))
    }
    assert set(ends) == {True, False}, "the listening socket, and the client's connection"
    assert all(ends.values())


def hosts() -> list[str]:
    """The loopback addresses of this machine: not every container has IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return ["127.0.0.1", "localhost"]
    return ["127.0.0.1", "localhost", "::1"]


@pytest.mark.parametrize("host", hosts())
async def test_it_listens_where_it_is_told(engine: Engine, host: str) -> None:
    """On a free port where none is given; once it has ended, the port is free for the next."""
    port = 0
    for _ in range(2):
        async with listening(engine, Places(host, port)) as server, httpx.AsyncClient() as http:
            assert (await http.get(f"{server.base_url}/health/ready")).status_code == 200
            port = int(server.base_url.rpartition(":")[2])
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient() as http:
                await http.get(server.base_url)


async def test_an_address_that_is_taken_is_named(engine: Engine) -> None:
    """Nobody can do anything about `address already in use` alone."""
    async with listening(engine, Places("127.0.0.1", 0)) as server:
        port = int(server.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match=f"127.0.0.1, port {port}: .*in use"):
            async with listening(engine, Places("127.0.0.1", port)):
                pytest.fail("two on one port")
    with pytest.raises(OSError, match=r"192\.0\.2\.1, port 0"):
        async with listening(engine, Places("192.0.2.1", 0)):
            pytest.fail("on an address that this machine does not have")


MEWS = "/api/connector/v1/loyaltyMemberships/getAll"
"""At the vendor's own path, where nobody who shows no token gets further."""


async def test_a_surface_is_reached_on_a_host_of_its_own(engine: Engine) -> None:
    """At the vendor's paths from the root; every other host has the prefixes."""
    hosts = {"mews": "mews.example.com", "xomni": "*.xomni.example.com"}
    async with listening(engine, Places("127.0.0.1", 0, hosts)) as server, httpx.AsyncClient() as http:

        async def asked(host: str, path: str) -> tuple[int, str]:
            answer = await http.post(server.base_url + path, headers={"Host": host}, json={})
            return answer.status_code, answer.headers["content-type"]

        there = await asked("elsewhere.example.com", f"/mews{MEWS}")
        assert await asked("mews.example.com", MEWS) == there
        assert await asked("MEWS.example.com:8080", MEWS) == there
        assert (await asked("mews.example.com", f"/mews{MEWS}"))[0] == 404
        assert (await asked("mews.example.com", "/health/ready"))[0] == 404
        assert (await asked("elsewhere.example.com", MEWS))[0] == 404
        principal = "/private/pii/loyalty"
        assert await asked("demo.xomni.example.com", principal) == await asked("x", f"/xomni{principal}")
        assert (await asked("xomni.example.com", principal))[0] == 404
        assert (await asked("a.b.xomni.example.com", principal))[0] == 404


async def test_a_surface_keeps_its_habits_wherever_it_is_reached(engine: Engine) -> None:
    """Whoever has had its share on the surface's own host or port has had it below the prefix too."""
    surfaces = configured(Settings(rate_limits="native=2/1000"))
    places = Places("127.0.0.1", 0, {"native": "api.example.com"}, {"native": 0})
    with bound(places) as taken:
        common, own = (f"http://127.0.0.1:{taken[name].getsockname()[1]}" for name in (ALL, "native"))
        async with listening_on(taken, engine, places.hosts, surfaces), httpx.AsyncClient() as http:

            async def asked(url: str, host: str = "x") -> int:
                headers = {"Host": host, "Authorization": "Bearer demo-native-token"}
                return (await http.get(url, headers=headers)).status_code

            members = "/members?email=a@example.com"
            assert [await asked(own + members), await asked(common + members, "api.example.com")] == [200, 200]
            for url, host in (("/v1", "x"), ("", "api.example.com")):
                assert await asked(f"{common}{url}{members}", host) >= 429
            assert await asked(own + members) >= 429


async def test_a_surface_is_reached_on_a_port_of_its_own(engine: Engine) -> None:
    """At the vendor's paths from the root; all of them stay on the common port, and all ports are let go of."""
    places = Places("127.0.0.1", 0, ports={"mews": 0})
    with bound(places) as taken:
        common, own = (f"http://127.0.0.1:{taken[name].getsockname()[1]}" for name in (ALL, "mews"))
        async with listening_on(taken, engine, places.hosts), httpx.AsyncClient() as http:
            answers = [await http.post(url, json={}) for url in (own + MEWS, f"{common}/mews{MEWS}")]
            assert answers[0].status_code == answers[1].status_code == 400
            assert answers[0].json().keys() == answers[1].json().keys()
            assert (await http.post(common + MEWS, json={})).status_code == 404
            assert (await http.get(f"{own}/health/ready")).status_code == 404
            described = [(await http.get(f"{url}/openapi.json")).json() for url in (own, f"{common}/mews")]
            assert [each.pop("servers") for each in described] == [[{"url": "/"}], [{"url": "/mews"}]]
            assert described[0] == described[1]
    assert await refuses(common)
    assert await refuses(own)


async def refuses(base_url: str) -> bool:
    """Whether nobody is let in there any more; asked in less time than a server takes to end."""
    try:
        async with httpx.AsyncClient(timeout=1) as http:
            await http.get(f"{base_url}/health/live")
    except httpx.TransportError:
        return True
    return False


async def test_requests_in_flight_are_finished(dsn: str) -> None:
    """An orderly end lets nobody in and answers what was asked before it."""
    blocker = await asyncpg.connect(dsn)
    await blocker.execute("BEGIN; LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE")
    async with Engine.running(dsn) as engine, httpx.AsyncClient(timeout=30) as http:
        context = listening(engine, Places("127.0.0.1", 0))
        base_url = (await context.__aenter__()).base_url
        asked = asyncio.create_task(
            http.get(
                f"{base_url}/v1/members?email=a@example.com", headers={"Authorization": "Bearer demo-native-token"}
            )
        )
        while not await blocker.fetchval(WAITING):
            assert not asked.done(), "it did not wait for the table"
        ending = asyncio.create_task(context.__aexit__(None, None, None))
        while not await refuses(base_url):
            assert not ending.done()
        assert not asked.done()
        await blocker.execute("COMMIT")
        assert (await asked).status_code == 200
        await ending
    await blocker.close()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - that is what must be told apart
        ("::", False),
        ("192.168.1.7", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_what_only_this_machine_can_reach(host: str, *, loopback: bool) -> None:
    """The demo's passwords are known to everybody."""
    assert is_loopback(host) is loopback


def test_surfaces_have_the_habits_that_the_settings_give_them() -> None:
    """By default their vendors' rates, and no switch is on."""
    by_default = configured(Settings())
    assert [(s.name, s.rate, s.on) for s in by_default] == [(s.name, s.vendor_rate, frozenset()) for s in SURFACES]
    assert all(surface.rate is None for surface in configured(Settings(rate_limits="off")))
    slow = {surface.name: surface for surface in configured(Settings(rate_limits="native=1/2"))}["native"]
    assert (slow.rate and (slow.rate.requests, slow.rate.seconds)) == (1, 2)
    for surface in SURFACES:
        for switch in surface.switches:
            told = {s.name: s.on for s in configured(Settings(switches=f"{surface.name}.{switch}"))}
            assert told == {s.name: frozenset({switch} if s.name == surface.name else ()) for s in SURFACES}


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (Settings(rate_limits="nobody=1/2"), "GUERDON_RATE_LIMITS names 'nobody'"),
        (Settings(switches="nobody.strict"), "GUERDON_SWITCHES names 'nobody'"),
        (Settings(surface_hosts={"news": "a.example.com"}), "GUERDON_SURFACE_HOSTS names 'news': .* only .*mews"),
        (Settings(surface_ports={"news": 1}), "GUERDON_SURFACE_PORTS names 'news'"),
        (Settings(minutes={("nobody", "holds"): 1}), "GUERDON_SURFACE_MINUTES names 'nobody'"),
        (Settings(minutes={("mews", "holds"): 1}), "GUERDON_SURFACE_MINUTES names mews.holds: of mews .* only none"),
        (Settings(minutes={("counterpoint", "tokens"): 0}), "counterpoint.tokens, which must last a minute at least"),
        (Settings(switches="native.loud"), "GUERDON_SWITCHES names native.loud: of native there is only none"),
    ],
)
def test_a_surface_or_switch_that_there_is_not_is_told(settings: Settings, what: str) -> None:
    """A slip of the pen would leave a server without the limit or the place that somebody relies on."""
    with pytest.raises(SettingError, match=what):
        configured(settings)
