-- name: by_token^
-- The credential that a token speaks for, while both are good.
SELECT c.id, c.tenant_id, c.chain_id, c.scopes, t.expires_at
FROM tokens t
JOIN credentials c ON c.id = t.credential_id
WHERE t.surface = :surface AND t.hash = :hash AND t.revoked_at IS NULL AND c.revoked_at IS NULL
  AND (t.expires_at IS NULL OR t.expires_at > :now);

-- name: by_name^
-- A credential to check a secret against.
SELECT c.id, c.tenant_id, c.chain_id, c.scopes, c.secret_hash, c.signing_secrets
FROM credentials c
WHERE c.surface = :surface AND c.name = :name AND c.revoked_at IS NULL;

-- name: name_of$
SELECT name FROM credentials WHERE id = :id;

-- name: insert_token!
INSERT INTO tokens (surface, hash, credential_id, created_at, expires_at)
VALUES (:surface, :hash, :credential_id, :now, :expires_at);

-- name: insert_credential!
INSERT INTO credentials (id, tenant_id, surface, name, secret_hash, chain_id, scopes, signing_secrets, created_at)
VALUES (:id, :tenant_id, :surface, :name, :secret_hash, :chain_id, :scopes, :signing_secrets, :now);
