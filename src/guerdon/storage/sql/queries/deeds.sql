-- name: points
-- What came in by earns, less what was undone of each; with accounts that have gone up in one.
WITH RECURSIVE whole AS (
    SELECT n.id AS account_id, n.id AS part_id FROM unnest(:ids::uuid[]) AS n (id)
    UNION
    SELECT w.account_id, x.account_id
    FROM whole w
    JOIN merged_memberships x ON x.into_account_id = w.part_id
    JOIN merges m ON m.id = x.merge_id AND m.undone_at IS NULL
)
SELECT
    w.account_id, e.effective_at AS at,
    e.points - coalesce((
        SELECT sum(coalesce(r.shortfall, 0) + coalesce(r.from_pending, 0) - r.points)
        FROM entries r
        WHERE r.account_id = e.account_id AND r.bucket = e.bucket AND r.reverses = e.version
    ), 0) AS amount
FROM whole w
JOIN accounts a ON a.id = w.part_id
JOIN entries e ON e.account_id = a.id AND e.bucket = a.bucket AND e.kind = 'earn'
ORDER BY e.effective_at;

-- name: spend
WITH RECURSIVE whole AS (
    SELECT n.id AS account_id, n.id AS part_id FROM unnest(:ids::uuid[]) AS n (id)
    UNION
    SELECT w.account_id, x.account_id
    FROM whole w
    JOIN merged_memberships x ON x.into_account_id = w.part_id
    JOIN merges m ON m.id = x.merge_id AND m.undone_at IS NULL
)
SELECT w.account_id, o.placed_at AS at, o.amount
FROM whole w
JOIN orders o ON o.account_id = w.part_id
WHERE o.event IS NULL AND o.state = 'placed' AND o.amount IS NOT NULL AND o.id IS DISTINCT FROM :but::uuid
ORDER BY o.placed_at;

-- name: visits
-- The first order of each day, by the program's time zone.
WITH RECURSIVE whole AS (
    SELECT n.id AS account_id, n.id AS part_id FROM unnest(:ids::uuid[]) AS n (id)
    UNION
    SELECT w.account_id, x.account_id
    FROM whole w
    JOIN merged_memberships x ON x.into_account_id = w.part_id
    JOIN merges m ON m.id = x.merge_id AND m.undone_at IS NULL
)
SELECT w.account_id, min(o.placed_at) AS at, 1::numeric AS amount
FROM whole w
JOIN orders o ON o.account_id = w.part_id
WHERE o.event IS NULL AND o.state = 'placed' AND o.id IS DISTINCT FROM :but::uuid
GROUP BY w.account_id, (o.placed_at AT TIME ZONE :time_zone::text)::date
ORDER BY 2;
