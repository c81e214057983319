-- The lots of an account from one version on: those with a row of their own, and entries that are one still untouched.
--
-- A function and not a view, for the planner to look up each account by itself: a join with such a union would be made
-- of both tables whole. It is part of the plan of whoever asks, which is why nothing is SET here.
CREATE OR REPLACE FUNCTION ledger_lots(p_account uuid, p_bucket smallint, p_from bigint)
RETURNS SETOF ledger_lot
LANGUAGE sql
STABLE
AS $$
    SELECT t.account_id, t.bucket, t.version, t.part, t.points, t.remaining, t.earned_at, t.expires_at, true
    FROM touched_lots t
    WHERE t.account_id = p_account AND t.bucket = p_bucket AND t.version >= p_from
    UNION ALL
    SELECT e.account_id, e.bucket, e.version, 1::smallint, e.points, e.points, e.effective_at, e.expires_at, false
    FROM entries e
    WHERE e.account_id = p_account AND e.bucket = p_bucket AND e.version >= p_from
      AND e.points > 0 AND e.kind IN ('earn', 'adjust', 'set')
      AND (
          SELECT t.part FROM touched_lots t
          WHERE t.account_id = e.account_id AND t.bucket = e.bucket AND t.version = e.version AND t.part = 1
      ) IS NULL
$$;
