-- Makes lots of what an entry took from the lots of another account: the same points with the same days.
CREATE OR REPLACE FUNCTION ledger_arrive(
    p_from uuid,
    p_from_bucket smallint,
    p_from_version bigint,
    p_into uuid,
    p_into_bucket smallint,
    p_into_version bigint
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    WITH moved AS (
        SELECT
            c.points, l.earned_at, l.expires_at,
            row_number() OVER (
                ORDER BY coalesce(l.expires_at, a.idle_at) NULLS LAST, l.earned_at, l.version, l.part
            ) AS part
        FROM consumptions c
        JOIN accounts a ON a.id = p_from AND a.bucket = p_from_bucket
        -- All of them have a row: something was taken from each.
        JOIN touched_lots l
            ON l.account_id = c.account_id AND l.bucket = c.bucket AND l.version = c.lot_version AND l.part = c.lot_part
        WHERE c.account_id = p_from AND c.bucket = p_from_bucket AND c.version = p_from_version
    ), arrived AS (
        INSERT INTO touched_lots (account_id, bucket, version, part, points, remaining, earned_at, expires_at)
        SELECT p_into, p_into_bucket, p_into_version, m.part, m.points, m.points, m.earned_at, m.expires_at
        FROM moved m
    )
    UPDATE accounts x
    SET due_at = least(x.due_at, x.idle_at, (SELECT min(m.expires_at) FROM moved m))
    WHERE x.id = p_into AND x.bucket = p_into_bucket;
END
$$;
