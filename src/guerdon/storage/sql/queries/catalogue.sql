-- name: insert_programs!
-- Many at once, in one chain; what is not said of them is as it is for a program without rules.
INSERT INTO programs (id, tenant_id, chain_id, code, name, details, created_at, updated_at)
SELECT n.id, :tenant_id, :chain_id, n.code, n.name, jsonb_build_object(:surface::text, n.details::jsonb), :now, :now
FROM unnest(:ids::uuid[], :codes::text[], :names::text[], :details::text[]) AS n (id, code, name, details);

-- name: update_programs!
-- A new name where there is one; details of the surface are laid over those that are there. The same is no change.
UPDATE programs p
SET name = n.name, details = n.details, updated_at = :now
FROM (
    SELECT
        o.id, coalesce(g.name, o.name) AS name, o.details || jsonb_build_object(
            :surface::text, coalesce(o.details -> :surface::text, '{}'::jsonb) || g.details::jsonb
        ) AS details
    FROM unnest(:ids::uuid[], :names::text[], :details::text[]) AS g (id, name, details)
    JOIN programs o ON o.id = g.id
) n
WHERE p.id = n.id AND (p.name, p.details) IS DISTINCT FROM (n.name, n.details);

-- name: lock_programs
-- The chain's programs with these ids, deleted ones too, for changing.
SELECT p.* FROM programs p
WHERE p.id = ANY (:ids::uuid[]) AND p.tenant_id = :tenant_id AND p.chain_id = :chain_id
ORDER BY p.id
FOR UPDATE;

-- name: programs_in_use
-- Those that have active memberships or channel links, or are joined where nothing names a program.
SELECT p.id FROM programs p
WHERE p.id = ANY (:ids::uuid[]) AND p.deleted_at IS NULL AND (
    p.is_default
    OR EXISTS (SELECT 1 FROM channel_links l WHERE l.program_id = p.id AND l.is_active)
    OR EXISTS (SELECT 1 FROM memberships m WHERE m.program_id = p.id AND m.deleted_at IS NULL)
)
ORDER BY p.id;

-- name: delete_programs!
-- Marks programs and their tiers; those that are already stay as they were.
WITH gone AS (
    UPDATE programs SET deleted_at = :now, updated_at = :now
    WHERE id = ANY (:ids::uuid[]) AND deleted_at IS NULL
    RETURNING id
)
UPDATE tiers t SET deleted_at = :now, updated_at = :now
FROM gone
WHERE t.program_id = gone.id AND t.deleted_at IS NULL;

-- name: search_programs
-- A page, newest first; every filter is off where it is null.
SELECT p.* FROM programs p
WHERE p.tenant_id = :tenant_id
  AND p.chain_id = ANY (:chain_ids::uuid[])
  AND (:ids::uuid[] IS NULL OR p.id = ANY (:ids::uuid[]))
  AND (:codes::text[] IS NULL OR p.code = ANY (:codes::text[]))
  AND ((p.deleted_at IS NULL AND :active) OR (p.deleted_at IS NOT NULL AND :deleted))
  AND (:created_from::timestamptz IS NULL OR p.created_at >= :created_from::timestamptz)
  AND (:created_to::timestamptz IS NULL OR p.created_at < :created_to::timestamptz)
  AND (:updated_from::timestamptz IS NULL OR p.updated_at >= :updated_from::timestamptz)
  AND (:updated_to::timestamptz IS NULL OR p.updated_at < :updated_to::timestamptz)
  AND (
    :before::uuid IS NULL
    OR (p.created_at, p.id) < (SELECT b.created_at, b.id FROM programs b WHERE b.id = :before::uuid)
  )
ORDER BY p.created_at DESC, p.id DESC
LIMIT :limit;

-- name: has_program$
-- Whether the chain (null: any of the tenant's) ever had this program.
SELECT true FROM programs
WHERE id = :id AND tenant_id = :tenant_id AND (:chain_id::uuid IS NULL OR chain_id = :chain_id::uuid);

-- name: insert_tiers!
-- Many at once: tiers that are given by hand.
INSERT INTO tiers (id, program_id, code, name, ordering, by_hand, created_at, updated_at)
SELECT n.id, n.program_id, n.code, n.name, n.ordering, true, :now, :now
FROM unnest(:ids::uuid[], :program_ids::uuid[], :codes::text[], :names::text[], :orderings::integer[])
    AS n (id, program_id, code, name, ordering);

-- name: update_tiers!
-- What is not null is new, and the same is no change. Codes are moved out of each other's way first, by the caller.
UPDATE tiers t
SET
    name = coalesce(n.name, t.name), code = coalesce(n.code, t.code), ordering = coalesce(n.ordering, t.ordering),
    updated_at = :now, deleted_at = NULL
FROM unnest(:ids::uuid[], :names::text[], :codes::text[], :orderings::integer[]) AS n (id, name, code, ordering)
WHERE t.id = n.id AND (
    t.deleted_at IS NOT NULL
    OR (coalesce(n.name, t.name), coalesce(n.code, t.code), coalesce(n.ordering, t.ordering))
        IS DISTINCT FROM (t.name, t.code, t.ordering)
);

-- name: lock_tiers
-- The chain's tiers with these ids, deleted ones too, for changing.
SELECT t.* FROM tiers t
JOIN programs p ON p.id = t.program_id
WHERE t.id = ANY (:ids::uuid[]) AND p.tenant_id = :tenant_id AND p.chain_id = :chain_id
ORDER BY t.id
FOR UPDATE OF t;

-- name: tiers_in_use
-- Those that active memberships stand on, or active rewards are for.
SELECT t.id FROM tiers t
WHERE t.id = ANY (:ids::uuid[]) AND (
    EXISTS (SELECT 1 FROM memberships m WHERE m.tier_id = t.id AND m.deleted_at IS NULL)
    OR EXISTS (SELECT 1 FROM rewards r WHERE r.program_id = t.program_id AND r.is_active AND t.id = ANY (r.tier_ids))
)
ORDER BY t.id;

-- name: delete_tiers!
-- Marks tiers; those that are already stay as they were.
UPDATE tiers SET deleted_at = :now, updated_at = :now WHERE id = ANY (:ids::uuid[]) AND deleted_at IS NULL;

-- name: search_tiers
-- A page, newest first; every filter is off where it is null.
SELECT t.* FROM tiers t
JOIN programs p ON p.id = t.program_id
WHERE p.tenant_id = :tenant_id
  AND p.chain_id = ANY (:chain_ids::uuid[])
  AND (:program_ids::uuid[] IS NULL OR t.program_id = ANY (:program_ids::uuid[]))
  AND (:ids::uuid[] IS NULL OR t.id = ANY (:ids::uuid[]))
  AND ((t.deleted_at IS NULL AND :active) OR (t.deleted_at IS NOT NULL AND :deleted))
  AND (:updated_from::timestamptz IS NULL OR t.updated_at >= :updated_from::timestamptz)
  AND (:updated_to::timestamptz IS NULL OR t.updated_at < :updated_to::timestamptz)
  AND (
    :before::uuid IS NULL
    OR (t.created_at, t.id) < (SELECT b.created_at, b.id FROM tiers b WHERE b.id = :before::uuid)
  )
ORDER BY t.created_at DESC, t.id DESC
LIMIT :limit;

-- name: has_tier$
-- Whether the chain (null: any of the tenant's) ever had this tier.
SELECT true FROM tiers t
JOIN programs p ON p.id = t.program_id
WHERE t.id = :id AND p.tenant_id = :tenant_id AND (:chain_id::uuid IS NULL OR p.chain_id = :chain_id::uuid);

-- name: has_members$
SELECT true FROM memberships WHERE program_id = :id AND deleted_at IS NULL LIMIT 1;

-- name: write_program!
-- All rules of a program.
UPDATE programs
SET
    code = :code, name = :name, earning_descriptions = :earning_descriptions,
    redemption_descriptions = :redemption_descriptions, points_per_unit = :points_per_unit,
    allow_negative = :allow_negative, time_zone = :time_zone, expiry_kind = :expiry_kind,
    expiry_count = :expiry_count, expiry_unit = :expiry_unit, expiry_round = :expiry_round,
    expiry_dates = :expiry_dates::text[], return_policy = :return_policy, return_grace_days = :return_grace_days,
    earning_rate = :earning_rate, updated_at = :now, tier_basis = :tier_basis, tier_window = :tier_window,
    tier_count = :tier_count, tier_unit = :tier_unit, tier_downgrade = :tier_downgrade,
    tier_grace_days = :tier_grace_days, tier_notice_days = :tier_notice_days
WHERE id = :id;

-- name: tier^
SELECT t.* FROM tiers t
JOIN programs p ON p.id = t.program_id
WHERE t.id = :id AND p.tenant_id = :tenant_id AND t.deleted_at IS NULL;

-- name: lock_tier^
SELECT t.* FROM tiers t
JOIN programs p ON p.id = t.program_id
WHERE t.id = :id AND p.tenant_id = :tenant_id AND t.deleted_at IS NULL
FOR UPDATE OF t;

-- name: write_tier!
UPDATE tiers
SET
    code = :code, name = :name, description = :description, media_url = :media_url, media_type = :media_type,
    min_lifetime = :min_lifetime, max_lifetime = :max_lifetime, ordering = :ordering, by_hand = :by_hand,
    updated_at = :now
WHERE id = :id;

-- name: all_programs
SELECT p.* FROM programs p WHERE p.tenant_id = :tenant_id AND p.deleted_at IS NULL ORDER BY p.created_at, p.id;
