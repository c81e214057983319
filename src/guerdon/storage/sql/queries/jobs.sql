-- name: ask!
-- Tasks to be done; one that waits or is being done is there already.
INSERT INTO jobs.pgqueuer (priority, status, entrypoint, payload, dedupe_key)
SELECT 0, 'queued', t.name, convert_to(t.key, 'UTF8'), t.name || ':' || t.key
FROM unnest(:names::text[], :keys::text[]) AS t (name, key)
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING;

-- name: forget_told!
-- What became of jobs a week ago and is counted in the statistics.
DELETE FROM jobs.pgqueuer_log l WHERE l.aggregated AND l.created < :before;
