-- name: insert_reward!
INSERT INTO rewards (
    id, tenant_id, program_id, code, title, description, media_url, media_type, kind, cost, value, sku, quantity,
    min_spend, starts_at, ends_at, stock_left, most_per_member, per_days, is_listed, is_active, tier_ids, tier_costs,
    pool_id, valid_days, created_at
)
VALUES (
    :id, :tenant_id, :program_id, :code, :title, :description, :media_url, :media_type, :kind, :cost, :value, :sku,
    :quantity, :min_spend, :starts_at, :ends_at, :stock_left, :most_per_member, :per_days, :is_listed, :is_active,
    :tier_ids, :tier_costs, :pool_id, :valid_days, :now
);

-- name: update_reward!
UPDATE rewards
SET
    code = :code, title = :title, description = :description, media_url = :media_url, media_type = :media_type,
    kind = :kind, cost = :cost, value = :value, sku = :sku, quantity = :quantity, min_spend = :min_spend,
    starts_at = :starts_at, ends_at = :ends_at, stock_left = :stock_left, most_per_member = :most_per_member,
    per_days = :per_days, is_listed = :is_listed, is_active = :is_active, tier_ids = :tier_ids,
    tier_costs = :tier_costs, pool_id = :pool_id, valid_days = :valid_days
WHERE id = :id;

-- name: by_id^
SELECT r.* FROM rewards r WHERE r.id = :id AND r.tenant_id = :tenant_id;

-- name: lock_reward^
SELECT r.* FROM rewards r WHERE r.id = :id AND r.tenant_id = :tenant_id FOR NO KEY UPDATE;

-- name: by_code^
SELECT r.* FROM rewards r WHERE r.program_id = :program_id AND r.code = :code;

-- name: of_pool^
SELECT r.* FROM rewards r WHERE r.pool_id = :pool_id FOR NO KEY UPDATE;

-- name: page
-- By id, the highest first: the newest, as far as ids are made here. Every filter is off where it is null.
SELECT r.* FROM rewards r
WHERE r.tenant_id = :tenant_id
  AND (:program_ids::uuid[] IS NULL OR r.program_id = ANY (:program_ids::uuid[]))
  AND (:code::text IS NULL OR r.code = :code::text)
  AND (:kinds::text[] IS NULL OR r.kind = ANY (:kinds::text[]))
  AND (:is_active::boolean IS NULL OR r.is_active = :is_active::boolean)
  AND (:before::uuid IS NULL OR r.id < :before::uuid)
ORDER BY r.id DESC
LIMIT :limit;

-- name: standings
-- A program's active rewards, all that are listed or those with the codes, and how an account stands to each, seen
-- from one session. Reservations that have ended count no more, whether or not anybody has noted it; what those had
-- who have gone up in it does.
SELECT
    r.*, coalesce(h.used, 0) AS used, coalesce(h.elsewhere, 0) AS elsewhere, coalesce(h.own_points, 0) AS own_points,
    r.stock_left + coalesce(h.own, 0) + coalesce(l.lapsed, 0) AS free
FROM rewards r
LEFT JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE m.state <> 'reserved' AND m.is_recent) AS used,
        count(*) FILTER (WHERE m.state = 'reserved' AND m.session IS DISTINCT FROM :session::text) AS elsewhere,
        count(*) FILTER (WHERE m.state = 'reserved' AND m.session = :session::text) AS own,
        sum(m.points) FILTER (WHERE m.state = 'reserved' AND m.session = :session::text) AS own_points
    FROM (
        SELECT
            x.*, r.per_days IS NULL OR x.reserved_at > :now::timestamptz - make_interval(days => r.per_days) AS is_recent
        FROM redemptions x
        WHERE x.account_id = ANY (ARRAY(SELECT w.part_id FROM ledger_parts(ARRAY[:account_id::uuid]) w))
          AND x.reward_id = r.id
          AND (
              x.state IN ('issued', 'fulfilled') OR (x.state = 'reserved' AND x.expires_at > :now::timestamptz)
              OR (x.state = 'expired' AND x.issued_at IS NOT NULL)
          )
    ) m
) h ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS lapsed
    FROM redemptions x
    WHERE r.stock_left IS NOT NULL AND x.reward_id = r.id AND x.state = 'reserved'
      AND x.expires_at <= :now::timestamptz
) l ON true
WHERE r.program_id = :program_id AND r.is_active
  AND (r.code = ANY (:codes::text[]) OR (:codes::text[] IS NULL AND r.is_listed))
ORDER BY r.cost, r.code;

-- name: lock_stock
-- Of these rewards, those of which there is not an endless number, locked in id order.
SELECT r.id
FROM rewards r
WHERE (r.id = ANY (:ids::uuid[]) OR (r.program_id = :program_id AND r.code = ANY (:codes::text[])))
  AND r.stock_left IS NOT NULL
ORDER BY r.id
FOR NO KEY UPDATE;

-- name: overdue
-- Rewards, and null for points in the place of money, that have reservations whose time is over.
SELECT DISTINCT x.reward_id FROM redemptions x WHERE x.state = 'reserved' AND x.expires_at <= :now LIMIT :limit;

-- name: reserved$
-- How many of a reward are reserved, those too of which nobody has noted yet that their time is over.
SELECT count(*) FROM redemptions x WHERE x.reward_id = :id AND x.state = 'reserved';

-- name: add_stock!
-- More or less of each of these rewards; a shop may have given one more than there was.
UPDATE rewards r
SET stock_left = greatest(0, r.stock_left + d.change)
FROM unnest(:ids::uuid[], :changes::integer[]) AS d (id, change)
WHERE r.id = d.id AND r.stock_left IS NOT NULL;

-- name: give_back!
-- What was given comes back, to rewards without a pool: a code is not handed out again.
UPDATE rewards r
SET stock_left = r.stock_left + d.change
FROM unnest(:ids::uuid[], :changes::integer[]) AS d (id, change)
WHERE r.id = d.id AND r.stock_left IS NOT NULL AND r.pool_id IS NULL;
