-- Carries out the ordinary captures of a batch, for a fraction of what `ledger_post` costs; the others are left to that.
--
-- Ordinary is a capture of an open hold that is paid for by lots, of a key that was not used before, on an account to
-- which nothing else of the batch comes and on which no points past their day wait. The accounts are locked and
-- settled.
CREATE OR REPLACE FUNCTION ledger_capture(
    p_now timestamptz,
    p_bucket smallint,
    p_commands ledger_command[]
) RETURNS ledger_result[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    results ledger_result[];
BEGIN
    WITH command AS MATERIALIZED (
        SELECT
            c.verb, c.tenant_id, c.account_id, c.points, c.subject_id AS hold_id, c.flag AS is_last, c.at, c.reason,
            c.reference, c.location, c.surface, c.actor, c.cause, c.key, c.fingerprint, c.ordinality AS ord,
            count(*) OVER (PARTITION BY c.account_id) AS neighbours
        FROM unnest(p_commands) WITH ORDINALITY AS c
    ),
    decided AS MATERIALIZED (
        SELECT
            c.ord, c.tenant_id, c.account_id, a.bucket, c.hold_id, c.is_last, c.at, c.surface, c.actor, c.key,
            c.fingerprint, coalesce(c.reason, h.reason) AS reason, coalesce(c.reference, h.reference) AS reference,
            coalesce(c.location, h.location) AS location, c.cause, h.taken, a.version + 1 AS version,
            a.posted - h.taken AS posted,
            a.held - CASE WHEN c.is_last THEN h.remaining ELSE h.taken END AS held,
            CASE WHEN c.is_last THEN 0 ELSE h.remaining - h.taken END AS remaining,
            CASE WHEN c.is_last OR h.remaining = h.taken THEN 'captured' ELSE 'open' END AS state,
            a.lots_from,
            CASE a.expiry_kind WHEN 'inactivity' THEN greatest(a.idle_at, ledger_lapse_at(
                a.expiry_count, a.expiry_unit, a.expiry_round, a.expiry_dates, a.time_zone, c.at
            )) ELSE a.idle_at END AS idle_at
        FROM command c
        -- Look-ups one row at a time, as in `ledger_post`.
        CROSS JOIN LATERAL (
            SELECT
                a.*, r.expiry_kind, r.expiry_count, r.expiry_unit, r.expiry_round, r.expiry_dates, r.time_zone
            FROM accounts a
            CROSS JOIN LATERAL (SELECT r.* FROM programs r WHERE r.id = a.program_id LIMIT 1) r
            WHERE a.id = c.account_id AND a.tenant_id = c.tenant_id AND (p_bucket IS NULL OR a.bucket = p_bucket)
              AND a.closed_at IS NULL AND a.overdue = 0
            LIMIT 1
        ) a
        CROSS JOIN LATERAL (
            SELECT h.*, coalesce(c.points, h.remaining) AS taken
            FROM holds h
            WHERE h.account_id = a.id AND h.bucket = a.bucket AND h.id = c.hold_id AND h.state = 'open'
            LIMIT 1
        ) h
        LEFT JOIN LATERAL (
            SELECT true AS answered FROM ledger_keys k
            WHERE c.key IS NOT NULL AND k.tenant_id = c.tenant_id AND k.key = c.key
            LIMIT 1
        ) k ON true
        WHERE c.verb = 'capture' AND c.neighbours = 1 AND k.answered IS NULL
          AND h.taken <= h.remaining AND h.taken <= a.posted
    ),
    lot AS MATERIALIZED (
        SELECT
            d.account_id, d.bucket, d.version, d.taken, d.posted, d.held, d.is_last, d.idle_at,
            l.version AS lot_version, l.part, l.points AS lot_points, l.remaining, l.earned_at, l.expires_at,
            sum(l.remaining) OVER (
                PARTITION BY d.account_id
                ORDER BY l.day NULLS LAST, l.earned_at, l.version, l.part
                ROWS UNBOUNDED PRECEDING
            ) AS upto
        FROM decided d
        CROSS JOIN LATERAL (
            SELECT l.*, coalesce(l.expires_at, d.idle_at) AS day
            FROM ledger_lots(d.account_id, d.bucket, d.lots_from) l
            WHERE l.remaining > 0
        ) l
    ),
    spent AS MATERIALIZED (
        SELECT l.*, least(l.remaining, l.taken - (l.upto - l.remaining)) AS points
        FROM lot l
        WHERE l.upto - l.remaining < l.taken
    ),
    paid AS (
        INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at, expires_at)
        SELECT
            s.account_id, s.bucket, s.lot_version, s.part, s.lot_points, s.remaining - s.points, s.earned_at,
            s.expires_at
        FROM spent s
        ON CONFLICT (account_id, bucket, version, part) DO UPDATE SET remaining = excluded.remaining
    ),
    booked AS (
        INSERT INTO consumptions (account_id, bucket, version, by_version, lot_version, lot_part, points)
        SELECT s.account_id, s.bucket, s.version, s.version, s.lot_version, s.part, s.points
        FROM spent s
    ),
    entered AS (
        INSERT INTO entries (
            account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference,
            location, hold_id, surface, actor, cause
        )
        SELECT
            d.account_id, d.bucket, d.version, 'capture', -d.taken, d.posted, d.at, p_now, d.reason, d.reference,
            d.location, d.hold_id, d.surface, d.actor, d.cause
        FROM decided d
    ),
    debited AS (
        UPDATE accounts a
        SET
            posted = d.posted, held = d.held, version = d.version, idle_at = d.idle_at,
            due_at = least(a.due_at, d.idle_at),
            freed_at = CASE WHEN d.is_last THEN p_now ELSE a.freed_at END,
            -- Only now and then, as in `ledger_take`.
            lots_from = CASE WHEN d.open_from > a.lots_from + 16 THEN d.open_from ELSE a.lots_from END
        FROM (
            SELECT
                l.account_id, l.bucket, l.version, l.posted, l.held, l.is_last, l.idle_at,
                coalesce(min(l.lot_version) FILTER (WHERE l.upto > l.taken), l.version + 1) AS open_from
            FROM lot l
            GROUP BY l.account_id, l.bucket, l.version, l.posted, l.held, l.is_last, l.idle_at
        ) d
        WHERE a.id = d.account_id AND a.bucket = d.bucket
    ),
    moved AS (
        UPDATE holds h
        SET state = d.state, remaining = d.remaining, closed_at = CASE WHEN d.state <> 'open' THEN p_now END
        FROM decided d
        WHERE h.account_id = d.account_id AND h.bucket = d.bucket AND h.id = d.hold_id
    ),
    kept AS (
        INSERT INTO ledger_keys (
            tenant_id, key, fingerprint, account_id, bucket, version, points, posted, held, hold_id, hold_state,
            recorded_at
        )
        SELECT
            d.tenant_id, d.key, d.fingerprint, d.account_id, d.bucket, d.version, -d.taken, d.posted, d.held,
            d.hold_id, d.state, p_now
        FROM decided d
        WHERE d.key IS NOT NULL
    )
    SELECT array_agg(
        ROW(
            d.ord, NULL, d.account_id, d.bucket, d.version, -d.taken, d.posted, d.held, d.hold_id, d.state, NULL, false
        )::ledger_result
    ) INTO results
    FROM decided d;
    RETURN results;
END
$$;
