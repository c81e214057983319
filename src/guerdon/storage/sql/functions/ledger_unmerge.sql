-- Takes apart what `ledger_merge` put together, and opens the closed account again.
--
-- Back go: what is left of the points that came along, the holds and pending earns that came along and are still open,
-- the lifetime points that came along, and all of a debt that was taken over. Points spent since stay spent, and points
-- past their day go only with holds that they wait for. Locks both accounts in id order and settles them first.
--
-- p_debts     whether what paid debts older than the merge goes back too, whatever is there: it is owed again
CREATE OR REPLACE FUNCTION ledger_unmerge(
    p_now timestamptz,
    p_from uuid,
    p_back uuid,
    p_version bigint,
    p_debts boolean,
    p_at timestamptz,
    p_reference text,
    p_surface text,
    p_actor uuid
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    a accounts;
    back accounts;
    e entries;
    since timestamptz;
    came uuid[];
    lot record;
    points numeric;
    owed numeric;
    held numeric;
    room numeric;
    kept numeric;
BEGIN
    PERFORM ledger_settle(p_now, ARRAY[p_from, p_back]);
    -- Nothing has been posted to it since: its last entry is the one that took everything out.
    UPDATE accounts x SET closed_at = NULL WHERE x.id = p_back RETURNING x.* INTO back;
    SELECT x.* INTO a FROM accounts x WHERE x.id = p_from;
    SELECT x.* INTO e FROM entries x WHERE x.account_id = a.id AND x.bucket = a.bucket AND x.version = p_version;
    SELECT min(x.recorded_at) INTO since FROM entries x
    WHERE x.account_id = back.id AND x.bucket = back.bucket AND x.kind = 'transfer' AND x.reference = e.reference;
    -- What moved before had come by another merge, and gone back.
    came := ARRAY(
        SELECT h.id FROM holds h WHERE h.account_id = p_back AND h.state = 'moved' AND h.closed_at >= since
        UNION ALL
        SELECT p.id FROM pending_earns p WHERE p.account_id = p_back AND p.state = 'moved' AND p.closed_at >= since
    );
    IF e.points < 0 THEN
        PERFORM ledger_move(
            p_now, p_from, p_back, e.points, e.lifetime, p_version, NULL, p_at, p_reference, p_surface, p_actor
        );
        SELECT x.* INTO a FROM accounts x WHERE x.id = p_from;
    END IF;
    SELECT coalesce(sum(c.fresh + c.late), 0), coalesce(sum(c.paid) FILTER (WHERE p_debts), 0) INTO points, owed
    FROM ledger_came(p_now, p_from, p_back, p_version) c;
    held := ledger_move_promises(
        p_now, p_from, p_back, came,
        owed + least(e.points, 0) + CASE WHEN a.posted + owed >= a.held THEN points ELSE 0 END
    );
    room := greatest(a.posted - a.held + held, 0);
    kept := held;
    FOR lot IN SELECT c.* FROM ledger_came(p_now, p_from, p_back, p_version) c ORDER BY c.version DESC LOOP
        points := least(lot.fresh + least(lot.late, kept), room);
        room := room - points;
        kept := kept - greatest(points - lot.fresh, 0);
        IF p_debts THEN
            points := points + lot.paid;
        END IF;
        IF points > 0 OR (lot.version = p_version AND e.points >= 0) THEN
            PERFORM ledger_move(
                p_now, p_from, p_back, points, CASE WHEN lot.version = p_version THEN e.lifetime ELSE 0 END,
                lot.version, lot.back_version, p_at, p_reference, p_surface, p_actor
            );
        END IF;
    END LOOP;
    -- Everything is looked at anew: holds and lots that were waited for may have gone either way.
    UPDATE accounts x
    SET due_at = p_now, idle_at = greatest(x.idle_at, a.idle_at)
    WHERE x.id IN (p_from, p_back);
END
$$;
