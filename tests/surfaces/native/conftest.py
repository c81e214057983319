"""A client of the native API that holds every answer against the OpenAPI document, and members of a test's own."""

import json
import secrets
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest

from guerdon.core.callers import Caller
from guerdon.core.members import Profile
from guerdon.demo import tenant
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolment
from guerdon.surfaces.native import SURFACE
from web.described import DESCRIPTIONS

THREADS = 32
_DESCRIPTION = DESCRIPTIONS[SURFACE.name]
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def described(response: httpx.Response) -> None:
    """Fails the test where an answer is not as the document says."""
    response.read()
    assert _DESCRIPTION.differences(response, SURFACE.prefix) == [], response.text


def exactly(response: httpx.Response) -> Any:
    """The body of a success, with every digit of its numbers."""
    assert response.status_code == 200, response.text
    return json.loads(response.text, parse_float=Decimal)


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    body: dict[str, Any] = json.loads(response.text, parse_float=Decimal)
    assert (response.status_code, body["code"]) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == body["request_id"]
    assert (body["type"], body["status"]) == (f"urn:guerdon:problem:{code}", status)
    assert body["title"]
    assert body["detail"]
    return body


def replayed(response: httpx.Response) -> bool:
    """Whether the answer was given before."""
    return bool(response.headers.get("idempotent-replayed") == "true")


@dataclass(frozen=True)
class Api:
    """A client with a token."""

    http: httpx.Client
    base_url: str
    token: str

    def call(self, method: str, path: str, content: bytes | None = None, **headers: str) -> httpx.Response:
        """Any request; an underscore in a header's name stands for a dash, and an empty header is left out."""
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        known = {name: value for name, value in sent.items() if value}
        return self.http.request(method, self.base_url + path, content=content, headers=known)

    def get(self, path: str) -> Any:
        """Reads what there must be."""
        return exactly(self.call("GET", path))

    def post(self, path: str, key: str = "", **members: Any) -> httpx.Response:
        """Asks for a write; a Decimal is sent with every digit."""
        return self.call("POST", path, _ENCODER.encode(members), Idempotency_Key=key)

    def earned(self, membership_id: str, points: object, **more: Any) -> Any:
        """Earns points."""
        return exactly(self.post(f"/memberships/{membership_id}/earn", points=points, **more))

    def held(self, membership_id: str, points: object, **more: Any) -> Any:
        """Places a hold and returns it."""
        return exactly(self.post(f"/memberships/{membership_id}/holds", points=points, **more))["hold"]

    def balance(self, membership_id: str) -> Any:
        """The figures of a membership."""
        return self.get(f"/memberships/{membership_id}")["balance"]

    def together(self, calls: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
        """Calls from many threads at once."""
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(lambda call: call(), calls))

    def many(self, times: int, path: str, key: str = "", **members: Any) -> list[httpx.Response]:
        """The same write many times at once."""
        return self.together([partial(self.post, path, key, **members)] * times)


@pytest.fixture(scope="session")
def checked() -> Iterator[httpx.Client]:
    """A client that holds every answer against the document."""
    limits = httpx.Limits(max_connections=THREADS)
    with httpx.Client(timeout=60, limits=limits, event_hooks={"response": [described]}) as session:
        yield session


@pytest.fixture(scope="session")
def api(checked: httpx.Client, facts: dict[str, Any]) -> Api:
    """A client of the demo tenant."""
    return Api(checked, facts["native"]["base_url"], facts["native"]["token"])


@pytest.fixture(scope="session")
def neighbour(checked: httpx.Client, facts: dict[str, Any]) -> Api:
    """A client of the tenant that must not see the demo tenant."""
    return Api(checked, facts["native"]["base_url"], facts["other_tenant"]["native"]["token"])


@dataclass(frozen=True)
class Guest:
    """A member of the demo tenant that no other test knows, with its one membership."""

    id: str
    number: str
    email: str
    phone: str
    membership_id: str
    account_id: str


@pytest.fixture
async def guest(engine: Engine) -> Guest:
    """A member of a test's own, without points."""
    return await new_guest(engine)


@pytest.fixture
async def other(engine: Engine) -> Guest:
    """Another one."""
    return await new_guest(engine)


async def new_guest(engine: Engine) -> Guest:
    """Anybody, in the demo tenant."""
    email, phone = f"{uuid.uuid4()}@example.com", f"+45{20_000_000 + secrets.randbelow(70_000_000)}"
    enrolled = await enrolling.enrol(
        engine,
        Enrolment(
            caller=Caller(tenant.id_of(tenant.DEMO, "tenant"), "test", uuid.uuid4()),
            at=engine.clock(),
            profile=Profile(first_name="Mira", last_name="Kaya", email=email, phone=phone),
            namespace="native.test",
        ),
    )
    return Guest(
        id=str(enrolled.member.id),
        number=enrolled.member.number,
        email=email,
        phone=phone,
        membership_id=str(enrolled.membership.id),
        account_id=str(enrolled.membership.account_id),
    )


@pytest.fixture
async def friend(engine: Engine) -> str:
    """The membership of somebody else in the same program, without points."""
    caller = Caller(tenant.id_of(tenant.DEMO, "tenant"), "test", uuid.uuid4())
    ask = Enrolment(caller=caller, at=engine.clock(), profile=Profile(), namespace="native.test")
    return str((await enrolling.enrol(engine, ask)).membership.id)


@dataclass
class Kept:
    """A membership with points and a hold, the path of each write on them, and how they were seen last."""

    guest: Guest
    paths: dict[str, str]
    seen: Any


def _seen(api: Api, guest: Guest) -> Any:
    """The figures and the holds."""
    return api.balance(guest.membership_id), api.get(f"/memberships/{guest.membership_id}/holds")


@pytest.fixture(scope="module")
async def kept(api: Api, engine: Engine) -> Kept:
    """One for all tests of a file that may not change it."""
    guest = await new_guest(engine)
    api.earned(guest.membership_id, 10)
    hold = api.held(guest.membership_id, 4)
    paths = {
        "earn": f"/memberships/{guest.membership_id}/earn",
        "holds": f"/memberships/{guest.membership_id}/holds",
        "capture": f"/holds/{hold['id']}/capture",
        "void": f"/holds/{hold['id']}/void",
        "adjust": f"/memberships/{guest.membership_id}/adjust",
        "set": f"/memberships/{guest.membership_id}/set",
        "reverse": f"/memberships/{guest.membership_id}/entries/1/reverse",
        "transfer": f"/memberships/{guest.membership_id}/transfer",
    }
    return Kept(guest, paths, _seen(api, guest))


@pytest.fixture
def untouched(api: Api, kept: Kept) -> Iterator[dict[str, str]]:
    """The path of each write, on a membership and a hold that must be as they were afterwards."""
    yield kept.paths
    before, kept.seen = kept.seen, _seen(api, kept.guest)
    assert kept.seen == before
