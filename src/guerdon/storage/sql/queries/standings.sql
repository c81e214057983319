-- name: begin!
-- What was before the first look is nobody's news.
INSERT INTO standing_progress (seen_to) VALUES (:seen_to) ON CONFLICT DO NOTHING;

-- name: seen_to$
-- Nobody else looks until the transaction ends.
SELECT p.seen_to FROM standing_progress p FOR UPDATE;

-- name: look_from!
UPDATE standing_progress p SET seen_to = :seen_to WHERE p.seen_to < :seen_to;

-- name: due
-- Memberships whose standing may have changed: something was posted or ordered, they were changed, their program's rules
-- or ladder were, or it is time. Where lifetime points alone lead up the ladder, a posting that leads to no other rung
-- changes nothing, and is let go here: most are such.
WITH ladder AS (
    SELECT
        p.id, p.chain_id, p.tier_basis, p.tier_basis = 'points' AND p.tier_window = 'lifetime' AS is_plain,
        greatest(p.updated_at, max(t.updated_at), max(t.deleted_at)) AS changed_at
    FROM programs p
    JOIN tiers t ON t.program_id = p.id
    GROUP BY p.id
)
SELECT s.id
FROM (SELECT DISTINCT e.account_id FROM entries e WHERE e.recorded_at >= :seen_to) e
JOIN memberships s ON s.account_id = e.account_id
JOIN ladder l ON l.id = s.program_id
JOIN accounts a ON a.id = s.account_id AND a.bucket = s.bucket
LEFT JOIN standings k ON k.membership_id = s.id
LEFT JOIN LATERAL tier_reached(l.id, a.lifetime) r ON l.is_plain
WHERE k.version IS DISTINCT FROM a.version
  AND (NOT l.is_plain OR (r.id IS DISTINCT FROM k.tier_id AND (k.membership_id IS NOT NULL OR r.min_lifetime > 0)))
UNION
SELECT s.id
FROM (
    SELECT o.account_id FROM orders o WHERE o.recorded_at >= :seen_to
    UNION
    SELECT o.account_id FROM orders o WHERE o.cancelled_at >= :seen_to
) o
JOIN memberships s ON s.account_id = o.account_id
JOIN ladder l ON l.id = s.program_id AND l.tier_basis <> 'points'
UNION
SELECT s.id FROM memberships s JOIN ladder l ON l.id = s.program_id AND l.chain_id = s.chain_id
WHERE s.updated_at >= :seen_to
UNION
SELECT k.membership_id
FROM ladder l
JOIN memberships s ON s.program_id = l.id
JOIN standings k ON k.membership_id = s.id
WHERE l.changed_at >= :seen_to AND k.looked_at <= l.changed_at
UNION
SELECT k.membership_id FROM standings k WHERE k.due_at <= :now;

-- name: lock!
-- Whoever wants some of them looked at again waits, and is seen by the next look.
SELECT k.membership_id FROM standings k WHERE k.membership_id = ANY (:ids::uuid[]) ORDER BY 1 FOR UPDATE;

-- name: look_again!
-- Of an account, and of those that it has gone up in.
UPDATE standings k SET due_at = :now
FROM (SELECT :account_id::uuid AS id UNION ALL SELECT p.into_account_id FROM ledger_path(:account_id) p) a
JOIN memberships s ON s.account_id = a.id
WHERE k.membership_id = s.id;

-- name: begin_with
-- Those of whom nothing was said yet and nothing is to be told: lifetime points alone lead up the ladder, and lead where
-- they led at a moment.
INSERT INTO standings (membership_id, tenant_id, tier_id, tier, version, looked_at)
SELECT s.id, s.tenant_id, r.id, r.code, a.version, :now
FROM unnest(:ids::uuid[]) AS n (id)
JOIN memberships s ON s.id = n.id AND s.deleted_at IS NULL AND s.tier_id IS NULL
JOIN programs p ON p.id = s.program_id AND p.tier_basis = 'points' AND p.tier_window = 'lifetime'
JOIN accounts a ON a.id = s.account_id AND a.bucket = s.bucket
CROSS JOIN LATERAL lifetime_gained(a.id, a.bucket, :seen_to) g
LEFT JOIN LATERAL tier_reached(p.id, a.lifetime) r ON true
LEFT JOIN LATERAL tier_reached(p.id, CASE WHEN s.created_at <= :seen_to THEN a.lifetime - g.gained ELSE 0 END) b ON true
WHERE r.id IS NOT DISTINCT FROM b.id
ON CONFLICT DO NOTHING
RETURNING membership_id;

-- name: gained
-- By how much lifetime points have grown since a moment.
SELECT a.id AS account_id, g.gained
FROM accounts a
CROSS JOIN LATERAL lifetime_gained(a.id, a.bucket, :moment) g
WHERE a.id = ANY (:ids::uuid[]);

-- name: standings
-- Memberships as they are, and what was last said of them.
SELECT
    s.*, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at, k.membership_id IS NOT NULL AS is_known,
    k.tier_id AS told_tier_id, k.tier AS told_tier, k.warned_until
FROM unnest(:ids::uuid[]) AS n (id)
JOIN memberships s ON s.id = n.id AND s.deleted_at IS NULL
JOIN accounts a ON a.id = s.account_id AND a.bucket = s.bucket
LEFT JOIN standings k ON k.membership_id = s.id
ORDER BY s.id;

-- name: write!
INSERT INTO standings (membership_id, tenant_id, tier_id, tier, version, warned_until, due_at, looked_at)
SELECT n.id, s.tenant_id, n.tier_id, n.tier, n.version, n.warned_until, n.due_at, :now
FROM unnest(
    :ids::uuid[], :tier_ids::uuid[], :tiers::text[], :versions::bigint[], :warned::timestamptz[], :due::timestamptz[]
) AS n (id, tier_id, tier, version, warned_until, due_at)
JOIN memberships s ON s.id = n.id
ON CONFLICT (membership_id) DO UPDATE SET
    tier_id = excluded.tier_id, tier = excluded.tier, version = excluded.version,
    warned_until = excluded.warned_until, due_at = excluded.due_at, looked_at = excluded.looked_at;

-- name: leave!
-- Those whose memberships are gone.
DELETE FROM standings k WHERE k.membership_id = ANY (:ids::uuid[]);

-- name: write_moves!
INSERT INTO tier_moves (id, tenant_id, membership_id, noticed_at, move, from_tier_id, to_tier_id)
SELECT n.id, s.tenant_id, n.membership_id, :now, n.move, n.from_tier_id, n.to_tier_id
FROM unnest(:ids::uuid[], :membership_ids::uuid[], :moves::text[], :from_ids::uuid[], :to_ids::uuid[])
    AS n (id, membership_id, move, from_tier_id, to_tier_id)
JOIN memberships s ON s.id = n.membership_id;

-- name: moves_of
-- The newest first.
SELECT v.id, v.noticed_at, v.move, v.from_tier_id, f.code AS from_code, v.to_tier_id, t.code AS to_code
FROM tier_moves v
LEFT JOIN tiers f ON f.id = v.from_tier_id
LEFT JOIN tiers t ON t.id = v.to_tier_id
WHERE v.membership_id = :membership_id AND (:before::uuid IS NULL OR v.id < :before::uuid)
ORDER BY v.id DESC
LIMIT :limit;
