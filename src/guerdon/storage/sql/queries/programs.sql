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
ORDER BY t.min_lifetime, t.by_hand, t.ordering, t.id;

-- name: held_tiers
-- A ladder that stays as it is to the end of the transaction.
SELECT t.* FROM tiers t WHERE t.program_id = :program_id AND t.deleted_at IS NULL ORDER BY t.id FOR SHARE;

-- name: link^
-- An active channel link of the tenant.
SELECT l.id, l.program_id, l.shows_tiers, l.store_url
FROM channel_links l
WHERE l.id = :id AND l.tenant_id = :tenant_id AND l.is_active;

-- name: link_anywhere^
-- An active channel link: its id is one of a kind among all tenants.
SELECT l.tenant_id, l.id, l.program_id, l.shows_tiers, l.store_url
FROM channel_links l
WHERE l.id = :id AND l.is_active;

-- name: profile^
-- A vendor's profile of the tenant.
SELECT p.id, p.account, p.program_id, p.shows_tiers
FROM channel_profiles p
WHERE p.tenant_id = :tenant_id AND p.id = :id;

-- name: profiles_of
-- The profiles in an account.
SELECT p.id, p.account, p.program_id, p.shows_tiers
FROM channel_profiles p
WHERE p.tenant_id = :tenant_id AND p.account = :account
ORDER BY p.id;

-- name: keep_profile!
-- One that is there keeps its program.
INSERT INTO channel_profiles (tenant_id, id, account, program_id, shows_tiers, registered_at)
VALUES (:tenant_id, :id, :account, :program_id, :shows_tiers, :now)
ON CONFLICT (tenant_id, id) DO UPDATE SET account = EXCLUDED.account, registered_at = EXCLUDED.registered_at;

-- name: of_membership^
-- A program by its id alone: who has a membership in it is in its tenant.
SELECT p.* FROM programs p WHERE p.id = :id;
