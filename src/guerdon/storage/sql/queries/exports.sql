-- name: insert!
INSERT INTO exports (id, tenant_id, actor, created_at) VALUES (:id, :tenant_id, :actor, :now);

-- name: page
-- From the newest on; or one.
SELECT
    e.*,
    (SELECT count(*)::integer FROM export_parts p WHERE p.export_id = e.id) AS parts,
    (SELECT coalesce(sum(length(p.content)), 0)::bigint FROM export_parts p WHERE p.export_id = e.id) AS size_bytes
FROM exports e
WHERE e.tenant_id = :tenant_id AND (:id::uuid IS NULL OR e.id = :id) AND (:before::uuid IS NULL OR e.id < :before)
  AND (:state::text IS NULL OR e.state = :state)
ORDER BY e.id DESC
LIMIT :limit;

-- name: part$
SELECT p.content
FROM exports e
JOIN export_parts p ON p.export_id = e.id
WHERE e.id = :id AND e.tenant_id = :tenant_id AND e.state = 'done' AND p.number = :number;

-- name: waiting
SELECT e.id FROM exports e WHERE e.state IN ('queued', 'running') ORDER BY e.id;

-- name: start$
-- Whose it is, where it is still to be made; what an earlier try has left of it is dropped.
WITH started AS (
    UPDATE exports e SET state = 'running', rows = 0 WHERE e.id = :id AND e.state IN ('queued', 'running')
    RETURNING e.id, e.tenant_id
),
dropped AS (
    DELETE FROM export_parts p USING started s WHERE p.export_id = s.id
)
SELECT s.tenant_id FROM started s;

-- name: progress!
UPDATE exports e SET rows = :rows WHERE e.id = :id;

-- name: keep_part!
INSERT INTO export_parts (export_id, number, content) VALUES (:id, :number, :content);

-- name: finish!
UPDATE exports e SET state = :state, rows = :rows, problem = :problem, finished_at = :now WHERE e.id = :id;

-- name: forget!
WITH old AS (
    UPDATE exports e SET state = 'forgotten' WHERE e.state = 'done' AND e.finished_at < :before RETURNING e.id
)
DELETE FROM export_parts p USING old o WHERE p.export_id = o.id;
