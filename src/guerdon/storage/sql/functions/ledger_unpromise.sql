-- Takes points from an account's open pending earns, the newest first, as far as they reach; returns how many.
--
-- The account is locked; its own figure of pending points is left to the caller.
CREATE OR REPLACE FUNCTION ledger_unpromise(p_now timestamptz, p_account uuid, p_bucket smallint, p_points numeric)
RETURNS numeric
LANGUAGE sql
AS $$
    WITH promised AS MATERIALIZED (
        SELECT p.id, p.remaining, sum(p.remaining) OVER (ORDER BY p.id DESC) AS upto
        FROM pending_earns p
        WHERE p.account_id = p_account AND p.bucket = p_bucket AND p.state = 'open'
    ),
    taken AS (
        UPDATE pending_earns e
        SET
            remaining = greatest(p.upto - p_points, 0),
            state = CASE WHEN p.upto <= p_points THEN 'cancelled' ELSE 'open' END,
            closed_at = CASE WHEN p.upto <= p_points THEN p_now END
        FROM promised p
        WHERE e.account_id = p_account AND e.bucket = p_bucket AND e.id = p.id AND p.upto - p.remaining < p_points
    )
    SELECT least(coalesce(sum(p.remaining), 0), p_points) FROM promised p
$$;
