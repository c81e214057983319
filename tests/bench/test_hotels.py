"""Proves that the benchmark of memberships measures what it says, and that it refuses to when rows are missing."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from bench import hotels
from bench.loads import BenchmarkError

KEYS = {"mews_add_1000_ms", "mews_update_1000_ms", "mews_page_first_ms", "mews_page_last_ms"}


@pytest.fixture
def modern(cluster: str) -> None:
    """Filling computes the ledger's buckets in SQL, which older PostgreSQL cannot."""

    async def version() -> int:
        connection = await asyncpg.connect(cluster)
        try:
            return int(await connection.fetchval("SHOW server_version_num"))
        finally:
            await connection.close()

    if asyncio.run(version()) < 180_000:
        pytest.skip("needs PostgreSQL 18")


LACKING = (
    ("_STORED", hotels._STORED + " OFFSET 1", "memberships were acknowledged"),
    ("_ENTRIES", hotels._ENTRIES + " AND e.version > 1", "entries were acknowledged"),
    ("_NEWEST", hotels._NEWEST + " OFFSET 1", "a page is not what the table has"),
)


@pytest.mark.usefixtures("modern")
def test_the_figures_come_beside_those_that_are_there(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a median of calls that were checked in the tables; what was acknowledged and is not there is told."""
    measured = hotels._Hotel.measured
    told: list[str] = []

    async def doubted(hotel: hotels._Hotel, rounds: int) -> hotels.Seen:
        seen = await measured(hotel, rounds)
        for query, lacking, complaint in LACKING:
            with monkeypatch.context() as lost:
                lost.setattr(hotels, query, lacking)
                with pytest.raises(BenchmarkError, match=complaint):
                    await measured(hotel, 0)
            told.append(query)
        return seen

    monkeypatch.setattr(hotels._Hotel, "measured", doubted)
    monkeypatch.setattr(hotels, "AT_ONCE", 40)
    monkeypatch.setattr(hotels, "WARM_UP_ROUNDS", 1)
    result = tmp_path / "bench.json"
    result.write_text('{"earn_rps": 1, "mews_add_1000_ms": 99}')
    made = hotels.run(cluster, tmp_path, result, 200, 2)
    assert {name for name in made if name.endswith("_ms")} == KEYS
    assert all(made[name] > 0 for name in KEYS)
    assert (made["mews"]["customers"], made["mews"]["rounds"]) == (200, 2)
    assert json.loads(result.read_text()) == {"earn_rps": 1} | made
    assert told == [query for query, _, _ in LACKING]


@pytest.mark.usefixtures("modern")
def test_what_is_not_in_the_tables_is_no_figure(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It spoils the run: nothing is written."""

    async def spoiled(*_: object) -> None:
        raise BenchmarkError("spoiled")

    monkeypatch.setattr(hotels, "_filled", spoiled)
    with pytest.raises(BenchmarkError, match="spoiled"):
        hotels.run(cluster, tmp_path, tmp_path / "bench.json", 200, 1)
    assert not (tmp_path / "bench.json").exists()
