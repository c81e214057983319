"""Proves that the database of millions is like one that a server has filled, at a small size."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from bench import checking, filling, hosting, large
from bench.loads import BenchmarkError, customer
from conftest import cloned
from guerdon.core.buckets import bucket_of

STRUCTURE = """
SELECT conrelid::regclass::text || ': ' || replace(pg_get_constraintdef(oid), ' NOT VALID', '') AS made
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""

LOST = """
SELECT
    (SELECT count(*) FROM members m WHERE NOT EXISTS (SELECT 1 FROM memberships s WHERE s.member_id = m.id)) AS members,
    (SELECT count(*) FROM memberships s
     LEFT JOIN accounts a ON a.id = s.account_id AND a.bucket = s.bucket WHERE a.id IS NULL) AS memberships,
    (SELECT count(*) FROM memberships s LEFT JOIN members m ON m.id = s.member_id WHERE m.id IS NULL) AS nobodies,
    (SELECT count(DISTINCT serial) FROM members) - (SELECT last_serial FROM tenants WHERE slug = 'demo') AS serials
"""


async def rows(database_url: str, query: str) -> list[asyncpg.Record]:
    """What a query finds."""
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def structure(database_url: str) -> list[str]:
    """Every constraint and index."""
    return sorted(row["made"] for row in await rows(database_url, STRUCTURE))


@pytest.fixture
def modern(cluster: str) -> None:
    """Filling computes the ledger's buckets in SQL, which older PostgreSQL cannot."""
    if int(asyncio.run(rows(cluster, "SHOW server_version_num"))[0][0]) < 180_000:
        pytest.skip("needs PostgreSQL 18")


@pytest.mark.usefixtures("modern")
def test_what_is_filled_in_is_whole(cluster: str, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constraints and indexes are those of before, books are right, and every row is in the bucket of its account."""
    monkeypatch.setattr(filling, "CHUNK", 40)
    monkeypatch.setattr(filling, "TOLD_SECONDS", 0)
    said: list[str] = []
    with cloned(cluster, template) as database_url:
        before = asyncio.run(structure(database_url))
        members = asyncio.run(rows(database_url, LOST))
        asyncio.run(filling.fill(database_url, 100, 3, said.append))
        assert asyncio.run(structure(database_url)) == before
        asyncio.run(checking.check_books(database_url))
        for table in ("accounts", "entries", "memberships"):
            column = "id" if table == "accounts" else "account_id"
            found = asyncio.run(rows(database_url, f"SELECT {column}, bucket FROM {table}"))  # noqa: S608 - our own words
            assert all(bucket == bucket_of(account) for account, bucket in found), table
            assert len(found) >= (300 if table == "entries" else 100), table
        assert asyncio.run(rows(database_url, LOST)) == members
        known = asyncio.run(rows(database_url, f"SELECT 1 FROM identifiers WHERE canonical = '{customer(100)}'"))  # noqa: S608
        assert len(known) == 1
    assert "min left" in said[0]


@pytest.mark.torture
@pytest.mark.usefixtures("modern")
def test_both_sides_are_measured_and_what_is_kept_is_used_again(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures come beside those that are there; with nothing kept, the databases are gone."""
    monkeypatch.setattr(large, "WARM_UP_SECONDS", 0.2)
    monkeypatch.setattr(hosting, "FILLED", f"filled for {tmp_path.name}")
    result = tmp_path / "bench.json"
    result.write_text('{"earn_rps": 1, "large_ratio": 99}')
    fills: list[int] = []
    fill = filling.fill

    async def counted(database_url: str, customers: int, *rest: object) -> None:
        fills.append(customers)
        await fill(database_url, customers, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(filling, "fill", counted)
    for keep in (True, False):
        made = large.run(cluster, tmp_path, result, (31, 67), 2, 1, 0.2, keep=keep)
        assert made["large_ratio"] > 0
        assert min(made["large"]["operations"]) > 0
        assert json.loads(result.read_text()) == {"earn_rps": 1} | made
        left = asyncio.run(rows(cluster, "SELECT 1 FROM pg_database WHERE datname ~ '^guerdon_bench_large_(31|67)_2$'"))
        assert len(left) == (2 if keep else 0)
    assert fills == [31, 67]


def test_a_database_that_was_begun_and_not_filled_is_made_anew(cluster: str, tmp_path: Path) -> None:
    """What an interrupt left half done would measure something else."""
    name = f"guerdon_bench_begun_{tmp_path.name.replace('-', '_')}"
    for turn in range(2):
        with hosting.named_database(cluster, name, keep=turn == 0) as (address, is_filled, _):
            assert not is_filled
            asyncio.run(rows(address, "CREATE TABLE half_done (n integer)"))


def test_an_old_postgresql_is_told(monkeypatch: pytest.MonkeyPatch, cluster: str) -> None:
    """Before anything of the database is touched."""
    monkeypatch.setattr(filling, "OLDEST", (99,))
    with pytest.raises(BenchmarkError, match="needs PostgreSQL"):
        asyncio.run(filling.fill(cluster, 1, 1, print))
