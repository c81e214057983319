-- name: claim$
-- True where nobody has used the key; whoever uses it at the same time waits until this transaction ends.
INSERT INTO answers (tenant_id, key, fingerprint, created_at) VALUES (:tenant_id, :key, :fingerprint, :now)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: find^
SELECT fingerprint, status, body, headers, about FROM answers WHERE tenant_id = :tenant_id AND key = :key;

-- name: keep!
UPDATE answers SET status = :status, body = :body, headers = :headers, about = :about
WHERE tenant_id = :tenant_id AND key = :key;

-- name: forget!
-- What was answered about somebody, and about those that have gone up in it; that the keys were used stays.
UPDATE answers SET status = NULL, body = NULL, headers = NULL
WHERE tenant_id = :tenant_id AND starts_with(key, :prefix) AND about IN (SELECT m.id FROM members m WHERE m.id = :about OR m.merged_into = :about);
