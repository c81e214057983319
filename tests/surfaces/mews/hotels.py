"""A hotel chain of a test's own, and a client that speaks Mews' dialect for it."""

import asyncio
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.members import Member, Profile
from guerdon.core.programs import Program, Tier
from guerdon.engine import Engine, enrolling
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.founding import Founding, NewCredential, found
from guerdon.storage import tenants

PATH = "/mews/api/connector/v1/loyaltyMemberships/"
ACTIONS = ("getAll", "add", "update", "delete")


@dataclass(frozen=True)
class Connection:
    """One pair of tokens, and the four operations with it."""

    http: httpx.Client
    server: str
    client_token: str
    access_token: str

    @property
    def credentials(self) -> dict[str, Any]:
        """What every body carries."""
        return {"ClientToken": self.client_token, "AccessToken": self.access_token, "Client": "Tests 1.0"}

    def post(self, operation: str, **body: Any) -> httpx.Response:
        """Whatever comes back from any operation, named by its resource and action."""
        url = f"{self.server}/mews/api/connector/v1/{operation}"
        return self.http.post(url, json={**self.credentials, **body})

    def done(self, operation: str, **body: Any) -> dict[str, Any]:
        """The answer of any operation, which must work."""
        response = self.post(operation, **body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def send(self, action: str, **body: Any) -> httpx.Response:
        """Whatever comes back."""
        return self.http.post(f"{self.server}{PATH}{action}", json={**self.credentials, **body})

    def ask(self, action: str, **body: Any) -> dict[str, Any]:
        """The answer of a call that must work."""
        response = self.send(action, **body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def get_all(self, count: int = 1000, cursor: str | None = None, **filters: Any) -> list[dict[str, Any]]:
        """One page of memberships."""
        page = self.ask("getAll", Limitation={"Count": count, "Cursor": cursor}, **filters)
        memberships: list[dict[str, Any]] = page["LoyaltyMemberships"]
        assert page["Cursor"] == (memberships[-1]["Id"] if memberships else None)
        return memberships

    def get(self, membership_id: str, *states: str) -> dict[str, Any]:
        """One membership, which must be there."""
        (found_one,) = self.get_all(LoyaltyMembershipIds=[membership_id], ActivityStates=states or ["Active"])
        return found_one

    def add(self, *items: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
        """The memberships that were added, which must work."""
        added: list[dict[str, Any]] = self.ask("add", LoyaltyMemberships=items, **body)["LoyaltyMemberships"]
        return added

    def update(self, *items: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
        """The memberships that were changed, which must work."""
        changed: list[dict[str, Any]] = self.ask("update", LoyaltyMembershipUpdates=items, **body)["LoyaltyMemberships"]
        return changed

    def delete(self, *ids: str, **body: Any) -> None:
        """Deletes, which must work."""
        assert self.ask("delete", LoyaltyMembershipIds=ids, **body) == {}


@dataclass(frozen=True)
class Hotel:
    """A tenant with two programs of one tier each."""

    engine: Engine
    caller: Caller
    program_ids: tuple[str, str]
    tier_ids: tuple[str, str]
    mews: Connection
    counterpoint_token: str

    async def guest(self) -> Member:
        """A new account without memberships."""
        ask = Enrolment(caller=self.caller, at=NOW, profile=Profile(), namespace="test.guest")
        return await enrolling.register(self.engine, ask)

    async def guests(self, count: int) -> list[str]:
        """The ids of many new accounts; no more at once than find a connection in time, however busy the machine is."""
        ids: list[str] = []
        for start in range(0, count, 100):
            some = await asyncio.gather(*(self.guest() for _ in range(start, min(start + 100, count))))
            ids += (str(guest.id) for guest in some)
        return ids

    async def program_of(self, chain_id: uuid.UUID) -> uuid.UUID:
        """A new program of another chain."""
        program = _program(chain_id, "C")
        async with self.engine.database.connection() as connection:
            await tenants.insert_program(connection, self.caller.tenant_id, program, is_default=False, now=NOW)
        return program.id

    def item(self, account_id: str, **more: Any) -> dict[str, Any]:
        """What must be said of a membership to add."""
        return {"AccountId": account_id, "LoyaltyProgramId": self.program_ids[0], "IsPrimary": False, **more}


def _program(chain_id: uuid.UUID, code: str) -> Program:
    return Program(
        id=uuid.uuid4(),
        chain_id=chain_id,
        code=code,
        name=f"Program {code}",
        earning_descriptions=(),
        redemption_descriptions=(),
        points_per_unit=Decimal(100),
        allow_negative=False,
    )


def _tier(program: Program) -> Tier:
    return Tier(
        id=uuid.uuid4(),
        program_id=program.id,
        code="T",
        name="Tier",
        description=None,
        media_url=None,
        media_type=None,
        min_lifetime=Decimal(0),
        max_lifetime=None,
        ordering=1,
    )


async def open_hotel(
    engine: Engine,
    http: httpx.Client,
    server: str,
    *,
    portfolio: bool = False,
    client_token: str | None = None,
    access_token: str | None = None,
) -> Hotel:
    """Founds a tenant that no other test knows; with a portfolio token its caller is bound to no chain."""
    tenant_id, chain_id = uuid.uuid4(), uuid.uuid4()
    programs = [_program(chain_id, "A"), _program(chain_id, "B")]
    tiers = [_tier(program) for program in programs]
    tokens = client_token or f"client-{tenant_id}", access_token or f"access-{tenant_id}"
    bearer = f"counterpoint-{tenant_id}"
    credentials = [
        NewCredential(
            surface="mews",
            name=f"mews-{tenant_id}",
            secret="secret",
            tokens=("\n".join(tokens),),
            bound_to_chain=not portfolio,
        ),
        NewCredential(surface="counterpoint", name=f"counterpoint-{tenant_id}", secret="secret", tokens=(bearer,)),
    ]
    founding = Founding(
        tenant_id=tenant_id,
        slug=tenant_id.hex,
        name="Hotel",
        chain_id=chain_id,
        programs=programs,
        tiers=tiers,
        credentials=credentials,
    )
    assert await found(engine, founding)
    return Hotel(
        engine=engine,
        caller=Caller(tenant_id, "test", uuid.uuid4(), chain_id),
        program_ids=(str(programs[0].id), str(programs[1].id)),
        tier_ids=(str(tiers[0].id), str(tiers[1].id)),
        mews=Connection(http, server, *tokens),
        counterpoint_token=bearer,
    )
