-- name: lock!
-- One migration at a time; freed when the transaction ends.
SELECT pg_advisory_xact_lock(7201733);

-- name: create_registry#
CREATE TABLE IF NOT EXISTS schema_files (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied
SELECT name, checksum FROM schema_files;

-- name: record!
INSERT INTO schema_files (name, checksum) VALUES (:name, :checksum)
ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now();

-- name: overloads
-- Functions of ours with more than one signature: a changed signature must take a new name.
SELECT p.proname AS name
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.proname LIKE 'ledger\_%'
GROUP BY p.proname
HAVING count(*) > 1;

-- name: plan_anew!
-- Statements of this transaction are planned for the values that they are run with.
SET LOCAL plan_cache_mode = force_custom_plan;

-- name: ping$
SELECT 1;
