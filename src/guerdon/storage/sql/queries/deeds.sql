-- name: points
-- What came in by earns, less what was undone of each; with accounts that have gone up in one.
SELECT
    w.account_id, e.effective_at AS at,
    e.points - coalesce((
        SELECT sum(coalesce(r.shortfall, 0) + coalesce(r.from_pending, 0) - r.points)
        FROM entries r
        WHERE r.account_id = e.account_id AND r.bucket = e.bucket AND r.reverses = e.version
    ), 0) AS amount
FROM ledger_parts(:ids::uuid[]) w
JOIN accounts a ON a.id = w.part_id
JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket AND e.kind = 'earn'
ORDER BY e.effective_at;

-- name: spend
-- What orders came to; with what was bought, where something of it has come back.
SELECT
    w.account_id, o.placed_at AS at, o.amount, o.id,
    CASE WHEN EXISTS (SELECT FROM order_returns r WHERE r.order_id = o.id) THEN o.occasion END AS occasion
FROM ledger_parts(:ids::uuid[]) w
JOIN orders o ON o.account_id = w.part_id
WHERE o.event IS NULL AND o.state = 'placed' AND o.amount IS NOT NULL AND o.id IS DISTINCT FROM :but::uuid
ORDER BY o.placed_at;

-- name: visits
-- The first order of each day, by the program's time zone.
SELECT w.account_id, min(o.placed_at) AS at, 1::numeric AS amount
FROM ledger_parts(:ids::uuid[]) w
JOIN orders o ON o.account_id = w.part_id
WHERE o.event IS NULL AND o.state = 'placed' AND o.id IS DISTINCT FROM :but::uuid
GROUP BY w.account_id, (o.placed_at AT TIME ZONE :time_zone::text)::date
ORDER BY 2;
