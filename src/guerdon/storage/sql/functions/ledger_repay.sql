-- Lets points that have come in pay what is owed: the oldest debt first.
--
-- p_by is the entry that is written down as the payer, and the lots pay in the order they are spent; null is the one that
-- brought the lot, entry by entry. The accounts are locked.
CREATE OR REPLACE FUNCTION ledger_repay(p_account uuid[], p_bucket smallint[], p_by bigint) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    WITH account AS MATERIALIZED (
        SELECT a.*
        FROM unnest(p_account, p_bucket) AS n (id, bucket)
        JOIN accounts a ON a.id = n.id AND a.bucket = n.bucket
    ),
    debt AS MATERIALIZED (
        SELECT
            a.id, a.bucket, d.version, d.owed,
            sum(d.owed) OVER (PARTITION BY a.id, a.bucket ORDER BY d.version) AS upto
        FROM account a
        CROSS JOIN LATERAL (
            SELECT c.version, sum(c.points) AS owed
            FROM consumptions c
            WHERE c.account_id = a.id AND c.bucket = a.bucket AND c.lot_version = 0
            GROUP BY c.version
            HAVING sum(c.points) > 0
        ) d
    ),
    lot AS MATERIALIZED (
        SELECT
            a.id, a.bucket, l.version, l.part, l.points AS lot_points, l.remaining, l.earned_at, l.expires_at,
            sum(l.remaining) OVER (
                PARTITION BY a.id, a.bucket
                ORDER BY
                    CASE WHEN p_by IS NULL THEN l.version END,
                    coalesce(l.expires_at, a.idle_at) NULLS LAST, l.earned_at, l.version, l.part
                ROWS UNBOUNDED PRECEDING
            ) AS upto
        FROM account a
        CROSS JOIN LATERAL (
            SELECT l.* FROM ledger_lots(a.id, a.bucket, a.lots_from) l
            WHERE l.remaining > 0
        ) l
    ),
    payment AS MATERIALIZED (
        SELECT
            d.id, d.bucket, d.version, l.version AS lot_version, l.part, l.lot_points, l.remaining, l.earned_at,
            l.expires_at, coalesce(p_by, l.version) AS by_version,
            least(d.upto, l.upto) - greatest(d.upto - d.owed, l.upto - l.remaining) AS points
        FROM debt d
        JOIN lot l ON l.id = d.id AND l.upto > d.upto - d.owed AND l.upto - l.remaining < d.upto
    ),
    paid AS (
        INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at, expires_at)
        SELECT
            p.id, p.bucket, p.lot_version, p.part, p.lot_points, p.remaining - sum(p.points), p.earned_at, p.expires_at
        FROM payment p
        GROUP BY p.id, p.bucket, p.lot_version, p.part, p.lot_points, p.remaining, p.earned_at, p.expires_at
        ON CONFLICT (account_id, bucket, version, part) DO UPDATE SET remaining = excluded.remaining
    )
    INSERT INTO consumptions (account_id, bucket, version, by_version, lot_version, lot_part, points)
    SELECT p.id, p.bucket, p.version, p.by_version, p.lot_version, p.part, p.points
    FROM payment p
    UNION ALL
    SELECT p.id, p.bucket, p.version, p.by_version, 0, 0, -sum(p.points)
    FROM payment p
    GROUP BY p.id, p.bucket, p.version, p.by_version;
END
$$;
