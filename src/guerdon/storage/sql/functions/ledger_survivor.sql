-- Where an account's points are now: the last of the accounts that it has gone up in, or itself.
--
-- Part of the plan of whoever asks, as `ledger_lots` is.
CREATE OR REPLACE FUNCTION ledger_survivor(p_account uuid) RETURNS uuid
LANGUAGE sql
STABLE
AS $$
    SELECT coalesce(
        (SELECT p.into_account_id FROM ledger_path(p_account) p ORDER BY p.step DESC LIMIT 1), p_account
    )
$$;
