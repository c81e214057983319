-- The membership that stands for a member: the primary one, else the oldest; none where there is none.
--
-- Part of the plan of whoever asks, as `ledger_lots` is: only the columns that are asked for are read.
CREATE OR REPLACE FUNCTION ledger_membership(p_member uuid)
RETURNS SETOF memberships
LANGUAGE sql
STABLE
AS $$
    SELECT m.*
    FROM memberships m
    WHERE m.member_id = p_member AND m.deleted_at IS NULL
    ORDER BY m.is_primary DESC, m.id
    LIMIT 1
$$;
