-- name: lock_account^
-- Keeps two redemptions of one member apart.
SELECT a.posted - a.held AS available, a.closed_at FROM accounts a WHERE a.id = :id AND a.bucket = :bucket FOR UPDATE;

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
-- Redemptions as they are from now on, and to which state each has come, where anybody listens; who made one stays with it.
WITH happened AS (
    INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
    SELECT :tenant_id, n.account_id, n.type, n.at, n.data
    FROM unnest(
        :ids::uuid[], :account_ids::uuid[], :states::text[], :types::text[], :moments::timestamptz[], :data::text[]
    ) AS n (id, account_id, state, type, at, data)
    LEFT JOIN redemptions x ON x.id = n.id
    WHERE x.state IS DISTINCT FROM n.state
      AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = :tenant_id AND w.is_active)
)
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

-- name: lapse
-- Notes that reservations of these rewards, and perhaps those of points in the place of money, have ended, and gives
-- their stock back.
WITH gone AS (
    UPDATE redemptions x
    SET state = 'expired', closed_at = x.expires_at
    WHERE x.state = 'reserved' AND x.expires_at <= :now
      AND (x.reward_id = ANY (:ids::uuid[]) OR (x.reward_id IS NULL AND :with_payments))
    RETURNING x.*
), given_back AS (
    UPDATE rewards r
    SET stock_left = r.stock_left + g.number
    FROM (SELECT gone.reward_id, count(*) AS number FROM gone GROUP BY gone.reward_id) g
    WHERE r.id = g.reward_id AND r.stock_left IS NOT NULL
)
SELECT g.* FROM gone g;

-- name: lapse_issued
-- Notes of issued ones, of so many, that they can no longer be used. They were had: there is nothing to give back.
WITH old AS MATERIALIZED (
    SELECT r.id FROM redemptions r
    WHERE r.state = 'issued' AND r.expires_at <= :now
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE redemptions x
SET state = 'expired', closed_at = x.expires_at
FROM old o
WHERE x.id = o.id
RETURNING x.*;

-- name: by_id^
SELECT x.*, r.code AS reward_code, r.title, c.code AS voucher, m.id AS membership_id, m.member_id
FROM redemptions x
LEFT JOIN rewards r ON r.id = x.reward_id
LEFT JOIN pool_codes c ON c.redemption_id = x.id
LEFT JOIN memberships m ON m.account_id = x.account_id
WHERE x.id = :id AND x.tenant_id = :tenant_id;

-- name: page
-- Newest first; every filter is off where it is null. What has run out is expired, whether or not anybody has noted it.
SELECT x.*, r.code AS reward_code, r.title, c.code AS voucher, m.id AS membership_id, m.member_id
FROM redemptions x
LEFT JOIN rewards r ON r.id = x.reward_id
LEFT JOIN pool_codes c ON c.redemption_id = x.id
LEFT JOIN memberships m ON m.account_id = x.account_id
WHERE x.tenant_id = :tenant_id
  AND (:program_ids::uuid[] IS NULL OR m.program_id = ANY (:program_ids::uuid[]))
  AND (:membership_id::uuid IS NULL OR x.account_id = ANY (ARRAY(
      SELECT w.part_id
      FROM ledger_parts(ARRAY(SELECT s.account_id FROM memberships s WHERE s.id = :membership_id::uuid)) w
  )))
  AND (:member_id::uuid IS NULL OR m.member_id = (
      SELECT coalesce(g.merged_into, g.id) FROM members g WHERE g.id = :member_id::uuid
  ))
  AND (:reward_id::uuid IS NULL OR x.reward_id = :reward_id::uuid)
  AND (
      :state::text IS NULL
      OR :state::text = CASE
          WHEN x.state IN ('reserved', 'issued') AND x.expires_at <= :now::timestamptz THEN 'expired' ELSE x.state
      END
  )
  AND (:since::timestamptz IS NULL OR x.reserved_at >= :since::timestamptz)
  AND (:until::timestamptz IS NULL OR x.reserved_at < :until::timestamptz)
  AND (:before::uuid IS NULL OR x.id < :before::uuid)
ORDER BY x.id DESC
LIMIT :limit;
