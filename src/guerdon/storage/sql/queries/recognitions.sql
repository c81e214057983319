-- name: insert_recognition!
INSERT INTO recognitions (tenant_id, hash, member_id, is_once, expires_at)
VALUES (:tenant_id, :hash, :member_id, :is_once, :expires_at);

-- name: member_of$
-- Whose a token is that may be shown again and again; of one that has gone up in another member, the other's.
SELECT coalesce(m.merged_into, m.id)
FROM recognitions r
JOIN members m ON m.id = r.member_id
WHERE r.tenant_id = :tenant_id AND r.hash = :hash AND NOT r.is_once AND r.expires_at > :now;

-- name: use_up$
-- Whose a code is that is good once; now it no longer is.
DELETE FROM recognitions r
WHERE r.tenant_id = :tenant_id AND r.hash = :hash AND r.is_once AND r.expires_at > :now
RETURNING r.member_id;

-- name: forget!
-- What has expired.
DELETE FROM recognitions r WHERE r.tenant_id = :tenant_id AND r.expires_at <= :now;
