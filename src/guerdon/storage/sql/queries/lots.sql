-- name: of_account
-- The open ones first, those that lapse soonest first; then the others, newest first; from after a place on.
SELECT l.*, a.idle_at
FROM accounts a
CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, 0) l
CROSS JOIN LATERAL (
    SELECT
        l.remaining = 0 AS is_used,
        CASE WHEN l.remaining > 0 THEN coalesce(l.expires_at, a.idle_at, 'infinity') ELSE 'infinity' END AS day,
        CASE WHEN l.remaining > 0 THEN l.earned_at ELSE '-infinity' END AS earned_at,
        CASE WHEN l.remaining > 0 THEN l.version ELSE -l.version END AS rank
) p
WHERE a.id = :account_id AND a.bucket = :bucket AND (:open_only = false OR l.remaining > 0)
  AND (
    :is_used::boolean IS NULL
    OR (p.is_used, p.day, p.earned_at, p.rank, l.part)
        > (:is_used::boolean, coalesce(:day::timestamptz, 'infinity'), coalesce(:earned_at::timestamptz, '-infinity'),
            :rank::bigint, :part::smallint)
  )
ORDER BY p.is_used, p.day, p.earned_at, p.rank, l.part
LIMIT :limit;

-- name: next_lapses
-- Of each account that has lots with a day ahead: the soonest day, and what is left of the lots that have it.
SELECT a.id, l.at, l.points
FROM unnest(:account_ids::uuid[], :buckets::smallint[]) AS n (id, bucket)
JOIN accounts a ON a.id = n.id AND a.bucket = n.bucket
CROSS JOIN LATERAL (
    SELECT coalesce(l.expires_at, a.idle_at) AS at, sum(l.remaining) AS points
    FROM ledger_lots(a.id, a.bucket, a.lots_from) l
    WHERE l.remaining > 0 AND coalesce(l.expires_at, a.idle_at) > :now
    GROUP BY 1
    ORDER BY 1
    LIMIT 1
) l;

-- name: coming_lapses
-- Every day ahead on which something of the account lapses, and how much.
SELECT coalesce(l.expires_at, a.idle_at) AS at, sum(l.remaining) AS points
FROM accounts a
CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, a.lots_from) l
WHERE a.id = :account_id AND a.bucket = :bucket AND l.remaining > 0 AND coalesce(l.expires_at, a.idle_at) > :now
GROUP BY 1
ORDER BY 1
LIMIT 100;

-- name: trace^
-- An entry with the lots that paid for it, those that it brought, what took from them, and its reversals: one snapshot.
SELECT
    e.*, a.idle_at,
    ARRAY(
        SELECT l
        FROM ledger_lots(e.account_id, e.bucket, e.version) l
        WHERE l.version = e.version
        ORDER BY l.part
    ) AS lots,
    p.paid, p.paid_by, s.spent, s.spent_on, r.reversed_by, r.undone
FROM entries e
JOIN accounts a ON a.id = e.account_id AND a.bucket = e.bucket
CROSS JOIN LATERAL (
    SELECT
        array_agg(c.points ORDER BY l.expires_at NULLS LAST, l.earned_at, l.version, l.part) AS paid,
        array_agg(l ORDER BY l.expires_at NULLS LAST, l.earned_at, l.version, l.part) AS paid_by
    FROM (
        SELECT c.lot_version, c.lot_part, sum(c.points) AS points
        FROM consumptions c
        WHERE c.account_id = e.account_id AND c.bucket = e.bucket AND c.version = e.version
        GROUP BY c.lot_version, c.lot_part
        HAVING sum(c.points) <> 0
    ) c
    LEFT JOIN touched_lots l
        ON l.account_id = e.account_id AND l.bucket = e.bucket AND l.version = c.lot_version AND l.part = c.lot_part
) p
CROSS JOIN LATERAL (
    SELECT array_agg(c.points ORDER BY c.version) AS spent, array_agg(c.version ORDER BY c.version) AS spent_on
    FROM (
        SELECT c.version, sum(c.points) AS points
        FROM consumptions c
        WHERE c.account_id = e.account_id AND c.bucket = e.bucket AND c.lot_version = e.version
        GROUP BY c.version
        HAVING sum(c.points) <> 0
    ) c
) s
CROSS JOIN LATERAL (
    SELECT
        array_agg(x.version ORDER BY x.version) AS reversed_by,
        coalesce(sum(abs(x.points) + coalesce(x.shortfall, 0) + coalesce(x.from_pending, 0)), 0) AS undone
    FROM entries x
    WHERE x.account_id = e.account_id AND x.bucket = e.bucket AND x.reverses = e.version
) r
WHERE e.account_id = :account_id AND e.bucket = :bucket AND e.version = :version;
