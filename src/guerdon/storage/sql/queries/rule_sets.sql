-- name: lock_program$
-- Keeps two versions from getting one number.
SELECT p.id FROM programs p WHERE p.id = :program_id AND p.tenant_id = :tenant_id AND p.deleted_at IS NULL FOR UPDATE;

-- name: insert_next$
INSERT INTO rule_sets (program_id, version, tenant_id, rules, note, created_at, changed_at, actor)
SELECT :program_id, coalesce(max(s.version), 0) + 1, :tenant_id, :rules, :note, :now, :now, :actor
FROM rule_sets s
WHERE s.program_id = :program_id
RETURNING version;

-- name: lock_set^
SELECT s.* FROM rule_sets s
WHERE s.program_id = :program_id AND s.version = :version AND s.tenant_id = :tenant_id
FOR UPDATE;

-- name: by_version^
SELECT s.* FROM rule_sets s
WHERE s.program_id = :program_id AND s.version = :version AND s.tenant_id = :tenant_id;

-- name: of_program
-- The newest versions first; those in a state, which is a matter of time, where one is named.
SELECT s.* FROM rule_sets s
WHERE s.program_id = :program_id AND s.tenant_id = :tenant_id AND s.version < :before
  AND (
    :state::text IS NULL
    OR :state = CASE
        WHEN s.live_from IS NULL THEN 'draft'
        WHEN s.live_from > :at::timestamptz THEN 'scheduled'
        WHEN s.version = :live::integer THEN 'live'
        ELSE 'past'
    END
  )
ORDER BY s.version DESC
LIMIT :limit;

-- name: update_set!
UPDATE rule_sets SET rules = :rules, note = :note, live_from = :live_from, changed_at = :now
WHERE program_id = :program_id AND version = :version;

-- name: live^
-- The version that is live at a moment: of those that are live by then, the one that came last.
SELECT s.* FROM rule_sets s
WHERE s.program_id = :program_id AND s.live_from <= :at
ORDER BY s.live_from DESC, s.version DESC
LIMIT 1;

-- name: in_force
-- Versions that are live at a moment or scheduled: no other one that is live by then has taken their place.
SELECT s.* FROM rule_sets s
WHERE s.program_id = ANY (:program_ids::uuid[]) AND s.live_from IS NOT NULL AND NOT EXISTS (
    SELECT FROM rule_sets l
    WHERE l.program_id = s.program_id AND l.live_from <= :at::timestamptz
      AND (l.live_from, l.version) > (s.live_from, s.version)
)
ORDER BY s.version;

-- name: find_programs
-- Programs that a person may mean: by id, or by code, in a tenant or in any.
SELECT p.id, p.tenant_id, p.name, t.slug
FROM programs p
JOIN tenants t ON t.id = p.tenant_id
WHERE (p.id::text = :name OR p.code = :name) AND (:slug::text IS NULL OR t.slug = :slug::text)
  AND p.deleted_at IS NULL
ORDER BY t.slug, p.id
LIMIT 2;
