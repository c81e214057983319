-- name: by_token^
-- The credential that a token speaks for, while both are good and the tenant is not suspended.
SELECT c.id, c.tenant_id, c.chain_id, c.scopes, c.program_ids, c.last_used_at, t.expires_at
FROM tokens t
JOIN credentials c ON c.id = t.credential_id
JOIN tenants n ON n.id = c.tenant_id AND n.suspended_at IS NULL
WHERE t.surface = :surface AND t.hash = :hash AND t.revoked_at IS NULL AND c.revoked_at IS NULL
  AND (t.expires_at IS NULL OR t.expires_at > :now);

-- name: by_name^
-- A credential to check a secret against.
SELECT c.id, c.tenant_id, c.chain_id, c.scopes, c.program_ids, c.secret_hash, c.signing_secrets
FROM credentials c
JOIN tenants n ON n.id = c.tenant_id AND n.suspended_at IS NULL
WHERE c.surface = :surface AND c.name = :name AND c.revoked_at IS NULL;

-- name: name_of$
SELECT name FROM credentials WHERE id = :id;

-- name: insert_token!
INSERT INTO tokens (surface, hash, credential_id, created_at, expires_at)
VALUES (:surface, :hash, :credential_id, :now, :expires_at);

-- name: insert_credential!
INSERT INTO credentials (id, tenant_id, surface, name, secret_hash, chain_id, scopes, signing_secrets, created_at)
VALUES (:id, :tenant_id, :surface, :name, :secret_hash, :chain_id, :scopes, :signing_secrets, :now);

-- name: note_use!
-- Whoever else has just noted it has noted it for all.
UPDATE credentials SET last_used_at = :now WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :now);

-- name: insert_key!
-- Under its id as a name. No secret has the hash: it is let in by its token alone.
INSERT INTO credentials (
    id, tenant_id, surface, name, secret_hash, scopes, label, hint, program_ids, expires_at, created_at
)
VALUES (
    :id, :tenant_id, :surface, :id::uuid::text, '', :scopes, :label, :hint, :program_ids, :expires_at, :created_at
);

-- name: keys
-- Those of a tenant, and of the tenant beside it to try things in.
SELECT
    c.id, coalesce(c.label, c.name) AS label, c.scopes, c.created_at, t.live_id IS NOT NULL AS is_test, c.hint,
    c.program_ids, c.expires_at, c.last_used_at, c.revoked_at
FROM credentials c
JOIN tenants t ON t.id = c.tenant_id
WHERE c.surface = :surface AND (t.id = :tenant_id OR t.live_id = :tenant_id)
  AND (:id::uuid IS NULL OR c.id = :id::uuid) AND (:before::uuid IS NULL OR c.id < :before::uuid)
ORDER BY c.id DESC
LIMIT :limit;

-- name: revoke!
UPDATE credentials SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id;
