-- name: insert_endpoint!
INSERT INTO webhook_endpoints (id, tenant_id, url, description, events, is_active, secret, created_at, active_since)
VALUES (:id, :tenant_id, :url, :description, :events, :is_active, :secret, :now, :now);

-- name: endpoints
-- A tenant's endpoints, newest first; one of them where it is asked for.
SELECT w.*
FROM webhook_endpoints w
WHERE w.tenant_id = :tenant_id AND (:id::uuid IS NULL OR w.id = :id)
  AND (:before::uuid IS NULL OR w.id < :before)
ORDER BY w.id DESC
LIMIT :limit;

-- name: lock_endpoint$
-- For changing; deliveries to it may be written meanwhile by whoever has the lock that a change waits for next.
SELECT true FROM webhook_endpoints w WHERE w.tenant_id = :tenant_id AND w.id = :id FOR NO KEY UPDATE;

-- name: update_endpoint$
UPDATE webhook_endpoints w
SET url = :url, description = :description, events = :events, is_active = :is_active,
    active_since = CASE WHEN w.is_active THEN w.active_since ELSE :now END
WHERE w.tenant_id = :tenant_id AND w.id = :id
RETURNING true;

-- name: rotate_secret$
UPDATE webhook_endpoints w
SET secret = :secret, old_secret = w.secret, old_secret_until = :until
WHERE w.tenant_id = :tenant_id AND w.id = :id
RETURNING true;

-- name: delete_endpoint$
DELETE FROM webhook_endpoints w WHERE w.tenant_id = :tenant_id AND w.id = :id RETURNING true;

-- name: listening
-- The endpoints that anything is sent to, with the moment from which on, of each tenant.
SELECT w.* FROM webhook_endpoints w WHERE w.is_active ORDER BY w.id;

-- name: begin_looking!
-- From here on the journal is looked at, where nobody listened before, but for those of a tenant that has just come.
INSERT INTO webhook_progress (seen_to) VALUES (:seen_to)
ON CONFLICT (is_only) DO UPDATE SET seen_to = excluded.seen_to
WHERE NOT EXISTS (
    SELECT 1 FROM webhook_endpoints w WHERE w.is_active AND w.tenant_id IS DISTINCT FROM :come::uuid
);

-- name: listen_anew!
-- The endpoints of a tenant hear of nothing that was written before.
UPDATE webhook_endpoints w SET active_since = :now WHERE w.tenant_id = :tenant_id;

-- name: deliveries
-- Newest first.
SELECT
    d.event_id, e.type, d.member_id, d.sequence, d.state, d.attempts, e.created_at, d.last_tried_at, d.status, d.error
FROM webhook_deliveries d
JOIN webhook_events e ON e.id = d.event_id
JOIN webhook_endpoints w ON w.id = d.endpoint_id
WHERE w.tenant_id = :tenant_id AND d.endpoint_id = :id
  AND (:state::text IS NULL OR d.state = :state) AND (:type::text IS NULL OR e.type = :type)
  AND (:member_id::uuid IS NULL OR d.member_id = :member_id) AND (:before::uuid IS NULL OR d.event_id < :before)
ORDER BY d.event_id DESC
LIMIT :limit;

-- name: delivery^
-- One, with what is sent, and when it is tried next.
SELECT
    d.event_id, e.type, d.member_id, d.sequence, d.state, d.attempts, e.created_at, d.last_tried_at, d.status, d.error,
    e.body, d.first_tried_at, q.due_at AS next_at
FROM webhook_deliveries d
JOIN webhook_events e ON e.id = d.event_id
JOIN webhook_endpoints w ON w.id = d.endpoint_id
LEFT JOIN webhook_queues q ON q.endpoint_id = d.endpoint_id AND q.member_id = d.member_id AND d.state = 'waiting'
WHERE w.tenant_id = :tenant_id AND d.endpoint_id = :id AND d.event_id = :event_id;

-- name: replay
-- Sends again: one delivery or, where none is named, all that are dead.
WITH again AS (
    UPDATE webhook_deliveries d
    SET state = 'waiting', attempts = 0, first_tried_at = NULL
    FROM webhook_endpoints w
    WHERE w.id = d.endpoint_id AND w.tenant_id = :tenant_id AND w.id = :id
      AND CASE WHEN :event_id::uuid IS NULL THEN d.state = 'dead' ELSE d.event_id = :event_id END
    RETURNING d.endpoint_id, d.member_id
),
queued AS (
    INSERT INTO webhook_queues (endpoint_id, member_id, due_at)
    SELECT DISTINCT a.endpoint_id, a.member_id, :now::timestamptz FROM again a
    ON CONFLICT (endpoint_id, member_id) DO UPDATE SET due_at = least(webhook_queues.due_at, excluded.due_at)
)
SELECT a.member_id FROM again a;
