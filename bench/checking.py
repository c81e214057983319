"""Holds what was acknowledged against what is in the tables: a figure that does not pass is no figure."""

from dataclasses import dataclass

import asyncpg

from bench.loads import BenchmarkError, Outcome

_STORED = """
SELECT count(*) AS entries, coalesce(sum(points), 0)::bigint AS points, count(DISTINCT recorded_at) AS batches
FROM entries WHERE reference = $1
"""

_ASTRAY = """
SELECT count(*) FROM accounts a
LEFT JOIN (
    SELECT account_id, count(*) AS entries, sum(points) AS points, max(version) AS last
    FROM entries GROUP BY account_id
) e ON e.account_id = a.id
WHERE (a.version, a.version, a.posted)
    IS DISTINCT FROM (coalesce(e.entries, 0), coalesce(e.last, 0), coalesce(e.points, 0))
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the tables have of one load: its entries, their points, and how many batches wrote them."""

    entries: int
    points: int
    batches: int


async def stored(database_url: str, reference: str) -> Stored:
    """Counts the entries that carry a reference."""
    connection = await asyncpg.connect(database_url)
    try:
        row = await connection.fetchrow(_STORED, reference)
    finally:
        await connection.close()
    assert row is not None
    return Stored(row["entries"], row["points"], row["batches"])


def check(outcome: Outcome, found: Stored, points_each: int) -> None:
    """Every acknowledged earn is an entry, and nothing else is, but for what was in flight at the end.

    Raises:
        BenchmarkError: it is not so, or a request failed.
    """
    check_answers(outcome)
    most = outcome.acknowledged + outcome.in_flight
    if not outcome.acknowledged <= found.entries <= most:
        raise BenchmarkError(
            f"{outcome.acknowledged} earns were acknowledged and at most {outcome.in_flight} more were in flight, "
            f"but the tables have {found.entries}"
        )
    if found.points != found.entries * points_each:
        raise BenchmarkError(f"{found.entries} entries of {points_each} points add up to {found.points}")


def check_answers(outcome: Outcome) -> None:
    """Every answer was the one that was asked for.

    Raises:
        BenchmarkError: one was not, or there were none.
    """
    if outcome.failed or not outcome.acknowledged:
        shown = outcome.first_failure or "run with --generator own to see the first"
        raise BenchmarkError(f"{outcome.acknowledged} requests were acknowledged, {outcome.failed} failed: {shown}")


async def check_books(database_url: str) -> None:
    """Every account's posted points and version are what its entries add up to.

    Raises:
        BenchmarkError: an account disagrees.
    """
    connection = await asyncpg.connect(database_url)
    try:
        astray: int = await connection.fetchval(_ASTRAY)
    finally:
        await connection.close()
    if astray:
        raise BenchmarkError(f"{astray} accounts disagree with their entries")
