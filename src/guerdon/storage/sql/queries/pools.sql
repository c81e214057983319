-- name: insert_pool!
INSERT INTO pools (id, tenant_id, name, created_at) VALUES (:id, :tenant_id, :name, :now);

-- name: named$
SELECT id FROM pools WHERE tenant_id = :tenant_id AND name = :name;

-- name: pools
-- A tenant's pools with what is in them, the newest first: all of a page, or one by its id.
SELECT
    p.*, coalesce(c.number, 0) AS number, coalesce(c.free, 0) AS free
FROM pools p
LEFT JOIN LATERAL (
    SELECT count(*) AS number, count(*) FILTER (WHERE x.redemption_id IS NULL) AS free
    FROM pool_codes x
    WHERE x.pool_id = p.id
) c ON true
WHERE p.tenant_id = :tenant_id AND (:id::uuid IS NULL OR p.id = :id::uuid)
  AND (:before::uuid IS NULL OR p.id < :before::uuid)
ORDER BY p.id DESC
LIMIT :limit;

-- name: lock_pool$
SELECT id FROM pools WHERE id = :id AND tenant_id = :tenant_id FOR UPDATE;

-- name: add_codes$
-- How many there were not yet.
WITH added AS (
    INSERT INTO pool_codes (pool_id, code, added_at)
    SELECT :pool_id, n.code, :now FROM unnest(:codes::text[]) AS n (code)
    ON CONFLICT DO NOTHING
    RETURNING code
)
SELECT count(*) FROM added;

-- name: take_code$
-- Hands out a free code; one that somebody else is just taking is left to them.
UPDATE pool_codes c
SET redemption_id = :redemption_id, issued_at = :now
FROM (
    SELECT f.pool_id, f.code
    FROM pool_codes f
    WHERE f.pool_id = :pool_id AND f.redemption_id IS NULL
    ORDER BY f.added_at, f.code
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) free
WHERE c.pool_id = free.pool_id AND c.code = free.code
RETURNING c.code;

-- name: taken
SELECT c.redemption_id FROM pool_codes c WHERE c.redemption_id = ANY (:redemption_ids::uuid[]);
