-- The tier that so many lifetime points lead to on a program's ladder; none where it is below all of them.
-- Of several that ask the same, the last in the order of the ladder.
--
-- Part of the plan of whoever asks, as `ledger_lots` is.
CREATE OR REPLACE FUNCTION tier_reached(p_program uuid, p_lifetime numeric)
RETURNS SETOF tiers
LANGUAGE sql
STABLE
AS $$
    SELECT t.*
    FROM tiers t
    WHERE t.program_id = p_program AND t.deleted_at IS NULL AND NOT t.by_hand AND t.min_lifetime <= p_lifetime
    ORDER BY t.min_lifetime DESC, t.ordering DESC, t.id DESC
    LIMIT 1
$$;
