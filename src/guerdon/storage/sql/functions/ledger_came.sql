-- What is left of the points that came to an account with a merge: by the entry that brought them, and its twin.
--
-- Those are several where the merge was taken apart for a moment while points were held, which stayed. `late` are past
-- their day and wait for a hold; `paid` are gone, for what was owed here before the merge.
CREATE OR REPLACE FUNCTION ledger_came(p_now timestamptz, p_account uuid, p_back uuid, p_version bigint)
RETURNS TABLE (version bigint, back_version bigint, fresh numeric, late numeric, paid numeric)
LANGUAGE sql
STABLE
AS $$
    WITH moves AS MATERIALIZED (
        -- Each wrote one entry here and one there.
        SELECT
            e.account_id, e.version, row_number() OVER (PARTITION BY e.account_id ORDER BY e.version) AS n,
            min(e.version) OVER (PARTITION BY e.account_id) AS first_version
        FROM entries m
        JOIN entries e
            ON e.account_id = ANY (ARRAY[p_account, p_back]) AND e.peer_id = ANY (ARRAY[p_account, p_back])
            AND e.kind = 'transfer' AND e.reference = m.reference
        WHERE m.account_id = p_account AND m.version = p_version
    )
    SELECT x.version, y.version, coalesce(l.fresh, 0), coalesce(l.late, 0), coalesce(l.paid, 0)
    FROM moves x
    JOIN moves y ON y.account_id = p_back AND y.n = x.n
    CROSS JOIN LATERAL (
        SELECT
            sum(l.remaining) FILTER (WHERE NOT d.is_late) AS fresh,
            sum(l.remaining) FILTER (WHERE d.is_late) AS late,
            sum(p.points) AS paid
        FROM touched_lots l
        JOIN accounts a ON a.id = l.account_id AND a.bucket = l.bucket
        CROSS JOIN LATERAL (SELECT coalesce(coalesce(l.expires_at, a.idle_at) <= p_now, false) AS is_late) d
        CROSS JOIN LATERAL (
            SELECT sum(c.points) AS points FROM consumptions c
            WHERE c.account_id = l.account_id AND c.bucket = l.bucket AND c.version < x.first_version
              AND c.lot_version = l.version AND c.lot_part = l.part
        ) p
        WHERE l.account_id = p_account AND l.version = x.version
    ) l
    WHERE x.account_id = p_account AND x.version <= p_version
$$;
