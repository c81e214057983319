"""Memberships by the thousand, and pages of a million of them, over HTTP in Mews' dialect; `python -m bench.hotels`."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import asyncpg
import httpx
import typer
from rich.console import Console

from bench import filling, hosting, reporting, seeding
from bench.loads import POINTS, BenchmarkError
from guerdon.demo import tenant
from guerdon.demo.tenant import DEMO, id_of
from guerdon.engine import housing
from guerdon.settings import SettingError, Settings
from guerdon.storage.embedded import EmbeddedError

FOLDER = Path("var/bench/hotels")
RESULT = Path("var/bench.json")
AT_ONCE = 1_000
WARM_UP_ROUNDS = 2

_MEMBERS = """
SELECT id FROM members WHERE tenant_id = $1 AND profile = '{}' ORDER BY serial DESC OFFSET $2 LIMIT $3
"""
_STORED = """
SELECT m.id::text, m.member_id::text, m.state, m.number, a.posted::bigint AS points
FROM memberships m JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket
WHERE m.id = ANY ($1::uuid[]) AND m.deleted_at IS NULL
"""
_ENTRIES = """
SELECT count(*) FROM entries e JOIN memberships m ON m.account_id = e.account_id AND m.bucket = e.bucket
WHERE m.id = ANY ($1::uuid[])
"""
_NEWEST = "SELECT id::text FROM memberships WHERE chain_id = $1 ORDER BY id DESC LIMIT $2"
_OLDEST = "SELECT id::text FROM memberships WHERE chain_id = $1 ORDER BY id LIMIT $2"

console = Console(highlight=False, soft_wrap=True)


def main(
    *,
    customers: Annotated[int, typer.Option(min=2 * AT_ONCE, help="With a membership each.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each call is made.")] = 20,
) -> None:
    """Measure what a hotel's integration does in bulk, and pages of all memberships of a chain."""
    try:
        run(Settings.read().database_url, FOLDER.absolute(), RESULT, customers, rounds)
    except (BenchmarkError, EmbeddedError, SettingError) as error:
        console.print(f"[red]no figures:[/] {error}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("stopped; nothing was written")
        raise typer.Exit(130) from None


def run(postgres_url: str | None, folder: Path, result: Path, customers: int, rounds: int) -> dict[str, Any]:
    """Fills a database, measures, checks, and adds the figures to the document.

    Raises:
        BenchmarkError: a request failed, or the tables do not have what was acknowledged.
    """
    with (
        hosting.alone(folder),
        hosting.postgres(postgres_url, folder / "data") as address,
        hosting.database(address, "hotels") as url,
        housing.database(url, folder),
    ):
        asyncio.run(_filled(url, customers))
        with hosting.server(url, folder / "server") as server, httpx.Client(timeout=60) as http:
            seen = asyncio.run(_Hotel(server.base_url, http, url).measured(rounds))
        facts = asyncio.run(reporting.machine(url))
    made = _document(seen, customers, facts)
    known = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    reporting.write(result, known | made)
    console.print({name: made[name] for name in made if name.endswith("_ms")})
    return made


async def _filled(database_url: str, customers: int) -> None:
    await seeding.found(database_url)
    began = time.monotonic()
    await filling.fill(database_url, customers, 1, lambda said: console.print(f"seeding {customers:,}: {said}"))
    console.print(f"seeded {customers:,} customers in {time.monotonic() - began:.0f} s")


@dataclass(slots=True)
class Seen:
    """Milliseconds of each call, by what was called."""

    add: list[float] = field(default_factory=list)
    update: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)


class _Hotel:
    """A hotel's integration that knows what must be in the tables after each of its calls."""

    def __init__(self, base_url: str, http: httpx.Client, database_url: str) -> None:
        self._url = f"{base_url}/mews/api/connector/v1/"
        self._http = http
        self._database_url = database_url
        self._turns = 0
        client_token, access_token = tenant.mews_tokens(DEMO)
        self._tokens = {"ClientToken": client_token, "AccessToken": access_token, "Client": "Benchmark"}

    def ask(self, operation: str, **body: Any) -> tuple[float, dict[str, Any]]:
        """Milliseconds from the first byte sent to the last one received, and the answer."""
        content = json.dumps({**self._tokens, **body}).encode()
        began = time.perf_counter()
        response = self._http.post(self._url + operation, content=content)
        took = (time.perf_counter() - began) * 1_000
        if response.status_code != 200:
            raise BenchmarkError(f"{operation}: {response.status_code} {response.text[:200]}")
        return took, response.json()

    async def measured(self, rounds: int) -> Seen:
        """All calls in turns, each checked; those that warm up are checked and not counted."""
        connection = await asyncpg.connect(self._database_url)
        try:
            seen = Seen()
            for turn in range(WARM_UP_ROUNDS + rounds):
                self._turns += 1
                took = await self._round(connection, self._turns)
                if turn >= WARM_UP_ROUNDS:
                    for times, one in zip((seen.add, seen.update, seen.first, seen.last), took, strict=True):
                        times.append(one)
            return seen
        finally:
            await connection.close()

    async def _round(self, connection: filling.Connection, turn: int) -> tuple[float, float, float, float]:
        new = {"Name": f"Club {turn}", "Code": f"CLUB-{turn}", "Type": "Hotel", "Subscription": "Free"}
        _, made = self.ask("loyaltyPrograms/add", LoyaltyPrograms=[new])
        program_id = made["LoyaltyPrograms"][0]["Id"]
        members = await connection.fetch(_MEMBERS, id_of(DEMO, "tenant"), turn * AT_ONCE // 8, AT_ONCE)
        items = [
            {
                "AccountId": str(row["id"]), "LoyaltyProgramId": program_id, "IsPrimary": False,
                "MembershipNumber": f"{turn}-{n}", "Points": POINTS + n,
            }
            for n, row in enumerate(members)
        ]  # fmt: skip
        add, answer = self.ask("loyaltyMemberships/add", LoyaltyMemberships=items)
        ids = [membership["Id"] for membership in answer["LoyaltyMemberships"]]
        expected = {
            id_: (item["AccountId"], "enrolled", item["MembershipNumber"], item["Points"])
            for id_, item in zip(ids, items, strict=True)
        }
        await self._check(connection, expected, 1)
        changes = [
            {"LoyaltyMembershipId": id_, "Points": {"Value": POINTS + 2 * n + 1}, "State": {"Value": "Pending"}}
            for n, id_ in enumerate(ids)
        ]
        update, _ = self.ask("loyaltyMemberships/update", LoyaltyMembershipUpdates=changes)
        changed = {
            id_: (account, "pending", number, change["Points"]["Value"])
            for (id_, (account, _, number, _)), change in zip(expected.items(), changes, strict=True)
        }
        await self._check(connection, changed, 2)
        return add, update, await self._page(connection, None), await self._page(connection, _OLDEST)

    async def _check(
        self, connection: filling.Connection, expected: dict[str, tuple[str, str, str, int]], entries: int
    ) -> None:
        """What was acknowledged is in the tables: rows, balances and entries.

        Raises:
            BenchmarkError: it is not.
        """
        rows = await connection.fetch(_STORED, list(expected))
        found = {row["id"]: (row["member_id"], row["state"], row["number"], row["points"]) for row in rows}
        if found != expected or len(found) != AT_ONCE:
            raise BenchmarkError(f"{len(expected)} memberships were acknowledged, and the tables have others")
        if (written := await connection.fetchval(_ENTRIES, list(expected))) != entries * AT_ONCE:
            raise BenchmarkError(f"{entries * AT_ONCE} entries were acknowledged, and the tables have {written}")

    async def _page(self, connection: filling.Connection, oldest: str | None) -> float:
        """The newest thousand, or the oldest: what is answered is what the table has, in order."""
        chain_id, cursor = id_of(DEMO, "chain"), None
        if oldest:
            wanted = [row["id"] for row in await connection.fetch(oldest, chain_id, AT_ONCE + 1)]
            *_, cursor = wanted
            wanted = wanted[-2::-1]
        else:
            wanted = [row["id"] for row in await connection.fetch(_NEWEST, chain_id, AT_ONCE)]
        took, answer = self.ask("loyaltyMemberships/getAll", Limitation={"Count": AT_ONCE, "Cursor": cursor})
        if [membership["Id"] for membership in answer["LoyaltyMemberships"]] != wanted:
            raise BenchmarkError("a page is not what the table has")
        return took


def _document(seen: Seen, customers: int, facts: dict[str, Any]) -> dict[str, Any]:
    calls: dict[str, Sequence[float]] = {
        "mews_add_1000_ms": seen.add,
        "mews_update_1000_ms": seen.update,
        "mews_page_first_ms": seen.first,
        "mews_page_last_ms": seen.last,
    }
    return {
        **{name: round(median(times), 1) for name, times in calls.items()},
        "mews": {
            "customers": customers,
            "rounds": len(seen.add),
            "slowest_ms": {name: round(max(times), 1) for name, times in calls.items()},
            "machine": facts,
        },
    }


if __name__ == "__main__":
    hosting.end_in_order_when_killed()
    typer.run(main)
