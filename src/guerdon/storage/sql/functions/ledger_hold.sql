-- Places the ordinary holds of a batch, for a fraction of what `ledger_post` costs; the others are left to that.
--
-- Ordinary is a hold that fits, of a key that was not used before, on an account to which nothing else of the batch
-- comes. The accounts are locked and settled.
CREATE OR REPLACE FUNCTION ledger_hold(
    p_now timestamptz,
    p_bucket smallint,
    p_commands ledger_command[]
) RETURNS ledger_result[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    results ledger_result[];
BEGIN
    WITH command AS MATERIALIZED (
        SELECT
            c.verb, c.tenant_id, c.account_id, c.points, c.subject_id AS hold_id, c.flag AS is_only, c.ends_at, c.at,
            c.reason, c.reference, c.location, c.surface, c.actor, c.key, c.fingerprint, c.ordinality AS ord
        FROM unnest(p_commands) WITH ORDINALITY AS c
    ),
    wanted AS MATERIALIZED (
        SELECT c.account_id, c.tenant_id, sum(c.points) AS points, min(c.ends_at) AS ends_at
        FROM command c
        LEFT JOIN LATERAL (
            SELECT true AS answered FROM ledger_keys k
            WHERE c.key IS NOT NULL AND k.tenant_id = c.tenant_id AND k.key = c.key
            LIMIT 1
        ) k ON true
        LEFT JOIN LATERAL (
            SELECT true AS is_there FROM holds o
            WHERE c.is_only AND o.account_id = c.account_id AND o.reference = c.reference AND o.state = 'open'
              AND o.once_per_reference
            LIMIT 1
        ) o ON true
        GROUP BY c.account_id, c.tenant_id
        HAVING bool_and(
            c.verb = 'hold' AND k.answered IS NULL AND o.is_there IS NULL AND coalesce(c.ends_at > p_now, true)
        )
    ),
    reserved AS (
        UPDATE accounts a
        SET held = a.held + w.points, due_at = least(a.due_at, w.ends_at)
        FROM wanted w
        WHERE a.id = w.account_id AND a.tenant_id = w.tenant_id AND (p_bucket IS NULL OR a.bucket = p_bucket)
          AND a.closed_at IS NULL AND w.points <= a.posted - a.held
        RETURNING a.id, a.bucket, a.tenant_id, a.posted, a.held - w.points AS held_before
    ),
    decided AS MATERIALIZED (
        SELECT
            c.*, a.bucket, a.posted,
            a.held_before + sum(c.points) OVER (
                PARTITION BY c.account_id ORDER BY c.ord ROWS UNBOUNDED PRECEDING
            ) AS held
        FROM reserved a
        JOIN command c ON c.account_id = a.id AND c.tenant_id = a.tenant_id
    ),
    placed AS (
        INSERT INTO holds (
            account_id, bucket, id, points, remaining, placed_at, expires_at, reason, reference, location, surface,
            actor, once_per_reference
        )
        SELECT
            d.account_id, d.bucket, d.hold_id, d.points, d.points, d.at, d.ends_at, d.reason, d.reference, d.location,
            d.surface, d.actor, d.is_only
        FROM decided d
    ),
    kept AS (
        INSERT INTO ledger_keys (
            tenant_id, key, fingerprint, account_id, bucket, points, posted, held, hold_id, hold_state, recorded_at
        )
        SELECT
            d.tenant_id, d.key, d.fingerprint, d.account_id, d.bucket, 0, d.posted, d.held, d.hold_id, 'open', p_now
        FROM decided d
        WHERE d.key IS NOT NULL
    )
    SELECT array_agg(
        ROW(
            d.ord, NULL, d.account_id, d.bucket, NULL, 0, d.posted, d.held, d.hold_id, 'open', NULL, false
        )::ledger_result
    ) INTO results
    FROM decided d;
    RETURN results;
END
$$;
