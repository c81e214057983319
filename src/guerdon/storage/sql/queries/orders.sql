-- name: insert_order$
-- The id, where the order was not there; of two at once, the second waits for the first.
INSERT INTO orders (id, tenant_id, surface, reference, state, account_id, amount, placed_at, cancelled_at)
VALUES (:id, :tenant_id, :surface, :reference, :state, :account_id, :amount, :placed_at, :cancelled_at)
ON CONFLICT (tenant_id, surface, reference) DO NOTHING
RETURNING id;

-- name: lock_order^
SELECT o.id, o.reference, o.state, o.account_id, o.amount, o.version, o.placed_at, o.cancelled_at
FROM orders o
WHERE o.tenant_id = :tenant_id AND o.surface = :surface AND o.reference = :reference
FOR UPDATE;

-- name: update_order!
UPDATE orders SET state = :state, version = :version, cancelled_at = :cancelled_at WHERE id = :id;
