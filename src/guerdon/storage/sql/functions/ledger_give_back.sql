-- Gives points of a debit back to where they came from.
--
-- In the opposite order of taking: first what nothing had paid for, then the lots. What would go back to a lot past its
-- day becomes a new lot that lapses at p_until; without that it goes back all the same, and lapses when the account is
-- next settled, as of now: it was not there before. The account is locked.
CREATE OR REPLACE FUNCTION ledger_give_back(
    p_now timestamptz,
    p_account uuid,
    p_bucket smallint,
    p_debit bigint,
    p_by bigint,
    p_points numeric,
    p_until timestamptz
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    WITH source AS (
        SELECT
            c.lot_version, c.lot_part, c.points, l.earned_at, l.day,
            sum(c.points) OVER (
                ORDER BY
                    c.lot_version = 0 DESC, c.latest DESC, l.day DESC NULLS FIRST, l.earned_at DESC,
                    c.lot_version DESC, c.lot_part DESC
                ROWS UNBOUNDED PRECEDING
            ) AS upto
        FROM (
            SELECT c.lot_version, c.lot_part, sum(c.points) AS points, max(c.by_version) AS latest
            FROM consumptions c
            WHERE c.account_id = p_account AND c.bucket = p_bucket AND c.version = p_debit
            GROUP BY c.lot_version, c.lot_part
            HAVING sum(c.points) > 0
        ) c
        -- Debt is no lot and has no day.
        LEFT JOIN LATERAL (
            SELECT l.earned_at, coalesce(l.expires_at, a.idle_at) AS day
            FROM touched_lots l
            JOIN accounts a ON a.id = l.account_id AND a.bucket = l.bucket
            WHERE l.account_id = p_account AND l.bucket = p_bucket AND l.version = c.lot_version
              AND l.part = c.lot_part
        ) l ON true
    ),
    given AS MATERIALIZED (
        SELECT s.*, least(s.points, p_points - (s.upto - s.points)) AS given, coalesce(s.day <= p_now, false) AS late
        FROM source s
        WHERE s.upto - s.points < p_points
    ),
    booked AS (
        INSERT INTO consumptions (account_id, bucket, version, by_version, lot_version, lot_part, points)
        SELECT p_account, p_bucket, p_debit, p_by, g.lot_version, g.lot_part, -g.given
        FROM given g
        UNION ALL
        SELECT p_account, p_bucket, p_by, p_by, g.lot_version, g.lot_part, g.given
        FROM given g
        WHERE g.late AND p_until IS NOT NULL
    ),
    restored AS (
        UPDATE touched_lots l
        SET remaining = l.remaining + g.given
        FROM given g
        WHERE l.account_id = p_account AND l.bucket = p_bucket AND l.version = g.lot_version AND l.part = g.lot_part
          AND NOT (g.late AND p_until IS NOT NULL)
    ),
    renewed AS (
        INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at, expires_at)
        SELECT
            p_account, p_bucket, p_by,
            row_number() OVER (ORDER BY g.day, g.earned_at, g.lot_version, g.lot_part), g.given, g.given, g.earned_at,
            p_until
        FROM given g
        WHERE g.late AND p_until IS NOT NULL
    )
    UPDATE accounts a
    SET
        lots_from = least(a.lots_from, g.since),
        due_at = least(a.due_at, g.day, CASE WHEN g.any_late THEN coalesce(p_until, p_now) END),
        freed_at = CASE WHEN g.any_late AND p_until IS NULL THEN p_now ELSE a.freed_at END
    FROM (
        SELECT
            min(g.lot_version) FILTER (WHERE g.lot_version > 0 AND NOT (g.late AND p_until IS NOT NULL)) AS since,
            min(g.day) FILTER (WHERE NOT g.late) AS day,
            bool_or(g.late) AS any_late
        FROM given g
    ) g
    WHERE a.id = p_account AND a.bucket = p_bucket;
END
$$;
