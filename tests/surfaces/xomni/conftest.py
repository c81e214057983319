"""A XOMNI client for tests, of the demo tenant and of a merchant that no other test knows."""

import json
import uuid
from base64 import b64encode
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from guerdon.core.callers import Caller
from guerdon.core.programs import Program
from guerdon.engine import Engine
from guerdon.engine.founding import Founding, NewCredential, found

USERS = "/private/pii/loyalty"
METADATA = "/private/pii/loyaltymetadata"
OWN, OWN_METADATA, ANONYMOUS = "/pii/loyalty", "/pii/loyaltymetadata", "/pii/anonymous"
PII_USERS = "/private/pii/users"
PII_USER = "/private/pii/user"
HOLE = "%7B0%7D"
"""What the .NET client has in its path where an id should be."""

LIST = "/private/pii/loyalties"


def new_name() -> str:
    """A user name that nobody has."""
    return f"user-{uuid.uuid4()}"


def pii_token(name: str, password: str) -> str:
    """The header that a tablet sends for its visitor."""
    return b64encode(f"username:{name};password:{password}".encode()).decode()


def exactly(response: httpx.Response) -> Any:
    """The body with every digit of its numbers."""
    return json.loads(response.text, parse_float=Decimal)


@dataclass(frozen=True)
class Api:
    """A client with a token."""

    http: httpx.Client
    base_url: str
    token: str

    def call(self, method: str, path: str, content: bytes | None = None, **headers: str) -> httpx.Response:
        """Any request; a header given as empty text is left out."""
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        known = {name: value for name, value in sent.items() if value}
        return self.http.request(method, self.base_url + path, content=content, headers=known)

    def create(self, **members: Any) -> httpx.Response:
        """Creates a loyalty user; a Decimal is sent with every digit."""
        return self.call("POST", USERS, msgspec.json.Encoder(decimal_format="number").encode(members))

    def created(self, **members: Any) -> dict[str, Any]:
        """Creates a loyalty user that there must then be."""
        response = self.create(**{"UserName": new_name(), **members})
        assert response.status_code == 200, response.text
        body: dict[str, Any] = exactly(response)
        return body

    def fetch(self, user_id: object) -> httpx.Response:
        """Reads one."""
        return self.call("GET", f"{USERS}/{user_id}")

    def fetched(self, user_id: int) -> dict[str, Any]:
        """Reads one that there must be."""
        response = self.fetch(user_id)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = exactly(response)
        return body

    def send(self, method: str, path: str, /, **members: Any) -> httpx.Response:
        """Any request with a body; a Decimal is sent with every digit."""
        return self.call(method, path, msgspec.json.Encoder(decimal_format="number").encode(members))

    def note(self, method: str, user_id: object, key: str, value: str) -> httpx.Response:
        """Writes metadata."""
        return self.send(method, METADATA, LoyaltyUserId=user_id, Key=key, Value=value)

    def notes(self, user_id: object) -> httpx.Response:
        """Reads metadata."""
        return self.call("GET", f"{METADATA}?loyaltyUserId={user_id}")

    def delete(self, path: str) -> int:
        """Deletes, without a word where it was done; the status."""
        response = self.call("DELETE", path)
        if response.status_code != 202:
            refused(response, response.status_code)
            return response.status_code
        assert (response.content, response.headers["content-length"]) == (b"", "0")
        assert "content-type" not in response.headers
        return 202

    def own(self, name: str, password: str, path: str = OWN) -> httpx.Response:
        """What a tablet reads for its visitor."""
        return self.call("GET", path, PIIToken=pii_token(name, password))

    def page(self, skip: object = 0, take: object = 1000) -> httpx.Response:
        """Reads a page."""
        return self.call("GET", f"{LIST}?skip={skip}&take={take}")


def refused(response: httpx.Response, status: int) -> str:
    """The friendly text of an error that has to be in XOMNI's one shape."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert list(body) == ["IdentifierGuid", "IdentifierTick", "FriendlyDescription"]
    assert uuid.UUID(body["IdentifierGuid"]).version == 4
    assert type(body["IdentifierTick"]) is int
    text: str = body["FriendlyDescription"]
    assert text
    return text


@pytest.fixture(scope="session")
def api(http: httpx.Client, facts: dict[str, Any]) -> Api:
    """A client of this worker's demo tenant."""
    return Api(http, facts["xomni"]["base_url"], facts["xomni"]["token"])


@dataclass(frozen=True)
class Merchant:
    """A tenant of a test's own: its client, a caller in it, and its two programs, the default one first."""

    api: Api
    caller: Caller
    programs: tuple[uuid.UUID, uuid.UUID]
    counterpoint: dict[str, str]


@pytest.fixture
async def merchant(engine: Engine, api: Api) -> Merchant:
    """A tenant of this test's own that has nobody yet."""
    return await opened(engine, api)


@pytest.fixture(scope="session")
async def nobody(engine: Engine, api: Api) -> Merchant:
    """A tenant that stays without members, for tests that must not make any."""
    return await opened(engine, api)


async def opened(engine: Engine, api: Api) -> Merchant:
    """Founds a tenant with two programs, reached where this client is."""
    tenant_id, chain_id = uuid.uuid4(), uuid.uuid4()
    programs = (uuid.uuid4(), uuid.uuid4())
    founding = Founding(
        tenant_id=tenant_id,
        slug=tenant_id.hex,
        name="Merchant",
        chain_id=chain_id,
        programs=[
            Program(
                id=program_id,
                chain_id=chain_id,
                code=f"P{number}",
                name="Program",
                earning_descriptions=(),
                redemption_descriptions=(),
                points_per_unit=None,
                allow_negative=False,
            )
            for number, program_id in enumerate(programs)
        ],
        credentials=[
            NewCredential(surface=name, name=f"{name}-{tenant_id}", secret="s", tokens=(f"{name}-{tenant_id}",))
            for name in ("xomni", "counterpoint")
        ],
    )
    assert await found(engine, founding)
    return Merchant(
        replace(api, token=f"xomni-{tenant_id}"),
        Caller(tenant_id, "test", uuid.uuid4(), chain_id),
        programs,
        {"Authorization": f"Bearer counterpoint-{tenant_id}"},
    )
