-- name: lock_account$
-- Keeps two redemptions of one member apart.
SELECT a.posted - a.held FROM accounts a WHERE a.id = :id AND a.bucket = :bucket FOR UPDATE;

-- name: reserved_of
-- The account's reservations that are good at a moment, the oldest first, and whether their rewards are listed.
SELECT x.*, r.code, coalesce(r.is_listed, true) AS is_listed
FROM redemptions x
LEFT JOIN rewards r ON r.id = x.reward_id
WHERE x.account_id = :account_id AND x.state = 'reserved' AND x.expires_at > :now
ORDER BY x.id;

-- name: of_order
-- What was redeemed on an order, and is not cancelled.
SELECT x.*, r.code, coalesce(r.is_listed, true) AS is_listed
FROM redemptions x
LEFT JOIN rewards r ON r.id = x.reward_id
WHERE x.order_id = :order_id AND x.state IN ('issued', 'fulfilled')
ORDER BY x.id
FOR UPDATE OF x;

-- name: write!
-- Redemptions as they are from now on; who made one stays with it.
INSERT INTO redemptions (
    id, tenant_id, reward_id, account_id, state, points, value, session, hold_id, version, order_id, surface, actor,
    reserved_at, expires_at, issued_at, fulfilled_at, closed_at
)
SELECT
    n.id, :tenant_id, n.reward_id, n.account_id, n.state, n.points, n.value, n.session, n.hold_id, n.version,
    n.order_id, :surface, :actor, n.reserved_at, n.expires_at, n.issued_at, n.fulfilled_at, n.closed_at
FROM unnest(
    :ids::uuid[], :reward_ids::uuid[], :account_ids::uuid[], :states::text[], :points::numeric[], :values::numeric[],
    :sessions::text[], :hold_ids::uuid[], :versions::bigint[], :order_ids::uuid[], :reserved::timestamptz[],
    :expires::timestamptz[], :issued::timestamptz[], :fulfilled::timestamptz[], :closed::timestamptz[]
) AS n (
    id, reward_id, account_id, state, points, value, session, hold_id, version, order_id, reserved_at, expires_at,
    issued_at, fulfilled_at, closed_at
)
ON CONFLICT (id) DO UPDATE SET
    state = EXCLUDED.state, value = EXCLUDED.value, hold_id = EXCLUDED.hold_id, version = EXCLUDED.version,
    order_id = EXCLUDED.order_id, points = EXCLUDED.points, expires_at = EXCLUDED.expires_at,
    issued_at = EXCLUDED.issued_at, fulfilled_at = EXCLUDED.fulfilled_at, closed_at = EXCLUDED.closed_at;
