-- name: post
-- One result per command, in order.
SELECT refusal, version, points, posted, held, hold_id, hold_state, replayed
FROM ledger_post(
    :now, :bucket, :verb::text[], :tenant::uuid[], :account::uuid[], :points::numeric[], :basis::text[],
    :hold::uuid[], :flag::boolean[], :at::timestamptz[], :reason::text[], :reference::text[], :location::text[],
    :surface::text[], :actor::uuid[], :cause::text[], :key::text[], :fingerprint::bytea[]
);

-- name: open_accounts!
-- New accounts, empty; takes the program's overdraft rule along.
INSERT INTO accounts (id, bucket, tenant_id, allow_negative, opened_at)
SELECT n.id, n.bucket, :tenant_id, p.allow_negative, :now
FROM unnest(:ids::uuid[], :buckets::smallint[], :program_ids::uuid[]) AS n (id, bucket, program_id)
JOIN programs p ON p.id = n.program_id;

-- name: entries_page
-- Newest first, from below a version.
SELECT e.*
FROM entries e
WHERE e.account_id = :account_id AND e.bucket = :bucket AND e.version < :before
ORDER BY e.version DESC
LIMIT :limit;

-- name: holds_of
-- The account's holds, newest first.
SELECT h.*
FROM holds h
WHERE h.account_id = :account_id AND h.bucket = :bucket AND (:open_only = false OR h.state = 'open')
ORDER BY h.id DESC
LIMIT :limit;

-- name: captured$
-- What captures of a hold had taken in all, up to a version of the account.
SELECT coalesce(-sum(e.points), 0)
FROM entries e
WHERE e.account_id = :account_id AND e.bucket = :bucket AND e.version <= :until AND e.hold_id = :hold_id;

-- name: hold_by_id^
-- One hold of the tenant.
SELECT h.*
FROM holds h
JOIN accounts a ON a.id = h.account_id AND a.bucket = h.bucket
WHERE h.id = :hold_id AND a.tenant_id = :tenant_id;

-- name: window^
-- What came before a window, the entries in it, and the open holds, from one snapshot.
SELECT
    f.count, f.whole_points, f.latest_at,
    ARRAY(
        SELECT e
        FROM entries e
        WHERE e.account_id = :account_id AND e.bucket = :bucket
          AND e.effective_at >= :since AND e.effective_at <= :until
        ORDER BY e.effective_at, e.version
    ) AS entries,
    ARRAY(
        SELECT h
        FROM holds h
        WHERE h.account_id = :account_id AND h.bucket = :bucket AND h.state = 'open'
        ORDER BY h.placed_at, h.id
    ) AS holds,
    a.posted, a.held, a.lifetime, a.version
FROM accounts a
CROSS JOIN LATERAL (
    SELECT
        count(*) AS count,
        coalesce(sum(floor(e.balance_after) - floor(e.balance_after - e.points)), 0) AS whole_points,
        max(e.effective_at) AS latest_at
    FROM entries e
    WHERE e.account_id = a.id AND e.bucket = a.bucket AND e.effective_at < :since
) f
WHERE a.id = :account_id AND a.bucket = :bucket;
