-- One step of settling: holds end and pending earns become earns, each account up to a moment of its own.
CREATE OR REPLACE FUNCTION ledger_settle_rest(
    p_now timestamptz,
    p_account uuid[],
    p_bucket smallint[],
    p_at timestamptz[]
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    ids uuid[];
    buckets smallint[];
BEGIN
    WITH ended AS (
        UPDATE holds h
        SET state = 'expired', remaining = 0, closed_at = h.expires_at
        FROM (
            SELECT h.account_id, h.bucket, h.id, h.remaining AS freed, m.at
            FROM unnest(p_account, p_bucket, p_at) AS m (id, bucket, at)
            CROSS JOIN LATERAL (
                SELECT h.* FROM holds h
                WHERE h.account_id = m.id AND h.bucket = m.bucket AND h.state = 'open' AND h.expires_at <= m.at
            ) h
        ) e
        WHERE h.account_id = e.account_id AND h.bucket = e.bucket AND h.id = e.id
        RETURNING h.account_id, h.bucket, e.freed, e.at
    )
    UPDATE accounts a
    SET held = a.held - e.freed, freed_at = e.at
    FROM (
        SELECT e.account_id, e.bucket, sum(e.freed) AS freed, max(e.at) AS at FROM ended e GROUP BY e.account_id, e.bucket
    ) e
    WHERE a.id = e.account_id AND a.bucket = e.bucket;

    WITH pending AS MATERIALIZED (
        SELECT
            p.*, a.posted, p.number + a.version AS entry_version,
            sum(p.remaining) OVER (PARTITION BY a.id, a.bucket ORDER BY p.number) AS upto,
            CASE WHEN r.expiry_kind <> 'never' THEN ledger_lapse_at(
                r.expiry_count, r.expiry_unit, r.expiry_round, r.expiry_dates, r.time_zone, p.activates_at
            ) END AS lapses_at,
            r.expiry_kind
        FROM unnest(p_account, p_bucket, p_at) AS m (id, bucket, at)
        JOIN accounts a ON a.id = m.id AND a.bucket = m.bucket
        CROSS JOIN LATERAL (SELECT r.* FROM programs r WHERE r.id = a.program_id LIMIT 1) r
        CROSS JOIN LATERAL (
            SELECT p.*, row_number() OVER (ORDER BY p.activates_at, p.id) AS number
            FROM pending_earns p
            WHERE p.account_id = a.id AND p.bucket = a.bucket AND p.state = 'open' AND p.activates_at <= m.at
        ) p
    ),
    entered AS (
        INSERT INTO entries (
            account_id, bucket, version, kind, points, balance_after, effective_at, recorded_at, reason, reference,
            location, surface, actor, cause, pending_id, expires_at
        )
        SELECT
            p.account_id, p.bucket, p.entry_version, 'earn', p.remaining, p.posted + p.upto, p.activates_at, p_now,
            p.reason, p.reference, p.location, p.surface, p.actor, p.cause, p.id,
            coalesce(p.expires_at, CASE WHEN p.expiry_kind <> 'inactivity' THEN p.lapses_at END)
        FROM pending p
    ),
    activated AS (
        UPDATE pending_earns e
        SET state = 'activated', remaining = 0, closed_at = e.activates_at
        FROM pending p
        WHERE e.account_id = p.account_id AND e.bucket = p.bucket AND e.id = p.id
    ),
    credited AS (
        UPDATE accounts a
        SET
            posted = a.posted + p.points, pending = a.pending - p.points, lifetime = a.lifetime + p.points,
            version = a.version + p.entries, idle_at = greatest(a.idle_at, p.idle_at)
        FROM (
            SELECT
                p.account_id, p.bucket, sum(p.remaining) AS points, count(*) AS entries,
                max(p.lapses_at) FILTER (WHERE p.expiry_kind = 'inactivity') AS idle_at
            FROM pending p
            GROUP BY p.account_id, p.bucket
        ) p
        WHERE a.id = p.account_id AND a.bucket = p.bucket
        RETURNING a.id, a.bucket, a.posted - p.points < 0 AS owed
    )
    SELECT array_agg(c.id), array_agg(c.bucket) INTO ids, buckets FROM credited c WHERE c.owed;
    IF ids IS NOT NULL THEN
        PERFORM ledger_repay(ids, buckets, NULL);
    END IF;
END
$$;
