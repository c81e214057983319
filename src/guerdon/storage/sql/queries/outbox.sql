-- name: oldest_writer$
-- For how long the oldest transaction has been running that may still write something; ours may before they have a number.
SELECT coalesce(max(clock_timestamp() - a.xact_start), interval '0')
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
  AND (a.backend_xid IS NOT NULL OR a.application_name = 'guerdon');

-- name: seen_to$
-- Nobody else makes events until the transaction ends.
SELECT p.seen_to FROM webhook_progress p FOR UPDATE;

-- name: look_from!
UPDATE webhook_progress p SET seen_to = :seen_to WHERE p.seen_to < :seen_to;

-- name: fresh_accounts
-- Accounts with entries that are no events yet.
SELECT DISTINCT e.account_id
FROM entries e
JOIN accounts a ON a.id = e.account_id AND a.bucket = e.bucket
JOIN unnest(:tenant_ids::uuid[], :since::timestamptz[]) AS t (id, since) ON t.id = a.tenant_id
LEFT JOIN webhook_cursors c ON c.account_id = e.account_id
WHERE e.recorded_at >= :seen_to AND e.version > coalesce(c.version, 0)
  AND (c.account_id IS NOT NULL OR e.recorded_at >= t.since)
LIMIT :limit;

-- name: fresh_entries
-- The entries of accounts that are no events yet, with whose they are; each account's in the order of their versions.
SELECT
    e.*, a.tenant_id, a.program_id, s.id AS membership_id, coalesce(m.merged_into, m.id) AS member_id,
    max(e.recorded_at) OVER (PARTITION BY e.account_id ORDER BY e.version) AS place
FROM unnest(:account_ids::uuid[], :buckets::smallint[]) AS n (id, bucket)
JOIN accounts a ON a.id = n.id AND a.bucket = n.bucket
JOIN unnest(:tenant_ids::uuid[], :since::timestamptz[]) AS t (id, since) ON t.id = a.tenant_id
LEFT JOIN webhook_cursors c ON c.account_id = a.id
LEFT JOIN memberships s ON s.account_id = a.id
LEFT JOIN members m ON m.id = s.member_id
CROSS JOIN LATERAL (
    SELECT e.*
    FROM entries e
    WHERE e.account_id = a.id AND e.bucket = a.bucket AND e.version > coalesce(c.version, 0)
      AND (c.account_id IS NOT NULL OR e.recorded_at >= t.since)
    ORDER BY e.version
    LIMIT :most
) e
ORDER BY place, e.account_id, e.version;

-- name: move_cursors!
INSERT INTO webhook_cursors (account_id, version)
SELECT n.account_id, n.version FROM unnest(:account_ids::uuid[], :versions::bigint[]) AS n (account_id, version)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version;

-- name: fresh_members
-- Members that were made, changed or merged, or those that were erased, which are no events yet.
SELECT
    m.id, m.tenant_id, m.merged_into, w.changed_at IS NULL AND m.created_at >= t.since AS is_new,
    coalesce(m.changed_at, m.created_at) AS place, m.erased_at IS NOT NULL AS is_erased
FROM unnest(:tenant_ids::uuid[], :since::timestamptz[]) AS t (id, since)
JOIN members m ON m.tenant_id = t.id AND (
    m.changed_at >= :seen_to OR m.changed_at IS NULL AND m.created_at >= :seen_to
)
LEFT JOIN webhook_members w ON w.member_id = m.id
WHERE coalesce(m.changed_at, m.created_at) >= t.since
  AND w.changed_at IS DISTINCT FROM coalesce(m.changed_at, m.created_at)
  AND (m.erased_at IS NOT NULL) = :are_erased::boolean
ORDER BY place, m.id
LIMIT :limit;

-- name: count_up
-- So many more events of members; the number of the last of each.
INSERT INTO webhook_members (member_id, sequence)
SELECT n.member_id, n.more FROM unnest(:member_ids::uuid[], :more::bigint[]) AS n (member_id, more)
ON CONFLICT (member_id) DO UPDATE SET sequence = webhook_members.sequence + excluded.sequence
RETURNING member_id, sequence;

-- name: remember_changes!
UPDATE webhook_members w
SET changed_at = n.changed_at
FROM unnest(:member_ids::uuid[], :changed_at::timestamptz[]) AS n (member_id, changed_at)
WHERE w.member_id = n.member_id;

-- name: write_events!
-- Events, to whom they go, and that there is something to be sent: the last is a lock against whoever has just sent all.
WITH event AS (
    INSERT INTO webhook_events (id, tenant_id, member_id, sequence, type, body, created_at)
    SELECT n.*
    FROM unnest(
        :ids::uuid[], :tenant_ids::uuid[], :member_ids::uuid[], :sequences::bigint[], :types::text[], :bodies::text[],
        :created_at::timestamptz[]
    ) AS n
),
delivery AS (
    INSERT INTO webhook_deliveries (endpoint_id, event_id, member_id, sequence)
    SELECT d.endpoint_id, d.event_id, d.member_id, d.sequence
    FROM unnest(
        :endpoint_ids::uuid[], :event_ids::uuid[], :receivers::uuid[], :numbers::bigint[]
    ) AS d (endpoint_id, event_id, member_id, sequence)
)
INSERT INTO webhook_queues (endpoint_id, member_id, due_at)
SELECT DISTINCT d.endpoint_id, d.member_id, :now::timestamptz
FROM unnest(:endpoint_ids::uuid[], :receivers::uuid[]) AS d (endpoint_id, member_id)
ON CONFLICT (endpoint_id, member_id) DO UPDATE SET due_at = webhook_queues.due_at;

-- name: due_endpoints
-- Endpoints for which something waits that can be sent now.
SELECT w.id
FROM webhook_endpoints w
WHERE w.is_active AND EXISTS (
    SELECT 1 FROM webhook_queues q
    WHERE q.endpoint_id = w.id AND q.due_at <= :now AND (q.leased_until IS NULL OR q.leased_until <= :now)
);

-- name: claim
-- Members of whom something waits for an endpoint: nobody else sends it until the lease ends. Whoever has it already, and
-- was slower than that, does not send it a second time beside. Looked for once: a subquery that locks may be run for each
-- row of the other side, and find others each time.
WITH claimed AS MATERIALIZED (
    SELECT q.endpoint_id, q.member_id
    FROM webhook_queues q
    JOIN webhook_endpoints w ON w.id = q.endpoint_id
    WHERE q.endpoint_id = :endpoint_id AND w.is_active AND q.due_at <= :now
      AND (q.leased_until IS NULL OR q.leased_until <= :now AND q.lease IS DISTINCT FROM :lease)
    ORDER BY q.due_at
    LIMIT :limit
    FOR UPDATE OF q SKIP LOCKED
)
UPDATE webhook_queues q
SET lease = :lease, leased_until = :until
FROM claimed c
WHERE q.endpoint_id = c.endpoint_id AND q.member_id = c.member_id
RETURNING q.member_id;

-- name: head^
-- What is to be sent next of a member, and where to.
SELECT d.event_id, e.body, d.attempts, d.first_tried_at, w.*
FROM webhook_deliveries d
JOIN webhook_events e ON e.id = d.event_id
JOIN webhook_endpoints w ON w.id = d.endpoint_id
WHERE d.endpoint_id = :endpoint_id AND d.member_id = :member_id AND d.state = 'waiting' AND w.is_active
ORDER BY d.sequence
LIMIT 1;

-- name: note$
-- What came of an attempt, as far as the lease is still ours; it goes on, or ends where the member has to wait.
WITH mine AS (
    UPDATE webhook_queues q
    SET due_at = :due_at, leased_until = :until, lease = CASE WHEN :until::timestamptz IS NULL THEN NULL ELSE q.lease END
    WHERE q.endpoint_id = :endpoint_id AND q.member_id = :member_id AND q.lease = :lease
    RETURNING q.member_id
)
UPDATE webhook_deliveries d
SET
    state = :state, attempts = d.attempts + 1, first_tried_at = coalesce(d.first_tried_at, :now), last_tried_at = :now,
    status = :status, error = :error
FROM mine m
WHERE d.endpoint_id = :endpoint_id AND d.event_id = :event_id AND d.member_id = m.member_id
RETURNING true;

-- name: lock_queue$
SELECT true FROM webhook_queues q
WHERE q.endpoint_id = :endpoint_id AND q.member_id = :member_id AND q.lease = :lease
FOR UPDATE;

-- name: end_queue!
-- Nothing waits any more.
DELETE FROM webhook_queues q
WHERE q.endpoint_id = :endpoint_id AND q.member_id = :member_id AND NOT EXISTS (
    SELECT 1 FROM webhook_deliveries d
    WHERE d.endpoint_id = q.endpoint_id AND d.member_id = q.member_id AND d.state = 'waiting'
);

-- name: leave_queue!
-- Something has come meanwhile.
UPDATE webhook_queues q SET lease = NULL, leased_until = NULL
WHERE q.endpoint_id = :endpoint_id AND q.member_id = :member_id AND q.lease = :lease;

-- name: release!
-- Whatever waits is somebody else's to send.
UPDATE webhook_queues q SET lease = NULL, leased_until = NULL WHERE q.endpoint_id = :endpoint_id AND q.lease = :lease;

-- name: forget_deliveries!
-- What was sent or given up long ago.
DELETE FROM webhook_deliveries d
USING webhook_events e
WHERE e.id = d.event_id AND e.created_at < :before AND d.state <> 'waiting';

-- name: forget_events!
DELETE FROM webhook_events e
WHERE e.created_at < :before AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = e.id);
