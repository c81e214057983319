-- name: by_ids
-- The tenant's programs with these ids, deleted ones too.
SELECT p.* FROM programs p WHERE p.id = ANY (:ids::uuid[]) AND p.tenant_id = :tenant_id;

-- name: default^
-- The program that members join where nothing names one.
SELECT p.* FROM programs p WHERE p.tenant_id = :tenant_id AND p.is_default;

-- name: share
-- The tenant's programs with these ids that are not deleted, and cannot be until this transaction ends.
SELECT p.id, p.chain_id FROM programs p
WHERE p.id = ANY (:ids::uuid[]) AND p.tenant_id = :tenant_id AND p.deleted_at IS NULL
ORDER BY p.id
FOR SHARE;

-- name: share_tiers
-- The tiers with these ids that are not deleted, and cannot be until this transaction ends.
SELECT t.id, t.program_id FROM tiers t
WHERE t.id = ANY (:ids::uuid[]) AND t.deleted_at IS NULL
ORDER BY t.id
FOR SHARE;

-- name: tiers_of
-- The ladders of these programs.
SELECT t.* FROM tiers t
WHERE t.program_id = ANY (:program_ids::uuid[]) AND t.deleted_at IS NULL
ORDER BY t.min_lifetime, t.by_hand, t.ordering;

-- name: link^
-- An active channel link of the tenant.
SELECT l.id, l.program_id, l.shows_tiers
FROM channel_links l
WHERE l.id = :id AND l.tenant_id = :tenant_id AND l.is_active;
