-- name: insert_order$
-- The id, where the order was not there; of two at once, the second waits for the first.
INSERT INTO orders (
    id, tenant_id, surface, reference, state, account_id, amount, placed_at, cancelled_at, event, membership_id,
    program_id, occasion, fingerprint, referrer_account_id, recorded_at
)
VALUES (
    :id, :tenant_id, :surface, :reference, :state, :account_id, :amount, :placed_at, :cancelled_at, :event,
    :membership_id, :program_id, :occasion, :fingerprint, :referrer_account_id, :recorded_at
)
ON CONFLICT (tenant_id, surface, (event IS NULL), reference) DO NOTHING
RETURNING id;

-- name: lock_order^
SELECT o.*
FROM orders o
WHERE o.tenant_id = :tenant_id AND o.surface = :surface AND o.reference = :reference
  AND (o.event IS NULL) = :is_order
FOR UPDATE;

-- name: lock_by_id^
SELECT o.* FROM orders o WHERE o.id = :id AND o.tenant_id = :tenant_id FOR UPDATE;

-- name: by_id^
SELECT o.* FROM orders o WHERE o.id = :id AND o.tenant_id = :tenant_id;

-- name: update_order!
UPDATE orders
SET
    state = :state, version = :version, cancelled_at = :cancelled_at, rule_version = :rule_version, tier = :tier,
    reckoning = :reckoning, referrer_account_id = :referrer_account_id, referrer_version = :referrer_version
WHERE id = :id;

-- name: count_of_account$
-- How many orders of an account, and of those that have gone up in it, count, but for one.
SELECT count(*)
FROM ledger_parts(ARRAY[:account_id::uuid]) w
JOIN orders o ON o.account_id = w.part_id
WHERE o.state = 'placed' AND o.event IS NULL AND o.id <> :but;

-- name: of_program
-- Orders and events that earned, whatever became of them since, from a moment until another, in the order in which they happened, from after one on.
SELECT o.*
FROM orders o
WHERE o.program_id = :program_id AND o.placed_at >= :since AND o.placed_at < :until
  AND (o.placed_at, o.id) > (:after_at, :after_id)
  AND o.reckoning IS NOT NULL
ORDER BY o.placed_at, o.id
LIMIT :limit;

-- name: count_of_program$
SELECT count(*) FROM orders o
WHERE o.program_id = :program_id AND o.placed_at >= :since AND o.placed_at < :until
  AND o.reckoning IS NOT NULL;

-- name: insert_return!
INSERT INTO order_returns (
    order_id, number, reference, units, amount, fingerprint, points, shortfall, version, referrer_version, returned_at,
    surface, actor
)
VALUES (
    :order_id, :number, :reference, :units, :amount, :fingerprint, :points, :shortfall, :version, :referrer_version,
    :returned_at, :surface, :actor
);

-- name: returns_of
-- Of an order, in the order in which they came.
SELECT r.* FROM order_returns r WHERE r.order_id = :order_id ORDER BY r.number;

-- name: returns_of_orders
SELECT r.* FROM order_returns r WHERE r.order_id = ANY (:order_ids::uuid[]) ORDER BY r.order_id, r.number;

-- name: member_of$
-- Whose a membership is, or was.
SELECT m.member_id FROM memberships m WHERE m.id = :membership_id AND m.tenant_id = :tenant_id;

-- name: search
-- Newest first; every filter is off where it is null. What was cancelled before it was placed is nobody's.
SELECT o.*
FROM orders o
WHERE o.tenant_id = :tenant_id AND (o.event IS NULL) = :is_order AND o.membership_id IS NOT NULL
  AND (:event::text IS NULL OR o.event = :event::text)
  AND (:reference::text IS NULL OR o.reference = :reference::text)
  AND (:state::text IS NULL OR o.state = :state::text)
  AND (:program_ids::uuid[] IS NULL OR o.program_id = ANY (:program_ids::uuid[]))
  AND (
    (:membership_id::uuid IS NULL AND :member_id::uuid IS NULL)
    OR o.account_id = ANY (ARRAY(
        SELECT w.part_id
        FROM ledger_parts(ARRAY(
            SELECT m.account_id
            FROM memberships m
            WHERE m.tenant_id = :tenant_id
              AND (:membership_id::uuid IS NOT NULL OR :member_id::uuid IS NOT NULL)
              AND (:membership_id::uuid IS NULL OR m.id = :membership_id::uuid)
              AND (:member_id::uuid IS NULL OR m.member_id = (
                  SELECT coalesce(g.merged_into, g.id) FROM members g WHERE g.id = :member_id::uuid
              ))
        )) w
    ))
  )
  AND (:since::timestamptz IS NULL OR o.placed_at >= :since::timestamptz)
  AND (:until::timestamptz IS NULL OR o.placed_at < :until::timestamptz)
  AND (:before::uuid IS NULL OR o.id < :before::uuid)
ORDER BY o.id DESC
LIMIT :limit;
