-- Posts a batch of ordinary earns, for a fraction of what `ledger_post` costs; null where one of them is not.
--
-- Ordinary is an account that is open, owes nothing and has nothing due, and of which no command was answered before or
-- brings points that would have lapsed. What is written is what `ledger_post` would write, in one statement: the update
-- of the accounts, in id order, is the lock, and the entries are counted back from what it leaves. All of the batch or
-- nothing of it, since whoever locks in two passes can meet another in the middle.
CREATE OR REPLACE FUNCTION ledger_earn(
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
            c.tenant_id, coalesce(c.account_id, n.account_id) AS account_id, c.points, c.ends_at, c.at, c.reason,
            c.reference, c.location, c.surface, c.actor, c.cause, c.key, c.fingerprint, c.ordinality AS ord
        FROM unnest(p_commands) WITH ORDINALITY AS c
        LEFT JOIN LATERAL ledger_named(c.tenant_id, c.namespaces, c.canonical) n ON c.account_id IS NULL
    ),
    -- One row per account, in the order of locking, with what is known of it before it is locked.
    wanted AS MATERIALIZED (
        SELECT w.*, o.*
        FROM (
            SELECT
                c.account_id, c.tenant_id, sum(c.points) AS points, count(*) AS entries, min(c.ends_at) AS ends_at,
                bool_or(c.ends_at IS NULL) AS by_policy, min(c.at) AS first_at, max(c.at) AS last_at,
                bool_or(k.answered) AS answered
            FROM command c
            LEFT JOIN LATERAL (
                SELECT true AS answered FROM ledger_keys k
                WHERE c.key IS NOT NULL AND k.tenant_id = c.tenant_id AND k.key = c.key
                LIMIT 1
            ) k ON true
            GROUP BY c.account_id, c.tenant_id
            ORDER BY c.account_id
        ) w
        LEFT JOIN LATERAL (
            SELECT
                a.bucket, r.expiry_kind, r.expiry_count, r.expiry_unit, r.expiry_round, r.expiry_dates, r.time_zone,
                CASE WHEN r.expiry_kind <> 'never' THEN ledger_lapse_at(
                    r.expiry_count, r.expiry_unit, r.expiry_round, r.expiry_dates, r.time_zone, w.first_at
                ) END AS first_lapses_at,
                a.closed_at IS NULL AND a.posted >= 0 AND coalesce(a.due_at > p_now, true) AS is_ordinary
            FROM accounts a
            CROSS JOIN LATERAL (SELECT r.* FROM programs r WHERE r.id = a.program_id LIMIT 1) r
            WHERE a.id = w.account_id AND a.tenant_id = w.tenant_id AND (p_bucket IS NULL OR a.bucket = p_bucket)
            LIMIT 1
        ) o ON true
    ),
    credited AS (
        UPDATE accounts a
        SET
            posted = a.posted + w.points,
            lifetime = a.lifetime + w.points,
            version = a.version + w.entries,
            idle_at = CASE w.expiry_kind WHEN 'inactivity' THEN greatest(a.idle_at, ledger_lapse_at(
                w.expiry_count, w.expiry_unit, w.expiry_round, w.expiry_dates, w.time_zone, w.last_at
            )) ELSE a.idle_at END,
            due_at = least(
                a.due_at, w.ends_at,
                CASE WHEN w.by_policy OR w.expiry_kind = 'inactivity' THEN w.first_lapses_at END
            )
        FROM wanted w
        WHERE (
            SELECT bool_and(coalesce(
                x.is_ordinary AND x.answered IS NULL AND coalesce(x.ends_at > p_now, true)
                AND (NOT x.by_policy OR coalesce(x.first_lapses_at > p_now, true)), false
            ))
            FROM wanted x
        )
          AND a.id = w.account_id AND a.bucket = w.bucket
          AND a.closed_at IS NULL AND a.posted >= 0 AND coalesce(a.due_at > p_now, true)
        RETURNING
            a.id, a.bucket, a.tenant_id, a.posted, a.held, a.version, w.points, w.entries, w.expiry_kind,
            w.expiry_count, w.expiry_unit, w.expiry_round, w.expiry_dates, w.time_zone
    ),
    decided AS MATERIALIZED (
        SELECT
            c.*, a.bucket, a.held, p_now AS recorded_at,
            a.version - a.entries + row_number() OVER same AS version,
            a.posted - a.points + sum(c.points) OVER (same ROWS UNBOUNDED PRECEDING) AS posted,
            coalesce(c.ends_at, CASE WHEN a.expiry_kind IN ('rolling', 'fixed') THEN ledger_lapse_at(
                a.expiry_count, a.expiry_unit, a.expiry_round, a.expiry_dates, a.time_zone, c.at
            ) END) AS lot_ends_at
        FROM credited a
        JOIN command c ON c.account_id = a.id AND c.tenant_id = a.tenant_id
        WINDOW same AS (PARTITION BY c.account_id ORDER BY c.ord)
    ),
    entered AS (
        INSERT INTO entries (
            account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference,
            location, surface, actor, cause, expires_at
        )
        SELECT
            d.account_id, d.bucket, d.version, 'earn', d.points, d.posted, d.at, d.recorded_at, d.reason, d.reference,
            d.location, d.surface, d.actor, d.cause, d.lot_ends_at
        FROM decided d
    ),
    kept AS (
        INSERT INTO ledger_keys (
            tenant_id, key, fingerprint, account_id, bucket, version, points, posted, held, recorded_at
        )
        SELECT
            d.tenant_id, d.key, d.fingerprint, d.account_id, d.bucket, d.version, d.points, d.posted, d.held,
            d.recorded_at
        FROM decided d
        WHERE d.key IS NOT NULL
    )
    SELECT array_agg(
        ROW(
            d.ord, NULL, d.account_id, d.bucket, d.version, d.points, d.posted, d.held, NULL, NULL, NULL, false
        )::ledger_result
    ) INTO results
    FROM decided d;
    IF cardinality(results) <> cardinality(p_commands) THEN
        -- Somebody else came between looking and locking: all of it is undone, and tried again.
        RAISE SQLSTATE '40001';
    END IF;
    RETURN results;
END
$$;
