-- name: counts^
-- How many accounts, keys and memberships there are, in a tenant or in all.
SELECT
    (SELECT count(*) FROM accounts a WHERE :tenant_id::uuid IS NULL OR a.tenant_id = :tenant_id::uuid) AS accounts,
    (SELECT count(*) FROM ledger_keys k WHERE :tenant_id::uuid IS NULL OR k.tenant_id = :tenant_id::uuid) AS keys,
    (
        SELECT count(*) FROM memberships m WHERE :tenant_id::uuid IS NULL OR m.tenant_id = :tenant_id::uuid
    ) AS memberships;

-- name: begin!
INSERT INTO audits (id, tenant_id, started_at, part, after_id, after_key, total)
VALUES (:id, :tenant_id, :now, :part, :after_id, :after_key, :total);

-- name: forget!
-- The audits of a tenant, or of all, that began before.
DELETE FROM audits WHERE tenant_id IS NOT DISTINCT FROM :tenant_id;

-- name: unfinished^
-- The audit of a tenant, or of all, that has not come to its end.
SELECT a.* FROM audits a
WHERE a.tenant_id IS NOT DISTINCT FROM :tenant_id AND a.finished_at IS NULL
ORDER BY a.started_at DESC
LIMIT 1;

-- name: advance$
-- True where nobody else has gone on with the audit meanwhile.
UPDATE audits
SET
    part = :part, after_id = :after_id, after_key = :after_key, step = step + 1, checked = checked + :checked,
    finished_at = :finished_at
WHERE id = :id AND step = :step
RETURNING true;

-- name: keep!
-- Adds findings to those of an audit.
INSERT INTO audit_findings (audit_id, number, account_id, kind, expected, found, place)
SELECT
    :id, coalesce((SELECT max(x.number) FROM audit_findings x WHERE x.audit_id = :id), 0) + f.number,
    f.account_id, f.kind, f.expected, f.found, f.place
FROM unnest(:account_ids::uuid[], :kinds::text[], :expected::text[], :found::text[], :places::text[])
    WITH ORDINALITY AS f (account_id, kind, expected, found, place, number);

-- name: findings
SELECT f.account_id, f.kind, f.expected, f.found, f.place
FROM audit_findings f
WHERE f.audit_id = :id
ORDER BY f.number;

-- name: fix!
-- The first statement of a transaction that sees the same rows throughout. A plan is made for each chunk: one for any
-- number of accounts would be one for few.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: next_accounts
-- The accounts after one, in the order of their ids.
SELECT a.id, a.bucket
FROM accounts a
WHERE a.id > :after_id AND (:tenant_id::uuid IS NULL OR a.tenant_id = :tenant_id::uuid)
ORDER BY a.id
LIMIT :count;

-- name: some_accounts
-- Which of these there are.
SELECT a.id, a.bucket FROM accounts a WHERE a.id = ANY (:ids::uuid[]) ORDER BY a.id;

-- name: next_keys^
-- The last of the next keys after one, and how many they are.
SELECT n.id, n.key, n.count
FROM (
    SELECT k.tenant_id AS id, k.key, row_number() OVER (ORDER BY k.tenant_id, k.key) AS count
    FROM ledger_keys k
    WHERE (k.tenant_id, k.key) > (:after_id, :after_key)
      AND (:tenant_id::uuid IS NULL OR k.tenant_id = :tenant_id::uuid)
    ORDER BY k.tenant_id, k.key
    LIMIT :count
) n
ORDER BY n.count DESC
LIMIT 1;

-- name: next_memberships^
-- The last of the next memberships after one, and how many they are.
SELECT n.id, n.count
FROM (
    SELECT m.id, row_number() OVER (ORDER BY m.id) AS count
    FROM memberships m
    WHERE m.id > :after_id AND (:tenant_id::uuid IS NULL OR m.tenant_id = :tenant_id::uuid)
    ORDER BY m.id
    LIMIT :count
) n
ORDER BY n.count DESC
LIMIT 1;
