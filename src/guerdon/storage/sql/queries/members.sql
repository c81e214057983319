-- name: resolve
-- One row per question (tenant, namespaces in order of preference, value), in order: the first member that
-- answers to the value, and the membership that stands for the member where none is named.
SELECT q.ord, i.member_id, i.namespace, s.id AS membership_id, s.account_id
FROM unnest(:tenant_ids::uuid[], :namespaces::text[], :canonicals::text[]) WITH ORDINALITY
    AS q (tenant_id, namespace, canonical, ord)
JOIN identifiers i
    ON i.tenant_id = q.tenant_id AND i.namespace = q.namespace AND i.canonical = q.canonical
LEFT JOIN LATERAL (
    SELECT m.id, m.account_id
    FROM memberships m
    WHERE m.member_id = i.member_id AND m.deleted_at IS NULL
    ORDER BY m.is_primary DESC, m.id
    LIMIT 1
) s ON true;

-- name: next_serial$
-- The tenant's next member serial; the tenant's row is locked until the transaction ends.
UPDATE tenants SET last_serial = last_serial + 1 WHERE id = :tenant_id RETURNING last_serial;

-- name: insert_member!
INSERT INTO members (id, tenant_id, serial, profile, password_hash, created_at)
VALUES (:id, :tenant_id, :serial, :profile, :password_hash, :now);

-- name: update_member!
-- A new profile; the password only where one is given.
UPDATE members
SET profile = :profile, password_hash = coalesce(:password_hash, password_hash)
WHERE id = :id AND tenant_id = :tenant_id;

-- name: claim_identifier$
-- True where the identifier was free and is now the member's.
INSERT INTO identifiers (tenant_id, namespace, canonical, value, member_id)
VALUES (:tenant_id, :namespace, :canonical, :value, :member_id)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: holder_of$
-- The member that answers to an identifier.
SELECT member_id FROM identifiers
WHERE tenant_id = :tenant_id AND namespace = :namespace AND canonical = :canonical;

-- name: lock_member^
-- One member for changing.
SELECT * FROM members WHERE id = :id AND tenant_id = :tenant_id FOR UPDATE;

-- name: by_ids
-- Members with their identifiers; ids that the tenant does not have are left out.
SELECT
    m.*,
    (SELECT jsonb_object_agg(i.namespace, i.value) FROM identifiers i WHERE i.member_id = m.id) AS identifiers
FROM members m
WHERE m.id = ANY (:ids::uuid[]) AND m.tenant_id = :tenant_id;

-- name: page
-- Members by serial.
SELECT
    m.*,
    (SELECT jsonb_object_agg(i.namespace, i.value) FROM identifiers i WHERE i.member_id = m.id) AS identifiers
FROM members m
WHERE m.tenant_id = :tenant_id
ORDER BY m.serial
OFFSET :skip LIMIT :take;

-- name: count_of_tenant$
SELECT count(*) FROM members WHERE tenant_id = :tenant_id;

-- name: by_serial$
SELECT id FROM members WHERE tenant_id = :tenant_id AND serial = :serial;
