-- name: insert!
INSERT INTO changes (id, tenant_id, at, surface, actor, action, kind, subject_id, before, after)
VALUES (:id, :tenant_id, :at, :surface, :actor, :action, :kind, :subject_id, :before, :after);

-- name: page
-- Newest first; every filter is off where it is null.
SELECT c.*, k.label, k.name
FROM changes c
LEFT JOIN credentials k ON k.id = c.actor
WHERE c.tenant_id = :tenant_id
  AND (:kind::text IS NULL OR c.kind = :kind::text)
  AND (:subject_id::uuid IS NULL OR c.subject_id = :subject_id::uuid)
  AND (:actor::uuid IS NULL OR c.actor = :actor::uuid)
  AND (:since::timestamptz IS NULL OR c.at >= :since::timestamptz)
  AND (:until::timestamptz IS NULL OR c.at < :until::timestamptz)
  AND (:before::uuid IS NULL OR c.id < :before::uuid)
ORDER BY c.id DESC
LIMIT :limit;
