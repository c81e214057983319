"""Holds what was acknowledged against what is in the tables: a figure that does not pass is no figure."""

from dataclasses import dataclass

import asyncpg

from bench.loads import HELD_POINTS, POINTS, BenchmarkError, Outcome

_STORED = """
SELECT
    count(*) FILTER (WHERE kind = 'earn') AS earns,
    count(*) FILTER (WHERE kind = 'capture') AS captures,
    coalesce(sum(points), 0)::bigint AS points,
    count(DISTINCT recorded_at) AS batches
FROM entries WHERE starts_with(reference, $1)
"""

_HOLDS = """
SELECT count(*) AS placed, count(*) FILTER (WHERE state = 'captured') AS captured
FROM holds WHERE starts_with(reference, $1)
"""

_ASTRAY = """
SELECT count(*) FROM accounts a
LEFT JOIN (
    SELECT
        e.account_id, count(*) AS entries, sum(e.points) AS points, max(e.version) AS last,
        sum(coalesce(t.remaining, e.points)) FILTER (WHERE e.points > 0) AS unspent
    FROM entries e
    LEFT JOIN touched_lots t
        ON t.account_id = e.account_id AND t.bucket = e.bucket AND t.version = e.version AND t.part = 1
    GROUP BY e.account_id
) e ON e.account_id = a.id
LEFT JOIN (SELECT account_id, sum(remaining) AS points FROM holds GROUP BY account_id) h ON h.account_id = a.id
WHERE (a.version, a.version, a.posted, greatest(a.posted, 0), a.held)
    IS DISTINCT FROM (
        coalesce(e.entries, 0), coalesce(e.last, 0), coalesce(e.points, 0), coalesce(e.unspent, 0),
        coalesce(h.points, 0)
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the tables have of one load: entries by kind, their points, how many batches wrote them, and holds."""

    earns: int = 0
    captures: int = 0
    points: int = 0
    batches: int = 0
    placed: int = 0
    captured: int = 0

    @property
    def entries(self) -> int:
        """Of both kinds."""
        return self.earns + self.captures


async def stored(database_url: str, reference: str) -> Stored:
    """Counts the entries and holds whose reference begins so."""
    connection = await asyncpg.connect(database_url)
    try:
        # Of one moment: what was in flight when the generator hung up is still being carried out.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            entries = await connection.fetchrow(_STORED, reference)
            holds = await connection.fetchrow(_HOLDS, reference)
    finally:
        await connection.close()
    assert entries is not None
    assert holds is not None
    return Stored(**dict(entries), **dict(holds))


def check(outcome: Outcome, found: Stored) -> None:
    """What was acknowledged is in the tables, and nothing else is, but for what was in flight at the end.

    Raises:
        BenchmarkError: it is not so, or a request failed.
    """
    check_answers(outcome)
    for what, told, there in (
        ("entries", outcome.groups.get("written", 0), found.entries),
        ("holds", outcome.groups.get("authorized", 0), found.placed),
    ):
        if not told <= there <= told + outcome.in_flight:
            raise BenchmarkError(
                f"{told} {what} were acknowledged and at most {outcome.in_flight} more were in flight, "
                f"but the tables have {there}"
            )
    if found.points != found.earns * POINTS - found.captures * HELD_POINTS:
        raise BenchmarkError(f"{found.earns} earns and {found.captures} captures add up to {found.points} points")
    if found.captured != found.captures:
        raise BenchmarkError(f"{found.captured} holds were captured, by {found.captures} entries")


def check_answers(outcome: Outcome) -> None:
    """Every answer was one that was asked for.

    Raises:
        BenchmarkError: one was not, or there were none.
    """
    if outcome.failed or not outcome.acknowledged or sum(outcome.groups.values()) != outcome.acknowledged:
        shown = outcome.first_failure or "run with --generator own to see the first"
        raise BenchmarkError(
            f"{outcome.acknowledged} requests were acknowledged ({outcome.groups}), {outcome.failed} failed: {shown}"
        )


async def check_books(database_url: str) -> None:
    """Every account's figures are what its entries, lots and holds add up to.

    Raises:
        BenchmarkError: an account disagrees.
    """
    connection = await asyncpg.connect(database_url)
    try:
        astray: int = await connection.fetchval(_ASTRAY)
    finally:
        await connection.close()
    if astray:
        raise BenchmarkError(f"{astray} accounts disagree with their entries, lots or holds")
