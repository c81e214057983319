-- name: write!
-- What has happened to the members of accounts, where anybody listens to the tenant.
INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
SELECT :tenant_id, n.account_id, n.type, n.at, n.data
FROM unnest(:account_ids::uuid[], :types::text[], :moments::timestamptz[], :data::text[]) AS n (account_id, type, at, data)
WHERE EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = :tenant_id AND w.is_active);

-- name: fresh_accounts
-- Accounts of which something waits to become an event.
SELECT DISTINCT h.account_id FROM webhook_happenings h WHERE h.tenant_id = ANY (:tenant_ids::uuid[]) LIMIT :limit;

-- name: fresh_holds
-- Holds that were placed of late, which is what their ids say, and of which it was not told.
SELECT h.account_id
FROM holds h
JOIN accounts a ON a.id = h.account_id AND a.bucket = h.bucket
JOIN unnest(:tenant_ids::uuid[], :since::timestamptz[]) AS t (id, since) ON t.id = a.tenant_id AND h.placed_at >= t.since
LEFT JOIN webhook_holds w ON w.hold_id = h.id
WHERE h.id >= :first AND h.state <> 'moved' AND w.hold_id IS NULL
LIMIT :limit;

-- name: ended_holds
-- Holds of which it was told that they were placed, and not how they ended.
SELECT h.account_id
FROM webhook_holds w
JOIN holds h ON h.id = w.hold_id AND h.state NOT IN ('open', 'moved')
WHERE w.is_open AND w.tenant_id = ANY (:tenant_ids::uuid[])
LIMIT :limit;

-- name: of_accounts
-- All that waits of some accounts, with whose they are.
SELECT
    h.id, h.type, h.at, h.data, h.account_id, h.tenant_id, a.program_id, s.id AS membership_id,
    coalesce(m.merged_into, m.id) AS member_id
FROM unnest(:account_ids::uuid[], :buckets::smallint[]) AS n (id, bucket)
JOIN webhook_happenings h ON h.account_id = n.id
JOIN accounts a ON a.id = n.id AND a.bucket = n.bucket
LEFT JOIN memberships s ON s.account_id = a.id
LEFT JOIN members m ON m.id = s.member_id;

-- name: holds_of_accounts
-- Holds of some accounts of which there is something to tell, with whose they are.
SELECT
    h.*, a.tenant_id, a.program_id, s.id AS membership_id, coalesce(m.merged_into, m.id) AS member_id,
    w.hold_id IS NULL AS is_new
FROM unnest(:account_ids::uuid[], :buckets::smallint[]) AS n (id, bucket)
JOIN accounts a ON a.id = n.id AND a.bucket = n.bucket
JOIN unnest(:tenant_ids::uuid[], :since::timestamptz[]) AS t (id, since) ON t.id = a.tenant_id
JOIN holds h ON h.account_id = a.id AND h.bucket = a.bucket AND h.state <> 'moved'
LEFT JOIN webhook_holds w ON w.hold_id = h.id
LEFT JOIN memberships s ON s.account_id = a.id
LEFT JOIN members m ON m.id = s.member_id
WHERE (w.hold_id IS NULL AND h.id >= :first AND h.placed_at >= t.since) OR (w.is_open AND h.state <> 'open');

-- name: told!
DELETE FROM webhook_happenings h WHERE h.id = ANY (:ids::uuid[]);

-- name: told_holds!
INSERT INTO webhook_holds (hold_id, tenant_id, is_open)
SELECT n.* FROM unnest(:ids::uuid[], :tenant_ids::uuid[], :open::boolean[]) AS n
ON CONFLICT (hold_id) DO UPDATE SET is_open = excluded.is_open;

-- name: forget_happenings!
-- What nobody listens to any more.
DELETE FROM webhook_happenings h
WHERE NOT EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = h.tenant_id AND w.is_active);

-- name: forget_holds!
DELETE FROM webhook_holds h
WHERE (NOT h.is_open AND h.hold_id < :before)
   OR NOT EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = h.tenant_id AND w.is_active);
