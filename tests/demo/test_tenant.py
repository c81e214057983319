"""The demo tenant is founded once, however often and by however many servers, and its neighbour sees none of it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest

from conftest import Clock, cloned
from engine.people import OF_TENANT, audited, stored
from guerdon.core.callers import Caller
from guerdon.core.commands import Earn
from guerdon.core.members import Identifier
from guerdon.demo import client
from guerdon.demo.tenant import CUSTOMER, CUSTOMER_NAMESPACE, DEMO, OTHER, id_of, seed
from guerdon.engine import Engine, finding, posting
from guerdon.storage import migrate

TENANTS = [id_of(name, "tenant") for name in (DEMO, OTHER)]


async def everything(engine: Engine) -> list[dict[str, list[str]]]:
    """All that is stored of both tenants."""
    return [await stored(engine, tenant_id) for tenant_id in TENANTS]


@asynccontextmanager
async def database(cluster: str, template: str) -> AsyncIterator[str]:
    """The address of a database of this test's own."""
    loop = asyncio.get_running_loop()
    clone = cloned(cluster, template)
    yield await loop.run_in_executor(None, clone.__enter__)
    await loop.run_in_executor(None, clone.__exit__, None, None, None)


@pytest.fixture
async def seeded(cluster: str, template: str) -> AsyncIterator[Engine]:
    """An engine on a database that has the demo."""
    async with database(cluster, template) as address, Engine.running(address, clock=Clock()) as engine:
        yield engine


async def test_seeding_again_changes_nothing(seeded: Engine) -> None:
    """Not one row; nor what has been done with the demo since."""
    before = await everything(seeded)
    await seed(seeded)
    assert await everything(seeded) == before
    caller = Caller(TENANTS[0], "test", uuid.uuid4())
    account = await finding.account(seeded, caller, [Identifier(CUSTOMER_NAMESPACE, CUSTOMER)])
    earn = Earn(caller=caller, account_id=account.account_id, at=seeded.clock(), points=Decimal("0.5"))
    assert (await posting.post(seeded, earn)).posted == Decimal("1404.5")
    async with seeded.database.connection() as connection:
        await connection.execute("UPDATE tokens SET revoked_at = $1", seeded.clock())
    used = await everything(seeded)
    await seed(seeded)
    assert await everything(seeded) == used != before
    assert await audited(seeded, TENANTS[0]) == 2


async def test_servers_that_start_together_found_one_demo(cluster: str) -> None:
    """On an empty database, each with an engine of its own."""
    async with database(cluster, "template1") as address:
        await migrate.migrate(address)

        async def start() -> None:
            async with Engine.running(address, connections=3) as engine:
                await seed(engine)

        await asyncio.gather(start(), start())
        async with Engine.running(address) as engine:
            first, second = await everything(engine)
            assert await audited(engine, TENANTS[0]) == 1
    counts = {table: (len(first[table]), len(second[table])) for table in OF_TENANT}
    assert counts == {
        "tenants": (1, 1),
        "chains": (1, 1),
        "programs": (1, 1),
        "tiers": (1, 1),
        "channel_links": (3, 1),
        "credentials": (6, 5),
        "tokens": (5, 5),
        "members": (6, 0),
        "identifiers": (12, 0),
        "memberships": (2, 0),
        "accounts": (2, 0),
        "entries": (1, 0),
        "holds": (0, 0),
        "lots": (1, 0),
        "consumptions": (0, 0),
        "pending_earns": (0, 0),
        "merges": (0, 0),
        "channel_profiles": (1, 0),
        "rewards": (11, 0),
        "redemptions": (0, 0),
        "orders": (0, 0),
        "recognitions": (0, 0),
        "rule_sets": (0, 0),
        "changes": (0, 0),
        "earnings": (0, 0),
        "order_returns": (0, 0),
        "referrals": (0, 0),
        "campaign_totals": (0, 0),
        "member_metadata": (0, 0),
        "ledger_keys": (1, 0),
    }


def bearer(token: str) -> dict[str, str]:
    """The header for a token."""
    return {"Authorization": f"Bearer {token}"}


def test_the_neighbour_sees_nothing_of_the_demo(fresh_server: str, http: httpx.Client) -> None:
    """On no surface, whatever it names; and its own side works, and is empty."""
    known: dict[str, Any] = client.facts(fresh_server)
    other = known["other_tenant"]
    native, mine = known["native"]["base_url"], bearer(other["native"]["token"])
    demo = bearer(known["native"]["token"])
    customer = f"identifier={CUSTOMER_NAMESPACE}:{CUSTOMER}"
    (member,) = http.get(f"{native}/members?{customer}", headers=demo).json()["data"]
    (membership,) = http.get(f"{native}/members/{member['id']}/memberships", headers=demo).json()["data"]
    assert http.get(f"{native}/members?{customer}", headers=mine).json()["data"] == []
    for path in (
        f"/members/{member['id']}",
        f"/members/{member['id']}/memberships",
        f"/memberships/{membership['id']}",
        f"/memberships/{membership['id']}/entries",
        f"/memberships/{membership['id']}/holds",
    ):
        assert http.get(native + path, headers=demo).status_code == 200
        assert http.get(native + path, headers=mine).status_code == 404
    keyed = {**mine, "Idempotency-Key": "k-1"}
    got = http.post(f"{native}/memberships/{membership['id']}/earn", json={"points": 1}, headers=keyed)
    assert got.status_code == 404

    till, mine = known["counterpoint"]["base_url"], bearer(other["counterpoint"]["token"])
    for name in ("customer", "second_customer", "not_enrolled_customer"):
        got = http.get(f"{till}/Loyalty/{known['counterpoint'][name]}/BalanceCheck", headers=mine)
        assert got.status_code == 404
        earn = {"CustomerNumber": known["counterpoint"][name], "Points": 1}
        assert http.post(f"{till}/Loyalty/Earn", json=earn, headers=mine).status_code == 404

    shop, mine = known["deliverect"]["base_url"], bearer(other["deliverect"]["token"])
    person = {"email": "ada@example.com", "firstName": "Ada"}
    theirs = f"{shop}/loyalty/{known['deliverect']['channel_link']}/customer"
    own = f"{shop}/loyalty/{other['deliverect']['channel_link']}/customer"
    made = http.post(theirs, json=person, headers=bearer(known["deliverect"]["token"]))
    assert made.status_code == 200
    for query in ({"email": person["email"]}, {"providerId": made.json()["providerId"]}):
        assert http.get(theirs, params=query, headers=mine).status_code == 400
        assert http.get(own, params=query, headers=mine).status_code == 404
    ours = http.post(own, json=person, headers=mine).json()
    assert ours["providerId"] != made.json()["providerId"]


def test_the_neighbour_of_the_hotel_and_of_the_tablet_sees_nothing(fresh_server: str, http: httpx.Client) -> None:
    """Neither a list nor a name shows the demo's members, and nothing can be given to them."""
    known: dict[str, Any] = client.facts(fresh_server)
    hotel, other = known["mews"], known["other_tenant"]

    def ask(action: str, **body: Any) -> httpx.Response:
        tokens = {"ClientToken": other["mews"]["client_token"], "AccessToken": other["mews"]["access_token"]}
        url = f"{hotel['base_url']}/api/connector/v1/loyaltyMemberships/{action}"
        return http.post(url, json={**tokens, "Client": "Tests 1.0", **body})

    limit = {"Limitation": {"Count": 10}}
    assert ask("getAll", **limit).json()["LoyaltyMemberships"] == []
    for named in ({"AccountIds": hotel["account_ids"]}, {"LoyaltyProgramIds": [hotel["program_id"]]}):
        assert ask("getAll", **limit, **named).json()["LoyaltyMemberships"] == []
    item = {"AccountId": hotel["account_ids"][0], "LoyaltyProgramId": hotel["program_id"], "IsPrimary": True}
    own_program = {**item, "LoyaltyProgramId": str(id_of(OTHER, "program"))}
    for bad in (item, own_program):
        assert ask("add", LoyaltyMemberships=[bad]).status_code == 400

    tablet, mine = known["xomni"]["base_url"], bearer(other["xomni"]["token"])
    assert http.get(f"{tablet}/private/pii/loyalties?skip=0&take=10", headers=mine).status_code == 404
    for serial in range(1, 8):
        assert http.get(f"{tablet}/private/pii/loyalty/{serial}", headers=mine).status_code == 404
