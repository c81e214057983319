"""The journals that are compared, plain and partitioned by month of recording, and the SQL that is run on each."""

from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 11, 24, tzinfo=UTC)
END_MONTH = 2026 * 12 + 11  # December 2026, where the current partition ends, counted in months
PAGE = 20

COLUMNS = """
    account_id uuid NOT NULL, bucket smallint NOT NULL, version bigint NOT NULL, kind text NOT NULL,
    points numeric NOT NULL, balance_after numeric NOT NULL, effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL, reason text, reference text, location text, hold_id uuid,
    surface text NOT NULL, actor uuid NOT NULL, cause text,
"""
LOADED = """
INSERT INTO entries
SELECT
    ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, (n % 1024)::smallint, version, 'earn', 100,
    version * 100, at - interval '1 minute', at, 'Purchase', 'T-' || i, 'L-12', NULL, 'counterpoint', $5, NULL
FROM (
    SELECT i, i * 7919 % $2::bigint * $3::bigint AS n, i / $2::bigint + 1 AS version,
        $4::timestamptz + ($6::timestamptz - $4::timestamptz) * (i::float8 / $1::bigint) AS at
    FROM generate_series(0, $1::bigint - 1) i
) l
"""
POST = """
INSERT INTO entries
SELECT g.id, g.bucket, g.version, 'earn', g.points, g.points * g.version, $5, $5, 'Purchase', g.reference, 'L-12',
    NULL, 'counterpoint', $6, NULL
FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::numeric[], $7::text[])
    AS g (id, bucket, version, points, reference)
"""
READS = {
    "page": f"""
        SELECT e.* FROM entries e
        WHERE e.account_id = $1::uuid AND e.bucket = $2::smallint AND e.version < $3::bigint
        ORDER BY e.version DESC LIMIT {PAGE}
    """,  # noqa: S608 - a constant
    "window": """
        SELECT f.*, ARRAY(
            SELECT e FROM entries e
            WHERE e.account_id = $1::uuid AND e.bucket = $2::smallint AND e.effective_at >= $3::timestamptz
            ORDER BY e.effective_at, e.version
        ) AS entries
        FROM (
            SELECT count(*) AS count, sum(e.points) AS points FROM entries e
            WHERE e.account_id = $1::uuid AND e.bucket = $2::smallint AND e.effective_at < $3::timestamptz
        ) f
    """,
    "balance as of": """
        SELECT count(*) AS count, sum(e.points) AS points FROM entries e
        WHERE e.account_id = $1::uuid AND e.bucket = $2::smallint AND e.effective_at <= $3::timestamptz
    """,
}
MONTH = "SELECT count(*), sum(points) FROM entries WHERE recorded_at >= $1 AND recorded_at < $2"
DELETED = "DELETE FROM entries WHERE recorded_at >= $1 AND recorded_at < $2"
SIZES = """
SELECT sum(pg_table_size(t.relid))::bigint AS heap, sum(pg_indexes_size(t.relid))::bigint AS indexes
FROM (SELECT relid FROM pg_partition_tree('entries') UNION SELECT 'entries'::regclass) t
"""
BOUNDED = (  # each in a transaction of its own: the first locks postings out for a moment, the second for none
    "ALTER TABLE entries ADD CONSTRAINT entries_before_2027 CHECK (recorded_at < '2027-01-01 00:00Z') NOT VALID",
    "ALTER TABLE entries VALIDATE CONSTRAINT entries_before_2027",
)
PARTITIONED_LATER = """
BEGIN;
ALTER TABLE entries RENAME TO entries_2026;
ALTER INDEX entries_pkey RENAME TO entries_2026_pkey;
CREATE TABLE entries (LIKE entries_2026) PARTITION BY RANGE (recorded_at);
ALTER TABLE entries ATTACH PARTITION entries_2026 FOR VALUES FROM (MINVALUE) TO ('2027-01-01 00:00Z');
CREATE TABLE entries_2027 PARTITION OF entries (PRIMARY KEY (account_id, bucket, version))
    FOR VALUES FROM ('2027-01-01 00:00Z') TO ('2028-01-01 00:00Z');
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to keep the journal: of how many partitions (none: plain), and over how many months its data spreads."""

    name: str
    schema: str
    partitions: int = 0
    months: int = 12
    brin: bool = False

    @property
    def bounds(self) -> list[datetime]:
        """Where the partitions begin, and where the last one ends."""
        pieces = self.partitions or self.months
        step = self.months // pieces
        counted = [END_MONTH - step * (pieces - n) for n in range(pieces + 1)]
        return [datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in counted]

    def definition(self) -> list[str]:
        """The statements that make the table. It is vacuumed when we say so, or a vacuum would fall on one of them."""
        quiet = "WITH (autovacuum_enabled = false)"
        made = [f"CREATE SCHEMA {self.schema}"]
        if not self.partitions:
            made.append(f"CREATE TABLE entries ({COLUMNS} PRIMARY KEY (account_id, bucket, version)) {quiet}")
            return [*made, "CREATE INDEX ON entries USING brin (recorded_at)"] if self.brin else made
        key = "PRIMARY KEY (account_id, bucket, version, recorded_at)"
        made.append(f"CREATE TABLE entries ({COLUMNS} {key}) PARTITION BY RANGE (recorded_at)")
        for number, (since, until) in enumerate(zip(self.bounds, self.bounds[1:], strict=False)):
            values = f"FROM ('{since.isoformat()}') TO ('{until.isoformat()}')"
            made.append(f"CREATE TABLE entries_{number} PARTITION OF entries FOR VALUES {values} {quiet}")
        return made


VARIANTS = (
    Variant("plain", "plain"),
    Variant("plain, BRIN", "brin", brin=True),
    Variant("4 quarters", "quarters", partitions=4),
    Variant("12 months", "months12", partitions=12),
    Variant("36 months", "months36", partitions=36, months=36),
)
