-- name: account^
-- One account.
SELECT a.* FROM accounts a WHERE a.id = :account_id AND a.bucket = :bucket;

-- name: entries
SELECT e.* FROM entries e
WHERE e.account_id = :account_id AND e.bucket = :bucket
ORDER BY e.version;

-- name: lots
-- All of an account's, or those with something left.
SELECT l.* FROM ledger_lots(:account_id, :bucket, 0) l
WHERE NOT :open_only OR l.remaining > 0
ORDER BY l.version, l.part;

-- name: consumptions
SELECT c.* FROM consumptions c
WHERE c.account_id = :account_id AND c.bucket = :bucket
ORDER BY c.by_version, c.version, c.lot_version, c.lot_part;

-- name: holds
-- One that came with a merge from another account was placed when it came.
SELECT
    h.id, h.account_id, h.points, h.remaining, h.state, greatest(h.placed_at, o.moved_at) AS placed_at, h.closed_at,
    h.reason, h.reference, h.location, h.expires_at
FROM holds h
LEFT JOIN LATERAL (
    SELECT min(g.merged_at) AS moved_at
    FROM holds o
    JOIN merged_memberships x ON x.account_id = o.account_id AND x.into_account_id = h.account_id
    JOIN merges g ON g.id = x.merge_id AND g.merged_at >= h.placed_at
    WHERE o.id = h.id AND o.account_id <> h.account_id
) o ON true
WHERE h.account_id = :account_id AND h.bucket = :bucket AND (NOT :open_only OR h.state = 'open')
ORDER BY h.placed_at, h.id;

-- name: promises
-- Likewise.
SELECT
    p.id, p.account_id, p.points, p.remaining, p.state, greatest(p.placed_at, o.moved_at) AS placed_at, p.activates_at, p.expires_at,
    p.closed_at, p.reason, p.reference, p.location
FROM pending_earns p
LEFT JOIN LATERAL (
    SELECT min(g.merged_at) AS moved_at
    FROM pending_earns o
    JOIN merged_memberships x ON x.account_id = o.account_id AND x.into_account_id = p.account_id
    JOIN merges g ON g.id = x.merge_id AND g.merged_at >= p.placed_at
    WHERE o.id = p.id AND o.account_id <> p.account_id
) o ON true
WHERE p.account_id = :account_id AND p.bucket = :bucket AND (NOT :open_only OR p.state = 'open')
ORDER BY p.placed_at, p.id;

-- name: away
-- From when until when an account had gone up in another, by merges that were undone.
SELECT g.merged_at, g.undone_at
FROM merged_memberships x
JOIN merges g ON g.id = x.merge_id AND g.undone_at IS NOT NULL
WHERE x.account_id = :account_id AND x.into_account_id IS NOT NULL
ORDER BY g.merged_at;

-- name: owners_of
-- The memberships that an account id or membership id names, or all of a member that answers to a value in a tenant,
-- the one that stands for the member first; of a program, where its code is given.
SELECT m.id AS membership_id, m.member_id, m.tenant_id, m.account_id, t.slug, r.code, r.name
FROM memberships m
JOIN tenants t ON t.id = m.tenant_id
JOIN programs r ON r.id = m.program_id
WHERE (
        m.account_id = :id::uuid OR m.id = :id::uuid
        OR (:id::uuid IS NULL AND m.member_id IN (
            SELECT i.member_id FROM identifiers i
            JOIN tenants o ON o.id = i.tenant_id
            WHERE o.slug = :slug::text AND i.canonical = ANY (:canonicals::text[])
        ))
    )
  AND (:slug::text IS NULL OR t.slug = :slug::text)
  AND (:code::text IS NULL OR r.code = :code::text)
ORDER BY m.deleted_at IS NOT NULL, m.is_primary DESC, m.id;

-- name: lapsing
-- What lapses by a moment, by tenant, program and last good day; less what holds that last beyond it keep.
SELECT
    t.slug, r.code, (l.day AT TIME ZONE r.time_zone - interval '1 microsecond')::date AS last_day,
    sum(least(l.remaining, greatest(l.upto - l.kept, 0))) AS points,
    sum(l.remaining - least(l.remaining, greatest(l.upto - l.kept, 0))) AS kept,
    count(DISTINCT l.account_id) AS accounts
FROM (
    SELECT
        a.id AS account_id, a.program_id, l.remaining, d.day, h.kept,
        sum(l.remaining) OVER (
            PARTITION BY a.id ORDER BY d.day, l.earned_at, l.version, l.part ROWS UNBOUNDED PRECEDING
        ) AS upto
    FROM accounts a
    CROSS JOIN LATERAL ledger_lots(a.id, a.bucket, a.lots_from) l
    CROSS JOIN LATERAL (SELECT coalesce(l.expires_at, a.idle_at) AS day) d
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(h.remaining), 0) AS kept FROM holds h
        WHERE h.account_id = a.id AND h.bucket = a.bucket AND h.state = 'open'
          AND (h.expires_at IS NULL OR h.expires_at > :until)
    ) h
    WHERE l.remaining > 0 AND a.due_at <= :until AND d.day <= :until
) l
JOIN programs r ON r.id = l.program_id
JOIN tenants t ON t.id = r.tenant_id
WHERE (:code::text IS NULL OR r.code = :code::text) AND (:slug::text IS NULL OR t.slug = :slug::text)
GROUP BY t.slug, r.code, last_day
ORDER BY t.slug, r.code, last_day;
