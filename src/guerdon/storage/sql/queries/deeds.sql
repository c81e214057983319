-- name: points
-- What came in by earns, less what was undone of each.
SELECT
    e.effective_at AS at,
    e.points - coalesce((
        SELECT sum(coalesce(r.shortfall, 0) + coalesce(r.from_pending, 0) - r.points)
        FROM entries r
        WHERE r.account_id = e.account_id AND r.bucket = e.bucket AND r.reverses = e.version
    ), 0) AS amount
FROM entries e
WHERE e.account_id = :id AND e.bucket = :bucket AND e.kind = 'earn'
ORDER BY e.version;

-- name: spend
SELECT o.placed_at AS at, o.amount FROM orders o
WHERE o.account_id = :id AND o.event IS NULL AND o.state = 'placed' AND o.amount IS NOT NULL
ORDER BY o.placed_at;

-- name: visits
-- The first order of each day, by the program's time zone.
SELECT min(o.placed_at) AS at, 1::numeric AS amount FROM orders o
WHERE o.account_id = :id AND o.event IS NULL AND o.state = 'placed'
GROUP BY (o.placed_at AT TIME ZONE :time_zone::text)::date
ORDER BY 1;
