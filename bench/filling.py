"""Fills a database with millions of customers and their entries: set by set, with the indexes made afterwards."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeAlias

import asyncpg

from bench.loads import POINTS, BenchmarkError
from guerdon.demo.tenant import CUSTOMER_NAMESPACE, DEMO, id_of

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Job: TypeAlias = tuple[str, float, Callable[[Connection], Awaitable[object]]]
"""What is done, how much of the whole it is, and how."""

CHUNK = 50_000
"""Customers in one transaction."""

CONNECTIONS = 2
OLDEST = (18,)
"""Of PostgreSQL."""

TOLD_SECONDS = 10.0
"""Between two words on how far it is."""

TABLES = ("members", "identifiers", "accounts", "memberships", "entries")
BASE_MS = 1_760_000_000_000
"""Ids are like those of a server that enrolled one customer each millisecond from then on."""

_PREPARE = """
CREATE FUNCTION pg_temp.id_of(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(@base + n), 12, '0') || '7' || kind || '8' || substr(md5(kind || n), 1, 15))::uuid
$$;
CREATE FUNCTION pg_temp.bucket_of(id uuid) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT (crc32(uuid_send(id)) % 256)::smallint
$$;
CREATE FUNCTION pg_temp.at(v bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT date_trunc('day', now()) - interval '400 days' + v * interval '60 days'
$$;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
"""

_CUSTOMERS = "generate_series($1::bigint, $2::bigint) AS n"
_NUMBER = "'B' || lpad(n::text, greatest(6, length(n::text)), '0')"
_ACCOUNTS = f"(SELECT pg_temp.id_of('b00', n) AS id FROM {_CUSTOMERS} OFFSET 0) a"  # noqa: S608 - made of our own words

_FILL = {
    "members": """
INSERT INTO members (id, tenant_id, serial, profile, created_at)
SELECT pg_temp.id_of('a00', n), '@tenant', @serial + n, '{}', now() FROM @customers
""",
    "identifiers": """
INSERT INTO identifiers (tenant_id, namespace, canonical, value, member_id)
SELECT '@tenant', '@namespace', @number, @number, pg_temp.id_of('a00', n) FROM @customers
""",
    "accounts": """
INSERT INTO accounts (id, bucket, tenant_id, program_id, posted, lifetime, version, opened_at)
SELECT a.id, pg_temp.bucket_of(a.id), '@tenant', '@program', @points * @entries, @points * @entries, @entries,
    pg_temp.at(0)
FROM @accounts
""",
    "memberships": """
INSERT INTO memberships (
    id, tenant_id, chain_id, member_id, program_id, account_id, bucket, state, is_primary, created_at, updated_at
)
SELECT
    pg_temp.id_of('c00', n), '@tenant', '@chain', pg_temp.id_of('a00', n), '@program', pg_temp.id_of('b00', n),
    pg_temp.bucket_of(pg_temp.id_of('b00', n)), 'enrolled', true, now(), now()
FROM @customers
""",
    "entries": """
INSERT INTO entries (
    account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, surface, actor
)
SELECT
    a.id, pg_temp.bucket_of(a.id), v, 'earn', @points, @points * v, pg_temp.at(v), pg_temp.at(v), 'counterpoint',
    '@tenant'
FROM @accounts
CROSS JOIN generate_series(1, @entries) AS v
""",
}

_CONSTRAINTS = """
SELECT
    c.conrelid::regclass::text AS owner, c.conname AS name, pg_get_constraintdef(c.oid) AS made,
    c.contype = 'f' AS refers
FROM pg_constraint c
WHERE c.contype IN ('p', 'u', 'f')
  AND (c.conrelid = ANY ($1::text[]::regclass[]) OR c.confrelid = ANY ($1::text[]::regclass[]))
ORDER BY refers DESC
"""

_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS owner, pg_get_indexdef(i.indexrelid) AS made
FROM pg_index i
WHERE i.indrelid = ANY ($1::text[]::regclass[])
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
"""


async def fill(database_url: str, customers: int, entries: int, say: Callable[[str], None]) -> None:
    """Enrols customers 1 to `customers` in the demo tenant, each with so many earns.

    Args:
        database_url: of a database with the newest schema and the demo tenant.
        customers: how many.
        entries: of each.
        say: told how far it is and how long it takes yet.

    Raises:
        BenchmarkError: PostgreSQL is too old.
    """
    connection = await asyncpg.connect(database_url)
    try:
        if connection.get_server_version() < OLDEST:
            raise BenchmarkError("this needs PostgreSQL 18, which can compute a CRC-32")
        constraints = await connection.fetch(_CONSTRAINTS, TABLES)
        indexes = await connection.fetch(_INDEXES, TABLES)
        serial = await connection.fetchval(
            "UPDATE tenants SET last_serial = last_serial + $2 WHERE id = $1 RETURNING last_serial - $2",
            id_of(DEMO, "tenant"), customers,
        )  # fmt: skip
        for row in constraints:
            await connection.execute(f"ALTER TABLE {row['owner']} DROP CONSTRAINT {row['name']}")
        for row in indexes:
            await connection.execute(f"DROP INDEX {row['name']}")
    finally:
        await connection.close()
    keys = [(row["owner"], row["name"], row["made"]) for row in constraints if not row["refers"]]
    references = [(row["owner"], row["name"], f"{row['made']} NOT VALID") for row in constraints if row["refers"]]
    stages = [
        _rows(customers, entries, serial),
        [
            *[_made(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {made}", owner, entries) for owner, name, made in keys],
            *[_made(row["made"], row["owner"], entries) for row in indexes],
        ],
        [_made(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {made}", "", 0) for owner, name, made in references],
        [_made(f"VACUUM (FREEZE, ANALYZE) {table}", table, entries) for table in TABLES],
    ]
    await _Crew(database_url, stages, say).work()


def _rows(customers: int, entries: int, serial: int) -> list[Job]:
    words = {
        "@accounts": _ACCOUNTS, "@customers": _CUSTOMERS, "@number": _NUMBER, "@namespace": CUSTOMER_NAMESPACE,
        "@serial": str(serial), "@points": str(POINTS), "@entries": str(entries),
        "@tenant": str(id_of(DEMO, "tenant")), "@chain": str(id_of(DEMO, "chain")),
        "@program": str(id_of(DEMO, "program")),
    }  # fmt: skip
    return [
        _chunk(table, _with(words, _FILL[table]), first, min(first + CHUNK - 1, customers), _weight(table, entries))
        for table in TABLES
        for first in range(1, customers + 1, CHUNK)
    ]


def _with(words: dict[str, str], statement: str) -> str:
    for hole, word in words.items():
        statement = statement.replace(hole, word)
    return statement


def _weight(table: str, entries: int) -> float:
    return entries if table == "entries" else 1.5


def _chunk(table: str, statement: str, first: int, last: int, weight: float) -> Job:
    async def work(connection: Connection) -> None:
        await connection.execute(statement, first, last)

    return f"{table} of customers {first:,} to {last:,}", weight * (last - first + 1) / CHUNK, work


def _made(statement: str, table: str, entries: int) -> Job:
    async def work(connection: Connection) -> None:
        await connection.execute(statement)

    return statement.partition(" USING ")[0][:60], _weight(table, entries) if table else 0, work


class _Crew:
    """Several connections that do jobs, stage after stage."""

    def __init__(self, database_url: str, stages: Sequence[Sequence[Job]], say: Callable[[str], None]) -> None:
        self._url = database_url
        self._stages = stages
        self._say = say
        chunks = max(sum(1 for _ in stages[0]) / len(TABLES), 1)
        # An index, and a look over a table, take about a quarter as long as its rows.
        self._scale = [1.0, chunks / 4, 1.0, chunks / 4]
        self._total = sum(
            weight * scale for stage, scale in zip(stages, self._scale, strict=True) for _, weight, _ in stage
        )
        self._done = 0.0
        self._began = self._told = time.monotonic()

    async def work(self) -> None:
        connections = [await self._connection() for _ in range(CONNECTIONS)]
        try:
            for stage, scale in zip(self._stages, self._scale, strict=True):
                jobs = iter(stage)
                await asyncio.gather(*[self._take(connection, jobs, scale) for connection in connections])
            await connections[0].execute("CHECKPOINT")
        finally:
            for connection in connections:
                await connection.close()

    async def _connection(self) -> Connection:
        connection = await asyncpg.connect(self._url, server_settings={"jit": "off", "timezone": "UTC"})
        await connection.execute(_PREPARE.replace("@base", str(BASE_MS)))
        return connection

    async def _take(self, connection: Connection, jobs: Iterator[Job], scale: float) -> None:
        for what, weight, work in jobs:
            await work(connection)
            self._done += weight * scale
            now = time.monotonic()
            if now - self._told >= TOLD_SECONDS:
                self._told = now
                share = self._done / self._total
                left = (now - self._began) / share * (1 - share)
                self._say(f"{share:.0%}, about {left / 60:.0f} min left: {what}")
