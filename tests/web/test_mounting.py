"""A request goes to the application of its prefix, which sees its own paths only."""

import msgspec
import pytest

from guerdon.web.exchange import Application, Incoming
from guerdon.web.mounting import mounted
from guerdon.web.operations import Answer
from web.asgi import asked


class Telling(Application):
    """Answers with its name and the path it was given."""

    def __init__(self, name: str, body_limit_bytes: int = 10) -> None:
        self.body_limit_bytes = body_limit_bytes
        self._name = name
        self.bodies: list[bytes | None] = []

    async def respond(self, incoming: Incoming) -> Answer:
        """The name and the path."""
        self.bodies.append(incoming.body)
        return Answer(200, msgspec.json.encode([self._name, incoming.path]))


@pytest.mark.parametrize(
    ("path", "answered"),
    [
        ("/v1/members", ["native", "/members"]),
        ("/v1/", ["native", "/"]),
        ("/v1", ["native", "/"]),
        ("/v1//members", ["native", "//members"]),
        ("/shop/v1/members", ["shop", "/v1/members"]),
        ("/v10/members", ["otherwise", "/v10/members"]),
        ("/V1/members", ["otherwise", "/V1/members"]),
        ("/members/v1", ["otherwise", "/members/v1"]),
        ("//v1", ["otherwise", "//v1"]),
        ("/", ["otherwise", "/"]),
    ],
)
async def test_who_answers(path: str, answered: list[str]) -> None:
    """The first part of the path decides, whole and in its case."""
    application = mounted({"/v1": Telling("native"), "/shop": Telling("shop")}, Telling("otherwise"))
    assert await asked(application, path) == (200, answered)


async def test_each_is_told_what_it_is_below() -> None:
    """For addresses of its own that it hands out."""
    bases: list[str] = []

    class Base(Telling):
        async def respond(self, incoming: Incoming) -> Answer:
            bases.append(incoming.base)
            return await super().respond(incoming)

    application = mounted({"/v1": Base("native")}, Base("otherwise"))
    for path in ("/v1/members", "/v1", "/members"):
        await asked(application, path)
    assert bases == ["/v1", "/v1", ""]


async def test_each_has_its_own_limit() -> None:
    """The largest is what is read at all; an application with a smaller one is told of a body that it does not take."""
    small, large = Telling("small", 2), Telling("large", 4)
    application = mounted({"/small": small, "/large": large}, Telling("otherwise", 3))
    assert application.body_limit_bytes == 4
    for path, body, taken in (
        ("/small", b"123", None),
        ("/small", b"12", b"12"),
        ("/large", b"1234", b"1234"),
        ("/large", None, None),
    ):
        await application.respond(Incoming("POST", path, "", {}, body))
        assert (small if path == "/small" else large).bodies.pop() == taken


@pytest.mark.parametrize(
    ("host", "path", "answered"),
    [
        ("shop.example.com", "/members", ["shop", "/members"]),
        ("Shop.Example.com.:8080", "/v1/members", ["shop", "/v1/members"]),
        ("a.tills.example.com", "/v1", ["tills", "/v1"]),
        ("a.b.tills.example.com", "/v1", ["native", "/"]),
        ("tills.example.com", "/v1", ["native", "/"]),
        ("*.tills.example.com", "/v1", ["tills", "/v1"]),
        ("example.com", "/v1/members", ["native", "/members"]),
        ("", "/members", ["otherwise", "/members"]),
        ("[::1]:8080", "/v1", ["native", "/"]),
    ],
)
async def test_who_answers_on_a_host(host: str, path: str, answered: list[str]) -> None:
    """An application that has a host to itself sees every path as it came; no other host does it."""
    application = mounted(
        {"/v1": Telling("native")},
        Telling("otherwise"),
        {"shop.example.com": Telling("shop"), "*.tills.example.com": Telling("tills")},
    )
    answer = await application.respond(Incoming("GET", path, "", {"host": host}, b""))
    assert msgspec.json.decode(answer.body or b"") == answered


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("Anna.tills.example.com:80", ("tills", "anna")),
        ("x.tills.example.com.", ("tills", "x")),
        ("own.tills.example.com", ("own", "")),
        (".tills.example.com", ("otherwise", "")),
        ("tills.example.com", ("otherwise", "")),
        ("a.b.tills.example.com", ("otherwise", "")),
    ],
)
async def test_who_has_all_hosts_of_a_domain_is_told_which_was_asked(host: str, told: tuple[str, str]) -> None:
    """And nobody else is; a host that is named whole goes before the domain."""
    seen: list[tuple[str, str]] = []

    class Label(Telling):
        async def respond(self, incoming: Incoming) -> Answer:
            seen.append((self._name, incoming.label))
            return await super().respond(incoming)

    hosts = {"own.tills.example.com": Label("own"), "*.tills.example.com": Label("tills")}
    application = mounted({"/v1": Label("native")}, Label("otherwise"), hosts)
    await application.respond(Incoming("GET", "/", "", {"host": host}, b""))
    assert seen == [told]
