-- The merges that took an account's points on, in their order, as far as they stand.
CREATE OR REPLACE FUNCTION ledger_path(p_account uuid)
RETURNS TABLE (
    step integer, merge_id uuid, membership_id uuid, account_id uuid, into_account_id uuid, into_version bigint
)
LANGUAGE sql
STABLE
AS $$
    WITH RECURSIVE path AS (
        SELECT 0 AS step, NULL::uuid AS merge_id, NULL::uuid AS membership_id, NULL::uuid AS account_id,
            p_account AS into_account_id, NULL::bigint AS into_version
        UNION ALL
        SELECT p.step + 1, x.merge_id, x.membership_id, x.account_id, x.into_account_id, x.into_version
        FROM path p
        JOIN merged_memberships x ON x.account_id = p.into_account_id AND x.into_account_id IS NOT NULL
        JOIN merges m ON m.id = x.merge_id AND m.undone_at IS NULL
    )
    SELECT p.step, p.merge_id, p.membership_id, p.account_id, p.into_account_id, p.into_version
    FROM path p
    WHERE p.step > 0
$$;
