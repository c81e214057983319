"""Proves that the comparison of journals measures every figure of each, and refuses one that has lost entries."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from bench import hosting, journals, partitions
from bench.loads import BenchmarkError
from bench.partitions import Extent

POSTED_IN_2027 = """
INSERT INTO entries
SELECT (jsonb_populate_record(e, '{"recorded_at": "2027-01-02T00:00Z", "version": 900}')).* FROM entries e
WHERE reference = 'T-7'
"""

TINY = Extent(accounts=300, history=36, rounds=1, burst=512, reads=10, warming=1)


def test_a_run_measures_every_journal_in_the_same_figures(cluster: str, tmp_path: Path) -> None:
    console = Console(record=True, width=200)
    made = partitions.run(cluster, tmp_path, console, TINY)
    assert list(made) == [variant.name for variant in journals.VARIANTS]
    plain, *others = made.values()
    assert all(figures.keys() == plain.keys() for figures in others)
    for figures in made.values():
        assert figures["post 64: entries/s"] > 0
        assert figures["page: pages"] > 0
    assert made["36 months"]["page: pages"] > made["12 months"]["page: pages"] > plain["page: pages"]
    assert made["12 months"]["files smaller by: MB"] > plain["files smaller by: MB"] == 0
    shown = console.export_text()
    assert all(figure in shown for figure in plain)


@pytest.mark.parametrize("variant", journals.VARIANTS, ids=lambda variant: variant.name)
def test_the_data_of_a_journal_begins_and_ends_with_its_partitions(variant: journals.Variant) -> None:
    assert len(variant.bounds) == (variant.partitions or variant.months) + 1
    assert variant.bounds[-1] == datetime(2026, 12, 1, tzinfo=UTC)
    assert variant.bounds[0] == datetime(2026 - variant.months // 12, 12, 1, tzinfo=UTC)


def test_a_journal_that_has_lost_an_entry_gives_no_figures(cluster: str) -> None:
    async def lose_one(url: str) -> None:
        async with partitions._subject(url, journals.VARIANTS[0]) as subject:
            await partitions._load(subject, TINY)
            await partitions._check(subject)
            await subject.connection.execute("DELETE FROM entries WHERE reference = 'T-7'")
            with pytest.raises(BenchmarkError, match="plain has"):
                await partitions._check(subject)

    with hosting.database(cluster, "test") as url:
        asyncio.run(lose_one(url))


def test_a_partitioned_journal_takes_one_version_twice(cluster: str) -> None:
    """Which is the reason to refuse it that no figure shows."""

    async def twice(url: str, variant: journals.Variant) -> None:
        async with partitions._subject(url, variant) as subject:
            await partitions._load(subject, TINY)
            again = "INSERT INTO entries SELECT (jsonb_populate_record(e, $1)).* FROM entries e WHERE reference = 'T-7'"
            await subject.connection.execute(again, f'{{"recorded_at": "{journals.NOW.isoformat()}"}}')

    with hosting.database(cluster, "test") as url:
        plain, months = journals.VARIANTS[0], journals.VARIANTS[3]
        asyncio.run(twice(url, months))
        with pytest.raises(asyncpg.UniqueViolationError):
            asyncio.run(twice(url, plain))


def test_the_plain_journal_can_become_the_first_partition_later(cluster: str) -> None:
    """With everything in it, in place; so that the decision against partitions can be taken back."""

    async def convert(url: str) -> None:
        async with partitions._subject(url, journals.VARIANTS[0]) as subject:
            await partitions._load(subject, TINY)
            assert "to partitioned" in await partitions._converted(subject)
            await partitions._warm(subject, TINY)
            await partitions._check(subject)
            await subject.connection.execute(POSTED_IN_2027)
            parts = await subject.connection.fetch("SELECT DISTINCT tableoid::regclass::text AS part FROM entries")
            assert {row["part"] for row in parts} == {"entries_2026", "entries_2027"}
            with pytest.raises(asyncpg.UniqueViolationError):
                await subject.connection.execute(POSTED_IN_2027)

    with hosting.database(cluster, "test") as url:
        asyncio.run(convert(url))
