-- name: insert_tenant$
-- True where the tenant was not there.
INSERT INTO tenants (id, slug, name, created_at)
VALUES (:id, :slug, :name, :now)
ON CONFLICT (id) DO NOTHING
RETURNING true;

-- name: exists$
SELECT true FROM tenants WHERE id = :id;

-- name: page
-- By id from the highest, without those to try things in; one of them where it is asked for.
SELECT t.id, t.slug, t.name, t.created_at, t.suspended_at
FROM tenants t
WHERE t.live_id IS NULL AND (:id::uuid IS NULL OR t.id = :id::uuid) AND (:slug::text IS NULL OR t.slug = :slug::text)
  AND (:before::uuid IS NULL OR t.id < :before::uuid)
ORDER BY t.id DESC
LIMIT :limit;

-- name: lock_tenant$
SELECT true FROM tenants WHERE id = :id FOR NO KEY UPDATE;

-- name: update_tenant!
UPDATE tenants SET slug = :slug, name = :name WHERE id = :id;

-- name: suspend
-- The one to try things in with it.
UPDATE tenants SET suspended_at = :suspended_at WHERE id = :id OR live_id = :id RETURNING id;

-- name: by_slug$
SELECT id FROM tenants WHERE slug = :slug;

-- name: chains_of
SELECT id FROM chains WHERE tenant_id = :tenant_id;

-- name: chains
-- The chains with these ids, with the time zone of the program that members join where nothing names one.
SELECT c.id, c.name, coalesce((
    SELECT p.time_zone FROM programs p
    WHERE p.chain_id = c.id AND p.deleted_at IS NULL
    ORDER BY p.is_default DESC, p.created_at, p.id
    LIMIT 1
), 'UTC') AS time_zone
FROM chains c
WHERE c.tenant_id = :tenant_id AND c.id = ANY (:ids::uuid[])
ORDER BY c.id;

-- name: insert_chain!
INSERT INTO chains (id, tenant_id, name) VALUES (:id, :tenant_id, :name);

-- name: insert_program!
INSERT INTO programs (
    id, tenant_id, chain_id, code, name, is_default, earning_descriptions, redemption_descriptions,
    points_per_unit, allow_negative, time_zone, expiry_kind, expiry_count, expiry_unit, expiry_round, expiry_dates,
    return_policy, return_grace_days, earning_rate, details, created_at, updated_at, tier_basis, tier_window, tier_count,
    tier_unit, tier_downgrade, tier_grace_days, tier_notice_days
)
VALUES (
    :id, :tenant_id, :chain_id, :code, :name, :is_default, :earning_descriptions, :redemption_descriptions,
    :points_per_unit, :allow_negative, :time_zone, :expiry_kind, :expiry_count, :expiry_unit, :expiry_round,
    :expiry_dates::text[], :return_policy, :return_grace_days, :earning_rate, :details::text::jsonb, :now, :now,
    :tier_basis, :tier_window, :tier_count, :tier_unit, :tier_downgrade, :tier_grace_days, :tier_notice_days
);

-- name: insert_tier!
-- As old as its program.
INSERT INTO tiers (
    id, program_id, code, name, description, media_url, media_type, min_lifetime, max_lifetime, ordering, by_hand,
    created_at, updated_at
)
VALUES (
    :id, :program_id, :code, :name, :description, :media_url, :media_type, :min_lifetime, :max_lifetime, :ordering,
    :by_hand,
    (SELECT p.created_at FROM programs p WHERE p.id = :program_id),
    (SELECT p.created_at FROM programs p WHERE p.id = :program_id)
);

-- name: insert_link!
INSERT INTO channel_links (id, tenant_id, program_id, is_active, shows_tiers, store_url)
VALUES (:id, :tenant_id, :program_id, :is_active, :shows_tiers, :store_url);

-- name: is_sandbox$
SELECT live_id IS NOT NULL FROM tenants WHERE id = :id;

-- name: insert_sandbox$
-- Whoever asks at the same time waits for it.
INSERT INTO tenants (id, slug, name, created_at, live_id)
SELECT :id, t.slug || '-test-' || :id::uuid::text, t.name || ' (test)', :now, t.id
FROM tenants t
WHERE t.id = :live_id
ON CONFLICT (live_id) DO NOTHING
RETURNING id;

-- name: sandbox$
SELECT id FROM tenants WHERE live_id = :live_id;
