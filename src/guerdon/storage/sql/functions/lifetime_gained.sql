-- By how much an account's lifetime points have grown since a moment.
--
-- Part of the plan of whoever asks, as `ledger_lots` is.
CREATE OR REPLACE FUNCTION lifetime_gained(p_account uuid, p_bucket smallint, p_since timestamptz)
RETURNS TABLE (gained numeric)
LANGUAGE sql
STABLE
AS $$
    SELECT coalesce(sum(CASE
        WHEN e.lifetime IS NOT NULL THEN e.lifetime
        WHEN e.reverses IS NULL AND e.kind IN ('earn', 'adjust', 'set') THEN greatest(e.points, 0)
        WHEN e.reverses IS NOT NULL AND e.points <= 0
            THEN e.points - coalesce(e.shortfall, 0) - coalesce(e.from_pending, 0)
        ELSE 0
    END), 0)
    FROM entries e
    WHERE e.account_id = p_account AND e.bucket = p_bucket AND e.recorded_at >= p_since
$$;
