-- Takes the points of debits from the lots of their accounts, soonest day first, and writes down what paid for what.
-- What no lot covers becomes debt (lot 0). At most one debit per account; the accounts are locked.
--
-- p_first    the version whose lots come before all others, or null
-- p_late     whether lots past their day, which wait for a hold to end, come in their turn or last of all
CREATE OR REPLACE FUNCTION ledger_take(
    p_now timestamptz,
    p_account uuid[],
    p_bucket smallint[],
    p_version bigint[],
    p_points numeric[],
    p_first bigint[],
    p_late boolean[]
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    WITH debit AS MATERIALIZED (
        SELECT d.*, a.lots_from, a.idle_at
        FROM unnest(p_account, p_bucket, p_version, p_points, p_first, p_late)
            AS d (account_id, bucket, version, points, first, late)
        JOIN accounts a ON a.id = d.account_id AND a.bucket = d.bucket
        WHERE d.points > 0
    ),
    lot AS MATERIALIZED (
        SELECT
            d.account_id, d.bucket, d.version, d.points AS wanted, l.version AS lot_version, l.part,
            l.points AS lot_points, l.remaining, l.earned_at, l.expires_at,
            sum(l.remaining) OVER (
                PARTITION BY d.account_id, d.bucket
                ORDER BY
                    coalesce(l.version = d.first, false) DESC,
                    coalesce(NOT d.late AND l.day <= p_now, false),
                    l.day NULLS LAST, l.earned_at, l.version, l.part
                ROWS UNBOUNDED PRECEDING
            ) AS upto
        FROM debit d
        CROSS JOIN LATERAL (
            SELECT l.*, coalesce(l.expires_at, d.idle_at) AS day
            FROM ledger_lots(d.account_id, d.bucket, d.lots_from) l
            WHERE l.remaining > 0
        ) l
    ),
    taken AS MATERIALIZED (
        SELECT l.*, least(l.remaining, l.wanted - (l.upto - l.remaining)) AS points
        FROM lot l
        WHERE l.upto - l.remaining < l.wanted
    ),
    paid AS (
        INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at, expires_at)
        SELECT
            t.account_id, t.bucket, t.lot_version, t.part, t.lot_points, t.remaining - t.points, t.earned_at,
            t.expires_at
        FROM taken t
        ON CONFLICT (account_id, bucket, version, part) DO UPDATE SET remaining = excluded.remaining
    ),
    -- One row per debit, with or without lots.
    covered AS MATERIALIZED (
        SELECT
            l.account_id, l.bucket, l.version, max(l.wanted) AS wanted, sum(l.remaining) AS there,
            coalesce(min(l.lot_version) FILTER (WHERE l.upto > l.wanted), l.version + 1) AS open_from
        FROM (
            SELECT l.account_id, l.bucket, l.version, l.wanted, l.lot_version, l.remaining, l.upto FROM lot l
            UNION ALL
            SELECT d.account_id, d.bucket, d.version, d.points, NULL, 0, 0 FROM debit d
        ) l
        GROUP BY l.account_id, l.bucket, l.version
    ),
    booked AS (
        INSERT INTO consumptions (account_id, bucket, version, by_version, lot_version, lot_part, points)
        SELECT t.account_id, t.bucket, t.version, t.version, t.lot_version, t.part, t.points
        FROM taken t
        UNION ALL
        SELECT c.account_id, c.bucket, c.version, c.version, 0, 0, c.wanted - c.there
        FROM covered c
        WHERE c.wanted > c.there
    )
    UPDATE accounts a
    SET lots_from = c.open_from
    FROM covered c
    -- Only now and then: reading a few spent lots costs less than writing the account once more.
    WHERE a.id = c.account_id AND a.bucket = c.bucket AND a.lots_from + 16 < c.open_from;
END
$$;
