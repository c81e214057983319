-- name: insert_memberships!
-- Many at once; the accounts exist already. Told of where anybody listens.
WITH happened AS (
    INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
    SELECT :tenant_id, n.account_id, 'membership.created', :now, jsonb_build_object('state', n.state)::text
    FROM unnest(:account_ids::uuid[], :states::text[]) AS n (account_id, state)
    WHERE EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = :tenant_id AND w.is_active)
)
INSERT INTO memberships (
    id, tenant_id, chain_id, member_id, program_id, account_id, bucket, number, provider_id, state, is_primary,
    url, expires_at, tier_id, created_at, updated_at
)
SELECT
    n.id, :tenant_id, p.chain_id, n.member_id, n.program_id, n.account_id, n.bucket, n.number, n.provider_id,
    n.state, n.is_primary, n.url, n.expires_at, n.tier_id, :now, :now
FROM unnest(
    :ids::uuid[], :member_ids::uuid[], :program_ids::uuid[], :account_ids::uuid[], :buckets::smallint[],
    :numbers::text[], :provider_ids::text[], :states::text[], :primaries::boolean[], :urls::text[],
    :expiries::timestamptz[], :tier_ids::uuid[]
) AS n (
    id, member_id, program_id, account_id, bucket, number, provider_id, state, is_primary, url, expires_at, tier_id
)
JOIN programs p ON p.id = n.program_id;

-- name: update_memberships!
-- Writes every changeable column of the named memberships, which are active afterwards; told of where anybody listens.
WITH happened AS (
    INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
    SELECT s.tenant_id, s.account_id, 'membership.changed', :now, jsonb_build_object('state', n.state)::text
    FROM unnest(:ids::uuid[], :states::text[]) AS n (id, state)
    JOIN memberships s ON s.id = n.id
    WHERE EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = s.tenant_id AND w.is_active)
)
UPDATE memberships m
SET
    program_id = n.program_id, number = n.number, provider_id = n.provider_id, state = n.state,
    is_primary = n.is_primary, url = n.url, expires_at = n.expires_at, tier_id = n.tier_id, updated_at = :now,
    tier_until = CASE WHEN m.tier_id = n.tier_id THEN m.tier_until END, deleted_at = NULL
FROM unnest(
    :ids::uuid[], :program_ids::uuid[], :numbers::text[], :provider_ids::text[], :states::text[],
    :primaries::boolean[], :urls::text[], :expiries::timestamptz[], :tier_ids::uuid[]
) AS n (id, program_id, number, provider_id, state, is_primary, url, expires_at, tier_id)
WHERE m.id = n.id;

-- name: move_accounts!
-- The accounts of memberships follow them into their programs.
UPDATE accounts a
SET program_id = m.program_id
FROM memberships m
WHERE m.id = ANY (:ids::uuid[]) AND a.id = m.account_id AND a.bucket = m.bucket;

-- name: demote_others!
-- Clears the primary flag of the members' other active memberships in the chain.
UPDATE memberships m
SET is_primary = false, updated_at = :now
WHERE m.tenant_id = :tenant_id AND m.chain_id = :chain_id AND m.deleted_at IS NULL AND m.is_primary
  AND m.member_id = ANY (:member_ids::uuid[]) AND m.id <> ALL (:keep_ids::uuid[]);

-- name: delete_memberships!
-- Unlinks: the row and its account stay; told of where anybody listens, unless they come back at once.
WITH happened AS (
    INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
    SELECT s.tenant_id, s.account_id, 'membership.ended', :now, jsonb_build_object('state', s.state)::text
    FROM memberships s
    WHERE s.id = ANY (:ids::uuid[]) AND s.deleted_at IS NULL AND :is_told
      AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = s.tenant_id AND w.is_active)
)
UPDATE memberships SET deleted_at = :now, updated_at = :now, is_primary = false
WHERE id = ANY (:ids::uuid[]) AND deleted_at IS NULL;

-- name: figures_of
-- The figures of memberships' accounts.
SELECT m.id, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at
FROM memberships m
JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket
WHERE m.id = ANY (:ids::uuid[]);

-- name: lock_memberships
-- The chain's memberships with these ids, deleted ones too, locked in id order.
SELECT m.*, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at
FROM memberships m
JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket
WHERE m.id = ANY (:ids::uuid[]) AND m.tenant_id = :tenant_id AND m.chain_id = :chain_id
ORDER BY m.id
FOR UPDATE OF m;

-- name: lock_members
-- Keeps two enrolments of one member apart; members that the tenant does not have, that have gone up in others, or that
-- were erased, are left out, and where it is asked for those who are nobody in particular.
SELECT id, profile FROM members
WHERE id = ANY (:ids::uuid[]) AND tenant_id = :tenant_id AND merged_into IS NULL AND erased_at IS NULL
  AND (:with_anonymous::boolean OR NOT is_anonymous)
ORDER BY id
FOR UPDATE;

-- name: lock_owners
-- The members whose memberships these are: locked before the memberships, as every other writer does.
SELECT id FROM members
WHERE id IN (SELECT member_id FROM memberships WHERE id = ANY (:ids::uuid[])) AND tenant_id = :tenant_id
ORDER BY id
FOR UPDATE;

-- name: active_pairs
-- Which of the members already have an active membership, and in which program.
SELECT id, member_id, program_id FROM memberships
WHERE member_id = ANY (:member_ids::uuid[]) AND tenant_id = :tenant_id AND deleted_at IS NULL;

-- name: by_id^
-- One membership of the tenant, not deleted.
SELECT m.*, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at
FROM memberships m
JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket
WHERE m.id = :id AND m.tenant_id = :tenant_id AND m.deleted_at IS NULL;

-- name: accounts_of
-- One row per question (tenant, membership, key) that has an answer: the account of the membership; of a deleted
-- one only for a key that the ledger has answered before.
SELECT q.ord, m.account_id
FROM unnest(:tenant_ids::uuid[], :ids::uuid[], :keys::text[]) WITH ORDINALITY AS q (tenant_id, id, key, ord)
JOIN memberships m ON m.id = q.id AND m.tenant_id = q.tenant_id
WHERE m.deleted_at IS NULL
   OR EXISTS (SELECT 1 FROM ledger_keys k WHERE k.tenant_id = q.tenant_id AND k.key = q.key);

-- name: accounts_ever
-- Of all memberships of a member, deleted ones too.
SELECT account_id FROM memberships WHERE member_id = :member_id AND tenant_id = :tenant_id;

-- name: of_member
-- A member's memberships, not deleted; the one that stands for the member first.
SELECT m.*, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at
FROM memberships m
JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket
WHERE m.member_id = ANY (:member_ids::uuid[]) AND m.tenant_id = :tenant_id AND m.deleted_at IS NULL
ORDER BY m.is_primary DESC, m.id;

-- name: exists$
-- Whether the chain (null: any of the tenant's) ever had this membership.
SELECT true FROM memberships
WHERE id = :id AND tenant_id = :tenant_id AND (:chain_id::uuid IS NULL OR chain_id = :chain_id::uuid);

-- name: search
-- A page, newest first; every filter is off where it is null. Each chain gives the newest of its own, from a stretch of
-- (chain, id): by `chain_id = c.id` the planner would walk the memberships of all chains where most are of another one.
SELECT m.*, a.posted, a.held, a.lifetime, a.version, a.pending, a.due_at
FROM unnest(:chain_ids::uuid[]) AS c (id)
CROSS JOIN LATERAL (
    SELECT s.*
    FROM memberships s
    WHERE s.chain_id >= c.id
      AND (s.chain_id, s.id) < (c.id, coalesce(:before::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      AND s.tenant_id = :tenant_id
      AND (:ids::uuid[] IS NULL OR s.id = ANY (:ids::uuid[]))
      AND (:member_ids::uuid[] IS NULL OR s.member_id = ANY (:member_ids::uuid[]))
      AND (:program_ids::uuid[] IS NULL OR s.program_id = ANY (:program_ids::uuid[]))
      AND (:states::text[] IS NULL OR s.state = ANY (:states::text[]))
      AND (:numbers::text[] IS NULL OR s.number = ANY (:numbers::text[]))
      AND (:provider_ids::text[] IS NULL OR s.provider_id = ANY (:provider_ids::text[]))
      AND ((s.deleted_at IS NULL AND :active) OR (s.deleted_at IS NOT NULL AND :deleted))
      AND (:created_from::timestamptz IS NULL OR s.created_at >= :created_from::timestamptz)
      AND (:created_to::timestamptz IS NULL OR s.created_at < :created_to::timestamptz)
      AND (:updated_from::timestamptz IS NULL OR s.updated_at >= :updated_from::timestamptz)
      AND (:updated_to::timestamptz IS NULL OR s.updated_at < :updated_to::timestamptz)
    ORDER BY s.chain_id DESC, s.id DESC
    LIMIT :limit
) m
JOIN accounts a ON a.id = m.account_id AND a.bucket = m.bucket
ORDER BY m.id DESC
LIMIT :limit;

-- name: set_tier!
-- A tier that is given by hand, and until when; null takes it back. Told of where anybody listens.
WITH happened AS (
    INSERT INTO webhook_happenings (tenant_id, account_id, type, at, data)
    SELECT s.tenant_id, s.account_id, 'membership.changed', :now, jsonb_build_object('state', s.state)::text
    FROM memberships s
    WHERE s.id = :id AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.tenant_id = s.tenant_id AND w.is_active)
)
UPDATE memberships SET tier_id = :tier_id, tier_until = :until, updated_at = :now WHERE id = :id;
