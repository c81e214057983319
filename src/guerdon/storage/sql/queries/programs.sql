-- name: by_ids
-- The tenant's programs with these ids.
SELECT p.* FROM programs p WHERE p.id = ANY (:ids::uuid[]) AND p.tenant_id = :tenant_id;

-- name: default^
-- The program that members join where nothing names one.
SELECT p.* FROM programs p WHERE p.tenant_id = :tenant_id AND p.is_default;

-- name: tiers_of
-- The ladders of these programs.
SELECT t.* FROM tiers t WHERE t.program_id = ANY (:program_ids::uuid[]) ORDER BY t.min_lifetime;

-- name: link^
-- An active channel link of the tenant.
SELECT l.id, l.program_id, l.shows_tiers
FROM channel_links l
WHERE l.id = :id AND l.tenant_id = :tenant_id AND l.is_active;
