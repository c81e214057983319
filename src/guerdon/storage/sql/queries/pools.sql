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
-- Hands out a free code; one that somebody else is just taking is left to them. Looked for once: a subquery that locks may
-- be run for each row of the other side, and find another one each time.
WITH free AS MATERIALIZED (
    SELECT f.pool_id, f.code
    FROM pool_codes f
    WHERE f.pool_id = :pool_id AND f.redemption_id IS NULL
    ORDER BY f.added_at, f.code
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE pool_codes c
SET redemption_id = :redemption_id, issued_at = :now
FROM free
WHERE c.pool_id = free.pool_id AND c.code = free.code
RETURNING c.code;

-- name: codes
-- What is in a pool, in the order of the codes, from after one.
SELECT c.code, c.added_at, c.issued_at, c.redemption_id
FROM pool_codes c
WHERE c.pool_id = :pool_id AND (:code::text IS NULL OR c.code = :code::text)
  AND (:is_free::boolean IS NULL OR (c.redemption_id IS NULL) = :is_free::boolean)
  AND (:after::text IS NULL OR c.code > :after::text)
ORDER BY c.code
LIMIT :limit;

-- name: withdraw_codes$
-- Those of these that are free; how many.
WITH withdrawn AS (
    DELETE FROM pool_codes c
    WHERE c.pool_id = :pool_id AND c.code = ANY (:codes::text[]) AND c.redemption_id IS NULL
    RETURNING c.code
)
SELECT count(*) FROM withdrawn;

-- name: empty_pool!
DELETE FROM pool_codes c WHERE c.pool_id = :pool_id AND c.redemption_id IS NULL;

-- name: delete_pool$
DELETE FROM pools p
WHERE p.id = :pool_id AND NOT EXISTS (SELECT 1 FROM pool_codes c WHERE c.pool_id = p.id)
RETURNING p.id;

-- name: taken
SELECT c.redemption_id FROM pool_codes c WHERE c.redemption_id = ANY (:redemption_ids::uuid[]);
