"""Gives seeded customers a past: entries, set by set, straight into the tables."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

_ENTRIES = """
INSERT INTO entries (
    account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference, surface,
    actor, expires_at
)
SELECT
    a.id, a.bucket, n, 'earn', $2::numeric, $2::numeric * n, $4::timestamptz + n * $5::interval,
    $4::timestamptz + n * $5::interval, 'Benchmark', 'seed', 'counterpoint', '00000000-0000-0000-0000-000000000000',
    $6::timestamptz
FROM unnest($1::uuid[]) AS i (id)
JOIN accounts a ON a.id = i.id
CROSS JOIN generate_series(1, $3::bigint) AS n
"""

_ACCOUNTS = """
UPDATE accounts
SET posted = $2::numeric * $3::bigint, lifetime = $2::numeric * $3::bigint, version = $3, due_at = $4
WHERE id = ANY ($1::uuid[])
"""

AT_ONCE = 5_000
"""Accounts in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The past of an account: so many earns of so many points, one after the other, and when they lapse."""

    entries: int
    points: int
    first_at: datetime
    apart: timedelta
    expires_at: datetime | None = None


async def write(database_url: str, first: int, last: int, history: History) -> None:
    """Writes the past of the accounts of the customers `first` to `last`, which have none yet."""
    connection = await asyncpg.connect(database_url)
    try:
        ids = await connection.fetch(_IDS, first, last)
        for start in range(0, len(ids), AT_ONCE):
            some = [row["account_id"] for row in ids[start : start + AT_ONCE]]
            moments = (history.first_at, history.apart, history.expires_at)
            async with connection.transaction():
                await connection.execute(_ENTRIES, some, history.points, history.entries, *moments)
                await connection.execute(_ACCOUNTS, some, history.points, history.entries, history.expires_at)
        await connection.execute("VACUUM ANALYZE accounts, entries")
    finally:
        await connection.close()


_IDS = """
SELECT m.account_id
FROM generate_series($1::integer, $2::integer) AS n
JOIN identifiers i
    ON i.namespace = 'counterpoint.customer'
    AND i.canonical = 'B' || lpad(n::text, greatest(6, length(n::text)), '0')
JOIN memberships m ON m.member_id = i.member_id
"""
