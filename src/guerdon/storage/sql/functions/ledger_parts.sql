-- Accounts, each with itself and all that have gone up in it by merges that stand.
CREATE OR REPLACE FUNCTION ledger_parts(p_accounts uuid[]) RETURNS TABLE (account_id uuid, part_id uuid)
LANGUAGE sql
STABLE
AS $$
    WITH RECURSIVE whole AS (
        SELECT n.id AS account_id, n.id AS part_id FROM unnest(p_accounts) AS n (id)
        UNION
        SELECT w.account_id, x.account_id
        FROM whole w
        JOIN merged_memberships x ON x.into_account_id = w.part_id
        JOIN merges m ON m.id = x.merge_id AND m.undone_at IS NULL
    )
    SELECT w.account_id, w.part_id FROM whole w
$$;
